/** The way of a building to its station: to the street dashed, along the streets solid, both ends marked. */

const L = window.L;
const COLOR = "#7B1FA2";

/**
 * Give a function that draws a way, or takes the last one away.
 * @param {Chart.Leaflet} map
 * @param {Chart.Put} put
 */
export function waying(map, put) {
  const group = L.layerGroup().addTo(map);
  /** @param {Chart.Way|null} way */
  return (way) => {
    group.clearLayers();
    if (!way) return;
    const { leg, roads, last } = way.lines;
    for (const [name, line] of Object.entries({ roads, leg, last })) {
      const at = line.map(([lng, lat]) => /** @type {Shared.LatLng} */ ([lat, lng]));
      if (at.length < 2) continue;
      const dashArray = name === "roads" ? undefined : "3 5";
      const doubtful = name === "leg" && way.leg && way.leg !== "clear";
      group.addLayer(L.polyline(at, put("chosen", { color: "#FFFFFF", weight: 7, opacity: 0.8 })));
      const color = doubtful ? "#D32F2F" : COLOR;
      group.addLayer(L.polyline(at, put("chosen", { color, weight: 3.4, dashArray, className: `way way-${name}` })));
    }
    const end = last.at(-1) ?? roads.at(-1);
    if (end)
      group.addLayer(
        L.circleMarker([end[1], end[0]], put("chosen", { color: COLOR, weight: 3, radius: 8, fill: false })),
      );
  };
}
