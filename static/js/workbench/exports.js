/** Export exactly the rows that the table shows, in their order; this works in a downloaded page too, if it holds them. */

import { toGeoJson } from "gridmap/shared/decode.js";
import { byId, el, offer } from "gridmap/shared/dom.js";
import { asQuery, rows } from "gridmap/workbench/filter.js";
import { csv } from "gridmap/shared/csv.js";
import { address, columns, features, page, say } from "gridmap/workbench/page.js";
import { state } from "gridmap/workbench/state.js";

/** The menu over the table. */
export function exportMenu() {
  const menu = el("details", { class: "menu" }, el("summary", { class: "button" }, say("export")));
  /**
   * @param {string} label
   * @param {function(): void} work
   */
  const entry = (label, work) =>
    el("li", {}, el("button", { type: "button", onclick: () => (work(), (menu.open = false)) }, label));
  // For the public the server writes every file: the page itself holds what must not leave.
  const open = () => byId("export-public")?.checked;
  /** @param {string} form */
  const fetched = (form) =>
    el("a", {
      href: address("export", { f: form, ...asQuery(), ...(open() && { public: "true" }) }),
      download: "",
    }).click();
  /**
   * @param {string} form
   * @param {function(): void} write
   */
  const own = (form, write) => () => (page.tiled || open() ? fetched(form) : write());
  const entries = [entry("CSV", own("csv", asCsv)), entry("GeoJSON", own("geojson", asGeoJson))];
  // A workbook is written by the server, from the same rows.
  if (!page.standalone) entries.unshift(entry("XLSX", () => fetched("xlsx")));
  menu.append(el("ul", {}, ...entries));
  document.addEventListener("click", (/** @type {any} */ event) => menu.contains(event.target) || (menu.open = false));
  return menu;
}

function asCsv() {
  const headings = columns.map((column) => column.label + (column.unit ? ` (${column.unit})` : ""));
  offer(
    name("csv"),
    "text/csv",
    csv(
      headings,
      rows().map((n) => columns.map((column) => column.value(n))),
    ),
  );
}

function asGeoJson() {
  const listed = rows().map((n) => ({
    type: "Feature",
    id: features.id(n),
    geometry: toGeoJson(features.shape(n)),
    properties: Object.fromEntries(columns.map((column) => [column.key, column.value(n)])),
  }));
  offer(name("geojson"), "application/geo+json", JSON.stringify({ type: "FeatureCollection", features: listed }));
}

/** @param {string} ending */
function name(ending) {
  const { as_of, basis, community } = page.question;
  return ["gridmap", page.map, state.group, community, basis, as_of].filter(Boolean).join("-") + "." + ending;
}
