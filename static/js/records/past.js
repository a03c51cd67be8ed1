/** What happened to a record, beside its form: who, when, from what to what; each can be undone or taken up again. */

import { el } from "gridmap/shared/dom.js";
import { moment, written } from "gridmap/shared/format.js";
import { addressOf } from "gridmap/shared/ask.js";
import { page, say } from "gridmap/records/page.js";

const MOST_FIELDS = 8;

/**
 * List it.
 * @param {HTMLElement} place
 * @param {function(number): unknown} undo
 * @param {function(Records.Properties): void} take fills the form with a version
 */
export function showPast(place, undo, take) {
  place.replaceChildren(...page.history.map((each, n) => entry(each, n, undo, take)));
  if (!page.history.length) place.append(el("li", { class: "hint" }, say("no-past")));
}

/**
 * @param {Records.Happened} given
 * @param {number} n
 * @param {function(number): unknown} undo
 * @param {function(Records.Properties): void} take
 */
function entry(given, n, undo, take) {
  const { changeset, author, time, op, fields, effective, records, reverted_by: revertedBy } = given;
  const listed = fields
    .slice(0, MOST_FIELDS)
    .map(({ label, before, after }) =>
      el(
        "li",
        {},
        el("b", {}, label),
        before === null && after === null
          ? ""
          : el("span", {}, ` ${before ?? say("nothing")} → ${after ?? say("nothing")}`),
      ),
    );
  const more = fields.length - listed.length;
  return el(
    "li",
    { class: "happened", "data-changeset": changeset },
    el(
      "p",
      {},
      el("b", {}, say(`op-${op}`)),
      ` ${moment(time)} · ${author}`,
      effective ? ` · ${say("holds-from", { day: effective })}` : "",
      revertedBy ? el("em", {}, ` ${say("undone-by", { id: revertedBy })}`) : "",
    ),
    listed.length ? el("ul", {}, ...listed, more > 0 ? el("li", {}, say("more", { count: more })) : "") : "",
    page.may_write ? el("p", { class: "acts" }, ...acts(given, n, undo, take)) : "",
    records > 1
      ? el(
          "p",
          { class: "hint" },
          el(
            "a",
            { href: addressOf("/history", { before: changeset + 1 }) },
            say("one-of", { count: written(records, "number"), id: changeset }),
          ),
        )
      : "",
  );
}

/**
 * @param {Records.Happened} given
 * @param {number} n
 * @param {function(number): unknown} undo
 * @param {function(Records.Properties): void} take
 */
function acts({ changeset, records, reverted_by: revertedBy, properties }, n, undo, take) {
  const found = [];
  if (!revertedBy && records === 1)
    found.push(el("button", { type: "button", class: "link", onclick: () => undo(changeset) }, say("undo")));
  if (n > 0 && properties && page.record)
    found.push(el("button", { type: "button", class: "link", onclick: () => take(properties) }, say("take-version")));
  return found;
}
