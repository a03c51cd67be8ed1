/** Edits: shown at once where the browser can know, sent in order, and corrected by what the server says. */

import { boxOf, meet, touches } from "gridmap/plan/geometry.js";
import { toast } from "gridmap/shared/dom.js";
import { say } from "gridmap/plan/page.js";

/**
 * Make the edits of a desk; `ground` is its plane.
 * @param {Plan.Desk} desk
 * @param {Plan.Ground} ground
 */
export function makeEdits(desk, ground) {
  const { model } = desk;
  /** @param {Plan.Edit} body */
  const send = (body, more = {}) => desk.queue.add({ path: "/edits", body, op: body.op, ...more });
  /** @param {Plan.At[]} line */
  const lonlat = (line) => line.map((at) => ground.from(at));

  /**
   * Say why a grid may not be changed.
   * @param {...string|null} keys
   */
  function refuses(...keys) {
    if (desk.frozen) return (toast(desk.frozen), true);
    if (desk.status === "held") return (toast(say("held")), true);
    const locked = keys.find((key) => desk.locked.has(key));
    if (locked) toast(say("locked-said", { grid: model.name(locked) }));
    return Boolean(locked);
  }

  /**
   * Whether a line meets a cell of a locked grid other than the one that it is drawn for.
   * @param {Plan.At[]} line
   */
  function meetsLocked(line) {
    if (!desk.locked.size) return false;
    const box = boxOf([Float64Array.from(line.flat())]);
    const hit = [...model.cells.values()].find(
      (cell) => desk.locked.has(cell.grid) && meet(cell.box, box) && touches(cell.rings, line),
    );
    return hit ? refuses(hit.grid) : false;
  }

  /**
   * Choose what an edit made.
   * @param {Plan.Done} answer
   */
  const take = (answer) => {
    const made = answer?.grids.features.find(({ id }) => !before.has(id));
    if (made) desk.pick(made.id);
    return answer;
  };
  let before = new Map();
  /**
   * @param {Plan.Edit} body
   * @param {Partial<Plan.Job>} more
   */
  const making = (body, more) => {
    before = new Map(model.grids);
    return send(body, more).then(take);
  };

  return {
    refuses,
    /**
     * Whether a cell may be given to a grid as one works now.
     * @param {Plan.Cell} cell
     * @param {string|null} key
     */
    allowed(cell, key) {
      const { onlyFree, onlyFrom } = desk.choice;
      if (cell.grid === key || desk.locked.has(cell.grid)) return false;
      return (!onlyFree || cell.grid === null) && (!onlyFrom || cell.grid === onlyFrom);
    },
    /**
     * Give cells, shown already or not, to a grid.
     * @param {Iterable<string>} ids
     * @param {string|null} key
     */
    assign(ids, key) {
      if (refuses(key)) return desk.repaint();
      desk.repaint(model.paint(model.called(ids), key));
      return send({ op: "assign", units: [...ids], grid: key }, { ids: [...ids], grid: key });
    },
    /**
     * @param {Iterable<string>} ids
     * @param {string=} name
     */
    create(ids, name) {
      if (refuses()) return null;
      return making({ op: "create", units: [...ids], ...(name && { name }) }, { marks: [...ids] });
    },
    /**
     * @param {string|null} grid
     * @param {Plan.At[]} line
     */
    split: (grid, line) =>
      refuses(grid) ||
      making(
        { op: "split", grid, line: { type: "LineString", coordinates: lonlat(line) }, snap: desk.choice.follow },
        { line },
      ),
    /**
     * @param {string|null} grid
     * @param {Plan.At[]} line
     */
    reshape: (grid, line) =>
      refuses(grid) ||
      meetsLocked(line) ||
      send(
        { op: "reshape", grid, line: { type: "LineString", coordinates: lonlat(line) }, snap: desk.choice.follow },
        { line },
      ),
    /**
     * @param {string|null} grid
     * @param {Plan.At[]} line
     */
    draw(grid, line) {
      if (refuses(grid) || meetsLocked([...line, line[0]])) return null;
      const polygon = { type: "Polygon", coordinates: [lonlat([...line, line[0]])] };
      const more = { line: [...line, line[0]] };
      return grid ? send({ op: "draw", grid, polygon }, more) : making({ op: "create", polygon }, more);
    },
    /** @param {string[]} keys */
    merge(keys) {
      if (refuses(...keys)) return null;
      const into = desk.choice.active && keys.includes(desk.choice.active) ? desk.choice.active : keys[0];
      return send({ op: "merge", grids: keys, into }).then((answer) => answer && desk.pick(into));
    },
    /**
     * @param {Shared.LngLat} place
     * @param {Plan.At} to
     * @param {string[]} keys
     */
    move: (place, to, keys) =>
      refuses(...keys) ||
      send({ op: "move_vertex", from: place, to: ground.from(to) }, { line: [ground.to(place), to] }),
    /**
     * @param {string|null} grid
     * @param {string|null} into
     */
    retire: (grid, into) => refuses(grid, into) || send({ op: "retire", grid, ...(into && { into }) }),
    /**
     * Set properties; they are shown at once, and as they were when the server refuses.
     * @param {string|null} key
     * @param {Record<string, any>} properties
     */
    set(key, properties) {
      if (refuses(key)) return null;
      const grid = model.grids.get(key);
      const entered = Object.fromEntries(
        Object.entries(properties).map(([name, value]) => [`${name}${name in grid ? "" : "_entered"}`, value]),
      );
      const before = Object.fromEntries(Object.keys(entered).map((name) => [name, grid[name]]));
      Object.assign(grid, entered);
      return send({ op: "set", grid: key, properties }).then(
        (answer) => answer || Object.assign(model.grids.get(key) ?? {}, before),
      );
    },
    repair: () => refuses() || send({ op: "repair" }),
    refresh: () => refuses() || send({ op: "refresh" }),
    /**
     * Do what a suggestion says.
     * @param {Plan.Suggestion} suggestion
     */
    follow: (suggestion) => refuses(...suggestion.grids) || send(suggestion.edit),
    /**
     * Take back a changeset.
     * @param {number} changeset
     */
    revert: (changeset) => refuses() || desk.queue.add({ path: "/revert", body: { changeset }, op: "revert" }),
    /**
     * Take back the last step ("undo"), or do again what was ("redo"): which that is, is found when its turn comes.
     * @param {string} which
     */
    step: (which) => refuses() || desk.queue.add({ path: "/revert", op: which, wants: which }),
  };
}
