"""What belongs to no single page: the menu that all of them have, help, and pages of analyses, jobs and scenarios."""

__all__ = ["menu", "pages"]
