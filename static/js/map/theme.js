/** The theme: the only colour of the map, and all of it that can be pointed at. */

import { el } from "gridmap/shared/dom.js";
import { boundsOf, fillOf, middle, outline, sign } from "gridmap/map/shapes.js";

const L = window.L;
/** So many areas without a fill get a sign with their number, from the first on; more would cover the map. */
const MOST_BADGES = 60;

/**
 * Draw the features of the page as it is now.
 * @param {Chart.Leaflet} map
 * @param {Chart.Features} features
 * @param {Chart.Hears} hears
 * @param {Chart.Put} put
 * @returns {{restyle: function(boolean): void, filter: function(Chart.Chosen, Chart.Chosen): void, remove: function(): void}}
 */
export function drawTheme(map, features, hears, put) {
  const group = L.featureGroup().addTo(map);
  /** @type {any[]} */
  const layers = [];
  /** @type {any[]} */
  const badges = [];
  for (let n = 0; n < features.count; n += 1) {
    const layer = draw(features, n, put, hears);
    layers.push(layer);
    if (!layer) continue;
    add(group, layer, n);
    if (features.class(n).symbol.fill_opacity === 0 && badges.length < MOST_BADGES) {
      badges.push(add(group, badge(features.shape(n), String(badges.length + 1)), n));
    }
  }
  group.on("click", ({ layer }) => hears.select(layer.position));
  group.bindTooltip((/** @type {any} */ layer) => hears.label(layer.position), {
    sticky: true,
    className: "hover",
    direction: "top",
    opacity: 1,
  });
  map.getContainer().classList.toggle(
    "signed",
    layers.some((layer) => layer instanceof L.Marker),
  );
  const thin = thinLines(map, layers, features);
  return {
    /**
     * Fill with patterns, as in print, or with plain colours.
     * @param {boolean} patterned
     */
    restyle: (patterned) =>
      layers.forEach((layer, n) => layer?.setStyle?.({ fillColor: fillOf(features.class(n).symbol, patterned) })),
    /**
     * Say which features are hidden, and which are dimmed.
     * @param {Chart.Chosen} shown
     * @param {Chart.Chosen} fits
     */
    filter(shown, fits) {
      for (const layer of [...layers, ...badges]) {
        const path = layer?.getElement?.();
        path?.classList.toggle("off", !shown(layer.position));
        path?.classList.toggle("dim", !fits(layer.position));
      }
    },
    remove() {
      map.off("zoomend", thin);
      group.remove();
    },
  };
}

/**
 * @param {import("leaflet").FeatureGroup} group
 * @param {any} layer
 * @param {number} n
 */
function add(group, layer, n) {
  layer.position = n;
  group.addLayer(layer);
  return layer;
}

/**
 * @param {Chart.Features} features
 * @param {number} n
 * @param {Chart.Put} put
 * @param {Chart.Hears} hears
 */
function draw(features, n, put, hears) {
  const shape = features.shape(n);
  if (!shape) return null;
  const { symbol } = features.class(n);
  if (symbol.mark && shape.kind === "point") {
    const mark = sign(shape, symbol, { draggable: hears.movable(n), autoPan: true });
    mark.on("dragend", () => hears.moved(n, mark.getLatLng().lat, mark.getLatLng().lng));
    return mark;
  }
  return outline(
    shape,
    put("theme", {
      interactive: true,
      bubblingMouseEvents: false,
      className: "feature",
      color: symbol.stroke,
      weight: symbol.weight,
      dashArray: symbol.dash,
      fillColor: fillOf(symbol, false),
      fillOpacity: symbol.fill_opacity,
      fill: shape.kind !== "line" && symbol.fill_opacity > 0,
      smoothFactor: 0,
    }),
  );
}

/**
 * The number of an area that is but an outline: something to point at.
 * @param {Shared.Shape} shape
 * @param {string} text
 */
function badge(shape, text) {
  const icon = L.divIcon({ html: el("span", {}, text), className: "feature badge-number", iconSize: [22, 18] });
  const at = middle(shape) ?? boundsOf(shape).getCenter();
  return L.marker(at, { icon, pane: "points", keyboard: false, bubblingMouseEvents: false });
}

/**
 * Far out, an outline as wide as up close would be all that is left of a building.
 * @param {Chart.Leaflet} map
 * @param {any[]} layers
 * @param {Chart.Features} features
 */
function thinLines(map, layers, features) {
  let before = 1;
  const scale = () => {
    const zoom = map.getZoom();
    const factor = zoom < 14 ? 0.25 : zoom < 15.5 ? 0.5 : 1;
    if (factor === before) return;
    before = factor;
    layers.forEach((layer, n) => {
      const { symbol } = features.class(n);
      if (symbol.fill_opacity) layer?.setStyle?.({ weight: symbol.weight * factor });
    });
  };
  map.on("zoomend", scale);
  map.whenReady(scale);
  return scale;
}
