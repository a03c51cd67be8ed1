/** What the form of a proposal asks, as an execution takes it. */

import { all, one } from "gridmap/shared/dom.js";
import { pairsIn } from "gridmap/shared/outputs.js";

/** @typedef {{name: string, kind: string, value: string, ticked?: string[], checked?: boolean}} Field */

/**
 * The inputs that fields stand for: what is empty is left to its usual value, ticks are what is ticked and nothing else.
 * @param {Field[]} fields
 * @returns {Record<string, unknown>}
 */
export function inputsOf(fields) {
  /** @type {Record<string, unknown>} */
  const given = {};
  for (const { name, kind, value, ticked, checked } of fields) {
    const text = (value ?? "").trim();
    if (kind === "ticks") given[name] = ticked;
    else if (kind === "yesno") given[name] = checked;
    else if (text === "") continue;
    else if (kind === "integer" || kind === "number") given[name] = Number(text);
    else if (kind === "list") given[name] = text.split(/[,，、;；\s]+/).filter(Boolean);
    else if (kind === "pairs") given[name] = pairsIn(text);
    else if (kind === "points") given[name] = pairsIn(text).map((each) => each.map(Number));
    else given[name] = text;
  }
  return given;
}

/**
 * The fields of a form as they stand.
 * @param {ParentNode} form
 * @returns {Field[]}
 */
export const fieldsOf = (form) =>
  all("[data-kind]", form).map((field) => ({
    name: field.dataset.name ?? field.name,
    kind: field.dataset.kind,
    value: field.value,
    checked: field.checked,
    ticked: all("input:checked", field).map((each) => each.value),
  }));

/**
 * Fill a form with inputs that were asked before.
 * @param {ParentNode} form
 * @param {Record<string, any>} inputs
 */
export function fillForm(form, inputs) {
  for (const [name, value] of Object.entries(inputs)) {
    const field = one(`[name="${name}"], [data-name="${name}"]`, form);
    if (!field || value === null) continue;
    if (field.dataset.kind === "ticks")
      for (const each of all("input", field)) each.checked = value.includes(each.value);
    else if (field.dataset.kind === "yesno") field.checked = value;
    else if (Array.isArray(value[0]))
      field.value = value.map((/** @type {any[]} */ each) => each.join(", ")).join("; ");
    else field.value = Array.isArray(value) ? value.join(", ") : String(value);
  }
}

/**
 * What was wished otherwise than the form has it at first, in words; where and when are told beside it.
 * @param {ParentNode} form
 * @param {Record<string, any>} inputs
 * @returns {string[]}
 */
export function unusual(form, inputs) {
  const told = all("[data-kind]", form).map((field) => {
    const name = field.dataset.name ?? field.name;
    const value = inputs[name];
    if (["within", "as_of", "known_at", "seed"].includes(name) || value === null || value === undefined) return null;
    const ticks = field.dataset.kind === "ticks" ? all("input", field) : [];
    const picked = ticks.filter((each) => value.includes(each.value)); // in the order of the form, as usual ones are
    const words = all("option", field).map((each) => [each.value, each.textContent]);
    const label = one(".wish > span, summary", field.closest(".wish")).textContent.replace("*", "").trim();
    const said = picked.map((each) => each.closest("label").textContent.trim()).join(" / ");
    const now = ticks.length ? picked.map((each) => each.value).join(",") : String(value);
    const usual = usualOf(/** @type {any} */ (field));
    if (now === usual || (now === "" && !usual)) return null;
    return `${label} ${said || (Object.fromEntries(words)[now] ?? (Array.isArray(value) ? value.join(" / ") : now))}`;
  });
  return told.filter((each) => each !== null);
}

/**
 * What a field has when the page is opened.
 * @param {any} field
 */
function usualOf(field) {
  if (field.dataset.kind === "ticks")
    return all("input", field)
      .filter((each) => /** @type {any} */ (each).defaultChecked)
      .map((each) => each.value)
      .join(",");
  if (field.dataset.kind === "yesno") return String(field.defaultChecked);
  if (field.tagName === "SELECT")
    return all("option", field).find((each) => /** @type {any} */ (each).defaultSelected)?.value ?? "";
  return field.defaultValue;
}
