/**
 * The map. This module alone touches Leaflet; the others say what to show and hear what was pointed at.
 *
 * Folium's script has made the map and named it after its element. From bottom to top lie: ground of communities,
 * roads, quiet layers, borders, a veil over what was not asked for, the theme, the selection, names, points.
 */

import { decodeShape } from "gridmap/decode.js";
import { el, svg } from "gridmap/dom.js";

const L = window.L;
const PANES = ["ground", "roads", "quiet", "borders", "veil", "theme", "result", "chosen", "names", "points"];
/** Width on the ground in metres, and colours; the order is that of drawing. */
const ROADS = [
  ["path", 2, 14.5], ["pedestrian", 4, 14.5], ["track", 3, 14], ["service", 4, 14.5], ["unknown", 6, 14], ["residential", 8, 13],
  ["tertiary", 12, 0], ["secondary", 16, 0], ["primary", 20, 0], ["trunk", 22, 0], ["motorway", 24, 0],
];
const EARTH_M_PER_PIXEL_AT_ZOOM_0 = 156543.03392;

/**
 * Take over Folium's map.
 * @param {object} page decoded page data
 * @param {object} features the theme's features
 * @param {function} say
 * @param {{select: function, hover: function, view: function, label: function}} hears
 */
export function takeMap(page, features, say, hears) {
  const element = document.querySelector(".folium-map");
  const map = window[element.id];
  element.setAttribute("aria-label", document.title);
  for (const [n, name] of PANES.entries()) map.createPane(name).style.zIndex = String(300 + 10 * n);
  map.getPane("names").style.pointerEvents = "none";
  for (const name of ["ground", "roads", "quiet", "borders", "veil", "chosen"]) map.getPane(name).style.pointerEvents = "none";
  const renderers = Object.fromEntries(PANES.map((name) => [name, L.svg({ pane: name, padding: 0.4 })]));
  const put = (pane, options) => ({ pane, renderer: renderers[pane], interactive: false, smoothFactor: 0.5, ...options });

  const layers = { ...drawBackdrop(map, page, put), labels: drawNames(map, page) };
  const theme = drawTheme(map, features, hears, put);
  addControls(map, say, () => zoomAll());
  const result = L.geoJSON(null, {
    ...put("result", { interactive: true }),
    style: { color: "#7B1FA2", weight: 3, fillColor: "#7B1FA2", fillOpacity: 0.12 },
    pointToLayer: (_, at) => L.circleMarker(at, put("result", { interactive: true, radius: 6 })),
  }).addTo(map);
  const chosen = L.layerGroup().addTo(map);
  let patterned = false;

  map.on("mousemove", ({ latlng }) => hears.pointer(latlng.lat, latlng.lng));
  map.on("moveend", () => {
    const { lat, lng } = map.getCenter();
    hears.view([round(map.getZoom(), 2), round(lat, 6), round(lng, 6)]);
  });

  function zoomAll() {
    if (page.bounds) map.fitBounds(box(page.bounds), { padding: [16, 16] });
  }

  function goTo(bounds) {
    if (bounds.isValid()) map.fitBounds(bounds.pad(1.2), { maxZoom: Math.max(17.5, map.getZoom()), animate: false });
  }

  return {
    zoomAll,
    /** Place the view: [zoom, latitude, longitude]; everything where there is none. */
    place(view) {
      if (view) map.setView([view[1], view[2]], view[0], { animate: false });
      else if (page.bounds) map.fitBounds(box(page.bounds), { padding: [16, 16], animate: false });
    },
    /** Say which features are hidden, and which are dimmed. */
    filter(shown, fits) {
      theme.forEach((layer, n) => {
        const path = layer?.getElement?.();
        path?.classList.toggle("off", !shown(n));
        path?.classList.toggle("dim", !fits(n));
      });
    },
    /** Show or hide a layer under the theme. */
    show(name, visible) {
      if (!layers[name]) return;
      if (visible) layers[name].addTo(map);
      else layers[name].remove();
      if (visible && name === "labels") map.fire("zoomend");
    },
    /** Ring feature `n` (-1 = none); with `zoom`, bring it into view. */
    choose(n, zoom) {
      chosen.clearLayers();
      const shape = n < 0 ? null : features.shape(n);
      if (!shape) return Boolean(n < 0);
      for (const [color, weight] of [["#FFFFFF", 7], ["#0B3C53", 3.4]]) {
        chosen.addLayer(outline(shape, put("chosen", { color, weight, radius: 11, fill: false, className: "chosen" })));
      }
      const bounds = boundsOf(shape);
      if (zoom && (map.getZoom() < 15.5 || !map.getBounds().contains(bounds))) goTo(bounds);
      return true;
    },
    /** Bring feature `n` into view, close. */
    goToFeature(n) {
      const shape = features.shape(n);
      if (shape) goTo(boundsOf(shape));
    },
    /** Bring a box [west, south, east, north] into view. */
    goToBox: (bounds) => map.fitBounds(box(bounds), { padding: [32, 32], maxZoom: 18 }),
    /** Point at a place for a moment. */
    pointAt(lat, lng) {
      map.setView([lat, lng], Math.max(17, map.getZoom()));
      const mark = L.circleMarker([lat, lng], put("chosen", { radius: 10, color: "#0B6E99", weight: 3 })).addTo(map);
      setTimeout(() => mark.remove(), 6000);
    },
    /** Show features of an analysis' result (GeoJSON), or nothing. */
    showResult(collection, picked) {
      result.clearLayers();
      result.off("click").on("click", ({ layer }) => picked?.(layer.feature));
      if (collection) result.addData(collection);
      if (collection && result.getLayers().length && !map.getBounds().intersects(result.getBounds())) {
        map.fitBounds(result.getBounds(), { padding: [32, 32] });
      }
    },
    /** Bring one GeoJSON feature into view. */
    goToGeoJson: (feature) => feature.geometry && goTo(L.geoJSON(feature).getBounds()),
    /** Fill with patterns, as in print, or with plain colours. */
    patterns(wanted) {
      if (wanted === patterned) return;
      patterned = wanted;
      theme.forEach((layer, n) => layer?.setStyle?.({ fillColor: fillOf(features.class(n).symbol, wanted) }));
    },
    /** Tell the map that its box has changed. */
    resized: () => map.invalidateSize({ animate: false, pan: false }),
    /** Centre, zoom and metres per pixel: what print needs. */
    measure() {
      const [centre, size] = [map.getCenter(), map.getSize()];
      const bounds = map.getBounds();
      return { zoom: map.getZoom(), lat: centre.lat, lng: centre.lng, width: size.x, height: size.y, bounds };
    },
    /** Set any zoom, between the steps too. */
    exactly(zoom, lat, lng) {
      const snap = map.options.zoomSnap;
      map.options.zoomSnap = 0;
      map.setView([lat, lng], zoom, { animate: false });
      map.options.zoomSnap = snap;
    },
  };
}

/** Metres on the ground that one CSS pixel shows at a latitude and zoom. */
export const metresPerPixel = (lat, zoom) => (EARTH_M_PER_PIXEL_AT_ZOOM_0 * Math.cos((lat * Math.PI) / 180)) / 2 ** zoom;

function drawBackdrop(map, page, put) {
  const { communities, roads } = page.backdrop;
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
  layers.roads = drawRoads(map, roads, put);
  const quiet = {
    buildings: { stroke: true, color: "#B3BCC3", weight: 0.5, fillColor: "#CDD4D9", fillOpacity: 0.9 },
    courtyards: { color: "#8B96A0", weight: 1, fillColor: "#8B96A0", fillOpacity: 0.08 },
    "managed-areas": { color: "#3E4C59", weight: 1, opacity: 0.7, fill: false },
  };
  for (const [name, style] of Object.entries(quiet)) {
    if (!page.backdrop[name]) continue;
    layers[name] = L.layerGroup().addTo(map);
    const open = page.backdrop[name].open;
    const solid = [];
    const dashed = [];
    page.backdrop[name].shapes.map(decodeShape).forEach((shape, n) => {
      if (shape?.kind === "area") (open?.[n] ? dashed : solid).push(...shape.latlngs);
    });
    // One path for all: a thousand outlines that nobody clicks need not be a thousand elements.
    layers[name].addLayer(L.polygon(solid, put("quiet", style)));
    if (dashed.length) layers[name].addLayer(L.polygon(dashed, put("quiet", { ...style, dashArray: "4 3" })));
  }
  for (const name of ["reach-areas", "reach-streets"]) {
    if (!page.backdrop[name]) continue;
    layers[name] = L.layerGroup().addTo(map);
    const { shapes, colors } = page.backdrop[name];
    shapes.map(decodeShape).forEach((shape, n) => {
      const line = name === "reach-streets" && { weight: 2, opacity: 0.6, fill: false };
      const style = { color: colors[n], weight: 0.8, opacity: 0.6, fillColor: colors[n], fillOpacity: 0.09, ...line };
      if (shape) layers[name].addLayer(outline(shape, put("quiet", style)));
    });
  }
  return layers;
}

/** The outlines of areas as lines, each shared stretch once: dashes drawn twice would run together. */
function sharedOnce(areas) {
  const drawn = new Set();
  const lines = [];
  for (const ring of areas.filter((shape) => shape?.kind === "area").flatMap((shape) => shape.latlngs.flat())) {
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

function veil(map, page, areas, put) {
  const n = page.backdrop.communities.codes.indexOf(page.question.community);
  if (n < 0 || areas[n]?.kind !== "area") return;
  const world = [[-85, -180], [-85, 180], [85, 180], [85, -180]];
  const outer = areas[n].latlngs.map((rings) => rings[0]);
  L.polygon([world, ...outer], put("veil", { stroke: false, fillColor: "#E9EDF0", fillOpacity: 0.62 })).addTo(map);
  L.polygon(areas[n].latlngs, put("veil", { color: "#6D5B7B", weight: 2.4, fill: false })).addTo(map);
}

function drawRoads(map, roads, put) {
  const group = L.layerGroup().addTo(map);
  const drawn = [];
  for (const cased of [true, false]) {
    for (const [kind, width, from] of ROADS) {
      if (!roads[kind]?.length) continue;
      const lines = roads[kind].map((steps) => decodeShape([steps]).latlngs[0]);
      const color = cased ? "#CBD3D9" : "#FFFFFF";
      const line = L.polyline(lines, put("roads", { color, fill: false, lineCap: "round", smoothFactor: 1 }));
      drawn.push({ line, width, from, cased });
      group.addLayer(line);
    }
  }
  const scale = () => {
    const zoom = map.getZoom();
    const pixel = metresPerPixel(map.getCenter().lat, zoom);
    for (const { line, width, from, cased } of drawn) {
      const inner = Math.min(Math.max(width / pixel, 0.8), 18);
      line.setStyle({ weight: zoom < from ? 0 : inner + (cased ? 1.6 : 0), opacity: zoom < from ? 0 : 1 });
    }
  };
  map.on("zoomend", scale);
  map.whenReady(scale);
  return group;
}

function drawTheme(map, features, hears, put) {
  const group = L.featureGroup().addTo(map);
  const layers = [];
  for (let n = 0; n < features.count; n += 1) {
    const shape = features.shape(n);
    const { symbol } = features.class(n);
    const style = put("theme", {
      interactive: true,
      bubblingMouseEvents: false,
      className: "feature",
      color: symbol.stroke,
      weight: symbol.weight,
      dashArray: symbol.dash,
      fillColor: fillOf(symbol, false),
      fillOpacity: symbol.fill_opacity,
      smoothFactor: 0,
    });
    if (shape && symbol.mark) layers.push(sign(shape, symbol));
    else layers.push(shape ? outline(shape, { ...style, fill: shape.kind !== "line" }) : null);
    if (!shape) continue;
    layers[n].position = n;
    group.addLayer(layers[n]);
  }
  group.on("click", ({ layer }) => hears.select(layer.position));
  group.bindTooltip((layer) => hears.label(layer.position), { sticky: true, className: "hover", direction: "top", opacity: 1 });
  map.getContainer().classList.toggle("signed", layers.some((layer) => layer instanceof L.Marker));
  thinLines(map, layers, features);
  return layers;
}

/** Far out, an outline as wide as up close would be all that is left of a building. */
function thinLines(map, layers, features) {
  let before = 1;
  const scale = () => {
    const zoom = map.getZoom();
    const factor = zoom < 14 ? 0.25 : zoom < 15.5 ? 0.5 : 1;
    if (factor === before) return;
    before = factor;
    layers.forEach((layer, n) => layer?.setStyle?.({ weight: features.class(n).symbol.weight * factor }));
  };
  map.on("zoomend", scale);
}

function drawNames(map, page) {
  const { names, shapes } = page.backdrop.communities;
  const group = L.layerGroup().addTo(map);
  const marks = [];
  shapes.map(decodeShape).forEach((shape, n) => {
    if (!shape) return;
    const bounds = boundsOf(shape);
    const text = el("span", {}, names[n]);
    const icon = L.divIcon({ className: "label", html: text, iconSize: null });
    const mark = L.marker(middle(shape) ?? bounds.getCenter(), { icon, pane: "names", interactive: false, keyboard: false });
    group.addLayer(mark);
    marks.push({ mark, bounds, text, important: Object.is(page.backdrop.communities.codes[n], page.question.community) });
  });
  marks.sort((a, b) => b.important - a.important || size(b.bounds) - size(a.bounds));
  const place = () => {
    const taken = [];
    for (const { mark, bounds, text, important } of marks) {
      const [from, to] = [map.latLngToContainerPoint(bounds.getNorthWest()), map.latLngToContainerPoint(bounds.getSouthEast())];
      const at = map.latLngToContainerPoint(mark.getLatLng());
      const [wide, high] = [(text.offsetWidth || 60) / 2 + 4, 10];
      const own = [at.x - wide, at.y - high, at.x + wide, at.y + high];
      const meets = taken.some((other) => own[0] < other[2] && other[0] < own[2] && own[1] < other[3] && other[1] < own[3]);
      const fitsIn = important || to.x - from.x > wide;
      text.parentElement?.classList.toggle("crowded", meets || !fitsIn);
      if (!meets && fitsIn) taken.push(own);
    }
  };
  map.on("zoomend", place);
  map.whenReady(place);
  return group;
}

function addControls(map, say, zoomAll) {
  L.control.zoom({ position: "topleft", zoomInTitle: say("zoom-in"), zoomOutTitle: say("zoom-out") }).addTo(map);
  const all = L.control({ position: "topleft" });
  all.onAdd = () => {
    const label = say("all-short");
    const button = el("a", { href: "#", role: "button", title: say("zoom-all"), "aria-label": say("zoom-all") }, label);
    button.className = `zoom-all${label.length > 2 ? " wide" : ""}`;
    L.DomEvent.on(button, "click", (event) => (L.DomEvent.stop(event), zoomAll()));
    const bar = el("div", { class: "leaflet-bar leaflet-control leaflet-control-zoom" }, button);
    L.DomEvent.disableClickPropagation(bar);
    return bar;
  };
  all.addTo(map);
  L.control.scale({ imperial: false, maxWidth: 120 }).addTo(map);
}

/** A point drawn as its symbol's sign, of one size at every zoom. */
function sign(shape, { mark, fill, stroke }) {
  const path = svg("path", { d: mark, fill, stroke, "stroke-width": 1.6, "paint-order": "stroke", "stroke-linejoin": "round" });
  const html = svg("svg", { width: 18, height: 18, viewBox: "-1 -1 18 18", "aria-hidden": "true" }, path);
  const icon = L.divIcon({ html, className: "feature sign", iconSize: [18, 18] });
  return L.marker(shape.latlngs, { icon, pane: "points", keyboard: false, bubblingMouseEvents: false });
}

function outline(shape, style) {
  if (shape.kind === "point") return L.circleMarker(shape.latlngs, { radius: 6, ...style });
  return shape.kind === "line" ? L.polyline(shape.latlngs, style) : L.polygon(shape.latlngs, style);
}

function boundsOf(shape) {
  return shape.kind === "point" ? L.latLng(shape.latlngs).toBounds(80) : L.latLngBounds(shape.latlngs.flat(Infinity).length ? flat(shape.latlngs) : []);
}

/** All points of nested rings; a point is the pair of numbers at the bottom. */
function flat(nested) {
  return typeof nested[0][0] === "number" ? nested : nested.flatMap(flat);
}

/** A point well inside an area: the middle of the longest inner stretch of its horizontal middle line. */
function middle(shape) {
  if (shape.kind !== "area") return null;
  const bounds = boundsOf(shape);
  const lat = bounds.getCenter().lat;
  const crossings = [];
  for (const ring of shape.latlngs.flat()) {
    ring.forEach((from, n) => {
      const to = ring[(n + 1) % ring.length];
      if (from[0] > lat !== to[0] > lat) crossings.push(from[1] + ((lat - from[0]) / (to[0] - from[0])) * (to[1] - from[1]));
    });
  }
  crossings.sort((a, b) => a - b);
  let best = null;
  for (let n = 0; n + 1 < crossings.length; n += 2) {
    if (!best || crossings[n + 1] - crossings[n] > best[1] - best[0]) best = [crossings[n], crossings[n + 1]];
  }
  return best && [lat, (best[0] + best[1]) / 2];
}

const fillOf = (symbol, patterned) =>
  symbol.pattern || (patterned && symbol.print_pattern) ? `url(#pattern-${symbol.key})` : symbol.fill;
const box = ([west, south, east, north]) => [[south, west], [north, east]];
const size = (bounds) => (bounds.getNorth() - bounds.getSouth()) * (bounds.getEast() - bounds.getWest());
const round = (value, digits) => Number(value.toFixed(digits));
