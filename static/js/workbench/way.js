/** The way of the chosen building to its nearest station: asked of the service, drawn, and said in the details. */

import { el } from "gridmap/shared/dom.js";
import { askMap, features, page, say } from "gridmap/workbench/page.js";
import { on, state } from "gridmap/workbench/state.js";

/** @type {AbortController|null} */
let stop = null;

/**
 * A place in the details for what is said of the way of feature `n`.
 * @param {number} n
 */
export function wayPlace(n) {
  if (page.map !== "service-area" || page.standalone || !isBuilding(n)) return [];
  return [el("span", { class: "way-said", role: "status" }, say("service.js-way"))];
}

/**
 * Draw the way of whatever building is chosen.
 * @param {function(Chart.Way|null): void} draw
 */
export function wireWay(draw) {
  const show = async () => {
    stop?.abort();
    const own = (stop = new AbortController());
    draw(null);
    const n = state.selected === null ? -1 : features.position(state.selected);
    if (n < 0 || !isBuilding(n)) return;
    const way = await askMap("way", { id: features.id(n) }, own.signal).catch(() => /** @type {any} */ (null));
    if (own !== stop) return;
    draw(way);
    const said = /** @type {string[]} */ (way ? way.said : [say("failed")]);
    for (const place of document.querySelectorAll(".way-said"))
      place.replaceChildren(...said.map((each) => el("span", {}, each)));
  };
  on(["selected", "page"], show);
  show();
}

/** @param {number} n */
const isBuilding = (n) => /^(band|uncovered):/.test(features.class(n).key);
