"""Map pages: a Folium shell, our template, and the day's situation as JSON beside it.

Only this package imports Folium, and only when a page is made. User text reaches the page as JSON and is put on
screen by `textContent`; nothing here writes HTML around a value. A map is one module that `registry` looks up by its
id; whatever serves maps asks the registry, and knows no map by name."""

__all__ = [
    "assets",
    "backdrop",
    "choices",
    "data",
    "encode",
    "forms",
    "pages",
    "parts",
    "proposing",
    "question",
    "registry",
    "shell",
    "theme",
]
