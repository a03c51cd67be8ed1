/** Tools: what clicks, strokes and lines on the map mean. */

import { toast } from "gridmap/shared/dom.js";
import { inside, meet } from "gridmap/plan/geometry.js";
import { say } from "gridmap/plan/page.js";

/** Tools by name: their key, how they are used, and whether they need a plan that may be edited. */
export const TOOLS = {
  select: { key: "v", kind: "click", edits: false },
  paint: { key: "p", kind: "stroke", edits: true },
  brush: { key: "b", kind: "stroke", edits: true },
  box: { key: "m", kind: "area", edits: true },
  lasso: { key: "l", kind: "area", edits: true },
  eraser: { key: "e", kind: "stroke", edits: true },
  split: { key: "s", kind: "line", edits: true },
  reshape: { key: "r", kind: "line", edits: true },
  draw: { key: "d", kind: "line", edits: true },
  vertex: { key: "x", kind: "vertex", edits: true },
};
const SNAP_PX = 9;
const GRAB_PX = 11;
const HANDLES_FROM_ZOOM = 16.5;
const MOST_HANDLES = 4000;
const HANDLE_SIDE_PX = 16;
const SAME_PX = 4;

/**
 * Make the tools of a desk; gives what the map is to hear.
 * @param {Plan.Desk} desk
 * @param {Plan.Edits} edits
 */
export function makeTools(desk, edits) {
  const { model, over, choice } = desk;
  /** @type {Plan.Corner|null} */
  let grabbed = null;
  const px = () => 1 / desk.map.scale();
  const tool = () => TOOLS[choice.tool];

  /** @param {Plan.At} given */
  function cellAt([x, y]) {
    /** @type {Plan.Box} */
    const box = [x, y, x, y];
    for (const cell of model.cells.values()) if (meet(cell.box, box) && inside(cell.rings, x, y)) return cell;
    return null;
  }

  /** @param {Plan.At} at */
  function gridAt(at) {
    if (!model.rough) return cellAt(at)?.grid ?? null;
    return [...model.grids.values()].findLast(({ rough }) => inside(rough, ...at))?.key ?? null;
  }

  const target = () => (choice.tool === "eraser" ? null : choice.active);

  /**
   * The cells that a brush meets: the one below it, and those whose middle is within.
   * @param {Plan.At} given
   */
  function brushed([x, y]) {
    const radius = choice.tool === "paint" ? 0 : choice.brush * px();
    /** @type {Plan.Box} */
    const box = [x - radius, y - radius, x + radius, y + radius];
    const found = [];
    for (const cell of model.cells.values()) {
      if (!meet(cell.box, box)) continue;
      if (Math.hypot(cell.centre[0] - x, cell.centre[1] - y) <= radius || inside(cell.rings, x, y)) found.push(cell);
    }
    return found;
  }

  /** @param {Plan.At[]} line */
  function within(line) {
    const rings = [Float64Array.from(line.flat())];
    const found = [];
    for (const cell of model.cells.values()) if (inside(rings, ...cell.centre)) found.push(cell);
    return found;
  }

  /**
   * Add cells to the stroke: shown at once, or marked where the grid is yet to be made.
   * @param {Plan.Cell[]} cells
   */
  function add(cells) {
    const { stroke } = desk;
    const taken = cells.filter((cell) => !stroke.ids.has(cell.id) && edits.allowed(cell, stroke.grid));
    if (!taken.length) return;
    for (const cell of taken) stroke.ids.add(cell.id);
    if (stroke.grid === "new") ((over.marked = [...over.marked, ...taken]), desk.tell("marked"));
    else desk.repaint(model.paint(taken, stroke.grid));
  }

  /**
   * Walk from the last place of a stroke in steps no longer than half the brush.
   * @param {Plan.At} to
   */
  function walk(to) {
    const from = desk.stroke.last ?? to;
    const pace = Math.max((choice.tool === "paint" ? 6 : choice.brush) * px() * 0.5, 2 * px());
    const steps = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / pace));
    for (let n = 1; n <= steps; n += 1)
      add(brushed([from[0] + ((to[0] - from[0]) * n) / steps, from[1] + ((to[1] - from[1]) * n) / steps]));
    desk.stroke.last = to;
  }

  /** @param {Plan.At} at */
  function begin(at) {
    const grid = target();
    if (edits.refuses(grid)) return false;
    if (grid === null && choice.tool !== "eraser") return (toast(say("choose-grid")), false);
    desk.stroke = { ids: new Set(), grid, last: null, from: at };
    return true;
  }

  function end() {
    const { stroke } = desk;
    desk.stroke = null;
    Object.assign(over, { marked: [], line: [], closed: false });
    if (stroke && !stroke.ids.size) toast(say("nothing-marked"));
    if (!stroke?.ids.size) return desk.overlay();
    if (stroke.grid === "new") edits.create(stroke.ids);
    else edits.assign(stroke.ids, stroke.grid);
    return desk.overlay();
  }

  function give() {
    if (!desk.stroke) return;
    const shown = model.called(desk.stroke.ids);
    const { grid } = desk.stroke;
    desk.stroke = null;
    model.restore(shown);
    desk.ahead(desk.queue.waiting());
    desk.repaint(shown);
    desk.tell("figures", [grid]);
  }

  /**
   * The corner of a cell near a place, or the place itself.
   * @param {Plan.At} at
   * @param {any} event
   * @returns {Plan.At}
   */
  function snapped(at, event) {
    if (!choice.snap || event?.altKey) return at;
    const reach = SNAP_PX * px();
    /** @type {Plan.At|null} */
    let best = null;
    let nearest = reach;
    for (const cell of model.cells.values()) {
      if (!meet(cell.box, [at[0] - reach, at[1] - reach, at[0] + reach, at[1] + reach])) continue;
      for (const ring of cell.rings) {
        for (let n = 0; n < ring.length; n += 2) {
          const away = Math.hypot(ring[n] - at[0], ring[n + 1] - at[1]);
          if (away < nearest) ((nearest = away), (best = [ring[n], ring[n + 1]]));
        }
      }
    }
    return best ?? at;
  }

  /** @type {Plan.At[]} */
  let corners = [];
  /** @param {Plan.At} [next] */
  function sketch(next = null) {
    Object.assign(over, { line: next ? [...corners, next] : corners, closed: choice.tool === "draw", corners: true });
    desk.tell("marked");
    desk.overlay();
  }

  function finish() {
    const line = corners;
    clear();
    if (line.length < (choice.tool === "draw" ? 3 : 2)) return toast(say("line-too-short"));
    const active = model.grids.has(choice.active) ? choice.active : null;
    if (choice.tool === "draw") return edits.draw(active, line);
    const grid =
      active ??
      gridAt(line[Math.floor(line.length / 2)]) ??
      gridAt([(line[0][0] + line[1][0]) / 2, (line[0][1] + line[1][1]) / 2]);
    if (!grid) return toast(say("choose-grid"));
    return edits[/** @type {"split"|"reshape"} */ (choice.tool)](grid, line);
  }

  function clear() {
    corners = [];
    give();
    grabbed = null;
    Object.assign(over, { line: [], closed: false, corners: false, marked: [], brush: null });
    desk.tell("marked");
    desk.overlay();
  }

  /** Handles on the corners of borders, where one is near enough to take hold of them. */
  function handles() {
    over.handles = [];
    over.corner = [];
    if (choice.tool !== "vertex" || desk.frozen || model.rough) return desk.overlay();
    if (desk.map.zoom() < HANDLES_FROM_ZOOM) return (toast(say("zoom-in-first")), desk.overlay());
    const sight = desk.map.sight();
    /** @type {Map<string, Plan.Corner>} */
    const found = new Map();
    for (const edge of model.borders) {
      // The community's border is not the plan's to move.
      if (!edge.two) continue;
      for (const n of [0, 1]) {
        const at = n ? edge.to : edge.from;
        const place = edge.places[n];
        if (!meet([at[0], at[1], at[0], at[1]], sight) || found.size >= MOST_HANDLES) continue;
        const known = found.get(String(place)) ?? { at, place, keys: new Set() };
        for (const cell of [edge.one, edge.two]) if (cell.grid) known.keys.add(cell.grid);
        found.set(String(place), known);
      }
    }
    over.corner = spaced([...found.values()]);
    over.handles = over.corner.map(({ at }) => at);
    return desk.overlay();
  }

  /**
   * Of corners that stand close on the screen one, where most grids meet: they are there to be taken hold of.
   * @param {Plan.Corner[]} corners
   */
  function spaced(corners) {
    const side = HANDLE_SIDE_PX * px();
    const taken = new Map();
    for (const each of corners.sort((a, b) => b.keys.size - a.keys.size)) {
      const place = `${Math.round(each.at[0] / side)} ${Math.round(each.at[1] / side)}`;
      if (!taken.has(place)) taken.set(place, each);
    }
    return [...taken.values()];
  }

  /** @param {Plan.At} at */
  const handleAt = (at) =>
    over.corner?.find((each) => Math.hypot(each.at[0] - at[0], each.at[1] - at[1]) < GRAB_PX * px());

  return {
    cellAt,
    clear,
    finish,
    handles,
    /** Whether a line is being drawn. */
    drawing: () => corners.length > 0,
    /** Whether anything is in the making. */
    busy: () => Boolean(corners.length || desk.stroke || grabbed),
    /** Take the last corner of a line back. */
    shorten: () => ((corners = corners.slice(0, -1)), sketch()),
    hears: {
      /**
       * @param {Plan.At} at
       * @param {any} event
       */
      click(at, event) {
        if (choice.tool === "select") {
          const key = gridAt(at);
          desk.pick(key, event.shiftKey || event.ctrlKey || event.metaKey);
          desk.tell("clicked", { key, cell: model.rough ? null : cellAt(at) });
        } else if (tool().kind === "line" && !desk.frozen) {
          const next = snapped(at, event);
          const last = corners.at(-1);
          if (last && Math.hypot(next[0] - last[0], next[1] - last[1]) < SAME_PX * px()) return;
          corners = [...corners, next];
          sketch();
        } else if (tool().kind === "vertex") toast(say("drag-corner"));
      },
      dblclick: () => tool().kind === "line" && corners.length && finish(),
      /**
       * @param {Plan.At} at
       * @param {any} event
       */
      hover(at, event) {
        if (tool().kind === "line") return corners.length && sketch(snapped(at, event));
        if (tool().kind === "vertex") return desk.map.cursor(handleAt(at) ? "grab" : "vertex");
        if (choice.tool === "brush" || choice.tool === "eraser")
          ((over.brush = { at, radius: choice.brush }), desk.overlay());
        return desk.tell("pointed", at);
      },
      leave: () => ((over.brush = null), desk.overlay()),
      /** @param {Plan.At} at */
      grabs: (at) => choice.tool === "vertex" && Boolean(handleAt(at)),
      /** @param {Plan.At} at */
      down(at) {
        if (choice.tool === "vertex") return (grabbed = handleAt(at));
        return begin(at) && tool().kind === "stroke" && walk(at);
      },
      /**
       * @param {Plan.At} at
       * @param {any} event
       */
      drag(at, event) {
        if (grabbed)
          return (Object.assign(over, { line: [grabbed.at, snapped(at, event)], corners: true }), desk.overlay());
        if (!desk.stroke) return null;
        const { from } = desk.stroke;
        if (tool().kind === "stroke") {
          if (choice.tool !== "paint") over.brush = { at, radius: choice.brush };
          walk(at);
        } else {
          over.line =
            choice.tool === "box"
              ? [from, [at[0], from[1]], at, [from[0], at[1]]]
              : [...(over.line.length ? over.line : [from]), at];
          over.closed = true;
          over.marked = within(over.line).filter((cell) => edits.allowed(cell, desk.stroke.grid));
          desk.tell("marked");
        }
        return desk.overlay();
      },
      /**
       * @param {Plan.At} _at
       * @param {any} _event
       * @param {boolean} far
       * @param {boolean} cancelled
       */
      up(_at, _event, far, cancelled) {
        if (grabbed) {
          const { place, keys } = grabbed;
          const to = over.line[1];
          clear();
          return far && to && edits.move(place, to, [...keys]);
        }
        if (cancelled) return clear();
        if (desk.stroke && tool().kind === "area") {
          for (const cell of over.marked) desk.stroke.ids.add(cell.id);
        }
        return end();
      },
    },
  };
}
