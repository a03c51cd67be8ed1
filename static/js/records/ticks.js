/** Which rows are ticked, and what can be done with them. */

import { el } from "gridmap/shared/dom.js";
import { say } from "gridmap/records/page.js";

/**
 * Make the ticks of a table.
 * @param {function(string[]): unknown} act is called with the ids of the ticked rows
 * @param {function(): void} redraw
 */
export function makeTicks(act, redraw) {
  /** @type {Set<string>} */
  const ticked = new Set();
  const count = el("b", {});
  const bar = el(
    "span",
    { class: "ticked", hidden: true, role: "group", "aria-label": say("ticked-rows") },
    count,
    el(
      "button",
      { type: "button", class: "button", id: "set-field", onclick: () => act([...ticked]) },
      say("set-field"),
    ),
    el("button", { type: "button", class: "button", onclick: clear }, say("clear")),
  );

  function tell() {
    bar.hidden = !ticked.size;
    count.textContent = say("ticked", { count: ticked.size });
  }

  function clear() {
    ticked.clear();
    tell();
    redraw();
  }

  return {
    bar,
    clear,
    /**
     * The cell that ticks a row.
     * @param {string} id
     * @param {string} name
     */
    cell(id, name) {
      const box = el("input", { type: "checkbox", "aria-label": say("tick", { name }), checked: ticked.has(id) });
      box.addEventListener("change", () => {
        if (box.checked) ticked.add(id);
        else ticked.delete(id);
        tell();
      });
      return el("span", { role: "gridcell", class: "tick" }, box);
    },
    /**
     * The heading that ticks every row listed.
     * @param {function(): string[]} listed
     */
    heading(listed) {
      const box = el("input", { type: "checkbox", "aria-label": say("tick-all") });
      box.addEventListener("change", () => {
        ticked.clear();
        if (box.checked) for (const id of listed()) ticked.add(id);
        tell();
        redraw();
      });
      return el("div", { role: "columnheader", class: "tick" }, box);
    },
  };
}
