/** What the canvases show. Everything is painted within a box, so that a stroke repaints what it touched and no more. */

import { around, meet } from "gridmap/plan/geometry.js";
import { COLORS, homes } from "gridmap/plan/model.js";
import { count } from "gridmap/plan/page.js";

const FREE = "#EFF1F2";
const BORDER = "#C2187F";
const INK = "#1F2933";
const FONT = '600 12px "Noto Sans SC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", system-ui, sans-serif';
/** Edges of cells are drawn where a cell is at least so wide on the screen, in px. */
const LEAST_CELL = 9;
const IN_A_PATH = 250;
/** @type {CanvasPattern|null} */
let hatching = null;

/**
 * Lay rings into the path; `view` is scale and shift from the plane to the screen. Closing a long path is slow.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Plan.Ring[]} rings
 * @param {Chart.View} given
 */
function trace(ctx, rings, { k, x, y }) {
  for (const ring of rings) {
    ctx.moveTo(ring[0] * k + x, ring[1] * k + y);
    for (let n = 2; n < ring.length; n += 2) ctx.lineTo(ring[n] * k + x, ring[n + 1] * k + y);
    ctx.lineTo(ring[0] * k + x, ring[1] * k + y);
  }
}

/**
 * Paint many things by their rings, some hundred a path: one path of all takes far longer.
 * @param {CanvasRenderingContext2D} ctx
 * @param {{rings: Plan.Ring[]}[]} things
 * @param {Chart.View} view
 * @param {function(): void} paint
 */
function each(ctx, things, view, paint) {
  for (let n = 0; n < things.length; n += IN_A_PATH) {
    ctx.beginPath();
    for (const { rings } of things.slice(n, n + IN_A_PATH)) trace(ctx, rings, view);
    paint();
  }
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Iterable<Plan.Edge>} edges
 * @param {Chart.View} given
 */
function lines(ctx, edges, { k, x, y }) {
  ctx.beginPath();
  for (const { from, to } of edges) {
    ctx.moveTo(from[0] * k + x, from[1] * k + y);
    ctx.lineTo(to[0] * k + x, to[1] * k + y);
  }
  ctx.stroke();
}

/** @param {CanvasRenderingContext2D} ctx */
function hatch(ctx) {
  if (hatching) return hatching;
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const on = tile.getContext("2d");
  on.fillStyle = FREE;
  on.fillRect(0, 0, 8, 8);
  on.strokeStyle = "#98A3AC";
  on.beginPath();
  for (const shift of [-8, 0, 8]) (on.moveTo(shift, 8), on.lineTo(shift + 8, 0));
  on.stroke();
  return (hatching = ctx.createPattern(tile, "repeat"));
}

/**
 * Paint the cells in the colours of their grids.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Plan.Model} model
 * @param {Chart.View} view
 * @param {Plan.Box} box
 */
export function paintCells(ctx, model, view, box) {
  if (model.rough) return paintRough(ctx, model, view);
  const groups = new Map();
  let [seen, wide] = [0, 0];
  for (const cell of model.cells.values()) {
    if (!meet(cell.box, box)) continue;
    if (!groups.has(cell.grid)) groups.set(cell.grid, []);
    groups.get(cell.grid).push(cell);
    seen += 1;
    wide += cell.box[2] - cell.box[0];
  }
  for (const [key, cells] of groups) {
    const grid = model.grids.get(key);
    ctx.fillStyle = grid ? COLORS[grid.color ?? 0] : hatch(ctx);
    each(ctx, cells, view, () => ctx.fill("evenodd"));
  }
  if (!seen || (wide / seen) * view.k < LEAST_CELL) return;
  ctx.strokeStyle = "rgb(255 255 255 / .85)";
  ctx.lineWidth = 1;
  for (const cells of groups.values()) each(ctx, cells, view, () => ctx.stroke());
}

/**
 * Grids of an imported plan as they came: where they overlap it is darker, where nothing is there is a gap.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Plan.Model} model
 * @param {Chart.View} view
 */
function paintRough(ctx, model, view) {
  ctx.globalAlpha = 0.55;
  for (const grid of model.grids.values()) {
    ctx.beginPath();
    trace(ctx, grid.rough, view);
    ctx.fillStyle = COLORS[grid.color ?? 0];
    ctx.fill("evenodd");
  }
  ctx.globalAlpha = 1;
}

/**
 * Paint buildings and the borders of the grids.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Plan.Model} model
 * @param {Chart.View} view
 * @param {Plan.Box} box
 * @param {Plan.Layers} shown
 */
export function paintLines(ctx, model, view, box, shown) {
  if (shown.buildings) {
    ctx.fillStyle = "rgb(120 131 141 / .62)";
    each(
      ctx,
      shown.buildings.filter((one) => meet(one.box, box)),
      view,
      () => ctx.fill("evenodd"),
    );
  }
  ctx.lineCap = ctx.lineJoin = "round";
  ctx.strokeStyle = BORDER;
  ctx.lineWidth = view.zoom < 14.5 ? 1.6 : view.zoom < 16 ? 2.4 : 3.4;
  if (!model.rough) return lines(ctx, near(model.borders, box), view);
  for (const { rough } of model.grids.values()) (ctx.beginPath(), trace(ctx, rough, view), ctx.stroke());
}

/**
 * @param {Iterable<Plan.Edge>} edges
 * @param {Plan.Box} given
 */
function* near(edges, [left, top, right, bottom]) {
  for (const edge of edges) {
    const {
      from: [ax, ay],
      to: [bx, by],
    } = edge;
    if (
      (ax < left && bx < left) ||
      (ax > right && bx > right) ||
      (ay < top && by < top) ||
      (ay > bottom && by > bottom)
    )
      continue;
    yield edge;
  }
}

/**
 * Where each grid's name stands: in the cell nearest to the middle of its cells.
 * @param {Plan.Model} model
 */
export function labelPlaces(model) {
  const sums = new Map();
  for (const { grid, centre } of model.cells.values()) {
    if (grid === null) continue;
    const sum = sums.get(grid) ?? [0, 0, 0];
    sums.set(grid, [sum[0] + centre[0], sum[1] + centre[1], sum[2] + 1]);
  }
  const best = new Map();
  for (const { grid, centre } of model.cells.values()) {
    const sum = sums.get(grid);
    if (!sum) continue;
    const away = Math.hypot(centre[0] - sum[0] / sum[2], centre[1] - sum[1] / sum[2]);
    if (!best.has(grid) || away < best.get(grid).away) best.set(grid, { away, at: centre });
  }
  return best;
}

/**
 * Write the grids' names and households, each where there is room.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Plan.Model} model
 * @param {Chart.View} view
 * @param {Map<string, {at: Plan.At}>} places
 */
export function paintLabels(ctx, model, view, places) {
  ctx.font = FONT;
  ctx.textAlign = "center";
  ctx.lineJoin = "round";
  /** @type {Plan.Box[]} */
  const taken = [];
  const order = [...places].sort(
    ([a], [b]) => (model.grids.get(b)?.live.cells.size ?? 0) - (model.grids.get(a)?.live.cells.size ?? 0),
  );
  for (const [key, { at }] of order) {
    const grid = model.grids.get(key);
    if (!grid) continue;
    const [x, y] = [at[0] * view.k + view.x, at[1] * view.k + view.y];
    const texts = [model.name(key), count(homes(grid))];
    const half = Math.max(...texts.map((text) => ctx.measureText(text).width)) / 2 + 3;
    /** @type {Plan.Box} */
    const own = [x - half, y - 16, x + half, y + 16];
    if (taken.some((other) => meet(own, other))) continue;
    taken.push(own);
    ctx.lineWidth = 3.5;
    ctx.strokeStyle = "rgb(255 255 255 / .9)";
    ctx.fillStyle = INK;
    texts.forEach((text, n) => (ctx.strokeText(text, x, y - 3 + 14 * n), ctx.fillText(text, x, y - 3 + 14 * n)));
  }
}

/**
 * Paint what is told of the plan: chosen grids, both sides of a conflict, defects, moved buildings.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Plan.Model} model
 * @param {Chart.View} view
 * @param {Plan.Over} over
 */
export function paintNotes(ctx, model, view, over) {
  ctx.lineCap = ctx.lineJoin = "round";
  for (const key of over.picked) {
    const own = [...model.borders].filter(({ one, two }) => one?.grid === key || two?.grid === key);
    for (const [color, width] of /** @type {[string, number][]} */ ([
      ["#FFFFFF", 7.5],
      ["#0B3C53", 4],
    ]))
      ((ctx.strokeStyle = color), (ctx.lineWidth = width), lines(ctx, own, view));
  }
  outlines(ctx, over.theirs, view, "#0B6E99", "rgb(11 110 153 / .22)");
  outlines(ctx, over.mine, view, "#6A1B9A", "rgb(106 27 154 / .22)");
  for (const defect of over.defects) mark(ctx, defect, view);
  for (const { at } of over.moved) dot(ctx, at, view, 5, "#6A1B9A", "#FFFFFF");
}

/**
 * Paint what is in the making, with every move of the pointer: marked cells, drawn lines, the brush.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Chart.View} view
 * @param {Plan.Over} over
 */
export function paintOver(ctx, view, over) {
  ctx.lineCap = ctx.lineJoin = "round";
  outlines(ctx, over.marked, view, INK, "rgb(31 41 51 / .18)");
  for (const at of over.handles) dot(ctx, at, view, 5, "#FFFFFF", BORDER);
  drawn(ctx, over, view);
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Plan.Cell[]} cells
 * @param {Chart.View} view
 * @param {string} color
 * @param {string} fill
 */
function outlines(ctx, cells, view, color, fill) {
  ctx.fillStyle = fill;
  ctx.strokeStyle = color;
  ctx.lineWidth = 2.5;
  const many = cells?.length > IN_A_PATH;
  each(ctx, cells ?? [], view, () => (ctx.fill("evenodd"), many || ctx.stroke()));
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Plan.Mark} given
 * @param {Chart.View} view
 */
function mark(ctx, { rings, at, severity }, view) {
  ctx.strokeStyle = INK;
  ctx.lineWidth = 2;
  // A warning is about a whole grid, whose border is drawn already.
  if (severity === "error") {
    ctx.setLineDash([4, 3]);
    ctx.beginPath();
    trace(ctx, rings, view);
    ctx.stroke();
    ctx.setLineDash([]);
  }
  if (!at) return;
  const [x, y] = [at[0] * view.k + view.x, at[1] * view.k + view.y];
  ctx.beginPath();
  (ctx.moveTo(x, y - 11), ctx.lineTo(x + 11, y + 8), ctx.lineTo(x - 11, y + 8), ctx.closePath());
  ctx.fillStyle = severity === "error" ? INK : "#FFFFFF";
  ctx.fill();
  ctx.stroke();
  ctx.fillStyle = severity === "error" ? "#FFFFFF" : INK;
  ctx.font = "700 12px system-ui, sans-serif";
  ctx.textAlign = "center";
  ctx.fillText("!", x, y + 5);
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Plan.At} at
 * @param {Chart.View} view
 * @param {number} radius
 * @param {string} fill
 * @param {string} stroke
 */
function dot(ctx, at, view, radius, fill, stroke) {
  ctx.beginPath();
  ctx.arc(at[0] * view.k + view.x, at[1] * view.k + view.y, radius, 0, 2 * Math.PI);
  ctx.fillStyle = fill;
  ctx.strokeStyle = stroke;
  ctx.lineWidth = 2;
  ctx.fill();
  ctx.stroke();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Plan.Over} over
 * @param {Chart.View} view
 */
function drawn(ctx, over, view) {
  const points = over.line.map(([x, y]) => [x * view.k + view.x, y * view.k + view.y]);
  if (points.length > 1) {
    ctx.beginPath();
    points.forEach(([x, y], n) => (n ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
    if (over.closed) (ctx.closePath(), (ctx.fillStyle = "rgb(106 27 154 / .12)"), ctx.fill());
    ((ctx.strokeStyle = "#FFFFFF"), (ctx.lineWidth = 5), ctx.stroke());
    ((ctx.strokeStyle = "#6A1B9A"), (ctx.lineWidth = 2.5), ctx.stroke());
  }
  if (over.corners) for (const at of over.line) dot(ctx, at, view, 4, "#FFFFFF", "#6A1B9A");
  if (over.brush) {
    ctx.beginPath();
    ctx.arc(over.brush.at[0] * view.k + view.x, over.brush.at[1] * view.k + view.y, over.brush.radius, 0, 2 * Math.PI);
    ((ctx.strokeStyle = "#FFFFFF"), (ctx.lineWidth = 3.5), ctx.stroke());
    ((ctx.strokeStyle = INK), (ctx.lineWidth = 1.5), ctx.stroke());
  }
}

/**
 * The box of cells, for repainting; null where there are none.
 * @param {Plan.Cell[]} cells
 */
export const boxOfCells = (cells) => around(cells.map(({ box }) => box));
