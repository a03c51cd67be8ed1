"""A whole country from an OpenStreetMap extract: every node's driving time equals an independent search."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

import app
from geo.network.attachment import attach
from geo.network.search import Travel, reach
from geo.places.crs import metric_crs, xy_from_lonlat
from layers.reach.networks import road_network
from layers.store import open_store
from tests import town

TOWN_HALL = (9.5217, 47.1393)  # Vaduz, longitude and latitude
MINUTES = 15


@pytest.fixture(scope="module")
def country(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace after `import-osm`."""
    path = tmp_path_factory.mktemp("country") / "country.gpkg"
    extract = shared_data / "raw" / "liechtenstein-2013-08-03.osm.pbf"
    assert app.main(["--workspace", str(path), "import-osm", str(extract)]) == 0
    return path


@pytest.mark.deep  # a whole country
def test_driving_from_the_town_hall_equals_scipy_at_every_node(country: Path) -> None:
    store = open_store(country)
    network = road_network(store, town.DAY, metric_crs(*TOWN_HALL)).network
    store.close()
    hall = np.column_stack(xy_from_lonlat(*np.array([TOWN_HALL]).T, metric_crs(*TOWN_HALL)))
    driven = np.flatnonzero(network.drive_component == 0)
    node = driven[np.argmin(np.hypot(*(network.node_xy[driven] - hall).T))]

    start = attach(network, network.node_xy[[node]], "drive", 200.0)
    found = reach(network, start, MINUTES, Travel("drive", "from", access_kmh=4.0, restricted="open")).node_minutes

    graph = network.graph("drive", "from", restricted="open")
    size = len(graph.starts) - 1  # a shut gate has a number for each side
    table = csr_array((graph.arcs[:, 1].astype(float), graph.arcs[:, 0], graph.starts), shape=(size, size))
    expected = np.full(len(network.node_xy), np.inf)
    np.minimum.at(expected, graph.node_of, dijkstra(table, indices=node) / 60_000)
    inside = expected <= MINUTES
    assert inside.sum() > 1_000
    np.testing.assert_allclose(found[inside], expected[inside], atol=1e-3)
    assert np.isinf(found[expected > MINUTES + 1e-3]).all()
