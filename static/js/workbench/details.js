/** What is known of the selection, at right. */

import { byId, el, svg } from "gridmap/shared/dom.js";
import { askMap, columns, features, isRemark, page, remarkOn, say, told } from "gridmap/workbench/page.js";
import { on, set, state } from "gridmap/workbench/state.js";

/**
 * Show the details of the selection; `zoom(n)` brings a feature into view, and `further(n)` gives more buttons.
 * @param {function(number): void} zoom
 * @param {function(number): HTMLElement[]} further
 */
export function wireDetails(zoom, further) {
  const place = byId("details");
  const show = () => {
    const n = state.selected === null ? -1 : features.position(state.selected);
    place.replaceChildren(...(n < 0 ? nothing() : facts(n, zoom, further)));
    if (n >= 0 && !page.standalone && !page.overview) tell(features.id(n), place);
  };
  on(["selected", "page"], show);
  show();
}

/**
 * Tell what the records say of a feature: who, since when, why it counts so, what is near. The server tells it.
 * @param {string} id
 * @param {HTMLElement} place
 */
async function tell(id, place) {
  /** @type {{title: string, lines: string[]}[]} */
  const unanswered = [{ title: say("no-story"), lines: [] }];
  const { chapters } = await askMap("story", { id }).catch(() => ({ chapters: unanswered }));
  // Somebody may have chosen another feature meanwhile, or this one again.
  if (id !== state.selected || place.querySelector(".chapter")) return;
  const facts_ = place.querySelector(".facts");
  for (const { title, lines } of chapters) {
    const listed = lines.map((/** @type {string} */ line) => el("li", {}, line));
    const chapter = el("section", { class: "chapter" }, el("h4", {}, title), el("ul", {}, ...listed));
    facts_.before(chapter);
  }
}

/**
 * The swatch of a class, as in the legend.
 * @param {Chart.Sign} symbol
 */
export function swatch(symbol) {
  if (symbol.mark)
    return svg(
      "svg",
      { class: "swatch", width: 26, height: 16, viewBox: "-5 0 26 16", "aria-hidden": "true" },
      svg("path", { d: symbol.mark, fill: symbol.fill, stroke: symbol.stroke, "stroke-width": 1.2 }),
    );
  const fill = symbol.pattern ? `url(#pattern-${symbol.key})` : symbol.fill;
  return svg(
    "svg",
    { class: "swatch", width: 26, height: 16, "aria-hidden": "true" },
    svg("rect", {
      x: 1,
      y: 1,
      width: 24,
      height: 14,
      fill,
      "fill-opacity": symbol.fill_opacity,
      stroke: symbol.stroke,
      "stroke-width": symbol.weight,
      "stroke-dasharray": symbol.dash,
    }),
  );
}

function nothing() {
  return [el("p", { class: "hint" }, say("nothing-selected")), el("p", { class: "hint" }, say("keys"))];
}

/**
 * @param {number} n
 * @param {function(number): void} zoom
 * @param {function(number): HTMLElement[]} further
 */
function facts(n, zoom, further) {
  const { label, symbol } = features.class(n);
  const reason = columns.find((column) => column.key === "reason")?.value(n);
  const listed = columns.filter((column) => column.key !== "reason" && !isRemark(column) && column.value(n) !== null);
  return [
    el(
      "div",
      { class: "details-head" },
      el("h3", {}, features.name(n)),
      el(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": say("close"),
          title: say("close"),
          onclick: () => set({ selected: null }),
        },
        "✕",
      ),
    ),
    el("p", { class: "badge" }, swatch(symbol), label),
    reason ? el("p", { class: "reason" }, reason) : null,
    el(
      "dl",
      { class: "facts" },
      ...listed.flatMap((column) => [
        el("dt", {}, column.label),
        el("dd", { title: remarkOn(column, n) }, told(column, n, column.unit)),
      ]),
    ),
    el(
      "p",
      { class: "details-actions" },
      features.shape(n)
        ? el("button", { type: "button", class: "button", onclick: () => zoom(n) }, say("zoom-to"))
        : el("span", { class: "hint" }, say("no-shape")),
      ...further(n),
    ),
  ].filter(Boolean);
}
