/** The import wizard's map: the communities of the workspace, and over them what a file holds. */

import { ask } from "gridmap/shared/ask.js";
import { foliumMap } from "gridmap/map/folium.js";
import { el } from "gridmap/shared/dom.js";
import { whole } from "gridmap/shared/format.js";

const L = window.L;
/** @type {Record<string, string>} */
const COLORS = { new: "#0B6E99", known: "#6D5B7B", fault: "#D32F2F", open: "#B26A00", member: "#5F6B75" };
/** @type {Record<string, number>} */
const THIN = { member: 1, line: 1.5 };

/**
 * Take over Folium's map.
 * @param {Import.Page} page the page's data: `bounds`, and where the communities `under` the file are
 * @param {Shared.Say} say
 */
export function takeImportMap(page, say) {
  const { map } = foliumMap();
  const canvas = L.canvas({ padding: 0.3 });
  /** @type {Chart.Options} */
  const beneath = {
    interactive: false,
    renderer: canvas,
    style: { color: "#7C8894", weight: 1.2, dashArray: "6 3", fillColor: "#F7F9FA", fillOpacity: 1 },
  };
  /** @type {Chart.Options} */
  const above = {
    renderer: canvas,
    style: styleOf,
    pointToLayer: (/** @type {unknown} */ _, /** @type {import("leaflet").LatLng} */ at) =>
      L.circleMarker(at, { renderer: canvas, radius: 5 }),
  };
  const under = L.geoJSON(null, beneath);
  const file = L.geoJSON(null, above);
  /** @type {import("leaflet").Rectangle|null} */
  let mark = null;

  function zoom() {
    const bounds = file.getBounds();
    if (bounds.isValid()) map.fitBounds(bounds.pad(0.05), { maxZoom: 18, animate: false });
  }

  /** @param {Shared.Box|null} bounds */
  function fit(bounds) {
    if (bounds)
      map.fitBounds(
        [
          [bounds[1], bounds[0]],
          [bounds[3], bounds[2]],
        ],
        { animate: false },
      );
  }

  return {
    /**
     * Draw what is on record, and hear clicks on what the file holds: its row and sheet.
     * @param {function(number, string=): void} chosen
     */
    async begin(chosen) {
      L.control.zoom({ position: "topleft" }).addTo(map);
      L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
      under.addTo(map);
      file.addTo(map).on("click", ({ layer }) => chosen(layer.feature.properties.row, layer.feature.properties.sheet));
      fit(page.bounds);
      new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(map.getContainer());
      // Without them the file is shown all the same.
      const communities = await ask(new URL(page.under, location.href)).catch(() => /** @type {any} */ (null));
      if (communities) under.addData(communities).bringToBack();
    },
    /**
     * Show the shapes of a file; `move` brings them into view.
     * @param {Import.Shapes|null} shapes
     */
    show(shapes, move = false) {
      file.clearLayers();
      mark?.remove();
      const key = document.getElementById("key");
      key.hidden = !shapes?.features.length;
      if (key.hidden) return;
      file.addData(shapes);
      const { states, total } = shapes;
      const drawn = shapes.features.filter(({ properties }) => properties.state !== "member").length;
      key.replaceChildren(
        ...Object.keys(COLORS)
          .filter((state) => states[state])
          .map((state) =>
            el("span", {}, el("i", { class: state }), `${say(`state-${state}`)} ${whole(states[state])}`),
          ),
        total > drawn ? el("span", {}, say("on-map", { shown: whole(drawn), total: whole(total) })) : "",
        el("button", { type: "button", onclick: zoom }, say("zoom-file")),
      );
      if (move) zoom();
    },
    /**
     * Ring the shape of a row and bring it into view; rows without one are passed over.
     * @param {number} row
     * @param {string=} sheet
     */
    point(row, sheet) {
      mark?.remove();
      const layer = /** @type {any[]} */ (file.getLayers()).find(
        ({ feature: { properties } }) => properties.row === row && (!sheet || properties.sheet === sheet),
      );
      if (!layer) return;
      const bounds = layer.getBounds?.() ?? layer.getLatLng().toBounds(60);
      mark = L.rectangle(bounds.pad(0.3), { color: "#1F2933", weight: 2, fill: false, interactive: false }).addTo(map);
      if (!map.getBounds().contains(bounds)) map.fitBounds(bounds.pad(2), { maxZoom: 17, animate: false });
    },
    /** What is in view: west, south, east, north in degrees. */
    view() {
      const seen = map.getBounds();
      return [
        Math.max(-180, seen.getWest()),
        Math.max(-90, seen.getSouth()),
        Math.min(180, seen.getEast()),
        Math.min(90, seen.getNorth()),
      ].map((each) => Number(each.toFixed(5)));
    },
  };
}

/** @param {Shared.Feature<any>} given */
function styleOf({ properties: { state }, geometry: { type } }) {
  const line = type.endsWith("LineString");
  return {
    color: COLORS[state],
    weight: THIN[state] ?? (line ? THIN.line : 2),
    fill: !line,
    fillColor: COLORS[state],
    fillOpacity: 0.25,
  };
}
