/** What every guess is made of: a name, a control, and hints below it. */

import { el } from "gridmap/shared/dom.js";
import { kept } from "gridmap/shared/keep.js";
import { say } from "gridmap/import/page.js";

/**
 * One guess; `id` is that of its control.
 * @param {string} id
 * @param {string} name
 * @param {...Shared.Child} parts
 */
export const guess = (id, name, ...parts) =>
  el("div", { class: "guess" }, el("label", { for: id }, name), ...parts.filter(Boolean));

/**
 * Something found out, with nothing to correct.
 * @param {string} name
 * @param {...Shared.Child} parts
 */
export const fact = (name, ...parts) =>
  el("div", { class: "guess" }, el("span", { class: "name" }, name), el("div", {}, ...parts.filter(Boolean)));

/**
 * A reason, or a figure beside it.
 * @param {string} text
 */
export const hint = (text) => el("p", { class: "hint" }, text);

/**
 * A choice.
 * @param {unknown} value
 * @param {string} text
 * @param {boolean} selected
 */
export const option = (value, text, selected) => el("option", { value, selected }, text);

/**
 * The name under which one imports, as it was last given.
 * @param {string} id
 * @returns {HTMLInputElement}
 */
export const authorField = (id) =>
  el("input", {
    id,
    type: "text",
    maxlength: 80,
    autocomplete: "name",
    placeholder: say("your-name"),
    "aria-label": say("your-name"),
    value: kept("author", ""),
  });
