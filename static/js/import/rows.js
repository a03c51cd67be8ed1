/** The rows of a file: as they stand or as they were understood, faulty cells marked. */

import { all, byId, el } from "gridmap/shared/dom.js";
import { chart } from "gridmap/import/chart.js";
import { count, say, shown } from "gridmap/import/page.js";

let parsed = false;
let part = 0;

/**
 * Show the rows of a preview.
 * @param {Import.Preview|null} preview
 */
export function showRows(preview) {
  const place = byId("rows");
  const of = preview?.parts ? { ...preview, ...preview.parts[part] } : preview;
  if (!of?.rows) return place.replaceChildren(el("p", { class: "hint" }, say("rows-empty")));
  const both = Boolean(of.mapping);
  /**
   * @param {string} id
   * @param {string} words
   * @param {boolean} pressed
   * @param {function(): void} change
   */
  const choose = (id, words, pressed, change) =>
    el(
      "button",
      {
        type: "button",
        id,
        "aria-pressed": String(pressed),
        onclick: () => (change(), showRows(preview), byId(id).focus()),
      },
      words,
    );
  const further = of.rows.some(({ row }, n) => n >= 50 && row);
  place.replaceChildren(
    el(
      "div",
      { class: "rows-bar" },
      el("h2", {}, say(further ? "rows-and-faulty" : "rows")),
      el("small", {}, `${count(of.rows.length)} / ${count(of.row_count)}`),
      both
        ? el(
            "div",
            { class: "segments", role: "group" },
            choose("rows-raw", say("rows-raw"), !parsed, () => (parsed = false)),
            choose("rows-parsed", say("rows-parsed"), parsed, () => (parsed = true)),
          )
        : null,
      preview.parts
        ? el(
            "div",
            { class: "segments", role: "group" },
            ...preview.parts.map(({ layer, label }, n) => choose(`rows-${layer}`, label, n === part, () => (part = n))),
          )
        : null,
    ),
    el(
      "div",
      {
        class: "rows-box",
        tabindex: "0",
        role: "region",
        "aria-label": say("rows"),
      },
      of.columns.length
        ? both && parsed
          ? understood(of)
          : asTheyStand(of)
        : el("p", { class: "hint" }, say("rows-without-columns")),
    ),
  );
}

/**
 * Bring a row into view and point at it on the map.
 * @param {number} row
 * @param {string=} sheet
 */
export function goToRow(row, sheet) {
  const lines = [...all(`tr[data-row="${Number(row)}"]`, byId("rows"))];
  const line = lines.find((each) => !sheet || each.dataset.sheet === sheet);
  for (const each of all("tr.here", byId("rows"))) each.classList.remove("here");
  line?.classList.add("here");
  line?.scrollIntoView({ block: "nearest" });
  chart.point(row, sheet);
}

/**
 * Links to rows, each with a blank after it.
 * @param {{row: number, sheet?: string}[]} places
 * @param {boolean} titled whether each tells its sheet
 */
export function rowLinks(places, titled = false) {
  return places.flatMap(({ row, sheet }) => [
    el(
      "button",
      { type: "button", class: "link", ...(titled ? { title: sheet } : {}), onclick: () => goToRow(row, sheet) },
      String(row),
    ),
    " ",
  ]);
}

/** @param {Import.Table} given */
function asTheyStand({ columns, rows, mapping }) {
  const field = new Map((mapping?.matched ?? []).map(({ column, label }) => [column, label]));
  return table(
    columns.map((column) =>
      el(
        "th",
        { scope: "col", title: column },
        column,
        mapping ? el("small", {}, field.has(column) ? `→ ${field.get(column)}` : say("not-used")) : null,
      ),
    ),
    rows,
    (row) => row.cells.map((value, n) => cell(value, faultOf(row, columns[n]), mapping && !field.has(columns[n]))),
  );
}

/** @param {Import.Table} given */
function understood({ rows, mapping }) {
  return table(
    mapping.matched.map(({ label, column }) => el("th", { scope: "col" }, label, el("small", {}, column))),
    rows,
    (row) => mapping.matched.map(({ field, column }) => cell(row.parsed[field], faultOf(row, column), false)),
  );
}

/**
 * @param {Shared.Child[]} headings
 * @param {Import.Row[]} rows
 * @param {function(Import.Row): HTMLElement[]} cells
 */
function table(headings, rows, cells) {
  const remarks = rows.some(({ faults }) => faults.length);
  const lands = rows.some(({ buildings }) => buildings !== undefined);
  const head = [say("row"), lands && say("landing"), remarks && say("what"), ...headings].filter(Boolean);
  return el(
    "table",
    {},
    el(
      "thead",
      {},
      el("tr", {}, ...head.map((each) => (typeof each === "string" ? el("th", { scope: "col" }, each) : each))),
    ),
    el(
      "tbody",
      {},
      ...rows.map((row) => {
        const line = el(
          "tr",
          {
            "data-row": row.row,
            "data-sheet": row.sheet,
            class: row.faults.length ? "wrong" : null,
            onclick: () => goToRow(row.row, row.sheet),
          },
          el("th", { scope: "row" }, row.row),
        );
        if (lands)
          line.append(
            el(
              "td",
              { class: row.missed ? "missed" : null, title: row.missed },
              row.missed ?? say("landing-buildings", { count: count(row.buildings) }),
            ),
          );
        const remark = row.faults.map(({ detail }) => detail).join("；");
        if (remarks) line.append(el("td", { class: "remark", title: remark || null }, remark));
        line.append(...cells(row));
        return line;
      }),
    ),
  );
}

/**
 * @param {unknown} value
 * @param {string|undefined} fault
 * @param {boolean|undefined} unread
 */
function cell(value, fault, unread) {
  const kind = [fault && "wrong", unread && "unread", typeof value === "number" && "figure"].filter(Boolean).join(" ");
  return el(
    "td",
    {
      class: kind || null,
      title: fault || (typeof value === "string" ? value : null),
    },
    shown(value),
  );
}

/**
 * @param {Import.Row} row
 * @param {string} column
 */
const faultOf = (row, column) => row.faults.find((each) => each.column === column)?.detail;
