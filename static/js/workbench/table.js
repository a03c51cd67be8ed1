/** The table under the map: the rows of the filter, of which only those in sight exist as elements. */

import { byId, calm, el, svg, toast } from "gridmap/shared/dom.js";
import { fold } from "gridmap/shared/folding.js";
import { exportMenu } from "gridmap/workbench/exports.js";
import { isFigure, written } from "gridmap/shared/format.js";
import { chips } from "gridmap/workbench/chips.js";
import { makeListing } from "gridmap/workbench/listing.js";
import { columns, features, page, say, told } from "gridmap/workbench/page.js";
import { renew } from "gridmap/workbench/renew.js";
import { on, set, state } from "gridmap/workbench/state.js";
import { editCell, formAddress, setField } from "gridmap/records/rows.js";
import { makeTicks } from "gridmap/records/ticks.js";

const ROW_PX = 28;
const SPARE_ROWS = 8;
/** So many rows are looked at to see how long codes and figures are. */
const LOOKED_AT = 200;
const PADDING_PX = 15;
const [MOST_NARROW, SHORT_PX] = [0.7, 100];
const TICK_PX = 30;
const pen = document.createElement("canvas").getContext("2d");

/**
 * Build the table. `zoom(n)` brings a feature into view, `resized` is told when the map's box changes.
 * @param {function(number): void} zoom
 * @param {function(): void} resized
 */
export function buildTable(zoom, resized) {
  const panel = byId("table");
  /** @type {Workbench.Column[]} */
  let shownColumns = [];
  let tracks = "";
  const head = el("div", { class: "grid-head", role: "row", "aria-rowindex": 1 });
  const body = el("div", { class: "grid-body", role: "rowgroup" });
  const grid = el(
    "div",
    { class: "grid", role: "grid", tabindex: 0, "aria-label": panel.getAttribute("aria-label") },
    head,
    body,
  );
  const empty = el("p", { class: "grid-empty", role: "status" });
  const tabs = el("div", { class: "table-tabs" });
  const count = el("span", { class: "row-count", id: "row-count" });
  /** @type {function(): unknown} */
  const again = () => (ticks?.clear(), renew(location.href, false));
  /** @type {ReturnType<typeof makeTicks>|null} */
  const ticks =
    page.writable &&
    makeTicks(
      (ids) => setField(page.writable, ids, page.revision, again),
      () => refresh(),
    );
  panel.append(bar(tabs, count, resized, ticks ? ticks.bar : null), chips(), grid, empty);
  const list = makeListing(
    (fresh) => (fresh || !measured ? refresh() : draw()),
    () => toast(say("tiled.js-no-answer")),
  );

  /** @type {string|null} */
  let sought = null;

  /** Whether any row was at hand when the columns were measured: the first answer may be that of later rows. */
  let measured = false;

  /** Show the columns that have something to say of the rows listed. */
  function columnsOf() {
    const wide = columns.filter((column) => column.width);
    shownColumns = wide.filter((column) => list.fills(column));
    // Text takes what is left over, in proportion; codes and figures are as long as they are, and no heading is cut.
    const ofRow = Array.from({ length: Math.min(list.total, LOOKED_AT) }, (_, at) => list.at(at)).filter((n) =>
      features.has(n),
    );
    measured = ofRow.length > 0;
    const least = shownColumns.map((column) => leastWidth(column, ofRow));
    tracks = shownColumns
      .map(({ width, kind }, n) => (kind === "text" ? `minmax(${least[n]}px, ${width}fr)` : `${least[n]}px`))
      .join(" ");
    if (ticks) tracks = `${TICK_PX}px ${tracks}`;
    const listed = () =>
      Array.from({ length: list.total }, (_, at) => list.at(at))
        .filter((n) => features.has(n))
        .map(features.id);
    head.replaceChildren(...(ticks ? [ticks.heading(listed)] : []), ...shownColumns.map(heading));
    head.style.gridTemplateColumns = tracks;
    head.style.minWidth = body.style.minWidth = `${least.reduce((sum, each) => sum + each, ticks ? TICK_PX : 0)}px`;
  }

  function draw() {
    const first = Math.max(0, Math.floor(grid.scrollTop / ROW_PX) - SPARE_ROWS);
    const last = Math.min(list.total, Math.ceil((grid.scrollTop + grid.clientHeight) / ROW_PX) + SPARE_ROWS);
    const inSight = Array.from({ length: Math.max(last - first, 0) }, (_, at) => first + at);
    body.replaceChildren(
      ...inSight
        .map((at) => [list.at(at), at])
        .filter(([n]) => features.has(n))
        .map(([n, at]) =>
          row(n, at, shownColumns, tracks, ticks ? ticks.cell(features.id(n), features.name(n)) : null),
        ),
    );
    const here = state.selected === null ? null : `row-${features.position(state.selected)}`;
    if (here && byId(here)) grid.setAttribute("aria-activedescendant", here);
    else grid.removeAttribute("aria-activedescendant");
  }

  function refresh() {
    columnsOf();
    body.style.height = `${list.total * ROW_PX}px`;
    grid.setAttribute("aria-rowcount", String(list.total + 1));
    head.hidden = !list.ready;
    empty.hidden = list.ready && list.total > 0;
    empty.textContent = say(list.ready ? "no-rows" : "loading-rows");
    const { counts } = list;
    const all = Object.values(counts).reduce((sum, each) => sum + each, 0);
    const groups = page.groups.filter(
      (group) => group.focus || (features.total && page.classes.some((each) => each.group === group.key)),
    );
    tabs.replaceChildren(
      ...groups.map((group) => tab(group.key, group.short, counts[group.key])),
      ...(groups.length > 1 ? [tab("all", say("all"), all)] : []),
    );
    count.textContent = say("rows", { shown: grouped(list.total), total: grouped(features.total) });
    for (const each of /** @type {HTMLElement[]} */ ([...head.children])) {
      const [key, direction] = (state.sort ?? "").split(".");
      const order = each.dataset.key === key ? (direction === "down" ? "descending" : "ascending") : "none";
      each.setAttribute("aria-sort", order);
    }
    draw();
    if (sought !== null) reveal();
  }

  /** Bring the chosen row into sight; open its group where another one is shown. */
  async function reveal() {
    const [id, n] = [state.selected, state.selected === null ? -1 : features.position(state.selected)];
    sought = null;
    draw();
    if (n < 0) return;
    let at = list.place(n);
    if (at < 0) at = await list.locate(n);
    if (at === undefined || id !== state.selected) return;
    if (at < 0 && !["all", features.class(n).group].includes(state.group)) {
      sought = id;
      set({ group: features.class(n).group });
      return;
    }
    if (at >= 0) {
      const top = at * ROW_PX;
      const height = grid.clientHeight - ROW_PX;
      if (top < grid.scrollTop || top + ROW_PX > grid.scrollTop + height)
        grid.scrollTop = Math.max(0, top - height / 2);
    }
    draw();
  }

  body.addEventListener("click", (/** @type {any} */ event) => {
    const picked = event.target.closest("[data-n]");
    if (!picked || event.target.closest(".tick")) return;
    set({ selected: features.id(Number(picked.dataset.n)), tool: "details" });
    zoom(Number(picked.dataset.n));
  });
  if (page.writable)
    body.addEventListener("dblclick", (/** @type {any} */ event) => {
      const cell = event.target.closest("[data-key]");
      if (!cell) return;
      editCell({
        layer: page.writable,
        id: features.id(Number(cell.closest("[data-n]").dataset.n)),
        field: cell.dataset.key,
        at: cell.getBoundingClientRect(),
        done: again,
        closed: () => grid.focus(),
      });
    });
  grid.addEventListener("scroll", draw, { passive: true });
  grid.addEventListener("keydown", async (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -Infinity, End: Infinity }[event.key];
    const at = list.place(features.position(state.selected));
    if (step && list.total && event.target === grid) {
      event.preventDefault();
      const next = Math.min(Math.max(at + step, 0), list.total - 1);
      const n = await list.load(at < 0 && step === 1 ? 0 : next);
      if (n !== undefined) set({ selected: features.id(n) });
    } else if (event.key === "Enter" && at >= 0 && event.target === grid) {
      zoom(list.at(at));
    } else if (event.key === "F2" && at >= 0 && page.writable && event.target === grid) {
      location.assign(formAddress(page.writable, state.selected));
    } else if (event.key === "Escape") {
      set({ selected: null });
    }
  });
  new ResizeObserver(draw).observe(grid);
  on(["off", "text", "group", "sort", "page"], () => list.renew());
  on(["selected"], reveal);
  list.renew();
  refresh();
  reveal();
}

/**
 * @param {HTMLElement} tabs
 * @param {HTMLElement} count
 * @param {function(): void} resized
 * @param {HTMLElement|null} ticked
 */
function bar(tabs, count, resized, ticked) {
  const input = el("input", { type: "search", "aria-label": say("filter"), placeholder: say("filter"), id: "filter" });
  input.value = state.text;
  const filtered = calm(() => set({ text: input.value }), 120);
  input.addEventListener("input", () => filtered());
  on(["text"], () => document.activeElement === input || (input.value = state.text));
  const arrow = svg(
    "svg",
    { width: 16, height: 16, viewBox: "0 0 16 16", "aria-hidden": "true" },
    svg("path", { d: "m3 6 5 5 5-5", fill: "none", stroke: "currentColor", "stroke-width": "1.8" }),
  );
  const button = el(
    "button",
    {
      type: "button",
      class: "icon-button fold-table",
      "data-fold": "table",
      "aria-expanded": "true",
      "aria-label": say("fold-table"),
    },
    arrow,
  );
  button.addEventListener("click", () => {
    fold("table", document.documentElement.dataset.table !== "folded");
    resized();
  });
  const add =
    page.adds &&
    el("a", { class: "button", id: "add-record", href: formAddress(page.adds, null) }, say("records.js-add-record"));
  if (add) add.addEventListener("pointerdown", () => (add.href = formAddress(page.adds, null)));
  return el("div", { class: "table-bar" }, tabs, input, count, ticked, add, exportMenu(), button);
}

/** @param {Workbench.Column} given */
const headed = ({ label, unit, kind }) => (unit && isFigure(kind) ? `${label} (${unit})` : label);
/** @param {number} count */
const grouped = (count) => count.toLocaleString("en-US");

/**
 * How narrow a column may be, in px: a heading may wrap but not be cut; codes, figures and short words stand whole.
 * @param {Workbench.Column} column
 * @param {number[]} ofRow
 */
function leastWidth(column, ofRow) {
  const family = getComputedStyle(document.body).fontFamily;
  /**
   * @param {string} text
   * @param {string} font
   */
  const wide = (text, font) => ((pen.font = `${font} ${family}`), pen.measureText(text).width + PADDING_PX);
  const head = Math.max(
    ...headed(column)
      .split(" ")
      .map((word) => wide(word, "600 12px")),
  );
  const value = wide(
    ofRow.reduce((long, n) => longer(long, written(column.value(n), column.kind)), ""),
    "400 13px",
  );
  const whole = column.kind !== "text" || value <= SHORT_PX;
  return Math.ceil(Math.max(head, whole ? value : MOST_NARROW * column.width));
}

/**
 * @param {string} one
 * @param {string} other
 */
const longer = (one, other) => (other.length > one.length ? other : one);

/** @param {Workbench.Column} column */
function heading(column) {
  const label = headed(column);
  const button = el("button", { type: "button", title: label }, label);
  button.addEventListener("click", () => {
    const now = state.sort;
    set({ sort: now === column.key ? `${column.key}.down` : now === `${column.key}.down` ? null : column.key });
  });
  return el(
    "div",
    { role: "columnheader", class: isFigure(column.kind) ? "number" : "", "data-key": column.key, "aria-sort": "none" },
    button,
  );
}

/**
 * @param {number} n
 * @param {number} at
 * @param {Workbench.Column[]} shownColumns
 * @param {string} tracks
 * @param {HTMLElement|null} tick
 */
function row(n, at, shownColumns, tracks, tick) {
  const cells = shownColumns.map((column) => {
    const text = told(column, n);
    const kind = isFigure(column.kind) ? "number" : column.kind === "code" ? "code" : "";
    const title = text.length > 5 ? text : null;
    return el("span", { role: "gridcell", class: kind, title, "data-key": column.key }, text);
  });
  const chosen = features.id(n) === state.selected;
  const line = el(
    "div",
    {
      class: "grid-row",
      role: "row",
      id: `row-${n}`,
      "data-n": n,
      "aria-rowindex": at + 2,
      "aria-selected": String(chosen),
    },
    tick,
    ...cells,
  );
  line.style.gridTemplateColumns = tracks;
  line.style.top = `${at * ROW_PX}px`;
  return line;
}

/**
 * @param {string} key
 * @param {string} label
 * @param {number} count
 */
function tab(key, label, count) {
  const button = el(
    "button",
    { type: "button", "aria-pressed": String(state.group === key), "data-rows": key },
    label,
    " ",
    el("b", {}, grouped(count)),
  );
  button.addEventListener("click", () => set({ group: key }));
  return button;
}
