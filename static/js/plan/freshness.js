/** Whether the cells still stand on the buildings and streets as they are; where not, one click makes those cells anew. */

import { byId, el } from "gridmap/shared/dom.js";
import { say } from "gridmap/plan/page.js";
import { keepUnsaved, reload, unsaved } from "gridmap/plan/unsaved.js";

const MOST_TOLD = 6;

/**
 * Wire the notice of a desk; gives what is to be done when the cells were made anew.
 * @param {Plan.Desk} desk
 * @param {Plan.Edits} edits
 */
export function wireFreshness(desk, edits) {
  const { model } = desk;
  let renewed = false;

  function show() {
    const { sources } = model.head;
    byId("outdated").hidden = Boolean(desk.frozen || model.rough || !sources?.changed);
    byId("outdated-text").textContent = sources?.changed
      ? sources.text.replace(/^./, (first) => first.toUpperCase())
      : "";
  }

  /** @type {string[]} */
  let cells = [];
  /**
   * Say what was done to the cells, and where one should look, until it is put away; grids by their names.
   * @param {string[]} texts
   * @param {string[]} [unclear]
   */
  function tell(texts, unclear = []) {
    const keys = [...model.grids.keys()].sort((a, b) => b.length - a.length);
    /** @param {string} text */
    const named = (text) => keys.reduce((all, key) => all.replaceAll(key, model.name(key)), text);
    cells = unclear;
    byId("told").hidden = false;
    byId("told-text").replaceChildren(...texts.slice(0, MOST_TOLD).map((text) => el("span", {}, named(text))));
    byId("told-look").hidden = !cells.length;
  }

  byId("told-look").addEventListener("click", () => {
    desk.over.marked = model.called(cells);
    desk.goTo(desk.over.marked);
    desk.overlay();
  });

  byId("refresh").addEventListener("click", () => edits.refresh());
  byId("told-close").addEventListener("click", () => (byId("told").hidden = true));
  desk.on(["plan", "head"], show);
  desk.on(["saved"], () => renewed && reload());
  return {
    tell,
    /** Say what a refresh did, on the page that it has reloaded: houses that are new are part of the page. */
    recall() {
      const { told } = unsaved();
      if (!told) return;
      keepUnsaved({ told: null });
      tell(told.texts, told.cells);
    },
    /**
     * Take the answer to a refresh.
     * @param {Plan.Done} answer
     */
    renew(answer) {
      renewed = true;
      keepUnsaved({
        told: { texts: [say("refreshed"), ...answer.report], cells: (answer.unclear ?? []).map(({ cell }) => cell) },
      });
    },
  };
}
