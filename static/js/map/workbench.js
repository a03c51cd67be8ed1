/**
 * The workbench's map: the workbench says what to show, and hears what was pointed at.
 *
 * Folium's script has made the map and named it after its element. From bottom to top lie: ground of communities,
 * roads, quiet layers, borders, a veil over what was not asked for, the theme, the selection, names, points.
 */

import { drawBackdrop, drawNames, drawReach } from "gridmap/map/backdrop.js";
import { addControls } from "gridmap/map/controls.js";
import { foliumMap } from "gridmap/map/folium.js";
import { drawProposal } from "gridmap/map/proposal.js";
import { placing, sketching } from "gridmap/map/placing.js";
import { box, boundsOf, outline } from "gridmap/map/shapes.js";
import { drawTheme } from "gridmap/map/theme.js";
import { sheetsDrawn } from "gridmap/map/sheet.js";
import { drawTiles } from "gridmap/map/tiled.js";
import { drawUnder } from "gridmap/map/under.js";
import { waying } from "gridmap/map/way.js";

export { metresPerPixel } from "gridmap/map/backdrop.js";

const L = window.L;
const WIDE_M = 400;
const PANES = ["ground", "roads", "quiet", "borders", "veil", "theme", "result", "chosen", "names", "points"];

/**
 * Take over Folium's map.
 * @param {function(): Chart.Page} now gives the page's data as they are; where they are `tiled`, `features` are but a few of them
 * @param {Chart.Features} features the theme's features
 * @param {Shared.Say} say
 * @param {Chart.Hears} hears
 */
export function takeWorkbenchMap(now, features, say, hears) {
  const { map, element } = foliumMap();
  element.setAttribute("aria-label", document.title);
  // Before anything is drawn: Leaflet works out every outline anew when the zoom changes.
  map.invalidateSize({ animate: false, pan: false });
  place(hears.begin);
  for (const [n, name] of PANES.entries()) map.createPane(name).style.zIndex = String(300 + 10 * n);
  map.getPane("names").style.pointerEvents = "none";
  for (const name of ["ground", "roads", "quiet", "borders", "veil", "chosen"])
    map.getPane(name).style.pointerEvents = "none";
  const renderers = Object.fromEntries(PANES.map((name) => [name, L.svg({ pane: name, padding: 0.4 })]));
  /**
   * @param {string} pane
   * @param {Chart.Options} options
   */
  const put = (pane, options) => ({
    pane,
    renderer: renderers[pane],
    interactive: false,
    smoothFactor: 0.5,
    ...options,
  });

  /** @type {Record<string, any>} */
  const layers = { ...drawBackdrop(map, now(), put), labels: drawNames(map, now()) };
  /** @param {...string|number} address */
  const under = (...address) => hears.tile("under", ...address);
  /** @param {boolean} reached */
  const inTiles = (reached) => (now().tiled ?? []).filter((name) => name.startsWith("reach-") === reached);
  Object.assign(layers, drawUnder(map, inTiles(false), under, hears.failed));
  /** @type {Record<string, any>} */
  let reach = drawAllReach();
  let theme = drawAll();

  /** What is reached, with the page or in tiles. */
  function drawAllReach() {
    return { ...drawReach(map, now(), put), ...drawUnder(map, inTiles(true), under, hears.failed) };
  }

  /** The features that came with the page, and where it is large the others in tiles. */
  function drawAll() {
    const own = drawTheme(map, features, hears, put);
    if (!now().tiled)
      return {
        ...own /**
         * @param {Chart.Chosen} shown
         * @param {Chart.Chosen} fits
         */,
        /**
         * @param {Chart.Chosen} shown
         * @param {Chart.Chosen} fits
         */
        filter: (shown, fits) => own.filter(shown, fits),
      };
    const tiles = drawTiles(
      map,
      {
        classes: hears.classes() /** @param {...(string|number)[]} address */,
        address: (...address) => hears.tile("tiles", ...address),
      },
      {
        select: hears.pick,
        label: hears.told,
        gathered: hears.gathered,
        failed: hears.failed,
        loading: say("tiled.js-loading"),
      },
    );
    return {
      /** @param {boolean} wanted */
      restyle: (wanted) => (own.restyle(wanted), tiles.restyle(wanted)),
      /**
       * @param {Chart.Chosen} shown
       * @param {Chart.Chosen} fits
       * @param {function(string): boolean} visible
       * @param {function(string): boolean} fitting
       */
      filter: (shown, fits, visible, fitting) => (own.filter(shown, fits), tiles.filter(visible, fitting)),
      remove: () => (own.remove(), tiles.remove()),
    };
  }

  addControls(map, say, () => zoomAll());
  const result = L.geoJSON(null, {
    ...put("result", { interactive: true }),
    style: { color: "#7B1FA2", weight: 3, fillColor: "#7B1FA2", fillOpacity: 0.12 },
    pointToLayer: (_, at) => L.circleMarker(at, put("result", { interactive: true, radius: 6 })),
  }).addTo(map);
  const chosen = L.layerGroup().addTo(map);
  let patterned = false;

  map.on("mousemove", (/** @type {import("leaflet").LeafletMouseEvent} */ { latlng }) =>
    hears.pointer(latlng.lat, latlng.lng),
  );
  map.on("moveend", () => {
    const { lat, lng } = map.getCenter();
    hears.view([round(map.getZoom(), 2), round(lat, 6), round(lng, 6)]);
  });

  /**
   * Place the view: [zoom, latitude, longitude]; everything where there is none.
   * @param {[number, number, number]|null} view
   */
  function place(view) {
    if (view) map.setView([view[1], view[2]], view[0], { animate: false });
    else if (now().bounds) map.fitBounds(box(now().bounds), { padding: [16, 16], animate: false });
  }

  function zoomAll() {
    if (now().bounds) map.fitBounds(box(now().bounds), { padding: [16, 16] });
  }

  /**
   * A building is shown with what stands around it; a gap or a community fills the map by itself.
   * @param {import("leaflet").LatLngBounds} bounds
   */
  function goTo(bounds) {
    const wide_m = bounds.isValid() && bounds.getNorthEast().distanceTo(bounds.getSouthWest());
    if (bounds.isValid())
      map.fitBounds(bounds.pad(wide_m < WIDE_M ? 1.2 : 0.1), {
        maxZoom: Math.max(17.5, map.getZoom()),
        animate: false,
      });
  }

  return {
    zoomAll,
    /** Draw the theme anew, from the page as it is now. */
    renew() {
      theme.remove();
      for (const layer of Object.values(reach)) layer.remove();
      chosen.clearLayers();
      reach = drawAllReach();
      theme = drawAll();
      if (patterned) theme.restyle(true);
    },
    /** Hear the next clicks as places, `(lat, lng)`; null ends it. */
    hearPlaces: placing(map),
    /** Show a line in the making: its corners as [longitude, latitude]. */
    sketch: sketching(map, put),
    /** Draw the way of a building to its station; null takes it away. */
    showWay: waying(map, put),
    /** Show a proposal over what is in force. */
    proposal: drawProposal(map, put),
    place,
    /**
     * Say which features are shown and which are not dimmed: by position, and for those in tiles by class and by id.
     * @param {Chart.Chosen} shown
     * @param {Chart.Chosen} fits
     * @param {function(string): boolean} visible
     * @param {function(string): boolean} fitting
     */
    filter: (shown, fits, visible, fitting) => theme.filter(shown, fits, visible, fitting),
    /**
     * Show or hide a layer under the theme.
     * @param {string} name
     * @param {boolean} visible
     */
    show(name, visible) {
      const layer = layers[name] ?? reach[name];
      if (!layer) return;
      if (visible) layer.addTo(map);
      else layer.remove();
      if (visible && name === "labels") map.fire("zoomend");
    },
    /**
     * Ring feature `n` (-1 = none); with `zoom`, bring it into view.
     * @param {number} n
     * @param {boolean} zoom
     */
    choose(n, zoom) {
      chosen.clearLayers();
      const shape = n < 0 ? null : features.shape(n);
      if (!shape) return Boolean(n < 0);
      for (const [color, weight] of [
        ["#FFFFFF", 7],
        ["#0B3C53", 3.4],
      ]) {
        chosen.addLayer(outline(shape, put("chosen", { color, weight, radius: 11, fill: false, className: "chosen" })));
      }
      const bounds = boundsOf(shape);
      if (zoom && (map.getZoom() < 15.5 || !map.getBounds().contains(bounds))) goTo(bounds);
      return true;
    },
    /**
     * Bring feature `n` into view, close.
     * @param {number} n
     */
    goToFeature(n) {
      const shape = features.shape(n);
      if (shape) goTo(boundsOf(shape));
    },
    /**
     * Bring a box [west, south, east, north] into view.
     * @param {Shared.Box} bounds
     */
    goToBox: (bounds) => map.fitBounds(box(bounds), { padding: [32, 32], maxZoom: 18 }),
    /**
     * Point at a place for a moment.
     * @param {number} lat
     * @param {number} lng
     */
    pointAt(lat, lng) {
      map.setView([lat, lng], Math.max(17, map.getZoom()));
      const mark = L.circleMarker([lat, lng], put("chosen", { radius: 10, color: "#0B6E99", weight: 3 })).addTo(map);
      setTimeout(() => mark.remove(), 6000);
    },
    /**
     * Show features of an analysis' result (GeoJSON), or nothing.
     * @param {Shared.Collection|null} collection
     * @param {(function(any): void)=} picked
     */
    showResult(collection, picked) {
      result.clearLayers();
      result.off("click").on("click", ({ layer }) => picked?.(layer.feature));
      if (collection) result.addData(collection);
      if (collection && result.getLayers().length && !map.getBounds().intersects(result.getBounds())) {
        map.fitBounds(result.getBounds(), { padding: [32, 32] });
      }
    },
    /**
     * Bring one GeoJSON feature into view.
     * @param {Shared.Feature} feature
     */
    goToGeoJson: (feature) => feature.geometry && goTo(L.geoJSON(feature).getBounds()),
    /**
     * Fill with patterns, as in print, or with plain colours.
     * @param {boolean} wanted
     */
    patterns(wanted) {
      if (wanted === patterned) return;
      patterned = wanted;
      theme.restyle(wanted);
    },
    /** Tell the map that its box has changed. */
    resized: () => map.invalidateSize({ animate: false, pan: false }),
    /** Centre, zoom and size in pixels: what print needs; `all` likewise of everything, where it is in view. */
    measure() {
      const [centre, size] = [map.getCenter(), map.getSize()];
      const whole = now().bounds && L.latLngBounds(/** @type {Shared.LatLng[]} */ (box(now().bounds)));
      let all = null;
      if (whole && map.getBounds().contains(whole)) {
        const [from, to] = [
          map.latLngToContainerPoint(whole.getNorthWest()),
          map.latLngToContainerPoint(whole.getSouthEast()),
        ];
        const { lat, lng } = whole.getCenter();
        all = { lat, lng, width: to.x - from.x, height: to.y - from.y };
      }
      return { zoom: map.getZoom(), lat: centre.lat, lng: centre.lng, width: size.x, height: size.y, all };
    },
    /** Resolves once all tiles in sight are drawn, or after a while. */
    drawn: () => sheetsDrawn(map),
    /**
     * Set any zoom, between the steps too.
     * @param {number} zoom
     * @param {number} lat
     * @param {number} lng
     */
    exactly(zoom, lat, lng) {
      const snap = map.options.zoomSnap;
      map.options.zoomSnap = 0;
      map.setView([lat, lng], zoom, { animate: false });
      map.options.zoomSnap = snap;
    },
  };
}

/**
 * @param {number} value
 * @param {number} digits
 */
const round = (value, digits) => Number(value.toFixed(digits));
