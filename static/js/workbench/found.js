/** What was found and is no feature of this map: outlined on it, and told of at right. */

import { byId, el, toast } from "gridmap/shared/dom.js";
import { written } from "gridmap/shared/format.js";
import { askMap, page, say } from "gridmap/workbench/page.js";
import { on, set } from "gridmap/workbench/state.js";

/** @type {Workbench.Go|null} */
let outlined = null;

// Whoever chooses something else looks at that.
on(["selected"], () => {
  outlined?.outline(null);
  outlined = null;
});

/**
 * Tell of a record, and outline where it is.
 * @param {string} layer
 * @param {string} id
 * @param {Workbench.Go} go
 * @returns {Promise<void>}
 */
export async function tell(layer, id, go) {
  const path = `found/${layer}/${encodeURIComponent(id)}`;
  const found = await askMap(path).catch(() => /** @type {any} */ (null));
  if (!found) return toast(say("tiled.js-no-answer"));
  set({ selected: null, tool: "details" });
  go.outline(found.shapes.features.length ? found.shapes : null);
  if (found.box) go.box(found.box);
  outlined = go;
  const close = () => set({ selected: null });
  byId("details").replaceChildren(
    el(
      "div",
      { class: "details-head" },
      el("h3", {}, found.name),
      el("button", { type: "button", class: "icon-button", "aria-label": say("close"), onclick: close }, "✕"),
    ),
    el("p", { class: "badge" }, page.layers[layer] ?? found.kind),
    el(
      "dl",
      { class: "facts" },
      ...found.facts.flatMap((/** @type {any} */ each) => [
        el("dt", {}, each.label),
        el("dd", {}, written(each.value, each.kind, each.unit, undefined, page.ones)),
      ]),
    ),
    found.box
      ? el(
          "p",
          { class: "details-actions" },
          el("button", { type: "button", class: "button", onclick: () => go.box(found.box) }, say("zoom-to")),
        )
      : el("p", { class: "hint" }, say("no-shape")),
  );
}
