"""Who reaches a station in time: the streets of a day, what-if measures over them, and minutes by building."""

__all__ = [
    "capacities",
    "inputs",
    "networks",
    "reached",
    "scenarios",
    "ways",
]
