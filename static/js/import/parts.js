/** What every guess is made of: a name, a control, and hints below it. */

import { el } from "gridmap/shared/dom.js";

/** One guess; `id` is that of its control. */
export const guess = (id, name, ...parts) =>
  el("div", { class: "guess" }, el("label", { for: id }, name), ...parts.filter(Boolean));

/** Something found out, with nothing to correct. */
export const fact = (name, ...parts) =>
  el("div", { class: "guess" }, el("span", { class: "name" }, name), el("div", {}, ...parts.filter(Boolean)));

/** A reason, or a figure beside it. */
export const hint = (text) => el("p", { class: "hint" }, text);

/** A choice. */
export const option = (value, text, selected) => el("option", { value, selected }, text);
