/** The first rows of a file: as they stand or as they were understood, faulty cells marked. */

import { byId, el } from "gridmap/dom.js";
import { point } from "gridmap/import/map.js";
import { count, say, shown } from "gridmap/import/page.js";

let parsed = false;

/** Show the rows of a preview. */
export function showRows(preview) {
  const place = byId("rows");
  if (!preview?.rows) return place.replaceChildren(el("p", { class: "hint" }, say("rows-empty")));
  const draw = () => showRows(preview);
  const both = Boolean(preview.mapping);
  const choice = (is, key) => el("button", { type: "button", "aria-pressed": String(parsed === is), onclick: () => ((parsed = is), draw(), byId(key).focus()), id: key }, say(key));
  place.replaceChildren(
    el("div", { class: "rows-bar" },
      el("h2", {}, say("rows")),
      el("small", {}, `${count(preview.rows.length)} / ${count(preview.row_count)}`),
      both ? el("div", { class: "segments", role: "group" }, choice(false, "rows-raw"), choice(true, "rows-parsed")) : null),
    el("div", { class: "rows-box", tabindex: "0", role: "region", "aria-label": say("rows") }, both && parsed ? understood(preview) : asTheyStand(preview)),
  );
}

/** Bring a row into view and point at it on the map. */
export function goToRow(row) {
  const line = byId("rows").querySelector(`tr[data-row="${Number(row)}"]`);
  line?.scrollIntoView({ block: "center" });
  point(row);
}

function asTheyStand({ columns, rows, mapping }) {
  const field = new Map((mapping?.matched ?? []).map(({ column, label }) => [column, label]));
  return table(
    columns.map((column) => el("th", { scope: "col", title: column }, column, mapping ? el("small", {}, field.has(column) ? `→ ${field.get(column)}` : say("not-used")) : null)),
    rows,
    (row) => row.cells.map((value, n) => cell(value, faultOf(row, columns[n]), mapping && !field.has(columns[n]))),
  );
}

function understood({ rows, mapping }) {
  return table(
    mapping.matched.map(({ label, column }) => el("th", { scope: "col" }, label, el("small", {}, column))),
    rows,
    (row) => mapping.matched.map(({ field, column }) => cell(row.parsed[field], faultOf(row, column), false)),
  );
}

function table(headings, rows, cells) {
  const remarks = rows.some(({ faults }) => faults.length);
  return el("table", {},
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, say("row")), ...headings, remarks ? el("th", { scope: "col" }, say("what")) : null)),
    el("tbody", {}, ...rows.map((row) => {
      const line = el("tr", { "data-row": row.row, class: row.faults.length ? "wrong" : null, onclick: () => point(row.row) }, el("th", { scope: "row" }, row.row), ...cells(row));
      if (remarks) line.append(el("td", { class: "remark" }, row.faults.map(({ detail }) => detail).join("；")));
      return line;
    })));
}

function cell(value, fault, unread) {
  const kind = [fault && "wrong", unread && "unread", typeof value === "number" && "figure"].filter(Boolean).join(" ");
  return el("td", { class: kind || null, title: fault || (typeof value === "string" ? value : null) }, shown(value));
}

const faultOf = (row, column) => row.faults.find((each) => each.column === column)?.detail;
