/** Which features the filter lets through: legend switches and the text of the filter box. */

import { askMap, columns, features, page } from "gridmap/workbench/page.js";
import { state } from "gridmap/workbench/state.js";

/** @param {Workbench.Column} column */
const isSearched = (column) => ["text", "code"].includes(column.kind) && column.width;

/**
 * Whether the legend shows the class of feature `n`.
 * @param {number} n
 */
export const shown = (n) => visible(features.class(n).key);

/**
 * Whether feature `n` contains the filter's text in one of the table's columns.
 * @param {number} n
 */
export function fits(n) {
  const text = state.text.trim().toLowerCase();
  return (
    !text ||
    columns.some(
      (column) =>
        isSearched(column) &&
        String(column.value(n) ?? "")
          .toLowerCase()
          .includes(text),
    )
  );
}

/**
 * Whether the legend shows a class.
 * @param {string} key
 */
export const visible = (key) => !state.off.includes(key);

/** The same as `fits` for features that are not here: a function of their ids, which the server tells. */
export async function fitting() {
  const text = state.text.trim();
  if (!text) return () => true;
  const { ids, except } = await askMap("matches", { text });
  const listed = new Set(ids ?? except);
  return ids ? (/** @type {string|null} */ id) => listed.has(id) : (/** @type {string|null} */ id) => !listed.has(id);
}

/** The filter as a server's query has it. */
export const asQuery = () => ({
  rows: state.group,
  off: state.off.filter((key) => page.classes.some((each) => each.key === key)).join("~"),
  text: state.text.trim(),
  sort: state.sort,
});

/** The rows of the table: positions of the chosen group's features that pass the filter, in the chosen order. */
export function rows() {
  const found = [];
  for (let n = 0; n < features.count; n += 1) {
    const inGroup = state.group === "all" || features.class(n).group === state.group;
    if (inGroup && shown(n) && fits(n)) found.push(n);
  }
  return sorted(found);
}

/** How many features each group has under the legend's switches and the text. */
export function countByGroup() {
  const counts = Object.fromEntries(page.groups.map((group) => [group.key, 0]));
  for (let n = 0; n < features.count; n += 1) if (shown(n) && fits(n)) counts[features.class(n).group] += 1;
  return counts;
}

/** @param {number[]} found */
function sorted(found) {
  const [key, direction] = (state.sort ?? "").split(".");
  const column = columns.find((each) => each.key === key);
  if (!column) return found;
  const compare = ["number", "year", "share"].includes(column.kind)
    ? (/** @type {any} */ a, /** @type {any} */ b) => a - b
    : new Intl.Collator(page.language === "zh" ? "zh-CN" : "en", { numeric: true }).compare;
  const sign = direction === "down" ? -1 : 1;
  /** @param {unknown} value */
  const missing = (value) => value === null || value === undefined;
  return found.sort((one, other) => {
    const [a, b] = [column.value(one), column.value(other)];
    // What is missing stands last either way.
    if (missing(a) || missing(b)) return Number(missing(a)) - Number(missing(b)) || one - other;
    return sign * compare(a, b) || one - other;
  });
}
