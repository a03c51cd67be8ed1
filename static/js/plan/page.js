/** What the server wrote into a plan's page: facts, words, and how figures are written. */

import { whole } from "gridmap/shared/format.js";
import { sayer } from "gridmap/shared/say.js";

/**
 * The page's facts: language, words, plan, backdrop, bounds, kinds.
 * @type {Plan.Page}
 */
export const page = JSON.parse(document.getElementById("page-data").textContent);

/** Say a message; see `sayer`. */
export const say = sayer(() => page.words);

/**
 * Write a count; what is not known is a dash.
 * @param {number|null} value
 */
export const count = (value) => (value === null || value === undefined ? say("none") : whole(value));

/**
 * A sum, and of how many buildings that figure is missing in it.
 * @param {number|null|undefined} value
 * @param {number|null|undefined} missing
 */
export const told = (value, missing) =>
  missing ? `${count(value)}${say("lacking", { n: whole(missing) })}` : count(value);

/**
 * Write a share or a measure with so many digits.
 * @param {number|null} value
 */
export const figure = (value, digits = 2) =>
  value === null || value === undefined ? say("none") : value.toFixed(digits);
