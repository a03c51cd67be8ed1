/** What the server wrote into the wizard's page: words and facts. */

import { whole } from "gridmap/shared/format.js";
import { sayer } from "gridmap/shared/say.js";

/**
 * The page's facts: language, words, bounds, under, endings, most_mb.
 * @type {Import.Page}
 */
export const page = JSON.parse(document.getElementById("page-data").textContent);

/** Say a message; see `sayer`. */
export const say = sayer(() => page.words);

/**
 * Write a count.
 * @param {number|undefined} value
 */
export const count = (value) => whole(value ?? 0);

/**
 * Write a cell's value.
 * @param {unknown} value
 */
export const shown = (value) =>
  value === null || value === undefined ? "" : typeof value === "boolean" ? (value ? "✓" : "✗") : String(value);
