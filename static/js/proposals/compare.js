/** The page on which two proposals lie beside each other: verdicts, wishes, part by part, and who is elsewhere. */

import { ask, reasonsOf } from "gridmap/shared/ask.js";
import { byId, el } from "gridmap/shared/dom.js";
import { moment, whole, written } from "gridmap/shared/format.js";
import { sayer } from "gridmap/shared/say.js";
import { MOST_DRAWN, takeComparedMap } from "gridmap/map/comparing.js";
import { difference, figure, told, wished } from "gridmap/proposals/beside.js";

const MOST = 200;
const SIDES = ["first", "second"];
/** @type {Proposals.ComparePage} */
const page = JSON.parse(byId("page-data").textContent);
const say = sayer(() => page.words);
const map = takeComparedMap();
const place = byId("compared");

run();

async function run() {
  try {
    const { first, second, language } = page;
    const path = "/api/processes/compare-proposals/execution";
    show(await ask(path, { query: { lang: language }, body: { inputs: { first, second } } }));
  } catch (error) {
    const problem = error.problem ?? { title: say("failed"), detail: error.message };
    const reasons = reasonsOf(problem).map((each) => el("p", {}, each));
    place.replaceChildren(el("div", { class: "problem", role: "alert" }, el("b", {}, problem.title), ...reasons));
  }
  place.removeAttribute("aria-busy");
  document.documentElement.dataset.ready = "1";
}

/** @param {any} answer */
function show(answer) {
  const rows = rowsTable(answer.rows);
  const units = unitsTable(answer.units);
  place.replaceChildren(
    legend(answer),
    chapter("verdicts", figuresTable(answer)),
    chapter("wishes", answer.wishes.length ? wishesTable(answer.wishes) : hint("same-wishes")),
    ...(answer.summary.notes.length ? [el("ul", { class: "notes" }, ...answer.summary.notes.map(item))] : []),
    chapter("rows", rows.element),
    chapter("units", answer.units.features.length ? units.element : hint("same-units")),
    chapter(
      "report",
      el("p", { class: "sentences", tabindex: 0 }, answer.summary.sentences.join(page.language === "zh" ? "" : " ")),
    ),
  );
  map.show(answer.proposals, answer.units, {
    row: (row) => rows.choose(row, true),
    unit: (id) => units.choose(id, true),
  });

  /** @param {string} text */
  function item(text) {
    return el("li", {}, text);
  }
}

/** @param {string} key */
const hint = (key) => el("p", { class: "hint" }, say(`proposing.js-beside-${key}`));

/**
 * @param {string} key
 * @param {Node} content
 */
const chapter = (key, content) =>
  el("section", { class: "chapter", "data-chapter": key }, el("h2", {}, say(`proposing.js-beside-${key}`)), content);

/**
 * Which line is whose, and a tick that takes it off the map.
 * @param {any} answer
 */
function legend({ summary, units }) {
  const line = (/** @type {string} */ side, /** @type {string} */ text) => {
    const tick = el("input", { type: "checkbox", checked: true });
    tick.addEventListener("change", () => map.toggle(side, tick.checked));
    return el("label", {}, tick, el("i", { class: `line ${side}`, "aria-hidden": "true" }), el("span", {}, text));
  };
  const of = (/** @type {string} */ side) =>
    say(`proposing.js-beside-${side}`, {
      time: moment(summary[side].created),
      day: summary[side].as_of,
      parts: whole(summary[side].parts),
    });
  const n = units.features.length;
  const drawn = n > MOST_DRAWN ? ` ${say("proposing.js-beside-drawn", { n: whole(MOST_DRAWN) })}` : "";
  const elsewhere = say("proposing.js-beside-moved", { n: whole(n), of: whole(summary.total) }) + drawn;
  return el("div", { class: "legend-line" }, ...SIDES.map((each) => line(each, of(each))), line("units", elsewhere));
}

/**
 * A table with a head; the first column is what the row is of.
 * @param {string} label
 * @param {HTMLElement[]} head
 * @param {HTMLElement[]} lines
 */
const table = (label, head, lines) =>
  el(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": label },
    el("table", {}, el("thead", {}, ...head), el("tbody", {}, ...lines)),
  );

/**
 * @param {string[]} texts
 * @param {number} [words] so many of the first stand over words, the others over figures
 */
const headOf = (texts, words = 1) =>
  el("tr", {}, ...texts.map((text, n) => el("th", { scope: "col", class: n >= words && "number" }, text)));

const sides = () => SIDES.map((each) => say(`proposing.js-beside-side-${each}`));

/** @param {any} answer */
function figuresTable({ figures, summary }) {
  const lines = figures.map((/** @type {any} */ each) => {
    const how = (/** @type {string} */ side) => ({ say, process: page.kind, proven: summary[side].proven });
    const values = SIDES.map((side) => el("td", { class: "number" }, figure(each[side], each.figure, how(side))));
    const name = page.verdict[each.figure] ?? each.label;
    const less = el("td", { class: "number" }, difference(each.difference, each.figure));
    return el("tr", { "data-figure": each.figure }, el("th", { scope: "row" }, name), ...values, less);
  });
  const head = headOf([say("proposing.js-beside-figure"), ...sides(), say("proposing.js-beside-difference")]);
  return table(say("proposing.js-beside-verdicts"), [head], lines);
}

/** @param {any[]} wishes */
function wishesTable(wishes) {
  const lines = wishes.map((each) => {
    const { label, words } = page.wishes[each.input] ?? { label: each.label, words: {} };
    const values = SIDES.map((side) => el("td", {}, wished(each[side], words, say)));
    return el("tr", { "data-input": each.input }, el("th", { scope: "row" }, label), ...values);
  });
  return table(say("proposing.js-beside-wishes"), [headOf([say("proposing.js-beside-wish"), ...sides()], 3)], lines);
}

/**
 * A part of one of the two, with the line by which the map draws it.
 * @param {string} side
 * @param {string} name
 */
const sideOf = (side, name) =>
  el("div", {}, el("i", { class: `line ${side}`, "aria-hidden": "true" }), el("span", {}, name));

/**
 * The parts, those of the first above those of the second: beside each other they would be wider than a screen.
 * @param {any[]} rows
 */
function rowsTable(rows) {
  const keys = told(rows, page.figures);
  const counted = ["shared", "only_first", "only_second"].filter((key) => rows.some((row) => key in row));
  const named = counted.map((key) => say(`proposing.js-beside-${key.replace("_", "-")}`));
  const head = headOf([sides().join(" / "), ...named, ...keys.map((key) => page.figures[key])]);
  head.firstElementChild.className = "sides";
  const linked = wired((row) => map.chooseRow(row));
  const lines = rows.map((row) =>
    linked.line(
      row.row,
      el("th", { scope: "row", class: "sides" }, ...SIDES.map((side) => sideOf(side, row[side] ?? "—"))),
      ...counted.map((key) => el("td", { class: "number" }, written(row[key], "number"))),
      ...keys.map((key) => {
        const [one, two] = SIDES.map((side) => row[`${key}_${side}`]);
        const other = row.first !== null && row.second !== null && one !== two;
        const told = [one, two].map((value) => el("div", {}, written(value, "number")));
        return el("td", { class: other ? "number other" : "number" }, ...told);
      }),
    ),
  );
  return { element: table(say("proposing.js-beside-rows"), [head], lines), choose: linked.choose };
}

/** @param {Shared.Collection} units */
function unitsTable({ features }) {
  const columns = /** @type {const} */ (["households", "elderly_60"]);
  const head = headOf([say("proposing.js-grid"), ...sides(), ...columns.map((key) => page.people[key])], 3);
  const linked = wired((id) => map.chooseUnit(id));
  const lines = features
    .slice(0, MOST)
    .map(({ id, properties: own }) =>
      linked.line(
        String(id),
        el("th", { scope: "row" }, own.name ?? own.code, own.name ? el("small", {}, ` ${own.code}`) : null),
        ...SIDES.map((side) => el("td", {}, own[side])),
        ...columns.map((key) => el("td", { class: "number" }, written(own[key], "number"))),
      ),
    );
  const more = features.length > MOST ? say("proposing.js-beside-more", { n: MOST, of: whole(features.length) }) : null;
  const element = el(
    "div",
    {},
    table(say("proposing.js-beside-units"), [head], lines),
    more && el("p", { class: "hint" }, more),
  );
  return { element, choose: linked.choose };
}

/**
 * Lines of a table that point at the map, and are pointed at from there.
 * @template Key
 * @param {function(Key): void} tell
 */
function wired(tell) {
  /** @type {Map<Key, HTMLElement>} */
  const lines = new Map();
  /**
   * @param {Key} key
   * @param {boolean} reveal
   */
  const choose = (key, reveal) => {
    for (const each of place.querySelectorAll("tr[aria-current]")) each.removeAttribute("aria-current");
    const line = lines.get(key);
    line?.setAttribute("aria-current", "true");
    if (reveal) line?.scrollIntoView({ block: "nearest" });
    tell(key);
  };
  return {
    choose,
    /**
     * @param {Key} key
     * @param {...HTMLElement} cells
     */
    line(key, ...cells) {
      const onclick = () => choose(key, false);
      const onkeydown = (/** @type {KeyboardEvent} */ event) => event.key === "Enter" && onclick();
      const line = el("tr", { tabindex: 0, "data-key": String(key), onclick, onkeydown }, ...cells);
      lines.set(key, line);
      return line;
    },
  };
}
