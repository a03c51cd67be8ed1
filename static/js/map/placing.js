/** A mode in which the next clicks on the map give places. */

const L = window.L;

/** Give a function that shows a line of [longitude, latitude] in the making, and its corners. */
export function sketching(map, put) {
  const group = L.layerGroup().addTo(map);
  return (places) => {
    group.clearLayers();
    const at = places.map(([lng, lat]) => [lat, lng]);
    if (at.length > 1) group.addLayer(L.polyline(at, put("chosen", { color: "#6A1B9A", weight: 4, dashArray: "6 4" })));
    for (const each of at)
      group.addLayer(
        L.circleMarker(each, put("chosen", { color: "#6A1B9A", fillColor: "#FFFFFF", fillOpacity: 1, radius: 5 })),
      );
  };
}

/**
 * Make the mode of a map.
 * @returns {function(function|null)} begins the mode with a listener `(lat, lng)`, ends it with null
 */
export function placing(map) {
  let hear = null;
  const click = ({ latlng }) => hear?.(latlng.lat, L.Util.wrapNum(latlng.lng, [-180, 180], true));
  return (listener) => {
    hear = listener;
    map.getContainer().classList.toggle("placing", Boolean(listener));
    map.off("click", click);
    if (listener) map.on("click", click);
  };
}
