/** A mode in which the next clicks on the map give places. */

const L = window.L;

/**
 * Give a function that shows a line of [longitude, latitude] in the making, and its corners.
 * @param {Chart.Leaflet} map
 * @param {Chart.Put} put
 */
export function sketching(map, put) {
  const group = L.layerGroup().addTo(map);
  return (/** @type {Shared.LngLat[]} */ places) => {
    group.clearLayers();
    const at = places.map(([lng, lat]) => /** @type {Shared.LatLng} */ ([lat, lng]));
    if (at.length > 1) group.addLayer(L.polyline(at, put("chosen", { color: "#6A1B9A", weight: 4, dashArray: "6 4" })));
    for (const each of at)
      group.addLayer(
        L.circleMarker(each, put("chosen", { color: "#6A1B9A", fillColor: "#FFFFFF", fillOpacity: 1, radius: 5 })),
      );
  };
}

/**
 * Make the mode of a map.
 * @param {Chart.Leaflet} map
 * @returns {Workbench.HearPlaces} begins the mode with a listener `(lat, lng)`, ends it with null
 */
export function placing(map) {
  /** @type {(function(number, number): void)|null} */
  let hear = null;
  /** @param {any} given */
  const click = ({ latlng }) => hear?.(latlng.lat, L.Util.wrapNum(latlng.lng, [-180, 180], true));
  return (listener) => {
    hear = listener;
    map.getContainer().classList.toggle("placing", Boolean(listener));
    map.off("click", click);
    if (listener) map.on("click", click);
  };
}
