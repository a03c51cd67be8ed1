/** Two proposals on one map: the first in full lines, the second dashed over it, and what is elsewhere between them. */

import { ask } from "gridmap/shared/ask.js";
import { calm } from "gridmap/shared/dom.js";
import { foliumMap } from "gridmap/map/folium.js";

const L = window.L;
/** @type {Record<string, Chart.Options>} */
const STYLES = {
  first: { color: "#6A1B9A", weight: 3, fill: false },
  second: { color: "#E65100", weight: 3, dashArray: "8 6", fill: false },
  units: { color: "#084F6E", weight: 1, fillColor: "#0B6E99", fillOpacity: 0.55 },
};
/** The ring of a site: the second within the first where both chose the place. */
const RADIUS = /** @type {Record<string, number>} */ ({ first: 11, second: 6, units: 4 });
/** @type {Record<string, Chart.Options>} */
const AROUND = {
  buildings: { color: "#A4AEB6", weight: 0.6, fillColor: "#C9D1D7", fillOpacity: 0.7 },
  communities: { color: "#7C8894", weight: 1.2, dashArray: "6 3", fill: false },
};
const CLOSE = 14;
const MOST_AROUND = 1000;

/**
 * Take over Folium's map.
 * @returns {Proposals.ComparedMap}
 */
export function takeComparedMap() {
  const { map } = foliumMap();
  const under = L.featureGroup().addTo(map);
  /** @type {Record<string, any>} */
  const groups = { units: L.featureGroup(), first: L.featureGroup(), second: L.featureGroup() };
  /** @type {{row: number, id: string|null, layer: any, side: string}[]} */
  const drawn = [];
  /** @type {Record<string, any>} */
  const around = {};
  L.control.zoom({ position: "topright" }).addTo(map);
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  for (const group of Object.values(groups)) group.addTo(map);
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(map.getContainer());

  /**
   * @param {Shared.Feature} feature
   * @param {string} side
   * @param {string} text
   * @param {function(): void} hear
   */
  function draw(feature, side, text, hear) {
    if (!feature.geometry) return;
    const point = feature.geometry.type.endsWith("Point");
    const style = { ...STYLES[side], ...(point && { dashArray: null }), className: `compared ${side}` };
    const pointToLayer = (/** @type {any} */ _, /** @type {any} */ at) =>
      L.circleMarker(at, { ...style, fill: true, fillOpacity: side === "units" ? 0.75 : 0.25, radius: RADIUS[side] });
    const layer = L.geoJSON(/** @type {any} */ (feature), { style: () => style, pointToLayer });
    layer.bindTooltip(text, { className: "proposed-label", sticky: true });
    layer.on("click", hear);
    groups[side].addLayer(layer);
    drawn.push({ row: feature.properties.row, id: side === "units" ? String(feature.id) : null, layer, side });
  }

  /** @param {function({row: number, id: string|null, side: string}): boolean} chosen */
  function mark(chosen) {
    const found = L.featureGroup();
    for (const each of drawn) {
      const on = chosen(each);
      each.layer.setStyle({ ...STYLES[each.side], ...(on && { weight: each.side === "units" ? 4 : 6 }) });
      if (!on) continue;
      found.addLayer(L.geoJSON(/** @type {any} */ (each.layer.toGeoJSON())));
      each.layer.bringToFront();
    }
    const bounds = found.getBounds();
    if (bounds.isValid() && !map.getBounds().contains(bounds))
      map.fitBounds(bounds, { padding: [48, 48], maxZoom: 17, animate: false });
  }

  return {
    show(proposals, units, heard) {
      for (const each of units.features)
        draw(each, "units", each.properties.name ?? each.properties.code, () => heard.unit(String(each.id)));
      for (const each of proposals.features)
        draw(each, each.properties.side, each.properties.name, () => heard.row(each.properties.row));
      const every = L.featureGroup(Object.values(groups));
      if (every.getBounds().isValid())
        map.fitBounds(every.getBounds(), { padding: [32, 32], maxZoom: 18, animate: false });
      for (const layer of Object.keys(AROUND)) surround(layer);
      const further = calm(() => surround("buildings"), 300);
      map.on("moveend", () => further());
    },
    chooseRow: (row) => mark((each) => each.id === null && each.row === row && row >= 0),
    chooseUnit: (id) => mark((each) => each.id === id),
    toggle: (side, on) => void (on ? groups[side].addTo(map) : groups[side].remove()),
  };

  /** @param {string} layer */
  async function surround(layer) {
    if (layer === "buildings" && map.getZoom() < CLOSE) return;
    const seen = map.getBounds();
    const bbox = [seen.getWest(), seen.getSouth(), seen.getEast(), seen.getNorth()]
      .map((each) => each.toFixed(6))
      .join();
    // Without what is around the two are shown all the same.
    const found = await ask(`/api/collections/${layer}/items`, {
      query: { bbox, limit: MOST_AROUND, properties: "name" },
    }).catch(() => /** @type {any} */ (null));
    if (!found) return;
    around[layer]?.remove();
    around[layer] = L.geoJSON(found, {
      style: AROUND[layer],
      interactive: false,
      pointToLayer: (/** @type {unknown} */ _, /** @type {any} */ at) =>
        L.circleMarker(at, { ...AROUND[layer], radius: 2, interactive: false }),
    });
    under.addLayer(around[layer]);
    under.bringToBack();
  }
}
