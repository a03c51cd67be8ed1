/** What an import did: counts, ways on, and its undoing. */

import { byId, el } from "gridmap/shared/dom.js";
import { count, page, say } from "gridmap/import/page.js";
import { messageIn } from "gridmap/shared/format.js";
import { kept } from "gridmap/shared/keep.js";
import { root } from "gridmap/shared/root.js";

const KINDS = ["new", "changed", "same", "held", "missing"];

/**
 * Show what was done.
 * @param {Import.Result} result
 * @param {Import.Hears} hears
 */
export function showDone(result, hears) {
  const place = byId("done");
  place.hidden = false;
  const change = result.changeset;
  const written = Object.values(result.counts).some((numbers) => numbers.new || numbers.changed);
  place.replaceChildren(
    el("h2", {}, change ? say("done", { changeset: `#${change.id}` }) : say("done-nothing")),
    el("p", {}, change ? messageIn(change.message, page.language) : ""),
    countsTable(result),
    result.left_out ? el("p", {}, say("left-out", { count: count(result.left_out) })) : "",
    el(
      "p",
      { class: "go" },
      ...ways(Object.keys(result.counts)[0]),
      change &&
        written &&
        el(
          "button",
          {
            type: "button",
            class: "button",
            id: "undo",
            onclick: () => hears.undo(change.id, kept("author", "").trim()),
          },
          say("undo"),
        ),
      el(
        "button",
        {
          type: "button",
          class: "button",
          id: "another",
          onclick: hears.again,
        },
        say("go-on"),
      ),
    ),
  );
  place.focus();
}

/**
 * Where to look at what came in: the map, and the layer where it is one.
 * @param {string|null} layer
 */
export function ways(layer) {
  const map = el("a", { class: "button primary", href: `${root}/` }, say("look-at-map"));
  const path = `${root}/api/collections/${layer}/items?f=html&lang=${page.language}`;
  return layer ? [map, el("a", { class: "button", href: path }, say("look-at-rows"))] : [map];
}

/**
 * Say that an import was undone.
 * @param {{id: number}} changeset
 */
export function showUndone(changeset) {
  byId("undo")?.remove();
  byId("done").querySelector("h2").textContent = say("undone", {
    changeset: `#${changeset.id}`,
  });
  byId("done").focus();
}

/**
 * Counts by layer.
 * @param {{counts: Import.Counts, labels: Shared.Words}} given
 */
export function countsTable({ counts: found, labels }) {
  const kinds = KINDS.filter((kind) => kind !== "held" || Object.values(found).some((numbers) => numbers.held));
  return el(
    "table",
    { class: "counts" },
    el("thead", {}, el("tr", {}, el("th", {}), ...kinds.map((kind) => el("th", { scope: "col" }, say(kind))))),
    el(
      "tbody",
      {},
      ...Object.entries(found).map(([layer, numbers]) =>
        el(
          "tr",
          {},
          el("th", { scope: "row" }, labels[layer]),
          ...kinds.map((kind) =>
            el(
              "td",
              {
                class: numbers[kind] && (kind === "new" || kind === "changed") ? "some" : null,
                "data-kind": kind,
              },
              numbers[kind] === null ? "—" : count(numbers[kind] ?? 0),
            ),
          ),
        ),
      ),
    ),
  );
}
