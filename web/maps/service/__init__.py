"""The map of service areas: its question, its answers, its figures and its controls.

The registry of maps finds `area.MAP`; nothing else of this room is asked from outside."""

__all__ = ["question"]
