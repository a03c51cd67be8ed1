/** Who took over, since when: one short form that becomes an arrangement, and ends the one before. */

import { el } from "gridmap/shared/dom.js";
import { reasonsOf, Refusal } from "gridmap/shared/ask.js";
import { wireDates } from "gridmap/shared/dates.js";
import { control } from "gridmap/records/fields.js";
import { page, say } from "gridmap/records/page.js";
import { picker } from "gridmap/records/picker.js";
import { write } from "gridmap/records/talk.js";
import { dayAfter, fieldOf } from "gridmap/records/values.js";

const SHORT = ["mode", "stage", "start_date", "end_date", "doc_no"];
/** What the fields are called in a hand-over. */
const NAMES = /** @type {Record<string, string>} */ ({ start_date: "start", end_date: "end" });

/**
 * Make the form.
 * @param {object} given
 * @param {Records.Contract|null} given.renews the arrangement that goes on with the same manager
 * @param {function(Records.Written): void} given.written
 * @param {function(): void} given.closed
 */
export function handOver({ renews, written, closed }) {
  const told = page.standing;
  const fields = SHORT.map((name) =>
    control(usual(told.form.fields.find((each) => each.name === name)), first(name, renews), {}),
  );
  const manager = picker({
    layer: "managers",
    code: renews?.manager ?? null,
    name: told.managers[renews?.manager ?? ""],
    adds: true,
    attributes: { id: "handover-manager", required: true, "aria-describedby": "handover-manager-told" },
  });
  const managerTold = el("p", { class: "told", id: "handover-manager-told" }, say("manager-hint"));
  const managerField = el(
    "div",
    { class: "field", "data-field": "manager" },
    el("label", { for: "handover-manager" }, say("manager"), el("abbr", { title: say("required") }, " *")),
    el("span", { class: "value" }, manager.element),
    managerTold,
  );
  const whole = told.courtyard && told.shared.length ? bundle(told) : null;
  const problem = el("div", { class: "problem", role: "alert", tabindex: -1, hidden: true });
  const form = el(
    "form",
    { class: "form handover", id: "handover", onsubmit: save, "aria-labelledby": "handover-title" },
    el("h2", { id: "handover-title" }, say(renews ? "renew-title" : "handover-title", { name: told.called })),
    now(told),
    problem,
    managerField,
    ...(whole ? [whole] : []),
    ...fields.map((each) => each.element),
    el(
      "p",
      { class: "answers" },
      el("button", { class: "button primary", id: "handover-save" }, say(renews ? "renew-save" : "handover-save")),
      el("button", { type: "button", class: "button", onclick: closed }, say("cancel")),
    ),
  );

  /** @param {Event} event */
  async function save(event) {
    event.preventDefault();
    for (const each of fields) each.fail(null);
    failManager(null);
    problem.hidden = true;
    const values = Object.fromEntries(fields.map(({ field, read }) => [field.name, read()]));
    const chosen = /** @type {HTMLInputElement|null} */ (form.querySelector('input[name="whole"]:checked'));
    const { mode, stage, start_date: start, end_date: end, ...terms } = values;
    const body = {
      ...(told.courtyard ? { courtyard: told.courtyard } : { area: told.area }),
      ...(manager.code() ? { manager: manager.code() } : { manager_name: manager.fresh() }),
      mode,
      stage,
      start: start ?? "",
      end,
      ...(chosen && { whole: chosen.value === "whole" }),
      terms: Object.fromEntries(Object.entries(terms).filter(([, value]) => value !== null)),
      based_on: told.revision,
    };
    try {
      const done = await write("/api/handovers", body);
      if (done) written(done);
    } catch (error) {
      refused(error);
    }
  }

  /** @param {any} error */
  function refused(error) {
    const faults = error instanceof Refusal ? (error.problem.errors ?? []) : [];
    const left = [];
    let first = null;
    for (const fault of faults) {
      const name = fieldOf(fault);
      const own = fields.find(({ field }) => (NAMES[field.name] ?? field.name) === name);
      if (own) (own.fail(fault.detail), (first ??= own));
      else if (name === "manager") (failManager(fault.detail), (first ??= { focus: () => manager.input.focus() }));
      else left.push(fault.detail);
    }
    if (!faults.length) left.push(...(error instanceof Refusal ? reasonsOf(error.problem) : [say("failed")]));
    problem.textContent = left.join("\n");
    problem.hidden = !left.length;
    (first ?? problem).focus();
  }

  /** @param {string|null} text */
  function failManager(text) {
    managerField.classList.toggle("wrong", Boolean(text));
    managerTold.textContent = text ?? say("manager-hint");
  }

  return { form, begin: () => (wireDates(form), renews ? fields[2].focus() : manager.input.focus()) };
}

/** @param {Records.Standing} told */
function now(told) {
  const listed = told.contracts.filter(({ in_force }) => in_force);
  return el(
    "div",
    { class: "now" },
    el("b", {}, say("managed-now")),
    listed.length
      ? el("ul", {}, ...listed.map(({ said }) => el("li", {}, said)))
      : el("span", {}, ` ${say("managed-by-nobody")}`),
    listed.length ? el("p", { class: "hint" }, say("ends-the-day-before")) : "",
  );
}

/** @param {Records.Standing} told */
function bundle({ shared, called }) {
  const names = shared.map(({ name }) => name).join("、");
  return el(
    "fieldset",
    { class: "field bundle" },
    el("legend", {}, say("bundle", { names, count: shared[0].count })),
    el("label", {}, el("input", { type: "radio", name: "whole", value: "own" }), say("bundle-own", { name: called })),
    el("label", {}, el("input", { type: "radio", name: "whole", value: "whole" }), say("bundle-whole", { names })),
  );
}

/**
 * @param {Records.Field} field
 * @returns {Records.Field}
 */
const usual = (field) => (field.name === "mode" ? { ...field, required: true } : field);

/**
 * What stands in a field at first.
 * @param {string} name
 * @param {Records.Contract|null} renews
 */
function first(name, renews) {
  if (name === "stage") return renews?.stage ?? "formal";
  if (name === "mode") return renews?.mode ?? null;
  if (name === "start_date") return renews?.ends ? dayAfter(renews.ends) : renews ? null : page.today;
  return null;
}
