/**
 * The map of a plan. Canvases of our own lie in its panes; who paints
 * on them gets a view (scale and shift from the plane to the screen), who points hears places of the plane.
 */

import { drawBackdrop } from "gridmap/map/backdrop.js";
import { addControls } from "gridmap/map/controls.js";
import { foliumMap } from "gridmap/map/folium.js";

const L = window.L;
const PANES = ["ground", "cells", "roads", "veil", "borders", "lines", "notes", "over"];
/** A pointer that moved less than this was not moved. */
const STILL_PX = 4;

/** A canvas that moves with the map and is painted anew when it stands still, whole or in part. */
/** @type {new (options: Chart.Options) => any} */
const Painting = /** @type {any} */ (L.Renderer).extend({
  _initContainer() {
    this._container = L.DomUtil.create("canvas", "sheet");
  },
  _destroyContainer() {
    L.DomUtil.remove(this._container);
    delete this._container;
  },
  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    /** @type {any} */ (L.Renderer.prototype)._update.call(this);
    const size = this._bounds.getSize();
    const sharp = Math.min(2, window.devicePixelRatio || 1);
    L.DomUtil.setPosition(this._container, this._bounds.min);
    const [width, height] = [Math.round(size.x * sharp), Math.round(size.y * sharp)];
    if (this._container.width !== width || this._container.height !== height) {
      Object.assign(this._container, { width, height });
      Object.assign(this._container.style, { width: `${size.x}px`, height: `${size.y}px` });
    }
    this.sharp = sharp;
    this.repaint();
  },
  /**
   * Paint within a box of the plane; everything without one.
   * @param {Shared.Box|null} [box]
   */
  repaint(box = null) {
    if (!this._bounds) return;
    const { view, paint } = this.options;
    const ctx = this._container.getContext("2d");
    const { k, x, y, zoom } = view(this._bounds.min);
    const size = this._bounds.getSize();
    const all = [-x / k, -y / k, (size.x - x) / k, (size.y - y) / k];
    ctx.setTransform(this.sharp, 0, 0, this.sharp, 0, 0);
    ctx.save();
    let shown = all;
    if (box) {
      // Whole pixels and a rim as wide as a border, else seams stay.
      const edges = [
        Math.floor(box[0] * k + x) - 4,
        Math.floor(box[1] * k + y) - 4,
        Math.ceil(box[2] * k + x) + 4,
        Math.ceil(box[3] * k + y) + 4,
      ];
      ctx.beginPath();
      ctx.rect(edges[0], edges[1], edges[2] - edges[0], edges[3] - edges[1]);
      ctx.clip();
      shown = [(edges[0] - x) / k, (edges[1] - y) / k, (edges[2] - x) / k, (edges[3] - y) / k];
      ctx.clearRect(edges[0], edges[1], edges[2] - edges[0], edges[3] - edges[1]);
    } else ctx.clearRect(0, 0, size.x, size.y);
    paint(ctx, { k, x, y, zoom }, shown);
    ctx.restore();
  },
});

/**
 * Take over Folium's map.
 * @param {Chart.Page & {bounds_plane: Shared.Box}} page the page's data
 * @param {Plan.Ground} ground the plane, see geometry.js
 * @param {Shared.Say} say
 * @param {Record<string, Chart.Painter>} painters by pane: cells, lines, over
 * @param {Chart.EditorHears} hears
 */
export function takePlanMap(page, ground, say, painters, hears) {
  const { map, element } = foliumMap();
  element.setAttribute("aria-label", document.title);
  for (const [n, name] of PANES.entries()) {
    map.createPane(name).style.zIndex = String(300 + 10 * n);
    map.getPane(name).style.pointerEvents = "none";
  }
  const renderers = Object.fromEntries(
    ["ground", "roads", "veil", "borders"].map((name) => [name, L.svg({ pane: name, padding: 0.3 })]),
  );
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
  const layers = drawBackdrop(map, { ...page, overview: false }, put);
  const zoomAll = () => goTo(page.bounds_plane, 0.02, false);
  addControls(map, say, zoomAll);
  // Streets run over the cells; what is below them still shows whose they are.
  map.getPane("roads").style.opacity = "0.72";
  map.boxZoom.disable();
  map.doubleClickZoom.disable();

  /** @param {import("leaflet").Point} corner */
  const view = (corner) => {
    const zoom = map.getZoom();
    const k = 2 ** zoom;
    const shift = map.getPixelOrigin();
    return { k, x: ground.origin[0] * k - shift.x - corner.x, y: ground.origin[1] * k - shift.y - corner.y, zoom };
  };
  /** @type {Record<string, any>} */
  const paintings = {};
  for (const [name, paint] of Object.entries(painters)) {
    paintings[name] = new Painting({ pane: name, padding: name === "over" ? 0.05 : 0.2, view, paint }).addTo(map);
  }
  for (const name of /** @type {("click"|"dblclick")[]} */ (["click", "dblclick"])) {
    map.on(name, ({ latlng, originalEvent }) => hears[name](ground.to([latlng.lng, latlng.lat]), originalEvent));
  }
  map.on("mousemove", (/** @type {import("leaflet").LeafletMouseEvent} */ { latlng, originalEvent }) => {
    hears.pointer(latlng.lat, latlng.lng);
    if (!held) hears.hover(ground.to([latlng.lng, latlng.lat]), originalEvent);
  });
  map.on("mouseout", () => hears.leave());
  map.on("zoomend moveend", () => hears.view?.(map.getZoom()));

  // Strokes: the pointer is held, the map stands still.
  /** @type {{x: number, y: number, far: boolean}|null} */
  let held = null;
  let strokes = false;
  /** @param {any} event */
  const placed = (event) => {
    const { lat, lng } = map.mouseEventToLatLng(event);
    return ground.to([lng, lat]);
  };
  element.addEventListener("pointerdown", (/** @type {any} */ event) => {
    // A second finger moves the map: what the first began is given up.
    if (held && !event.isPrimary) return release(event, true);
    if (event.button !== 0 || !event.isPrimary || event.target.closest(".leaflet-control")) return;
    const at = placed(event);
    if (!(strokes || hears.grabs?.(at)) || panning()) return;
    held = { x: event.clientX, y: event.clientY, far: false };
    map.dragging.disable();
    element.setPointerCapture(event.pointerId);
    hears.down(at, event);
  });
  element.addEventListener("pointermove", (/** @type {any} */ event) => {
    if (!held || !event.isPrimary) return;
    held.far ||= Math.hypot(event.clientX - held.x, event.clientY - held.y) > STILL_PX;
    const steps = event.getCoalescedEvents?.() ?? [];
    for (const step of steps.length ? steps : [event]) hears.drag(placed(step), event);
  });
  /**
   * @param {any} event
   * @param {boolean} cancelled
   */
  function release(event, cancelled) {
    const { far } = held;
    held = null;
    settle();
    hears.up(placed(event), event, far, cancelled);
  }
  for (const name of ["pointerup", "pointercancel"]) {
    element.addEventListener(
      name,
      (/** @type {any} */ event) => held && event.isPrimary && release(event, name === "pointercancel"),
    );
  }
  const panning = () => element.classList.contains("panning");
  const settle = () => (strokes && !panning() ? map.dragging.disable() : map.dragging.enable());

  /**
   * Bring a box of the plane into view.
   * @param {Shared.Box|null} box
   */
  function goTo(box, room = 0.25, near = true) {
    if (!box) return;
    const [[west, north], [east, south]] = [ground.from([box[0], box[1]]), ground.from([box[2], box[3]])];
    const bounds = L.latLngBounds([south, west], [north, east]);
    map.fitBounds(bounds.pad(room), { maxZoom: near ? Math.max(17.5, map.getZoom()) : 21, animate: false });
  }

  zoomAll();
  return {
    goTo,
    zoomAll,
    /**
     * Paint a canvas anew, within a box of the plane or whole.
     * @param {string} name
     * @param {Shared.Box|null} [box]
     */
    repaint: (name, box = null) => paintings[name].repaint(box),
    /**
     * Take drags as strokes (true) or as moves of the map.
     * @param {boolean} wanted
     */
    strokes(wanted) {
      strokes = wanted;
      settle();
    },
    /**
     * While the space bar is down, every tool moves the map.
     * @param {boolean} wanted
     */
    pan(wanted) {
      element.classList.toggle("panning", wanted);
      settle();
    },
    /** @param {string} name */
    cursor: (name) => (element.dataset.cursor = name),
    /**
     * Whether a layer of the backdrop is shown.
     * @param {string} name
     * @param {boolean} visible
     */
    show(name, visible) {
      if (layers[name]) layers[name][visible ? "addTo" : "remove"](map);
    },
    /** Pixels of the screen for one unit of the plane. */
    scale: () => 2 ** map.getZoom(),
    zoom: () => map.getZoom(),
    /** The box of the plane that is in sight. */
    sight() {
      const bounds = map.getBounds();
      const [a, b] = [
        ground.to([bounds.getWest(), bounds.getNorth()]),
        ground.to([bounds.getEast(), bounds.getSouth()]),
      ];
      return /** @type {Shared.Box} */ ([...a, ...b]);
    },
    centre: () => ground.to([map.getCenter().lng, map.getCenter().lat]),
    resized: () => map.invalidateSize({ animate: false, pan: false }),
  };
}
