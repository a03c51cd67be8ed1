/** What lies under the theme: ground, roads, quiet layers, what is reached, names. */

import { decodeShape } from "gridmap/shared/decode.js";
import { el } from "gridmap/shared/dom.js";
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
  forPath,
  roadPixels,
} from "gridmap/map/quiet.js";
import { boundsOf, middle, outline, size } from "gridmap/map/shapes.js";

const L = window.L;
/**
 * Width on the ground in metres, and colours; the order is that of drawing.
 * @type {[string, number, number][]}
 */
export const ROADS = [
  ["path", 2, 14.5],
  ["pedestrian", 4, 14.5],
  ["track", 3, 14],
  ["service", 4, 14.5],
  ["unknown", 6, 14],
  ["residential", 8, 13],
  ["tertiary", 12, 0],
  ["secondary", 16, 0],
  ["primary", 20, 0],
  ["trunk", 22, 0],
  ["motorway", 24, 0],
];
const EARTH_M_PER_PIXEL_AT_ZOOM_0 = 156543.03392;

/**
 * Metres on the ground that one CSS pixel shows at a latitude and zoom.
 * @param {number} lat
 * @param {number} zoom
 */
export const metresPerPixel = (lat, zoom) =>
  (EARTH_M_PER_PIXEL_AT_ZOOM_0 * Math.cos((lat * Math.PI) / 180)) / 2 ** zoom;

/**
 * Draw what lies under the theme and stays while it changes: name → layer.
 * @param {Chart.Leaflet} map
 * @param {Chart.Page} page
 * @param {Chart.Put} put
 */
export function drawBackdrop(map, page, put) {
  const { communities, roads, barriers, gates } = page.backdrop;
  /** @type {Record<string, any>} */
  const layers = {};
  const areas = communities.shapes.map(decodeShape);
  const ground = put("ground", { stroke: false, fillColor: "#F7F9FA", fillOpacity: 1 });
  const border = put("borders", { color: "#6D5B7B", weight: 1.4, opacity: 0.75, dashArray: "9 3 2 3", fill: false });
  for (const shape of areas) {
    if (shape?.kind !== "area") continue;
    L.polygon(shape.latlngs, ground).addTo(map);
  }
  if (!page.overview) L.polyline(sharedOnce(areas), border).addTo(map);
  veil(map, page, areas, put);
  if (roads) layers.roads = drawRoads(map, roads, put);
  for (const [name, style] of Object.entries(QUIET)) {
    if (!page.backdrop[name]) continue;
    layers[name] = L.layerGroup().addTo(map);
    const open = page.backdrop[name].open;
    /** @type {Shared.LatLng[][][]} */
    const solid = [];
    /** @type {Shared.LatLng[][][]} */
    const dashed = [];
    page.backdrop[name].shapes
      .map(decodeShape)
      .forEach((/** @type {Shared.Shape} */ shape, /** @type {number} */ n) => {
        if (shape?.kind === "area") (open?.[n] ? dashed : solid).push(...shape.latlngs);
      });
    // One path for all: a thousand outlines that nobody clicks need not be a thousand elements.
    layers[name].addLayer(L.polygon(solid, put("quiet", forPath(style))));
    if (dashed.length) layers[name].addLayer(L.polygon(dashed, put("quiet", forPath({ ...style, dash: OPEN_DASH }))));
  }
  if (barriers) layers.barriers = drawBarriers(map, barriers, put);
  if (gates) layers.gates = drawGates(map, gates, put);
  return layers;
}

/**
 * @param {Chart.Leaflet} map
 * @param {Record<string, Shared.Steps[]>} barriers
 * @param {Chart.Put} put
 */
function drawBarriers(map, barriers, put) {
  const group = L.layerGroup().addTo(map);
  for (const [kind, lines] of Object.entries(barriers)) {
    const style = forPath({ ...(BARRIERS[kind] ?? BARRIERS.other), cap: "round" });
    const drawn = L.polyline(
      lines.map((steps) => /** @type {Shared.Line} */ (decodeShape([steps])).latlngs[0]),
      put("result", style),
    );
    group.addLayer(drawn);
    if (!FAR_BARRIERS.includes(kind)) shownFrom(map, BARRIERS_FROM, [drawn]);
  }
  return group;
}

/**
 * @param {Chart.Leaflet} map
 * @param {Record<string, {label: string, shapes: Shared.EncodedShape[], names: string[]}>} gates
 * @param {Chart.Put} put
 */
function drawGates(map, gates, put) {
  const group = L.layerGroup().addTo(map);
  for (const [who, { label, shapes, names }] of Object.entries(gates)) {
    const style = put("points", { ...forPath(GATES[who] ?? GATES.public), radius: 3.5, interactive: true });
    /** @type {import("leaflet").CircleMarker[]} */
    const drawn = [];
    shapes.map(decodeShape).forEach((/** @type {Shared.Shape} */ shape, /** @type {number} */ n) => {
      if (shape?.kind !== "point") return;
      const text = [names[n], label].filter(Boolean).join(" · ");
      const mark = L.circleMarker(shape.latlngs, { ...style, bubblingMouseEvents: true });
      drawn.push(mark.bindTooltip(el("span", {}, text), { className: "hover", direction: "top", offset: [0, -4] }));
    });
    drawn.forEach((each) => group.addLayer(each));
    shownFrom(map, GATES_FROM, drawn);
  }
  return group;
}

/**
 * Show paths only from a zoom on.
 * @param {Chart.Leaflet} map
 * @param {number} zoom
 * @param {any[]} paths
 */
function shownFrom(map, zoom, paths) {
  const change = () => {
    const shown = map.getZoom() >= zoom;
    for (const path of paths) path.setStyle({ stroke: shown, ...(path.options.radius && { fill: shown }) });
  };
  map.on("zoomend", change);
  map.whenReady(change);
}

/**
 * Draw what a service reaches, areas and streets, from the page as it is now: name → layer.
 * @param {Chart.Leaflet} map
 * @param {Chart.Page} page
 * @param {Chart.Put} put
 */
export function drawReach(map, page, put) {
  /** @type {Record<string, any>} */
  const layers = {};
  for (const name of ["reach-areas", "reach-streets"]) {
    if (!page.backdrop[name]) continue;
    layers[name] = L.layerGroup().addTo(map);
    const { shapes, colors } = page.backdrop[name];
    shapes.map(decodeShape).forEach((/** @type {Shared.Shape} */ shape, /** @type {number} */ n) => {
      const style = {
        ...REACHED[name],
        color: colors[n],
        fill: name === "reach-areas" && colors[n],
        fillOpacity: 0.09,
      };
      if (shape) layers[name].addLayer(outline(shape, put("quiet", forPath(style))));
    });
  }
  return layers;
}

/**
 * The outlines of areas as lines, each shared stretch once: dashes drawn twice would run together.
 * @param {(Shared.Shape|null)[]} areas
 */
function sharedOnce(areas) {
  const drawn = new Set();
  /** @type {Shared.LatLng[][]} */
  const lines = [];
  for (const ring of areas.filter((shape) => shape?.kind === "area").flatMap((shape) => shape.latlngs.flat())) {
    /** @type {Shared.LatLng[]} */
    let line = [];
    ring.forEach((from, n) => {
      const to = ring[(n + 1) % ring.length];
      const key = [from.join(), to.join()].sort().join(" ");
      if (drawn.has(key)) return (line = []);
      drawn.add(key);
      if (!line.length) lines.push((line = [from]));
      return line.push(to);
    });
  }
  return lines;
}

/**
 * @param {Chart.Leaflet} map
 * @param {Chart.Page} page
 * @param {(Shared.Shape|null)[]} areas
 * @param {Chart.Put} put
 */
function veil(map, page, areas, put) {
  const n = page.backdrop.communities.codes.indexOf(page.question.community);
  if (n < 0 || areas[n]?.kind !== "area") return;
  /** @type {Shared.LatLng[]} */
  const world = [
    [-85, -180],
    [-85, 180],
    [85, 180],
    [85, -180],
  ];
  const outer = areas[n].latlngs.map((rings) => rings[0]);
  L.polygon([world, ...outer], put("veil", { stroke: false, fillColor: "#E9EDF0", fillOpacity: 0.62 })).addTo(map);
  L.polygon(areas[n].latlngs, put("veil", { color: "#6D5B7B", weight: 2.4, fill: false })).addTo(map);
}

/**
 * @param {Chart.Leaflet} map
 * @param {Record<string, Shared.Steps[]>} roads
 * @param {Chart.Put} put
 */
function drawRoads(map, roads, put) {
  const group = L.layerGroup().addTo(map);
  /** @type {{line: import("leaflet").Polyline, width: number, from: number, cased: boolean}[]} */
  const drawn = [];
  for (const cased of [true, false]) {
    for (const [kind, width, from] of ROADS) {
      if (!roads[kind]?.length) continue;
      const lines = roads[kind].map((steps) => /** @type {Shared.Line} */ (decodeShape([steps])).latlngs[0]);
      const color = cased ? CASING : ROAD;
      const line = L.polyline(lines, put("roads", { color, fill: false, lineCap: "round", smoothFactor: 1 }));
      drawn.push({ line, width, from, cased });
      group.addLayer(line);
    }
  }
  const scale = () => {
    const zoom = map.getZoom();
    const pixel = metresPerPixel(map.getCenter().lat, zoom);
    for (const { line, width, from, cased } of drawn) {
      line.setStyle({ weight: zoom < from ? 0 : roadPixels(width, pixel, cased), opacity: zoom < from ? 0 : 1 });
    }
  };
  map.on("zoomend", scale);
  map.whenReady(scale);
  return group;
}

/**
 * Write the communities' names, each where it fits.
 * @param {Chart.Leaflet} map
 * @param {Chart.Page} page
 */
export function drawNames(map, page) {
  const { communities, bundles } = page.backdrop;
  const group = L.layerGroup().addTo(map);
  /** @type {{mark: import("leaflet").Marker, bounds: import("leaflet").LatLngBounds, text: HTMLElement, important: boolean, bundle: boolean}[]} */
  const marks = [];
  /** @type {[any, string][]} */
  const named = [[communities, "label"]];
  if (bundles) named.push([bundles, "label of-bundle"]);
  const every = named.flatMap(([{ names, shapes, codes }, className]) =>
    shapes.map((/** @type {any} */ each, /** @type {number} */ n) => ({
      shape: decodeShape(each),
      name: names[n],
      className,
      important: className === "label" && Object.is(codes[n], page.question.community),
    })),
  );
  every.forEach(({ shape, name, className, important }) => {
    if (!shape) return;
    const bounds = boundsOf(shape);
    const text = el("span", {}, name);
    const icon = L.divIcon({ className, html: text, iconSize: null });
    const mark = L.marker(middle(shape) ?? bounds.getCenter(), {
      icon,
      pane: "names",
      interactive: false,
      keyboard: false,
    });
    group.addLayer(mark);
    marks.push({
      mark,
      bounds,
      text,
      important,
      bundle: className !== "label",
    });
  });
  marks.sort((a, b) => Number(b.important) - Number(a.important) || size(b.bounds) - size(a.bounds));
  const place = () => {
    /** @type {number[][]} */
    const taken = [];
    for (const { mark, bounds, text, important, bundle } of marks) {
      const [from, to] = [
        map.latLngToContainerPoint(bounds.getNorthWest()),
        map.latLngToContainerPoint(bounds.getSouthEast()),
      ];
      const at = map.latLngToContainerPoint(mark.getLatLng());
      const [wide, high] = [(text.offsetWidth || 60) / 2 + 4, 10];
      const own = [at.x - wide, at.y - high, at.x + wide, at.y + high];
      const meets = taken.some(
        (other) => own[0] < other[2] && other[0] < own[2] && own[1] < other[3] && other[1] < own[3],
      );
      const fitsIn = important || to.x - from.x > wide * (bundle ? 0.4 : 1);
      text.parentElement?.classList.toggle("crowded", meets || !fitsIn);
      if (!meets && fitsIn) taken.push(own);
    }
  };
  map.on("zoomend", place);
  map.whenReady(place);
  return group;
}
