/** Legend rows are switches; the same goes for the layers under the theme. */

import { on, set, state } from "gridmap/state.js";

/** Wire the switches that the server wrote. */
export function wireLegend() {
  const switches = [...document.querySelectorAll(".switch")];
  for (const each of switches) {
    const key = each.dataset.class;
    each.addEventListener("click", () => set({ off: toggled(state.off, key) }));
    // Double-click: this class alone, and back.
    each.addEventListener("dblclick", () => {
      const others = switches.map((one) => one.dataset.class).filter((one) => one !== key);
      set({ off: others.every((one) => state.off.includes(one)) ? [] : others });
    });
  }
  const layers = [...document.querySelectorAll("[data-layer]")];
  for (const each of layers) {
    each.addEventListener("change", () => set({ hide: toggled(state.hide, each.dataset.layer) }));
  }
  const patterns = document.querySelector("[data-patterns]");
  patterns.addEventListener("change", () => set({ patterns: patterns.checked }));

  const show = () => {
    for (const each of switches) each.setAttribute("aria-checked", String(!state.off.includes(each.dataset.class)));
    for (const each of layers) each.checked = !state.hide.includes(each.dataset.layer);
    patterns.checked = state.patterns;
    document.body.classList.toggle("patterns", state.patterns);
  };
  on(["off", "hide", "patterns"], show);
  show();
}

function toggled(list, key) {
  return list.includes(key) ? list.filter((each) => each !== key) : [...list, key];
}
