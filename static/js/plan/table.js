/** The table of grids below the map: households against the band, shape, workers, locks. */

import { all, byId, el, svg } from "gridmap/shared/dom.js";
import { COLORS, homes, place } from "gridmap/plan/model.js";
import { count, figure, say } from "gridmap/plan/page.js";

/** @type {{key: string, value?(grid: Plan.Grid, model?: Plan.Model): any, number?: boolean}[]} */
const COLUMNS = [
  {
    key: "name" /** @param {Plan.Grid} grid */,
    /** @param {Plan.Grid} grid */
    value: (grid) => counted(grid.name || grid.code || grid.key),
  },
  { key: "households", value: homes, number: true },
  {
    key: "buildings" /** @param {Plan.Grid} grid */,
    /** @param {Plan.Grid} grid */
    value: (grid) => grid.live.buildings,
    number: true,
  },
  {
    key: "compactness" /**
     * @param {Plan.Grid} grid
     * @param {Plan.Model} model
     */,
    /**
     * @param {Plan.Grid} grid
     * @param {Plan.Model} model
     */
    value: (grid, model) => model.lie(grid).compactness,
    number: true,
  },
  {
    key: "pieces" /**
     * @param {Plan.Grid} grid
     * @param {Plan.Model} model
     */,
    /**
     * @param {Plan.Grid} grid
     * @param {Plan.Model} model
     */
    value: (grid, model) => model.lie(grid).pieces,
    number: true,
  },
  {
    key: "workers" /** @param {Plan.Grid} grid */,
    /** @param {Plan.Grid} grid */
    value: (grid) => grid.workers_full ?? -1,
    number: true,
  },
  { key: "lock" },
];
const BAR_PX = 72;
const DIGITS = "零一二三四五六七八九";

/**
 * A name with its Chinese numbers below a hundred in figures, so that 第二 comes before 第十.
 * @param {string} name
 */
const counted = (name) =>
  name.replace(/([一二三四五六七八九]?)(十?)([一二三四五六七八九]?)/g, (all, tens, ten, ones) => {
    if (!all) return "";
    return ten
      ? String(10 * DIGITS.indexOf(tens || "一") + (ones ? DIGITS.indexOf(ones) : 0))
      : [...all].map((digit) => DIGITS.indexOf(digit)).join("");
  });

/**
 * Build the table of a desk.
 * @param {Plan.Desk} desk
 */
export function wireTable(desk) {
  const { model } = desk;
  const body = byId("grids-body");
  const rows = new Map();
  let sort = { key: "name", down: false };

  for (const head of all("#grids [data-sort]")) {
    head.addEventListener("click", () => {
      const { sort: key } = head.dataset;
      sort = { key, down: sort.key === key && !sort.down };
      fill();
    });
  }

  function ordered() {
    const { value } = COLUMNS.find(({ key }) => key === sort.key);
    /**
     * @param {unknown} a
     * @param {unknown} b
     */
    const compare = (a, b) =>
      typeof a === "number" && typeof b === "number"
        ? a - b
        : String(a ?? "").localeCompare(String(b ?? ""), "zh", { numeric: true });
    const found = [...model.grids.values()].sort((a, b) => compare(value(a, model), value(b, model)));
    return sort.down ? found.reverse() : found;
  }

  /** Bring the rows up to date; those of grids that did not change stay, for rows are dear. */
  function fill() {
    const grids = ordered();
    for (const grid of grids) {
      const old = rows.get(grid.key);
      const said = [grid.color, grid.name, grid.code, grid.new].join("|");
      if (old?.said === said) continue;
      const made = Object.assign(row(grid), { said });
      if (old) old.replaceWith(made);
      rows.set(grid.key, made);
    }
    for (const [key, made] of rows) if (!model.grids.has(key)) (made.remove(), rows.delete(key));
    if (grids.some(({ key }, n) => body.children[n] !== rows.get(key)))
      body.replaceChildren(...grids.map(({ key }) => rows.get(key)));
    for (const grid of grids) figures(rows.get(grid.key), grid);
    byId("grids-none").hidden = model.grids.size > 0;
    byId("grids-count").textContent = count(model.grids.size);
    for (const head of all("#grids [data-sort]")) {
      const own = head.dataset.sort === sort.key;
      head.parentElement.setAttribute("aria-sort", own ? (sort.down ? "descending" : "ascending") : "none");
    }
    mark();
  }

  /** @param {Plan.Grid} grid */
  function row(grid) {
    const swatch = el("span", { class: "swatch-grid", "aria-hidden": "true" });
    swatch.style.backgroundColor = COLORS[grid.color ?? 0];
    const name = el(
      "button",
      { type: "button", class: "grid-name", title: grid.code ?? grid.key },
      grid.name || grid.code || say("unnamed", { key: grid.key }),
    );
    name.addEventListener("click", (event) => choose(grid.key, event));
    const lock = el("input", { type: "checkbox", "aria-label": say("lock-grid", { grid: model.name(grid.key) }) });
    lock.addEventListener("change", () => desk.lock(grid.key));
    const made = el(
      "tr",
      { "data-grid": grid.key, "aria-selected": "false" },
      el("th", { scope: "row" }, swatch, name, grid.new && grid.name ? el("small", {}, " ", say("new")) : null),
      el("td", { class: "homes" }),
      el("td", { class: "number" }),
      el("td", { class: "number" }),
      el("td"),
      el("td", { class: "number" }),
      el("td", { class: "lock" }, lock),
    );
    Object.assign(made, { lock });
    made.addEventListener("mousedown", (/** @type {any} */ event) => event.shiftKey && event.preventDefault());
    made.addEventListener(
      "click",
      (/** @type {any} */ event) => event.target.closest("button, input") || choose(grid.key, event),
    );
    return made;
  }

  /**
   * @param {string|null} key
   * @param {any} event
   */
  function choose(key, event) {
    const more = event.shiftKey || event.ctrlKey || event.metaKey;
    desk.pick(key, more);
    if (!more) desk.goToGrid(key);
  }

  /**
   * @param {any} made
   * @param {Plan.Grid} grid
   */
  function figures(made, grid) {
    const [, households, buildings, compactness, pieces, workers] = made.children;
    const known = homes(grid);
    const stands = place(known, model.head.band);
    const lies = model.lie(grid);
    const said = [
      known,
      stands,
      grid.live.buildings,
      lies.compactness,
      lies.pieces,
      grid.workers_full,
      grid.workers_part,
    ].join("|");
    if (made.figures === said) return;
    made.figures = said;
    households.replaceChildren(
      bar(known),
      el("b", {}, count(known)),
      el("small", { class: stands }, say(`band-${stands}`)),
    );
    buildings.textContent = count(grid.live.buildings);
    compactness.textContent = figure(lies.compactness);
    pieces.replaceChildren(
      lies.pieces > 1
        ? el("b", { class: "alarm" }, say("pieces", { n: lies.pieces }))
        : lies.pieces
          ? say("contiguous")
          : say("none"),
    );
    workers.textContent =
      grid.workers_full === null && grid.workers_part === null
        ? say("none")
        : `${count(grid.workers_full ?? 0)} + ${count(grid.workers_part ?? 0)}`;
  }

  /** @param {number|null} known */
  function bar(known) {
    const [low, high] = model.head.band;
    const most = high * 1.6;
    /** @param {number} value */
    const at = (value) => (BAR_PX * Math.min(value, most)) / most;
    return svg(
      "svg",
      { width: BAR_PX, height: 10, "aria-hidden": "true" },
      svg("rect", { width: BAR_PX, height: 10, rx: 1, class: "whole" }),
      svg("rect", { x: at(low), width: at(high) - at(low), height: 10, class: "band" }),
      svg("rect", { y: 3, width: at(known ?? 0), height: 4, class: "part" }),
    );
  }

  /** @type {string|null} */
  let shown = null;
  function mark() {
    for (const [key, made] of rows) {
      const [chosen, locked] = [String(desk.choice.picked.has(key)), desk.locked.has(key)];
      if (made.ariaSelected !== chosen) made.ariaSelected = chosen;
      if (made.lock.checked !== locked) made.lock.checked = locked;
    }
    if (shown !== desk.choice.active) rows.get((shown = desk.choice.active))?.scrollIntoView({ block: "nearest" });
  }

  desk.on(["plan"], fill);
  desk.on(["choice"], mark);
  desk.on(["figures"], (keys) => {
    for (const key of keys ?? model.grids.keys())
      if (rows.has(key) && model.grids.has(key)) figures(rows.get(key), model.grids.get(key));
  });
  return { fill };
}
