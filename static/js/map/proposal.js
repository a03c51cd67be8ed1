/** A proposal on the map: its parts in a style of their own over what is in force; those that are picked are filled. */

const L = window.L;
const LINE = "#6A1B9A";
const CHOSEN = "#E65100";

/**
 * Show a proposal; gives what draws it and what points at a part of it.
 * @param {Chart.Leaflet} map
 * @param {Chart.Put} put
 */
export function drawProposal(map, put) {
  const layers = new Map();
  const beneath = L.featureGroup().addTo(map);
  const group = L.featureGroup().addTo(map);
  let picked = new Set();
  /** @type {string|null} */
  let chosen = null;

  /** @param {string} id */
  const styled = (id) => ({
    color: id === chosen ? CHOSEN : LINE,
    weight: id === chosen ? 5 : 3,
    dashArray: id === chosen ? null : "9 5",
    fillColor: LINE,
    fillOpacity: picked.has(id) ? 0.18 : 0.02,
    className: "proposed",
  });
  const restyle = () => layers.forEach((layer, id) => layer.setStyle(styled(id)));

  return {
    /**
     * Draw the parts, or nothing; `label` says what stands on each, `hear` which one was pointed at.
     * @param {Shared.Collection|null} collection
     * @param {(function(Shared.Feature): string)=} label
     * @param {(function(string): void)=} hear
     */
    show(collection, label, hear) {
      group.clearLayers();
      beneath.clearLayers();
      layers.clear();
      chosen = null;
      for (const feature of collection?.features ?? []) {
        const id = String(feature.id);
        const options = { ...put("result", { interactive: true, ...styled(id) }), style: () => styled(id) };
        const layer = L.geoJSON(/** @type {any} */ (feature), options);
        layer.bindTooltip(label(feature), { permanent: true, direction: "center", className: "proposed-label" });
        layer.on("click", () => hear(id));
        layers.set(id, layer);
        group.addLayer(layer);
      }
      if (layers.size) map.fitBounds(group.getBounds(), { padding: [32, 32], animate: false });
    },
    /**
     * Draw ground beneath the parts, such as where grids of two systems cross; the map goes there if there are no parts.
     * @param {Shared.Collection} collection
     */
    under(collection) {
      const style = () => ({ color: CHOSEN, weight: 1, fillColor: CHOSEN, fillOpacity: 0.25, className: "crossing" });
      for (const feature of collection.features)
        beneath.addLayer(L.geoJSON(/** @type {any} */ (feature), { ...put("result", { interactive: false }), style }));
      if (!layers.size && collection.features.length)
        map.fitBounds(beneath.getBounds(), { padding: [32, 32], animate: false });
    },
    /**
     * Say which parts are picked.
     * @param {Iterable<string>} ids
     */
    pick(ids) {
      picked = new Set(ids);
      restyle();
    },
    /**
     * Point at a part; null at none.
     * @param {string|null} id
     */
    choose(id) {
      chosen = id;
      restyle();
      layers.get(id)?.bringToFront();
      const bounds = layers.get(id)?.getBounds();
      if (bounds && !map.getBounds().contains(bounds)) map.fitBounds(bounds, { padding: [48, 48], animate: false });
    },
  };
}
