/** Below the tools: which grid gets what is marked, how it stands and lies at this moment, and how a line ends. */

import { byId, el } from "gridmap/shared/dom.js";
import { lie } from "gridmap/plan/measure.js";
import { homes, place } from "gridmap/plan/model.js";
import { paced } from "gridmap/plan/pace.js";
import { count, figure, say } from "gridmap/plan/page.js";

/**
 * Wire the lines of a desk.
 * @param {Plan.Desk} desk
 * @param {Plan.Tools} tools
 */
export function wireTarget(desk, tools) {
  const { model, choice } = desk;

  /** What the chosen grid is, with the cells that are marked to come to it; null where that is nothing. */
  function wanted() {
    const grid = model.grids.get(choice.active);
    const marked = desk.stroke ? desk.over.marked : [];
    if (grid && !marked.length) return { households: homes(grid), ...model.lie(grid) };
    if (!marked.length || !(grid || choice.active === "new")) return null;
    const known = marked.filter(({ households }) => households !== null);
    const more = known.reduce((sum, { households }) => sum + households, 0);
    const before = grid ? homes(grid) : null;
    return {
      households: known.length ? more + (before ?? 0) : before,
      ...lie([...(grid?.live.cells ?? []), ...marked]),
    };
  }

  /** What painting leaves of other grids: those that no longer hang together. */
  const torn = () =>
    [...model.grids.values()].filter(
      (grid) => grid.live.ahead && grid.key !== choice.active && model.lie(grid).pieces > 1,
    );

  function write() {
    const { active } = choice;
    byId("target").textContent =
      active === "new" ? say("target-new") : active ? model.name(active) : say("target-none");
    const line = byId("target-lies");
    const stands = wanted();
    byId("line-actions").hidden = !tools.drawing();
    line.hidden = !stands;
    if (!stands) return;
    const broken = torn().map((grid) =>
      el("b", { class: "alarm" }, `${model.name(grid.key)} ${say("pieces", { n: model.lie(grid).pieces })}`),
    );
    const within = place(stands.households, model.head.band);
    line.replaceChildren(
      el("b", {}, say("homes", { n: count(stands.households) })),
      ` ${say(`band-${within}`)} · `,
      stands.pieces > 1 ? el("b", { class: "alarm" }, say("pieces", { n: stands.pieces })) : say("in-one"),
      ` · ${say("fact-compactness")} ${figure(stands.compactness)}`,
      ...broken.flatMap((each) => [el("br"), each]),
    );
  }

  byId("line-end").addEventListener("click", () => tools.finish());
  byId("line-back").addEventListener("click", () => tools.shorten());
  byId("line-leave").addEventListener("click", () => tools.clear());
  desk.on(["choice", "plan", "figures", "marked"], paced(write));
  write();
}
