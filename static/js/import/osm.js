/** What a map of OpenStreetMap's holds, and how much of it is to come in. */

import { el } from "gridmap/shared/dom.js";
import { chart } from "gridmap/import/chart.js";
import { count, say } from "gridmap/import/page.js";
import { guess, hint, option } from "gridmap/import/parts.js";

/**
 * Layer by layer: how many are in the file, how many would come in, and why the others not.
 * @param {Import.Preview} preview
 */
export function inside({ parts, remarks }) {
  if (!parts) return null;
  const rows = parts.map(({ label, seen, row_count: rows, left_out: left }) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, label),
      el("td", {}, count(seen)),
      el("td", {}, count(rows)),
      el("td", {}, count(left.reduce((sum, each) => sum + each.count, 0))),
    ),
  );
  /** @type {[string, Import.Remark][]} */
  const reasons = [
    ...parts.flatMap(({ label, left_out: left, remarks: known }) =>
      [...left, ...known].map((each) => /** @type {[string, Import.Remark]} */ ([label, each])),
    ),
    ...remarks.map((each) => /** @type {[string, Import.Remark]} */ (["", each])),
  ];
  return el(
    "div",
    { class: "guess-columns" },
    el("h2", {}, say("osm-inside")),
    el(
      "table",
      { class: "counts" },
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          el("th", {}),
          ...["osm-seen", "osm-come", "osm-left"].map((key) => el("th", { scope: "col" }, say(key))),
        ),
      ),
      el("tbody", {}, ...rows),
    ),
    hint(say("osm-edges")),
    reasons.length
      ? el(
          "ul",
          { class: "reasons" },
          ...reasons.map(([label, { text, count: n, which }]) =>
            el(
              "li",
              {},
              `${label ? `${label}：` : ""}${text}：`,
              el("b", {}, count(n)),
              which.length ? el("small", {}, `（${which.join("、")}）`) : "",
            ),
          ),
        )
      : null,
  );
}

/**
 * All of the file, or a box of it.
 * @param {Import.Preview} preview
 * @param {Import.Hears} hears
 */
export function area({ box, choices }, { correct }) {
  if (!box) return null;
  const told = choices.bbox,
    around = box.around && meets(box.around, box.file) ? box.around : null;
  const near = told && around && told.every((each, n) => Math.abs(each - around[n]) < 1e-9);
  const options = [
    option("", say("osm-all"), !told),
    around && option("around", say("osm-around"), near),
    option("view", say("osm-view"), false),
  ];
  if (told && !near) options.push(option("told", written(told), true));
  options.push(option("?", say("osm-other"), false));
  /** @type {HTMLInputElement} */
  const free = el("input", {
    id: "g-box-other",
    "aria-label": say("osm-other"),
    placeholder: written(box.file ?? [9.47, 47.02, 9.65, 47.28]),
    maxlength: 100,
    onkeydown: (event) => event.key === "Enter" && apply(),
  });
  const apply = () =>
    free.value.trim() &&
    correct({
      bbox: free.value
        .split(/[,，\s]+/)
        .filter(Boolean)
        .map(Number),
    });
  const other = el(
    "div",
    { class: "other", hidden: true },
    free,
    el("button", { type: "button", class: "button", onclick: apply }, say("apply")),
  );
  /** @param {any} given */
  const choose = ({ target: { value } }) => {
    if (value === "told") return;
    if (value !== "?")
      return correct({
        bbox: value === "around" ? around : value === "view" ? chart.view() : null,
      });
    other.hidden = false;
    free.focus();
  };
  return guess(
    "g-box",
    say("osm-area"),
    el("select", { id: "g-box", onchange: choose }, ...options.filter(Boolean)),
    other,
    box.file && hint(say("osm-extent", { box: written(box.file) })),
    box.around && !around ? el("p", { class: "suspected" }, say("osm-elsewhere")) : null,
  );
}

/**
 * Where roads are joined.
 * @param {Import.Preview} preview
 * @param {Import.Hears} hears
 */
export function joins({ box, choices }, { correct }) {
  if (!box) return null;
  const told = choices.joins ?? "nodes";
  /** @param {any} given */
  const choose = ({ target: { value } }) => correct({ joins: value === "nodes" ? null : value });
  return guess(
    "g-joins",
    say("osm-joins"),
    el(
      "select",
      { id: "g-joins", onchange: choose },
      option("nodes", say("osm-joins-nodes"), told === "nodes"),
      option("lines", say("osm-joins-lines"), told === "lines"),
    ),
  );
}

/** @param {number[]} box */
const written = (box) => box.map((each) => Number(each.toFixed(4))).join(", ");
/**
 * @param {Shared.Box} a
 * @param {Shared.Box|null} b
 */
const meets = (a, b) => b && a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];
