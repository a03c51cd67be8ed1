/** The editor's state, and who wants to know when it changes. */

import { page } from "gridmap/plan/page.js";
import { keep, kept } from "gridmap/shared/keep.js";

const BRUSH_PX = 18;

/**
 * Make the desk: what all parts of the editor have in common.
 *
 * `choice` is how one works: tool, the chosen grid (its key, "new", or null), others chosen with it, filters. `over` is
 * what lies on the map for a while. Events: "plan" (cells or grids are others), "figures", "choice", "head", "status",
 * "saved", "marked" (cells, or a line, that are about to be something), "pointed", "clicked".
 * @param {Plan.Model} model
 */
export function makeDesk(model) {
  /** @type {Map<Plan.Event, (function(any=): unknown)[]>} */
  const listeners = new Map();
  const own = `plan.${page.plan}.locked`;
  /** @type {Plan.Desk} */
  const desk = {
    model,
    map: null,
    queue: null,
    /** Why nothing may be edited; null where everything may. */
    frozen: null,
    status: "saved",
    stroke: null,
    choice: {
      tool: "select",
      active: null,
      picked: new Set(),
      onlyFree: false,
      onlyFrom: null,
      snap: true,
      follow: false,
      brush: kept("brush", BRUSH_PX),
    },
    locked: new Set(kept(own, [])),
    over: {
      picked: [],
      theirs: [],
      mine: [],
      marked: [],
      defects: [],
      moved: [],
      handles: [],
      line: [],
      closed: false,
      corners: false,
      brush: null,
      names: true,
    },
    places: new Map(),
    /**
     * @param {Plan.Event[]} events
     * @param {function(any=): unknown} work
     */
    on(events, work) {
      for (const event of events) listeners.set(event, [...(listeners.get(event) ?? []), work]);
    },
    /**
     * @param {Plan.Event} event
     * @param {unknown} given
     */
    tell(event, given) {
      for (const work of listeners.get(event) ?? []) work(given);
    },
    /**
     * Change how one works.
     * @param {Partial<Plan.Choice>} patch
     */
    choose(patch) {
      Object.assign(desk.choice, patch);
      if (patch.brush) keep("brush", patch.brush);
      desk.over.picked = [...desk.choice.picked].filter((key) => model.grids.has(key));
      desk.tell("choice", patch);
      desk.note();
    },
    /**
     * Choose a grid, alone or (`more`) with those chosen before.
     * @param {string|null} key
     */
    pick(key, more = false) {
      const picked = new Set(more ? desk.choice.picked : []);
      if (more && picked.has(key)) picked.delete(key);
      else if (key) picked.add(key);
      desk.choose({ active: picked.has(key) ? key : ([...picked].at(-1) ?? null), picked });
    },
    /** @param {string|null} key */
    lock(key) {
      if (!desk.locked.delete(key)) desk.locked.add(key);
      keep(own, [...desk.locked]);
      desk.tell("choice", {});
    },
    /**
     * Bring a grid into view.
     * @param {string|null} key
     */
    goToGrid(key) {
      const grid = model.grids.get(key);
      const rings = model.rough ? grid?.rough : null;
      desk.goTo(rings ? [{ rings, box: grid.box }] : model.cellsOf(key));
    },
    goTo: () => {},
    /** Paint again what is in the making; what is told of the plan. */
    overlay: () => {},
    note: () => {},
    repaint: () => {},
    /** Show edits that wait on top of what the server said. */
    ahead: () => {},
  };
  // Locks are of the browser, not of the tab.
  addEventListener("storage", ({ key }) => {
    if (key !== `gridmap.${own}`) return;
    desk.locked = new Set(kept(own, []));
    desk.tell("choice", {});
  });
  return desk;
}
