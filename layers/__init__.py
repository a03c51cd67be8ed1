"""gridmap keeps: the catalogue, the domain model, the store, formats and the use cases.

Nothing here knows Flask or Folium. Calls go down: analyses and use cases call the store and the formats,
these call the catalogue, and all of them call `geo`.
"""

VERSION = "0.1.0"
