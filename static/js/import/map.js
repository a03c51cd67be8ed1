/** The wizard's map: the communities of the workspace, and over them what the file holds. Only this module draws. */

import { el } from "gridmap/dom.js";
import { count, page, say } from "gridmap/import/page.js";

const L = window.L;
const COLORS = { new: "#0B6E99", known: "#6D5B7B", fault: "#D32F2F", open: "#B26A00", member: "#5F6B75" };
const THIN = { member: 1, line: 1.5 };
const map = window[document.querySelector(".folium-map").id];
const canvas = L.canvas({ padding: 0.3 });
const under = L.geoJSON(null, { interactive: false, renderer: canvas, style: { color: "#7C8894", weight: 1.2, dashArray: "6 3", fillColor: "#F7F9FA", fillOpacity: 1 } });
const file = L.geoJSON(null, {
  renderer: canvas,
  style: ({ properties: { state }, geometry: { type } }) => ({ color: COLORS[state], weight: THIN[state] ?? (type.endsWith("LineString") ? THIN.line : 2), fill: !type.endsWith("LineString"), fillColor: COLORS[state], fillOpacity: 0.25 }),
  pointToLayer: (_, at) => L.circleMarker(at, { renderer: canvas, radius: 5 }),
});
let mark = null;

/** Draw what is on record, and hear clicks on what the file holds. */
export async function begin(chosen) {
  L.control.zoom({ position: "topleft" }).addTo(map);
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  under.addTo(map);
  file.addTo(map).on("click", ({ layer }) => chosen(layer.feature.properties.row, layer.feature.properties.sheet));
  fit(page.bounds);
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(map.getContainer());
  const answer = await fetch(page.under).catch(() => null);
  if (answer?.ok) under.addData(await answer.json()).bringToBack();
}

/** Show the shapes of a file; `move` brings them into view. */
export function show(shapes, move) {
  file.clearLayers();
  mark?.remove();
  const key = document.getElementById("key");
  key.hidden = !shapes?.features.length;
  if (key.hidden) return;
  file.addData(shapes);
  const { states, total } = shapes;
  const drawn = shapes.features.filter(({ properties }) => properties.state !== "member").length;
  key.replaceChildren(
    ...Object.keys(COLORS).filter((state) => states[state]).map((state) =>
      el("span", {}, el("i", { class: state }), `${say(`state-${state}`)} ${count(states[state])}`)),
    total > drawn ? el("span", {}, say("on-map", { shown: count(drawn), total: count(total) })) : "",
    el("button", { type: "button", onclick: zoom }, say("zoom-file")),
  );
  if (move) zoom();
}

/** Ring the shape of a row and bring it into view; rows without one are passed over. */
export function point(row, sheet) {
  mark?.remove();
  const layer = file.getLayers().find(({ feature: { properties } }) => properties.row === row && (!sheet || properties.sheet === sheet));
  if (!layer) return;
  const bounds = layer.getBounds?.() ?? layer.getLatLng().toBounds(60);
  mark = L.rectangle(bounds.pad(0.3), { color: "#1F2933", weight: 2, fill: false, interactive: false }).addTo(map);
  if (!map.getBounds().contains(bounds)) map.fitBounds(bounds.pad(2), { maxZoom: 17, animate: false });
}

/** What is in view: west, south, east, north in degrees. */
export function view() {
  const seen = map.getBounds();
  return [Math.max(-180, seen.getWest()), Math.max(-90, seen.getSouth()), Math.min(180, seen.getEast()), Math.min(90, seen.getNorth())].map((each) => Number(each.toFixed(5)));
}

function zoom() {
  const bounds = file.getBounds();
  if (bounds.isValid()) map.fitBounds(bounds.pad(0.05), { maxZoom: 18, animate: false });
}

function fit(bounds) {
  if (bounds) map.fitBounds([[bounds[1], bounds[0]], [bounds[3], bounds[2]]], { animate: false });
}
