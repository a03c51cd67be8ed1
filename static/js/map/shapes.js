/** Shapes of the page as Leaflet draws them. The modules of this room alone touch Leaflet. */

import { svg } from "gridmap/shared/dom.js";

const L = window.L;

/**
 * A point drawn as its symbol's sign, of one size at every zoom.
 * @param {Shared.Point} shape
 * @param {Chart.Sign} given
 */
export function sign(shape, { mark, fill, stroke }, options = {}) {
  const path = svg("path", {
    d: mark,
    fill,
    stroke,
    "stroke-width": 1.6,
    "paint-order": "stroke",
    "stroke-linejoin": "round",
  });
  const html = svg("svg", { width: 18, height: 18, viewBox: "-1 -1 18 18", "aria-hidden": "true" }, path);
  const icon = L.divIcon({ html, className: "feature sign", iconSize: [18, 18] });
  return L.marker(shape.latlngs, { icon, pane: "points", keyboard: false, bubblingMouseEvents: false, ...options });
}

/**
 * A shape as a path: a point as a circle.
 * @param {Shared.Shape} shape
 * @param {Chart.Options} style
 */
export function outline(shape, style) {
  if (shape.kind === "point") return L.circleMarker(shape.latlngs, { radius: 6, ...style });
  return shape.kind === "line" ? L.polyline(shape.latlngs, style) : L.polygon(shape.latlngs, style);
}

/**
 * The bounds of a shape; a point has some ground around it.
 * @param {Shared.Shape} shape
 */
export function boundsOf(shape) {
  return shape.kind === "point"
    ? L.latLng(shape.latlngs).toBounds(80)
    : L.latLngBounds(shape.latlngs.flat(Infinity).length ? flat(shape.latlngs) : []);
}

/**
 * All points of nested rings; a point is the pair of numbers at the bottom.
 * @param {any[]} nested
 * @returns {any[]}
 */
function flat(nested) {
  return typeof nested[0][0] === "number" ? nested : nested.flatMap(flat);
}

/**
 * A point well inside an area: the middle of the longest inner stretch of its horizontal middle line.
 * @param {Shared.Shape} shape
 * @returns {Shared.LatLng|null}
 */
export function middle(shape) {
  if (shape.kind !== "area") return null;
  const bounds = boundsOf(shape);
  const lat = bounds.getCenter().lat;
  /** @type {number[]} */
  const crossings = [];
  for (const ring of shape.latlngs.flat()) {
    ring.forEach((from, n) => {
      const to = ring[(n + 1) % ring.length];
      if (from[0] > lat !== to[0] > lat)
        crossings.push(from[1] + ((lat - from[0]) / (to[0] - from[0])) * (to[1] - from[1]));
    });
  }
  crossings.sort((a, b) => a - b);
  /** @type {[number, number]|null} */
  let best = null;
  for (let n = 0; n + 1 < crossings.length; n += 2) {
    if (!best || crossings[n + 1] - crossings[n] > best[1] - best[0]) best = [crossings[n], crossings[n + 1]];
  }
  return best && [lat, (best[0] + best[1]) / 2];
}

/**
 * The fill of a symbol, plain or with its pattern.
 * @param {Chart.Sign} symbol
 * @param {boolean} patterned
 */
export const fillOf = (symbol, patterned) =>
  symbol.pattern || (patterned && symbol.print_pattern) ? `url(#pattern-${symbol.key})` : symbol.fill;

/**
 * [west, south, east, north] as Leaflet has it.
 * @param {Shared.Box} degrees
 * @returns {[Shared.LatLng, Shared.LatLng]}
 */
export const box = ([west, south, east, north]) => [
  [south, west],
  [north, east],
];

/**
 * How large bounds are, to put them in order.
 * @param {import("leaflet").LatLngBounds} bounds
 */
export const size = (bounds) => (bounds.getNorth() - bounds.getSouth()) * (bounds.getEast() - bounds.getWest());
