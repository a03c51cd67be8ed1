"""The API's description of itself."""

__all__ = [
    "api",
]
