/** The map beside a record's form: what is around it, and its own shape, dragged by its corners or drawn anew. */

import { calm } from "gridmap/shared/dom.js";
import { ask } from "gridmap/shared/ask.js";
import { foliumMap } from "gridmap/map/folium.js";

const L = window.L;
const AROUND = ["communities", "courtyards", "buildings", "stations"];
const CLOSE = 15;
const MOST_AROUND = 800;
const MOST_CORNERS = 600;
/** @type {Record<string, Chart.Options>} */
const STYLES = {
  communities: { color: "#7C8894", weight: 1.4, dashArray: "6 3", fill: false },
  courtyards: { color: "#8A96A0", weight: 1, fillColor: "#FFFFFF", fillOpacity: 0.5 },
  buildings: { color: "#A4AEB6", weight: 0.6, fillColor: "#C9D1D7", fillOpacity: 0.7 },
  stations: { color: "#FFFFFF", weight: 1, fillColor: "#5F6B76", fillOpacity: 0.9 },
};
const OWN = { color: "#B0267A", weight: 3, fillColor: "#B0267A", fillOpacity: 0.15 };

/**
 * Take over Folium's map.
 * @param {Shared.Box|null} bounds
 * @returns {Records.Chart}
 */
export function takeRecordMap(bounds) {
  const { map } = foliumMap();
  const under = L.featureGroup();
  const own = L.featureGroup();
  const handles = L.layerGroup();
  /** @type {(function(): void)|null} */
  let stopDrawing = null;
  /** @type {Record<string, any>} */
  const drawnAround = {};
  /** Hears that corners were moved. */
  let editing = () => {};

  function stop() {
    stopDrawing?.();
    stopDrawing = null;
    handles.clearLayers();
    map.getContainer().classList.remove("placing");
  }

  /** @param {any} geometry */
  function show(geometry) {
    stop();
    draw(geometry);
    const found = own.getBounds();
    if (found.isValid() && !map.getBounds().contains(found))
      map.fitBounds(found.pad(0.4), { maxZoom: 18, animate: false });
  }

  /** @param {any} geometry */
  function draw(geometry) {
    own.clearLayers();
    if (!geometry) return;
    L.geoJSON(geometry, {
      style: OWN,
      interactive: false,
      pointToLayer: (/** @type {unknown} */ _, /** @type {any} */ at) =>
        L.circleMarker(at, { ...OWN, radius: 8, fillOpacity: 0.6, interactive: false }),
    }).eachLayer((each) => own.addLayer(each));
  }

  return {
    begin(view) {
      L.control.zoom({ position: "topright" }).addTo(map);
      L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
      map.doubleClickZoom.disable();
      for (const each of [under, own, handles]) each.addTo(map);
      if (bounds)
        map.fitBounds(
          [
            [bounds[1], bounds[0]],
            [bounds[3], bounds[2]],
          ],
          { animate: false },
        );
      new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(map.getContainer());
      if (view) map.setView([view[1], view[2]], view[0], { animate: false });
      for (const layer of AROUND) surround(layer);
      const further = calm(() => map.getZoom() >= CLOSE && AROUND.slice(1).forEach(surround), 300);
      map.on("moveend", () => further());
    },
    show,
    stop,
    edit(geometry, _, changed) {
      show(geometry);
      if (geometry.type === "Point") return editPoint(geometry, changed);
      return editCorners(structuredClone(geometry), changed);
    },
    draw(kind, done) {
      stop();
      map.getContainer().classList.add("placing");
      stopDrawing = kind === "point" ? drawPoint(done) : drawArea(done);
    },
  };

  /** @param {string} layer */
  async function surround(layer) {
    const seen = map.getBounds();
    const bbox = [seen.getWest(), seen.getSouth(), seen.getEast(), seen.getNorth()]
      .map((each) => each.toFixed(6))
      .join();
    const query = { bbox, limit: MOST_AROUND, properties: "name" };
    // Without them the record is shown all the same.
    const found = await ask(`/api/collections/${layer}/items`, { query }).catch(() => /** @type {any} */ (null));
    if (!found) return;
    const drawn = L.geoJSON(found, {
      style: STYLES[layer],
      interactive: false,
      pointToLayer: (/** @type {unknown} */ __, /** @type {any} */ at) =>
        L.circleMarker(at, { ...STYLES[layer], radius: 3, interactive: false }),
    });
    drawnAround[layer]?.remove();
    drawnAround[layer] = drawn;
    under.addLayer(drawn);
    // From below to above as they are listed.
    for (const each of [...AROUND].reverse()) drawnAround[each]?.bringToBack();
  }

  /**
   * @param {any} geometry
   * @param {function(any): void} changed
   */
  function editPoint({ coordinates: [lng, lat] }, changed) {
    const mark = handle([lat, lng], "point");
    mark.on("drag", () => draw(pointAt(mark.getLatLng())));
    mark.on("dragend", () => changed(pointAt(mark.getLatLng())));
    stopDrawing = onClick((at) => {
      mark.setLatLng(at);
      draw(pointAt(at));
      changed(pointAt(at));
    });
  }

  /**
   * @param {any} geometry
   * @param {function(any): void} changed
   */
  function editCorners(geometry, changed) {
    /** @type {number[][][]} */
    const rings =
      geometry.type === "Polygon"
        ? geometry.coordinates
        : geometry.type === "MultiPolygon"
          ? geometry.coordinates.flat()
          : [];
    const closed = rings.length > 0;
    const lines = closed ? rings : geometry.type === "LineString" ? [geometry.coordinates] : geometry.coordinates;
    const corners = () => {
      handles.clearLayers();
      let drawn = 0;
      for (const line of lines) {
        const last = closed ? line.length - 1 : line.length;
        for (let n = 0; n < last && drawn < MOST_CORNERS; n += 1, drawn += 1) {
          corner(line, n, closed, update, corners);
          if (closed || n + 1 < last) between(line, n, corners, update);
        }
      }
    };
    const update = () => draw(geometry);
    corners();
    editing = () => changed(structuredClone(geometry));
  }

  /**
   * @param {number[][]} line
   * @param {number} n
   * @param {boolean} closed
   * @param {function(): void} update
   * @param {function(): void} corners
   */
  function corner(line, n, closed, update, corners) {
    const mark = handle([line[n][1], line[n][0]], "corner");
    mark.on("drag", () => (put(line, n, mark.getLatLng(), closed), update()));
    mark.on("dragend", () => (corners(), editing()));
    mark.on("dblclick contextmenu", () => {
      if (line.length <= (closed ? 4 : 2)) return;
      line.splice(n, 1);
      if (closed && n === 0) line[line.length - 1] = line[0];
      update();
      corners();
      editing();
    });
  }

  /**
   * @param {number[][]} line
   * @param {number} n
   * @param {function(): void} corners
   * @param {function(): void} update
   */
  function between(line, n, corners, update) {
    const [one, other] = [line[n], line[n + 1]];
    const mark = handle([(one[1] + other[1]) / 2, (one[0] + other[0]) / 2], "between");
    mark.on("dragend", () => {
      const { lat, lng } = mark.getLatLng();
      line.splice(n + 1, 0, [round(lng), round(lat)]);
      update();
      corners();
      editing();
    });
  }

  /**
   * @param {Shared.LatLng} at
   * @param {string} kind
   */
  function handle(at, kind) {
    const size = kind === "point" ? 22 : kind === "corner" ? 14 : 10;
    const icon = L.divIcon({ className: `handle ${kind}`, iconSize: [size, size], html: "" });
    return L.marker(at, { icon, draggable: true, autoPan: true, keyboard: false, bubblingMouseEvents: false }).addTo(
      handles,
    );
  }

  /** @param {function(import("leaflet").LatLng): void} hear */
  function onClick(hear) {
    const click = (/** @type {any} */ { latlng }) => hear(latlng);
    map.on("click", click);
    return () => map.off("click", click);
  }

  /** @param {function(any): void} done */
  function drawPoint(done) {
    return onClick((at) => {
      stop();
      draw(pointAt(at));
      done(pointAt(at));
    });
  }

  /** @param {function(any): void} done */
  function drawArea(done) {
    /** @type {number[][]} */
    const ring = [];
    const line = L.polyline([], { ...OWN, dashArray: "6 4", interactive: false }).addTo(handles);
    own.clearLayers();
    const finish = () => {
      if (ring.length < 3) return;
      stop();
      const geometry = { type: "Polygon", coordinates: [[...ring, ring[0]]] };
      draw(geometry);
      done(geometry);
    };
    const off = onClick(({ lng, lat }) => {
      const last = ring[ring.length - 1];
      const [x, y] = [round(lng), round(lat)];
      // A double click is two clicks at one place.
      if (last && last[0] === x && last[1] === y) return;
      ring.push([x, y]);
      line.addLatLng([lat, lng]);
      if (ring.length === 1) handle([lat, lng], "corner").dragging?.disable();
    });
    const first = (/** @type {any} */ event) => event.propagatedFrom || finish();
    map.on("dblclick", first);
    const key = (/** @type {KeyboardEvent} */ event) => event.key === "Enter" && ring.length > 2 && finish();
    map.getContainer().addEventListener("keydown", key);
    return () => {
      off();
      map.off("dblclick", first);
      map.getContainer().removeEventListener("keydown", key);
    };
  }
}

/**
 * @param {number[][]} line
 * @param {number} n
 * @param {import("leaflet").LatLng} at
 * @param {boolean} closed
 */
function put(line, n, { lat, lng }, closed) {
  line[n] = [round(lng), round(lat)];
  if (closed && n === 0) line[line.length - 1] = line[0];
}

/** @param {import("leaflet").LatLng} at */
const pointAt = ({ lat, lng }) => ({ type: "Point", coordinates: [round(lng), round(lat)] });

/** @param {number} degrees */
const round = (degrees) => Number(degrees.toFixed(7));
