/**
 * The plan as this browser knows it: cells, grids, the edges between cells.
 *
 * Each cell has the grid that the server last said (`truth`) and the grid that is shown (`grid`), which runs ahead
 * while edits are on their way. Figures of grids are sums over the cells as shown.
 */

import { around, boxOf, middleOf, ringsOf } from "gridmap/plan/geometry.js";
import { areaOf, lengthOf, lie } from "gridmap/plan/measure.js";

/** @type {Plan.Sum[]} */
const SUMS = ["households", "population", "elderly_60"];
const HEAD = ["revision", "state", "needs_repair", "unassigned", "summary", "suggestions"];
/** @type {Plan.Box} */
const WHOLE = [-Infinity, -Infinity, Infinity, Infinity];
const SCALE = 1e7;
const SIDE = 2 ** 26;
/** Quiet colours that no status of the house has; neighbours get different ones. */
export const COLORS = [
  "#A9CBE8",
  "#F4CFA4",
  "#BBD9AE",
  "#D2C1E8",
  "#EDE39B",
  "#9ED8D3",
  "#EBBFCD",
  "#C9C7A0",
  "#B9C4D4",
  "#E0B9A6",
  "#C3E6CB",
  "#D9D2C5",
];

/**
 * Make an empty plan in a plane (see geometry.js).
 * @param {Plan.Ground} ground
 */
export function makeModel(ground) {
  const model = {
    head: /** @type {Plan.Head} */ ({}),
    /** @type {Map<string, Plan.Cell>} */
    cells: new Map(),
    /** @type {Map<string, Plan.Grid>} */
    grids: new Map(),
    /** @type {Set<Plan.Edge>} */
    borders: new Set(),
    rough: false,
  };
  /** @type {Map<number, number>} */
  const corners = new Map();
  /** @type {Map<number, Plan.Edge>} */
  let edges = new Map();

  /**
   * The number of a corner: equal for all cells that have it.
   * @param {Shared.LngLat} given
   */
  function corner([lng, lat]) {
    const key = (Math.round((lng + 180) * SCALE) % SIDE) * SIDE + (Math.round((lat + 90) * SCALE) % SIDE);
    let number = corners.get(key);
    if (number === undefined) corners.set(key, (number = corners.size));
    return number;
  }

  /**
   * @param {number} key
   * @param {Shared.LngLat} from
   * @param {Shared.LngLat} to
   * @returns {Plan.Edge}
   */
  const edgeOf = (key, from, to) => ({
    key,
    one: null,
    two: null,
    length: lengthOf(from, to),
    from: ground.to(from),
    to: ground.to(to),
    places: [from, to],
  });

  /** @param {Shared.Feature<Plan.GivenCell>} feature */
  function addCell(feature) {
    const given = feature.properties;
    const rings = ringsOf(feature.geometry, ground.to);
    const box = boxOf(rings);
    const parts = feature.geometry.type === "Polygon" ? [feature.geometry.coordinates] : feature.geometry.coordinates;
    const area = parts.reduce(
      (/** @type {number} */ sum, /** @type {Shared.LngLat[][]} */ part) => sum + areaOf(part),
      0,
    );
    /** @type {Plan.Cell} */
    const cell = {
      ...given,
      id: feature.id,
      truth: given.grid,
      rings,
      box,
      area,
      centre: middleOf(rings, box),
      edges: [],
    };
    model.cells.set(cell.id, cell);
    for (const ring of parts.flat()) {
      for (let n = 0; n + 1 < ring.length; n += 1) {
        const [a, b] = [corner(ring[n]), corner(ring[n + 1])];
        // A stretch that rounding made a point connects nothing.
        if (a === b) continue;
        const key = a < b ? a * SIDE + b : b * SIDE + a;
        let edge = edges.get(key);
        if (!edge) edges.set(key, (edge = edgeOf(key, ring[n], ring[n + 1])));
        edge[edge.one ? "two" : "one"] = cell;
        cell.edges.push(edge);
      }
    }
    count(cell, 1);
    return cell;
  }

  /** @param {Plan.Cell} cell */
  function dropCell(cell) {
    ahead(cell, -1);
    count(cell, -1);
    model.cells.delete(cell.id);
    for (const edge of cell.edges) {
      if (edge.one === cell) ((edge.one = edge.two), (edge.two = null));
      else edge.two = null;
      border(edge);
      if (!edge.one) edges.delete(edge.key);
    }
  }

  /**
   * An edge is a border where the grids on its sides differ; the community's border counts where a grid ends.
   * @param {Plan.Edge} edge
   */
  function border(edge) {
    if ((edge.one?.grid ?? null) !== (edge.two?.grid ?? null)) model.borders.add(edge);
    else model.borders.delete(edge);
  }

  /**
   * Note which grids are shown otherwise than the server has them.
   * @param {Plan.Cell} cell
   * @param {number} sign
   */
  function ahead(cell, sign) {
    if (cell.grid === cell.truth) return;
    for (const key of [cell.grid, cell.truth]) {
      const grid = model.grids.get(key);
      if (grid) grid.live.ahead += sign;
    }
  }

  /**
   * @param {Plan.Cell} cell
   * @param {number} sign
   */
  function count(cell, sign) {
    const grid = model.grids.get(cell.grid);
    if (!grid) return;
    grid.live.lies = null;
    grid.live.cells[sign > 0 ? "add" : "delete"](cell);
    grid.live.buildings += sign * cell.buildings.length;
    for (const name of SUMS) {
      if (cell[name] === null) continue;
      grid.live[name] += sign * cell[name];
      grid.live.known[name] += sign;
    }
  }

  /**
   * @param {Plan.Cell} cell
   * @param {string|null} key
   */
  function show(cell, key) {
    if (cell.grid === key) return false;
    ahead(cell, -1);
    count(cell, -1);
    cell.grid = key;
    count(cell, 1);
    ahead(cell, 1);
    cell.edges.forEach(border);
    return true;
  }

  /**
   * Show a cell where the server says it is.
   * @param {Plan.Cell} cell
   * @param {string|null} key
   */
  function settle(cell, key) {
    ahead(cell, -1);
    cell.truth = key;
    ahead(cell, 1);
    show(cell, key);
  }

  /** @param {Shared.Feature<Plan.GivenGrid>} feature */
  function addGrid(feature) {
    const known = model.grids.get(feature.id);
    const live = known?.live ?? {
      cells: new Set(),
      ahead: 0,
      lies: null,
      buildings: 0,
      households: 0,
      population: 0,
      elderly_60: 0,
      known: { households: 0, population: 0, elderly_60: 0 },
    };
    const rough = model.rough ? ringsOf(feature.geometry, ground.to) : null;
    model.grids.set(feature.id, { ...feature.properties, key: feature.id, live, color: known?.color ?? null, rough });
  }

  function clear() {
    model.cells.clear();
    model.borders.clear();
    edges = new Map();
    corners.clear();
  }

  function neighbours() {
    const found = new Map([...model.grids.keys()].map((key) => [key, new Set()]));
    for (const { one, two } of model.borders) {
      if (!one?.grid || !two?.grid) continue;
      found.get(one.grid)?.add(two.grid);
      found.get(two.grid)?.add(one.grid);
    }
    return found;
  }

  /** Give colours to grids that have none, or that now lie beside one of the same. */
  function recolor() {
    const beside = neighbours();
    const used = new Array(COLORS.length).fill(0);
    for (const { color } of model.grids.values()) if (color !== null) used[color] += 1;
    /**
     * @param {string|null} key
     * @param {number} except
     */
    const fit = (key, except) => [...(beside.get(key) ?? [])].some((other) => model.grids.get(other)?.color === except);
    let changed = false;
    // The smaller of two that clash changes.
    const order = [...model.grids.values()].sort((a, b) => a.live.cells.size - b.live.cells.size);
    for (const grid of order) {
      if (grid.color !== null && !fit(grid.key, grid.color)) continue;
      const free = COLORS.map((_, n) => n).filter((n) => !fit(grid.key, n));
      if (grid.color !== null) changed = true;
      grid.color = (free.length ? free : [0]).reduce((best, n) => (used[n] < used[best] ? n : best));
      used[grid.color] += 1;
    }
    return changed;
  }

  return Object.assign(model, {
    /**
     * Take a whole plan as the server gives it.
     * @param {Plan.Whole} plan
     */
    load(plan) {
      const colors = new Map([...model.grids].map(([key, { color }]) => [key, color]));
      clear();
      model.grids.clear();
      model.head = plan;
      model.rough = plan.needs_repair;
      for (const feature of plan.grids.features) addGrid(feature);
      for (const [key, grid] of model.grids) grid.color = colors.get(key) ?? null;
      for (const feature of plan.cells.features) addCell(feature);
      for (const edge of edges.values()) border(edge);
      recolor();
    },
    /**
     * Take grids, findings and figures anew, without the cells.
     * @param {Plan.Whole} plan
     */
    refresh(plan) {
      model.head = { ...model.head, ...plan };
      for (const feature of plan.grids.features) addGrid(feature);
    },
    /**
     * Take the server's answer to an edit; gives the box of what changed, null where nothing on the map did.
     * @param {Plan.Done} answer
     */
    apply(answer) {
      const [head, told] = /** @type {Record<string, unknown>[]} */ (/** @type {unknown} */ ([model.head, answer]));
      for (const name of HEAD) head[name] = told[name] ?? head[name];
      for (const feature of answer.grids.features) addGrid(feature);
      /** @type {Plan.Box[]} */
      const boxes = [];
      const gone = answer.removed_cells.map((id) => model.cells.get(id)).filter(Boolean);
      for (const cell of gone) (boxes.push(cell.box), dropCell(cell));
      for (const feature of answer.cells.features) {
        let cell = model.cells.get(feature.id);
        if (cell && answer.op === "assign") {
          // Assigning moves no corner: the cell stays the one that a stroke may be painting.
          settle(cell, feature.properties.grid);
        } else {
          if (cell) (boxes.push(cell.box), dropCell(cell));
          cell = addCell(feature);
          cell.edges.forEach(border);
        }
        boxes.push(cell.box);
      }
      for (const key of answer.removed_grids) model.grids.delete(key);
      return recolor() ? WHOLE : around(boxes);
    },
    /**
     * Show cells in a grid (null = none) before the server says so; gives those that changed.
     * @param {Plan.Cell[]} cells
     * @param {string|null} key
     */
    paint: (cells, key) => cells.filter((cell) => show(cell, key)),
    /**
     * Show cells as the server has them.
     * @param {Plan.Cell[]} cells
     */
    restore: (cells) => cells.filter((cell) => show(cell, cell.truth)),
    /**
     * The cells of some ids that are there.
     * @param {Iterable<string>} ids
     */
    called: (ids) => [...ids].map((id) => model.cells.get(id)).filter(Boolean),
    /** The grids beside each grid. */
    neighbours,
    /**
     * The cells of a grid (null = of none), as shown.
     * @param {string|null} key
     */
    cellsOf: (key) =>
      key === null
        ? [...model.cells.values()].filter((cell) => cell.grid === null)
        : [...(model.grids.get(key)?.live.cells ?? [])],
    /**
     * How a grid lies: as the server says, or while cells are on their way, as its cells are shown.
     * @param {Plan.Grid} given
     */
    lie: ({ live, figures }) => (live.ahead ? (live.lies ??= lie(live.cells)) : figures),
    /**
     * What a grid is called.
     * @param {string|null} key
     */
    name(key) {
      const grid = model.grids.get(key);
      return grid ? grid.name || grid.code || key : "";
    },
  });
}

/**
 * Where households stand against the band: within, below, above, unknown.
 * @param {number|null} households
 * @param {[number, number]} given
 */
export function place(households, [low, high]) {
  if (households === null) return "unknown";
  return households < low ? "below" : households > high ? "above" : "within";
}

/**
 * A grid's households as shown; null where no building says any.
 * @param {Plan.Grid} grid
 */
export const homes = (grid) => (grid.live.known.households > 0 ? grid.live.households : null);
