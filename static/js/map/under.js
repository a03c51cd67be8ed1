/** What lies under the theme of a large map, in tiles: roads and quiet layers. */

import { ROADS, metresPerPixel } from "gridmap/map/backdrop.js";
import {
  BARRIERS,
  BARRIERS_FROM,
  CASING,
  FAR_BARRIERS,
  GATES,
  GATES_FROM,
  OPEN_DASH,
  QUIET,
  REACHED,
  ROAD,
  roadPixels,
} from "gridmap/map/quiet.js";
import { Sheet } from "gridmap/map/sheet.js";

/** In tiles a little stronger than with the page. */
const REACHED_OPACITY = 0.15;
/**
 * Outlines begin where they can be told apart.
 * @type {Record<string, number>}
 */
const FROM_ZOOM = { buildings: 13, courtyards: 13.5, "managed-areas": 12 };

/**
 * What would be lost below the areas of the theme.
 * @type {Record<string, string>}
 */
const ABOVE = { barriers: "result", gates: "names" };

/**
 * Draw layers by name: name → Leaflet layer. `address(layer, z, x, y)` is where their tiles are.
 * @param {Chart.Leaflet} map
 * @param {string[]} names
 * @param {function(...(string|number)): string} address
 * @param {function(unknown=): void} failed
 */
export function drawUnder(map, names, address, failed) {
  return Object.fromEntries(
    names.map((name) => {
      const paint =
        name === "roads"
          ? (/** @type {any} */ layer, /** @type {number} */ zoom) => roads(layer, zoom, map)
          : name in REACHED
            ? (/** @type {any} */ layer) => reached(name, layer)
            : (/** @type {any} */ layer, /** @type {number} */ zoom) =>
                (OBSTACLES[name] ?? ((/** @type {any} */ given) => quiet(name, given, zoom)))(layer, zoom);
      const pane = name === "roads" ? "roads" : (ABOVE[name] ?? "quiet");
      // Quiet layers need no squares of small things, so that fewer and larger tiles do.
      const options = {
        pane,
        paint,
        failed,
        tileSize: 512,
        minNativeZoom: 1,
        address: (/** @type {number} */ z, /** @type {number} */ x, /** @type {number} */ y) => address(name, z, x, y),
      };
      return [name, new Sheet(options).addTo(map)];
    }),
  );
}

/**
 * @param {string} name
 * @param {Chart.TileLayer} given
 * @param {number} zoom
 */
function quiet(name, { name: layer, features }, zoom) {
  const gathered = layer.endsWith("-gathered");
  if (gathered)
    return name === "buildings" ? [{ style: { ...QUIET.buildings, weight: 0, fillOpacity: 0.5 }, features }] : [];
  if (zoom < FROM_ZOOM[name])
    return name === "buildings" ? [{ style: { ...QUIET.buildings, weight: 0 }, features }] : [];
  const open = features.filter(({ properties }) => properties.enclosure === "open");
  const solid = open.length ? features.filter(({ properties }) => properties.enclosure !== "open") : features;
  return [
    { style: QUIET[name], features: solid },
    { style: { ...QUIET[name], dash: OPEN_DASH }, features: open },
  ];
}

/** @type {Record<string, Chart.Paint>} */
const OBSTACLES = {
  barriers: ({ features }, zoom) =>
    Object.entries(BARRIERS)
      .filter(([kind]) => zoom >= BARRIERS_FROM || FAR_BARRIERS.includes(kind))
      .map(([kind, style]) => ({
        style,
        features: features.filter(({ properties }) => (BARRIERS[properties.kind] ? properties.kind : "other") === kind),
      })),
  gates: ({ features }, zoom) =>
    Object.entries(zoom >= GATES_FROM ? GATES : {}).map(([who, style]) => ({
      style,
      features: features.filter(
        ({ properties: { locked, access } }) => (locked ? "closed" : access || "public") === who,
      ),
    })),
};

/**
 * The widest limit first, as they come.
 * @param {string} name
 * @param {Chart.TileLayer} given
 */
function reached(name, { features }) {
  const colors = [...new Set(features.map(({ properties }) => properties.color))];
  return colors.map((color) => ({
    features: features.filter(({ properties }) => properties.color === color),
    style: { ...REACHED[name], color, fill: name === "reach-areas" && color, fillOpacity: REACHED_OPACITY },
  }));
}

/**
 * All casings first, so that crossings are open.
 * @param {Chart.TileLayer} given
 * @param {number} zoom
 * @param {Chart.Leaflet} map
 */
function roads({ features }, zoom, map) {
  const pixel = metresPerPixel(map.getCenter().lat, zoom);
  const of = new Map();
  for (const each of features) {
    const kind = each.properties.class ?? "unknown";
    if (!of.has(kind)) of.set(kind, []);
    of.get(kind).push(each);
  }
  const drawn = ROADS.filter(([kind, , from]) => of.has(kind) && zoom >= from);
  return [true, false].flatMap((cased) =>
    drawn.map(([kind, width]) => ({
      features: of.get(kind),
      style: { color: cased ? CASING : ROAD, weight: roadPixels(width, pixel, cased), cap: "round" },
    })),
  );
}
