/** Legend rows are switches; the same goes for the layers under the theme. */

import { all, one } from "gridmap/shared/dom.js";
import { on, set, state } from "gridmap/workbench/state.js";

/** Wire the switches that the server wrote, and those that it writes when the page is renewed. */
export function wireLegend() {
  const panel = document.getElementById("left");
  const switches = () => all(".switch", panel);
  panel.addEventListener("click", (/** @type {any} */ { target }) => {
    const key = target.closest(".switch")?.dataset.class;
    if (key) set({ off: toggled(state.off, key) });
  });
  // Double-click: this class alone, and back.
  panel.addEventListener("dblclick", (/** @type {any} */ { target }) => {
    const key = target.closest(".switch")?.dataset.class;
    if (!key) return;
    const others = switches()
      .map((one) => one.dataset.class)
      .filter((one) => one !== key);
    set({ off: others.every((one) => state.off.includes(one)) ? [] : others });
  });
  panel.addEventListener("change", (/** @type {any} */ { target }) => {
    if (target.dataset.layer) set({ hide: toggled(state.hide, target.dataset.layer) });
    if ("patterns" in target.dataset) set({ patterns: target.checked });
  });

  const show = () => {
    for (const each of switches()) each.setAttribute("aria-checked", String(!state.off.includes(each.dataset.class)));
    for (const each of all("[data-layer]", panel)) each.checked = !state.hide.includes(each.dataset.layer);
    one("[data-patterns]", panel).checked = state.patterns;
    document.body.classList.toggle("patterns", state.patterns);
  };
  on(["off", "hide", "patterns", "page"], show);
  show();
}

/**
 * @param {string[]} list
 * @param {string} key
 */
function toggled(list, key) {
  return list.includes(key) ? list.filter((each) => each !== key) : [...list, key];
}
