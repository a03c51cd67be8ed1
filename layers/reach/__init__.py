"""Who reaches a station in time: the streets of a day, what-if measures over them, and minutes by building."""

__all__ = [
    "between",
    "capacities",
    "homes",
    "inputs",
    "networks",
    "reached",
    "scenarios",
    "ways",
]
