/** Panels at the sides of the map and the table below it, that fold. */

import { all } from "gridmap/shared/dom.js";
const page = document.documentElement;
const narrow = matchMedia("(max-width: 899.98px)");

/**
 * Wire the buttons that fold; on a narrow screen both sides begin folded, and one at a time is open.
 * @param {function(): void} resized is told when the map's box changes
 */
export function wireFolding(resized) {
  if (narrow.matches) (fold("left", true), fold("right", true));
  for (const button of all("[data-fold]")) {
    const side = button.dataset.fold ?? "";
    button.addEventListener("click", () => {
      const folded = page.dataset[side] !== "folded";
      fold(side, folded);
      if (!folded && narrow.matches) fold(side === "left" ? "right" : "left", true);
      resized();
    });
  }
}

/**
 * Fold or open a side: "left", "right" or "table".
 * @param {string} side
 * @param {boolean} folded
 */
export function fold(side, folded) {
  if (folded) page.dataset[side] = "folded";
  else delete page.dataset[side];
  for (const button of all(`[data-fold="${side}"]`)) {
    button.setAttribute("aria-expanded", String(!folded));
  }
}
