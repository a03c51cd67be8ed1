/**
 * A layer of vector tiles on canvas. What a tile holds is kept while it is in sight, so that switches, filters and
 * half steps of the zoom draw anew without asking again; all of it in turns (see turns.js).
 */

import { ask } from "gridmap/shared/ask.js";
import { readTile, AREA, LINE, POINT } from "gridmap/map/mvt.js";
import { idle, inTurns } from "gridmap/map/turns.js";

const L = window.L;
const TILE_PX = 256;
const PAUSE_EVERY = 100;
const POINT_PX = 4;

/**
 * Tiles of one address. Options: `address(z, x, y)`, `paint(layer, zoom)` gives passes `[{style, features}]` in the
 * order of drawing, `failed()` hears that the server does not answer; `tileSize` is 256 or 512.
 */
export const Sheet = /** @type {new (options: Chart.Options) => any} */ (
  /** @type {any} */ (L.GridLayer).extend({
    options: { tileSize: TILE_PX, updateWhenZooming: false, keepBuffer: 1, minNativeZoom: 0, maxNativeZoom: 22 },

    /**
     * @param {import("leaflet").Coords} at
     * @param {function(unknown, HTMLElement=): void} done
     */
    createTile(at, done) {
      const { x, y, z } = at;
      const side = this.options.tileSize;
      const tile = L.DomUtil.create("canvas", "leaflet-tile sheet-tile");
      /** @type {Chart.Tile} */
      const own = { stopped: false, layers: null, canvas: tile, at, side, job: null };
      /** @type {any} */ (tile).own = own;
      // A tile twice as wide is one of the zoom before.
      this._fill(own, this.options.address(z - Math.log2(side / TILE_PX), x, y), done);
      return tile;
    },

    /**
     * @param {Chart.Tile} own
     * @param {string} address
     * @param {function(unknown, HTMLElement=): void} done
     */
    async _fill(own, address, done) {
      own.fetching = new AbortController();
      try {
        const buffer = await ask(address, { as: "bytes", signal: own.fetching.signal });
        if (own.stopped) return;
        /** @param {any} sheet */
        const steps = function* (sheet) {
          own.layers = yield* readTile(buffer);
          yield* sheet._draw(own, own.canvas);
          done(null, own.canvas);
        };
        await inTurns(steps(this), own);
      } catch (error) {
        if (own.stopped) return;
        this.options.failed?.(error);
        done(error, own.canvas);
      }
    },

    /** Draw all tiles in sight anew. */
    again() {
      for (const {
        el: { own },
      } of Object.values(this._tiles)) {
        if (!own.layers) continue;
        if (own.job) own.job.stopped = true;
        own.job = { stopped: false };
        inTurns(this._drawAnew(own), own.job);
      }
    },

    /**
     * Draw on another canvas and show that, so that half of a drawing is never seen.
     * @param {Chart.Tile} own
     */
    *_drawAnew(own) {
      const fresh = L.DomUtil.create("canvas");
      yield* this._draw(own, fresh);
      own.canvas.width = own.canvas.height = fresh.width;
      own.canvas.getContext("2d", { willReadFrequently: true }).drawImage(fresh, 0, 0);
    },

    /**
     * @param {Chart.Tile} own
     * @param {HTMLCanvasElement} canvas
     */
    *_draw(own, canvas) {
      const scale = 2 ** (this._map.getZoom() - own.at.z);
      const pixel = window.devicePixelRatio || 1;
      const side = Math.ceil(own.side * pixel * scale);
      /** @type {{pixel: number, origin: [number, number]}} */
      const paper = { pixel, origin: [own.at.x * side, own.at.y * side] };
      const passes = own.layers.map((layer) => [layer, this.options.paint(layer, this._map.getZoom())]);
      canvas.width = canvas.height = passes.some(([, each]) => each.length) ? side : 1;
      const pen = canvas.getContext("2d", { willReadFrequently: true });
      for (const [layer, each] of passes) {
        for (const { style, features } of each)
          yield* stroke(pen, features, style, { ...paper, step: side / layer.extent });
      }
    },

    /**
     * The features under a point of the map, the one on top first; tiles keep what they drew last.
     * @param {import("leaflet").LatLng} latlng
     */
    under(latlng) {
      const zoom = this._tileZoom;
      if (zoom === undefined) return [];
      const side = this.options.tileSize;
      const at = this._map.project(latlng, zoom).divideBy(side);
      const [x, y] = [Math.floor(at.x), Math.floor(at.y)];
      const own = this._tiles[`${x}:${y}:${zoom}`]?.el.own;
      return (own?.layers ?? [])
        .flatMap((/** @type {any} */ layer) => {
          /** @type {[number, number]} */
          const place = [(at.x - x) * layer.extent, (at.y - y) * layer.extent];
          const near = (layer.extent / side) * 3;
          return layer.features
            .filter((/** @type {Chart.TileFeature} */ feature) => holds(feature, place, near))
            .map((/** @type {Chart.TileFeature} */ feature) => ({ layer, feature }));
        })
        .reverse();
    },

    /** @param {Chart.Leaflet} map */
    onAdd(map) {
      map.on("zoomend", this._scaled, this);
      this.on("tileunload", this._dropped, this);
      return L.GridLayer.prototype.onAdd.call(this, map);
    },

    /** @param {Chart.Leaflet} map */
    onRemove(map) {
      map.off("zoomend", this._scaled, this);
      for (const { el } of Object.values(this._tiles)) this._dropped({ tile: el });
      return L.GridLayer.prototype.onRemove.call(this, map);
    },

    _scaled() {
      this.again();
    },

    /** @param {any} given */
    _dropped({ tile: { own } }) {
      own.stopped = true;
      own.fetching?.abort();
      if (own.job) own.job.stopped = true;
    },
  })
);

/**
 * Resolves once every sheet of a map has drawn what is in sight, or after `most` ms.
 * @param {Chart.Leaflet} map
 */
export async function sheetsDrawn(map, most = 20_000) {
  const until = performance.now() + most;
  const busy = () => {
    let found = !idle();
    map.eachLayer((layer) => (found ||= layer instanceof Sheet && /** @type {any} */ (layer).isLoading()));
    return found;
  };
  while (busy() && performance.now() < until) await new Promise((next) => setTimeout(next, 50));
}

/**
 * Draw features in one style, a few hundred at a time.
 * @param {CanvasRenderingContext2D} pen
 * @param {Chart.TileFeature[]} features
 * @param {Chart.Style} style
 * @param {{step: number, pixel: number, origin: [number, number]}} given
 * @returns {Generator<void, void, void>}
 */
function* stroke(pen, features, style, { step, pixel, origin }) {
  for (let from = 0; from < features.length; from += PAUSE_EVERY) {
    /** @type {any[]} */
    const lines = [];
    /** @type {any[]} */
    const areas = [];
    for (const { kind, lines: parts } of features.slice(from, from + PAUSE_EVERY)) {
      if (kind === POINT) for (const [x, y] of parts) areas.push(["arc", x * step, y * step]);
      else (kind === AREA ? areas : lines).push(...parts);
    }
    pen.save();
    pen.globalAlpha = style.opacity ?? 1;
    pen.lineWidth = style.weight * pixel;
    pen.strokeStyle = style.color;
    pen.lineJoin = "round";
    pen.lineCap = style.cap ?? "butt";
    pen.setLineDash(style.dash ? style.dash.map((each) => each * pixel) : []);
    if (areas.length) {
      pen.beginPath();
      for (const part of areas) trace(pen, part, step, true, pixel);
      if (style.fill) {
        pen.fillStyle = style.pattern ? style.pattern(pen, pixel, origin) : style.fill;
        pen.globalAlpha = (style.opacity ?? 1) * (style.fillOpacity ?? 1);
        pen.fill("nonzero");
        pen.globalAlpha = style.opacity ?? 1;
      }
      if (style.weight) pen.stroke();
    }
    if (lines.length && style.weight) {
      pen.beginPath();
      for (const part of lines) trace(pen, part, step, false, pixel);
      pen.stroke();
    }
    pen.restore();
    // A browser only notes down what is drawn and does it all at the next frame; asked for a pixel it does it now.
    pen.getImageData(0, 0, 1, 1);
    yield;
  }
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {any} part
 * @param {number} step
 * @param {boolean} closed
 * @param {number} pixel
 */
function trace(pen, part, step, closed, pixel) {
  if (part[0] === "arc") {
    pen.moveTo(part[1] + POINT_PX * pixel, part[2]);
    pen.arc(part[1], part[2], POINT_PX * pixel, 0, 2 * Math.PI);
    return;
  }
  pen.moveTo(part[0] * step, part[1] * step);
  for (let n = 2; n < part.length; n += 2) pen.lineTo(part[n] * step, part[n + 1] * step);
  if (closed) pen.closePath();
}

/**
 * Whether a feature holds a place, or a point or line comes near it.
 * @param {Chart.TileFeature} feature
 * @param {[number, number]} place
 * @param {number} near
 */
function holds({ kind, lines, box }, [x, y], near) {
  const slack = kind === AREA ? 0 : near;
  if (x < box[0] - slack || y < box[1] - slack || x > box[2] + slack || y > box[3] + slack) return false;
  if (kind === LINE) return false;
  if (kind === POINT) return true;
  let winding = 0;
  for (const ring of lines) {
    for (let n = 0, m = ring.length - 2; n < ring.length; m = n, n += 2) {
      const [x0, y0, x1, y1] = [ring[m], ring[m + 1], ring[n], ring[n + 1]];
      if (y0 > y === y1 > y || x >= x0 + ((y - y0) / (y1 - y0)) * (x1 - x0)) continue;
      winding += y1 > y0 ? 1 : -1;
    }
  }
  return winding !== 0;
}
