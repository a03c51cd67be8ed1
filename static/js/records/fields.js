/** Fields of a form, made from the catalogue: labels, units, allowed values; unknown is no choice, empty is not recorded. */

import { el } from "gridmap/shared/dom.js";
import { picker } from "gridmap/records/picker.js";
import { comma, say } from "gridmap/records/page.js";
import { shown } from "gridmap/records/values.js";

const SEPARATORS = /[、，,;；\s]+/;
let made = 0;

/**
 * Make one field.
 * @param {Records.Field} field
 * @param {Records.Plain} value
 * @param {Records.Names} names
 * @param {boolean} locked
 * @returns {Records.Control}
 */
export function control(field, value, names = {}, locked = false) {
  made += 1;
  const id = `field-${made}-${field.name}`;
  const own = kinds(field, locked || field.locked)(field, value, names, {
    id,
    name: field.name,
    "aria-describedby": `${id}-told`,
    required: field.required,
    disabled: locked,
  });
  const told = el("p", { class: "told", id: `${id}-told` }, field.hint ?? "");
  const label = el(
    "label",
    { for: id },
    field.label,
    field.required ? el("abbr", { title: say("required") }, " *") : "",
  );
  const unit = field.unit ? el("span", { class: "unit" }, field.unit) : "";
  const element = el(
    "div",
    { class: "field", "data-field": field.name },
    label,
    el("span", { class: "value" }, own.element, unit),
    told,
  );
  return {
    field,
    element,
    read: own.read,
    write: own.write,
    focus: () => own.input.focus(),
    fail(text) {
      element.classList.toggle("wrong", Boolean(text));
      if (text) own.input.setAttribute("aria-invalid", "true");
      else own.input.removeAttribute("aria-invalid");
      told.textContent = text ?? field.hint ?? "";
    },
  };
}

/** @typedef {{element: HTMLElement, input: HTMLElement, read(): Records.Plain, write(value: Records.Plain): void}} Made */
/** @typedef {function(Records.Field, Records.Plain, Records.Names, Shared.Attributes): Made} Maker */

/**
 * @param {Records.Field} field
 * @param {boolean} locked
 * @returns {Maker}
 */
function kinds(field, locked) {
  if (locked && field.locked) return fixed;
  if (field.values.length) return choice;
  if (field.type === "boolean") return yesOrNo;
  if (field.type === "date") return date;
  if (field.type === "list") return list;
  if (field.refers_to) return reference;
  return text;
}

/** @type {Maker} */
function fixed(_, value, __, { id }) {
  let held = value;
  const input = el("output", { id, class: "code", tabindex: 0 }, shown(value) || say("code-by-itself"));
  return {
    element: input,
    input,
    read: () => held,
    write: (given) => ((held = given), (input.textContent = shown(given))),
  };
}

/** @type {Maker} */
function text(field, value, _, attributes) {
  const long = field.name === "remark";
  const figure = ["integer", "number"].includes(field.type);
  const input = long
    ? el("textarea", { ...attributes, rows: 2 })
    : el("input", {
        type: "text",
        inputmode: figure ? "decimal" : null,
        class: figure ? "figure" : null,
        ...attributes,
      });
  input.value = shown(value);
  return {
    element: input,
    input,
    read: () => input.value.trim() || null,
    write: (given) => (input.value = shown(given)),
  };
}

/** @type {Maker} */
function date(_, value, __, attributes) {
  const input = el("input", {
    type: "text",
    inputmode: "numeric",
    placeholder: say("date-blank"),
    "data-date": true,
    ...attributes,
  });
  const button = el("button", { type: "button", hidden: true, "aria-label": say("pick-date") }, "▾");
  input.value = shown(value);
  return {
    element: el("span", { class: "date" }, input, button),
    input,
    read: () => input.value.trim() || null,
    write: (given) => (input.value = shown(given)),
  };
}

/** @type {Maker} */
function choice(field, value, _, attributes) {
  return selecting([["", say("not-recorded")], ...field.values], shown(value), attributes, (chosen) => chosen || null);
}

/** @type {Maker} */
function yesOrNo(_, value, __, attributes) {
  /** @type {[string, string][]} */
  const options = [
    ["", say("not-recorded")],
    ["true", say("yes")],
    ["false", say("no")],
  ];
  return selecting(options, shown(value), attributes, (chosen) => (chosen ? chosen === "true" : null));
}

/**
 * @param {[string, string][]} options
 * @param {string} value
 * @param {Shared.Attributes} attributes
 * @param {function(string): Records.Plain} read
 * @returns {Made}
 */
function selecting(options, value, attributes, read) {
  const input = el("select", attributes, ...options.map(([code, label]) => el("option", { value: code }, label)));
  // What is recorded as unknown shows as not recorded, and stays as it is until somebody chooses.
  let untouched = options.some(([code]) => code === value) ? null : value;
  input.value = untouched === null ? value : "";
  input.addEventListener("change", () => (untouched = null));
  return {
    element: input,
    input,
    read: () => (untouched === null ? read(input.value) : untouched),
    write: (given) => {
      const text = shown(given);
      untouched = options.some(([code]) => code === text) ? null : text;
      input.value = untouched === null ? text : "";
    },
  };
}

/** @type {Maker} */
function reference(field, value, names, attributes) {
  const known = names[field.refers_to] ?? {};
  const code = value === null || value === undefined ? null : String(value);
  const own = picker({ layer: field.refers_to, code, name: known[code], attributes });
  return {
    element: own.element,
    input: own.input,
    // What is nobody's name goes to the service as it stands, which says so.
    read: () => own.code() ?? (own.fresh() || null),
    write: (given) =>
      own.choose(given === null ? null : String(given), given === null ? "" : (known[String(given)] ?? String(given))),
  };
}

/** @type {Maker} */
function list(field, value, names, attributes) {
  const known = names[field.refers_to] ?? {};
  const input = el("textarea", { rows: 2, ...attributes });
  const said = el("small", {});
  const items = () => input.value.split(SEPARATORS).filter(Boolean);
  const tell = () =>
    (said.textContent = items()
      .map((code) => known[code])
      .filter(Boolean)
      .slice(0, 12)
      .join(comma));
  input.value = shown(value);
  input.addEventListener("input", tell);
  tell();
  return {
    element: el("span", { class: "listing" }, input, said),
    input,
    read: () => items(),
    write: (given) => ((input.value = shown(given)), tell()),
  };
}
