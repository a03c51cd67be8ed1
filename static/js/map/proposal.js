/** A proposal on the map: its parts in a style of their own over what is in force; those that are picked are filled. */

const L = window.L;
const CHOSEN = "#E65100";
/** The colour of each kind; others have the first. */
const LINES = /** @type {Record<string, string>} */ ({
  "propose-grids": "#6A1B9A",
  "bundle-buildings": "#4527A0",
  "joint-units": "#00695C",
  "site-stations": "#AD1457",
  "assign-posts": "#1565C0",
});
/** Above so many parts what stands on each is shown where it is pointed at. */
const MOST_LABELS = 60;

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
  let line = LINES["propose-grids"];

  /**
   * Areas are dashed and filled where they are picked, lines dashed where they are not, points small rings then.
   * @param {string} id
   * @param {string} [type] of the geometry
   */
  const styled = (id, type = "Polygon") => {
    const area = type.endsWith("Polygon");
    return {
      color: id === chosen ? CHOSEN : line,
      weight: id === chosen ? 5 : 3,
      dashArray: id === chosen || (!area && picked.has(id)) ? null : "9 5",
      fill: area || type.endsWith("Point"),
      fillColor: line,
      fillOpacity: picked.has(id) ? (area ? 0.18 : 0.7) : 0.02,
      className: "proposed",
    };
  };
  const restyle = () =>
    layers.forEach((layer, id) => layer.setStyle((/** @type {any} */ { geometry }) => styled(id, geometry.type)));

  return {
    /**
     * Draw the parts, or nothing; `label` says what stands on each, `hear` which one was pointed at.
     * @param {Shared.Collection|null} collection
     * @param {(function(Shared.Feature): string)=} label
     * @param {(function(string): void)=} hear
     * @param {string=} kind of proposal
     */
    show(collection, label, hear, kind) {
      group.clearLayers();
      beneath.clearLayers();
      layers.clear();
      chosen = null;
      line = LINES[kind] ?? LINES["propose-grids"];
      const placed = (collection?.features ?? []).filter(({ geometry }) => geometry);
      const permanent = placed.length <= MOST_LABELS;
      for (const feature of placed) {
        const id = String(feature.id);
        const style = (/** @type {any} */ { geometry }) => styled(id, geometry.type);
        const own = put("result", { interactive: true, ...styled(id, feature.geometry.type) });
        const pointToLayer = (/** @type {any} */ _, /** @type {any} */ at) => L.circleMarker(at, { ...own, radius: 8 });
        const layer = L.geoJSON(/** @type {any} */ (feature), { ...own, style, pointToLayer });
        const point = feature.geometry.type.endsWith("Point");
        const beside = point ? { direction: "right", offset: [10, 0] } : { direction: "center" };
        layer.bindTooltip(label(feature), { permanent, className: "proposed-label", .../** @type {any} */ (beside) });
        layer.on("click", () => hear(id));
        layers.set(id, layer);
        group.addLayer(layer);
      }
      // What is called something has its label to the right, which is to be seen, too.
      const labelled = permanent && placed.some(({ geometry }) => geometry.type.endsWith("Point"));
      const margins = { paddingTopLeft: [32, 32], paddingBottomRight: [labelled ? 120 : 32, 32] };
      if (layers.size)
        map.fitBounds(group.getBounds(), { .../** @type {any} */ (margins), maxZoom: 17, animate: false });
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
      layers.get(id)?.getTooltip()?.bringToFront();
      const bounds = layers.get(id)?.getBounds();
      if (bounds && !map.getBounds().contains(bounds))
        map.fitBounds(bounds, { padding: [48, 48], maxZoom: 17, animate: false });
    },
  };
}
