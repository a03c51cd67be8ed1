/** The form of an analysis read, and what it answers put into words: tables of rows, figures by their names. */

import { reasonsOf } from "gridmap/shared/ask.js";
import { csv } from "gridmap/shared/csv.js";
import { all, el, one } from "gridmap/shared/dom.js";
import { written } from "gridmap/shared/format.js";

/**
 * How the parts of an answer are said: the page's words, and the labels of one output.
 * @typedef {{words: Shared.Words, labels: Shared.Words}} Said
 */

/**
 * What a form asks, as an execution takes it.
 * @param {Shared.Part} form
 * @returns {Record<string, any>}
 */
export function inputsOf(form) {
  /** @type {Record<string, any>} */
  const given = {};
  for (const field of all("[data-kind]", form)) {
    const { kind, name } = field.dataset;
    if (kind === "ticks") {
      const ticked = all("input[type=checkbox]:checked", field).map((each) => each.value);
      if (ticked.length) given[name] = ticked;
    } else if (kind === "yesno") given[field.name] = field.checked;
    else if (field.value.trim() === "") continue;
    else given[field.name] = valueOf(kind, field.value.trim());
  }
  return given;
}

/**
 * @param {string} kind
 * @param {string} text
 */
function valueOf(kind, text) {
  if (kind === "integer" || kind === "number") return Number(text);
  if (kind === "list")
    return text
      .split(/[,，\s]+/)
      .filter(Boolean)
      .map(numberOr);
  if (kind === "pairs") return pairsIn(text);
  if (kind === "points")
    return text
      .split(/[;；]/)
      .filter((each) => each.trim())
      .map((each) => each.split(/[,，]/).map((part) => numberOr(part.trim())));
  return text;
}

/**
 * Groups of codes: within one they are parted by commas, plus signs or spaces, the groups by semicolons.
 * @param {string} text
 */
export const pairsIn = (text) =>
  text
    .split(/[;；\n]/)
    .map((each) => each.split(/[,，、+\s]+/).filter(Boolean))
    .filter((each) => each.length);

/** @param {string} text */
const numberOr = (text) => (text !== "" && Number.isFinite(Number(text)) ? Number(text) : text);

/**
 * The same for an address: lists with commas, points with semicolons, nothing that has its usual value of "no".
 * @param {Record<string, any>} inputs
 */
export function addressed(inputs) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(inputs)) {
    if (value === false) continue;
    if (Array.isArray(value)) query.set(name, value.map(String).join(Array.isArray(value[0]) ? ";" : ","));
    else query.set(name, String(value));
  }
  return query;
}

/**
 * The reasons of a refusal, each after what the field that it speaks of is called in the form.
 * @param {import("gridmap/shared/ask.js").Problem} problem
 * @param {ParentNode} form
 * @returns {string[]}
 */
export function reasonsIn(problem, form) {
  const reasons = reasonsOf(problem);
  return reasons.map((reason, n) => {
    const { parameter } = /** @type {any} */ (problem.errors?.[n]) ?? {};
    const field = parameter && one(`[name="${CSS.escape(parameter)}"], [data-name="${CSS.escape(parameter)}"]`, form);
    const label = field && one("span", field.closest("label, details"))?.firstChild?.textContent?.trim();
    return label ? `${label}: ${reason}` : reason;
  });
}

/**
 * Let lists of ticks say how many are ticked, and be narrowed down by typing.
 * @param {Shared.Say} say
 * @param {ParentNode} within
 */
export function wireTicks(say, within = document) {
  for (const list of all("details.ticks", within)) {
    const count = one("summary b", list);
    const tell = () => {
      const n = all("input[type=checkbox]:checked", list).length;
      count.textContent = n ? say("ticked", { n }) : count.dataset.none;
    };
    list.addEventListener("change", tell);
    one(".narrow", list)?.addEventListener("input", (/** @type {any} */ { target }) => {
      const asked = target.value.trim().toLowerCase();
      for (const each of all(".choices label", list)) each.hidden = !each.textContent.toLowerCase().includes(asked);
    });
    tell();
  }
}

/**
 * Whether a column holds shares of 1.
 * @param {string} key
 */
export const isShare = (key) => /(^|_)(coverage|share|lower|upper)(_|$)/.test(key);

/**
 * A value in words: shares in per cent, codes by their names in this column, yes and no.
 * @param {any} value
 * @param {string} key
 * @param {Said} said
 * @param {string} [of] the figure that this one belongs to
 * @returns {string}
 */
export function inWords(value, key, said, of = key) {
  if (typeof value === "number") return written(value, isShare(key) ? "share" : "number");
  if (typeof value === "boolean") return said.words[value ? "yes" : "no"];
  if (Array.isArray(value)) {
    const texts = value.map((each) => inWords(each, key, said));
    const below = texts.every(isSentence) || (texts.length > 1 && texts.some(hasClauses));
    return texts.join(below ? "\n" : (said.words.between ?? "、")) || "—";
  }
  if (value !== null && typeof value === "object") return within(value, key, said);
  return written(coded(value, of, said));
}

/**
 * Whether a text ends as sentences do: several of them stand below each other.
 * @param {string} text
 */
const isSentence = (text) => /[.。！？!?;；]$/.test(text);

/**
 * Whether a text holds commas of its own: nobody could tell where it ends among others with commas between them.
 * @param {string} text
 */
const hasClauses = (text) => /[，、；]|[,;] /.test(text);

/**
 * Whether a column only says of how many that another one adds up the figure is estimated.
 * @param {string} key
 * @param {Record<string, any>|undefined} record
 */
const isEstimate = (key, record) =>
  record !== undefined && key.endsWith("_estimated") && key.slice(0, -"_estimated".length) in record;

/**
 * A value of a record in words; a sum that holds estimates is marked as such, and whole.
 * @param {Record<string, any>} record
 * @param {string} key
 * @param {Said} said
 * @param {string} [of]
 */
export function told(record, key, said, of) {
  const value = record[key];
  if (typeof value !== "number" || !(record[`${key}_estimated`] > 0)) return inWords(value, key, said, of);
  // Of what is estimated no hundredths are known.
  const whole = Math.abs(value) < 1 ? value : Math.round(value);
  return (said.words.about ?? "~{value}").replace("{value}", inWords(whole, key, said, of));
}

/**
 * What one cell holds of figures that lie within a figure: each under its name.
 * @param {Record<string, any>} record
 * @param {string} of
 * @param {Said} said
 */
const within = (record, of, said) =>
  Object.keys(record)
    .filter((key) => !isEstimate(key, record))
    .map((key) => `${nameOf(key, of, said)} ${told(record, key, said)}`)
    .join(" · ") || "—";

/**
 * What a figure is called: where it belongs to another, by that first.
 * @param {string} key
 * @param {string} of
 * @param {Said} said
 */
const nameOf = (key, of, said) =>
  said.words[`code-${of}-${key}`] ?? said.labels[key] ?? said.words[`label-${key}`] ?? key;

/**
 * Rows as CSV under their labels: shares in per cent, codes in words, other numbers as they are.
 * @param {Record<string, any>[]} records
 * @param {Said} said
 */
export function asCsv(records, said) {
  const named = Object.keys(said.labels).filter((key) => !records.length || key in records[0]);
  const keys = named.length ? named : Object.keys(records[0] ?? {});
  /**
   * @param {any} value
   * @param {string} key
   */
  const plain = (value, key) => {
    if (value === null || value === undefined) return null;
    return typeof value === "number" && !isShare(key) ? value : inWords(value, key, said);
  };
  return csv(
    keys.map((key) => said.labels[key] ?? key),
    records.map((record) => keys.map((key) => plain(record[key], key))),
  );
}

/**
 * A code of a column in words; any other text as it is.
 * @param {any} text
 * @param {string} key
 * @param {Said} said
 */
const coded = (text, key, { words }) => words[`code-${key}-${text}`] ?? text;

/**
 * Rows as a table; `pick` hears of the row that is chosen.
 * @param {Record<string, any>[]} records
 * @param {Said} said
 * @param {{pick?: (function(number): void)|null, most: number}} options
 */
export function tableOf(records, said, { pick = null, most }) {
  const named = Object.keys(said.labels).filter((key) => !records.length || key in records[0]);
  const every = named.length ? named : Object.keys(records[0] ?? {});
  const keys = every.filter((key) => !isEstimate(key, records[0]));
  const figures = new Set(keys.filter((key) => records.some((record) => typeof record[key] === "number")));
  const body = el("tbody");
  /** @param {number} from */
  const more = (from) => {
    records.slice(from, from + most).forEach((record, n) => {
      const chosen = pick && (() => pick(from + n));
      const acts = chosen
        ? {
            tabindex: 0,
            onclick: chosen,
            onkeydown: (/** @type {any} */ { key }) => key === "Enter" && chosen(),
          }
        : {};
      body.append(el("tr", acts, ...keys.map((key) => cell(record, key, said, figures.has(key)))));
    });
    return Math.min(records.length, from + most);
  };
  const head = keys.map((key) =>
    el("th", { scope: "col", class: figures.has(key) && "number" }, said.labels[key] ?? key),
  );
  const table = el("table", {}, el("thead", {}, el("tr", {}, ...head)), body);
  return { table, more };
}

/**
 * @param {Record<string, any>} record
 * @param {string} key
 * @param {Said} said
 * @param {boolean} figure in a column of figures what is unknown stands below them, too
 */
function cell(record, key, said, figure) {
  return el("td", figure ? { class: "number" } : {}, told(record, key, said));
}

/**
 * Figures by their names, those that hold others with them below.
 * @param {Record<string, any>} record
 * @param {Said} said
 * @param {string} [of] the figure that these belong to
 * @returns {HTMLElement}
 */
export function figuresOf(record, said, of = "") {
  /** @param {string} key */
  const named = (key) => nameOf(key, of, said);
  // What is null is said of a figure that has a name: nobody has it on record.
  const there = Object.entries(record).filter(
    ([key, value]) => (value !== null || named(key) !== key) && value !== undefined && !isEstimate(key, record),
  );
  const single = there.filter(([, value]) => value === null || typeof value !== "object" || plainList(value));
  const lists = there.filter(([, value]) => Array.isArray(value) && value.length && !plainList(value));
  const nested = there.filter(([, value]) => value !== null && typeof value === "object" && !Array.isArray(value));
  return el(
    "div",
    {},
    single.length
      ? el(
          "dl",
          { class: "facts" },
          ...single.flatMap(([key]) => [el("dt", {}, named(key)), el("dd", {}, told(record, key, said))]),
        )
      : null,
    ...lists.map(([key, rows]) => {
      const labels = Object.fromEntries(
        Object.keys(rows[0]).map((name) => [name, said.words[`label-${name}`] ?? nameOf(name, key, said)]),
      );
      const { table, more } = tableOf(rows, { ...said, labels }, { most: 500 });
      more(0);
      return el("div", { class: "part" }, el("h3", {}, named(key)), el("div", { class: "scroll", tabindex: 0 }, table));
    }),
    ...nested
      .filter(([, value]) => Object.keys(value).length)
      .map(([key, value]) => el("div", { class: "part" }, el("h3", {}, named(key)), figuresOf(value, said, key))),
  );
}

/** @param {any} value */
const plainList = (value) =>
  Array.isArray(value) && value.length > 0 && value.every((each) => typeof each !== "object");
