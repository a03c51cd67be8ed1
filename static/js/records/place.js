/** Where a record lies: dragged or drawn on the map, or written as longitude and latitude. */

import { el } from "gridmap/shared/dom.js";
import { placeIn } from "gridmap/shared/format.js";
import { page, say } from "gridmap/records/page.js";

/**
 * Wire the map's tools; gives what the place is by now.
 * @param {HTMLElement} tools
 * @param {Records.Chart} map
 * @param {any} begun the geometry at first
 * @param {function(): void} placed is told when a place was given
 */
export function wirePlace(tools, map, begun, placed) {
  const { accepts } = page.form;
  let now = begun;
  const told = el("p", { class: "hint", role: "status" });
  const written = el("input", {
    type: "text",
    class: "lonlat",
    "aria-label": say("lonlat"),
    placeholder: say("lonlat"),
    title: say("lonlat"),
    onchange: () => {
      const at = placeIn(written.value);
      written.classList.toggle("wrong", !at);
      if (at) take({ type: "Point", coordinates: [at.lng, at.lat] }, true);
    },
  });
  const drag = button("drag", () => edit());
  const again = button("draw", () => draw());
  const back = button("as-it-was", () => take(begun, true));

  /** @param {any} geometry */
  function take(geometry, show = false) {
    now = geometry;
    if (show) map.show(now);
    if (now?.type === "Point")
      written.value = now.coordinates.map((/** @type {number} */ each) => each.toFixed(6)).join(", ");
    back.hidden = now === begun || !begun;
    drag.hidden = again.hidden = !now;
    if (now) placed();
  }

  function edit() {
    told.textContent = say(now.type === "Point" ? "drag-point" : "drag-corners");
    map.edit(now, accepts, (geometry) => take(geometry));
  }

  function draw() {
    const kind = page.form.geometry === "point" ? "point" : "polygon";
    told.textContent = say(kind === "point" ? "click-map" : "click-corners");
    map.draw(kind, (geometry) => {
      take(geometry);
      edit();
    });
  }

  tools.replaceChildren(drag, again, back, ...(accepts.includes("point") ? [written] : []), told);
  if (begun) map.show(begun);
  take(begun);
  if (!begun) draw();
  else if (page.form.geometry === "point" && !page.record) edit();
  return {
    /** The geometry by now. */
    now: () => now,
    moved: () => now !== begun,
    /** @param {any} geometry */
    write: (geometry) => ((begun = geometry), take(geometry, true)),
  };
}

/**
 * @param {string} key
 * @param {function(): void} work
 */
const button = (key, work) => el("button", { type: "button", class: "button", onclick: work }, say(key));
