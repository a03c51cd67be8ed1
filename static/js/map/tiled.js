/** The theme of a large map: its features in tiles, as colourful and as easy to point at as those of a small one. */

import { el } from "gridmap/shared/dom.js";
import { patternOf } from "gridmap/map/pattern.js";
import { Sheet } from "gridmap/map/sheet.js";

const L = window.L;
const GATHERED = "-gathered";
const DIMMED = 0.14;
const SAID_AFTER_MS = 300;

/**
 * Draw the features in tiles.
 * @param {Chart.Leaflet} map
 * @param {{classes: Map<string, Chart.Class>, address: function(...(string|number)): string}} theme
 * @param {{select: Chart.Hears["pick"], label: Chart.Hears["told"], gathered: Chart.Hears["gathered"], failed: Chart.Hears["failed"],
 *   loading: string}} hears
 * @returns {{restyle: function(boolean): void, filter: function(function(string): boolean, function(string): boolean): void, remove: function(): void}}
 */
export function drawTiles(map, { classes, address }, hears) {
  let patterned = false;
  /** @type {function(string): boolean} */
  let visible = () => true;
  /** @type {function(string): boolean} */
  let fits = () => true;
  const order = [...classes.keys()];

  /**
   * @param {Chart.TileLayer} layer
   * @param {number} zoom
   */
  function paint(layer, zoom) {
    const squares = layer.name.endsWith(GATHERED);
    /** @type {Map<string, [Chart.TileFeature[], Chart.TileFeature[]]>} */
    const of = new Map();
    for (const key of order) of.set(key, [[], []]);
    for (const feature of layer.features) {
      const { class: key, id } = feature.properties;
      if (visible(key)) of.get(key)?.[squares || fits(id) ? 1 : 0].push(feature);
    }
    // Far out, an outline as wide as up close would be all that is left of a building.
    const thin = zoom < 14 ? 0.25 : zoom < 15.5 ? 0.5 : 1;
    return [...of].flatMap(([key, [dimmed, clear]]) => {
      const { symbol } = classes.get(key);
      const style = styleOf(symbol, patterned, squares ? 0 : symbol.weight * (symbol.fill_opacity ? thin : 1));
      return [
        { style: { ...style, opacity: DIMMED }, features: dimmed },
        { style, features: clear },
      ].filter((each) => each.features.length);
    });
  }

  const sheet = new Sheet({ address, paint, pane: "theme", failed: hears.failed }).addTo(map);
  const said = waiting(map, sheet, hears.loading);
  const tooltip = L.tooltip({ className: "hover", direction: "top", opacity: 1, interactive: false });
  const box = map.getContainer();
  /** @type {Chart.TileFeature|null} */
  let pointed = null;

  /** @param {import("leaflet").LatLng} latlng */
  const found = (latlng) =>
    sheet
      .under(latlng)
      .find((/** @type {{feature: Chart.TileFeature}} */ { feature }) => visible(feature.properties.class)) ?? null;
  /** @param {any} given */
  const point = ({ latlng, originalEvent }) => {
    const busy = box.classList.contains("placing") || originalEvent.target.closest?.(".leaflet-control");
    const now = busy ? null : found(latlng);
    box.classList.toggle("pointing", Boolean(now));
    if (!now) return leave();
    if (now.feature !== pointed) {
      pointed = now.feature;
      const { class: key, count, name } = now.feature.properties;
      tooltip.setContent(
        now.layer.name.endsWith(GATHERED)
          ? hears.gathered(count, classes.get(key))
          : hears.label(name, classes.get(key)),
      );
    }
    return tooltip.setLatLng(latlng).addTo(map);
  };
  const leave = () => {
    pointed = null;
    box.classList.remove("pointing");
    tooltip.remove();
  };
  /** @param {any} given */
  const click = ({ latlng }) => {
    if (box.classList.contains("placing")) return;
    const now = found(latlng);
    if (now?.layer.name.endsWith(GATHERED)) map.setView(latlng, Math.max(14, map.getZoom() + 1));
    else if (now) hears.select(now.feature.properties.id);
  };
  const events = { mousemove: point, mouseout: leave, click, movestart: leave };
  map.on(events);

  return {
    /**
     * Fill with patterns, as in print, or with plain colours.
     * @param {boolean} wanted
     */
    restyle(wanted) {
      patterned = wanted;
      sheet.again();
    },
    /**
     * Say which classes are shown (by key), and which features are not dimmed (by id).
     * @param {function(string): boolean} shown
     * @param {function(string): boolean} fitting
     */
    filter(shown, fitting) {
      [visible, fits] = [shown, fitting];
      sheet.again();
    },
    remove() {
      map.off(events);
      leave();
      said.remove();
      sheet.remove();
    },
  };
}

/**
 * Say that tiles are on their way, where they take long.
 * @param {Chart.Leaflet} map
 * @param {any} sheet
 * @param {string} text
 */
function waiting(map, sheet, text) {
  const place = el("p", { class: "tiles-loading", role: "status", hidden: true }, text);
  map.getContainer().append(place);
  let timer = setTimeout(() => (place.hidden = false), SAID_AFTER_MS);
  sheet.on("loading", () => {
    clearTimeout(timer);
    timer = setTimeout(() => (place.hidden = false), SAID_AFTER_MS);
  });
  sheet.on("load", () => (clearTimeout(timer), (place.hidden = true)));
  return place;
}

/**
 * @param {Chart.Sign} symbol
 * @param {boolean} patterned
 * @param {number} weight
 */
function styleOf(symbol, patterned, weight) {
  const filled = symbol.fill_opacity > 0;
  const pattern = symbol.pattern || (patterned && symbol.print_pattern) ? patternOf(symbol.key) : null;
  return {
    color: symbol.stroke,
    weight,
    dash: symbol.dash?.split(" ").map(Number),
    fill: filled && symbol.fill,
    fillOpacity: symbol.fill_opacity,
    pattern,
  };
}
