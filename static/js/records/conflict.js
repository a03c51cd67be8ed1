/** Two people at one record: both values beside each other, and a choice for each; nothing is lost meanwhile. */

import { call, Refusal } from "gridmap/shared/ask.js";
import { el } from "gridmap/shared/dom.js";
import { open } from "gridmap/records/asking.js";
import { page, say } from "gridmap/records/page.js";
import { merged, shown } from "gridmap/records/values.js";

/** A geometry is compared as a whole. */
export const PLACE = "geometry";

/**
 * Ask what shall hold where others changed a record meanwhile.
 * @param {Records.Form} form
 * @param {Records.Record_} base what the form began with
 * @param {Records.Properties} mine
 * @param {string[]} reasons who changed what, as the service says it
 * @returns {Promise<{record: Records.Record_, theirs: string[]}|null>} the record as it is now, and whose fields of it
 *   are to stand; null where somebody goes on writing
 */
export async function settle(form, base, mine, reasons) {
  const query = { lang: page.language };
  const path = `/api/collections/${form.layer}/items/${encodeURIComponent(base.id)}`;
  const answered = await call(path, { query });
  if (!answered.ok) throw new Refusal(answered.status, answered.said, answered.words);
  const { properties, geometry } = answered.said;
  const version = Number(/-?\d+/.exec(answered.headers.get("ETag"))[0]);
  const record = { id: base.id, version, properties, geometry };
  const places = { was: placed(base.geometry), theirs: placed(geometry) };
  const { clashes, taken } = merged(
    { ...base.properties, [PLACE]: places.was },
    { ...mine, [PLACE]: mine[PLACE] ?? places.was },
    { ...properties, [PLACE]: places.theirs },
  );
  const rows = clashes.map((clash) => row(form, clash));
  const content = [
    el("ul", { class: "doubts" }, ...reasons.map((each) => el("li", {}, inWords(form, each)))),
    taken.length
      ? el("p", {}, say("conflict-taken", { fields: taken.map((name) => labelOf(form, name)).join("、") }))
      : "",
    clashes.length
      ? el(
          "table",
          { class: "clashes" },
          el(
            "thead",
            {},
            el(
              "tr",
              {},
              ...["field", "was", "theirs", "mine"].map((each) => el("th", { scope: "col" }, say(`conflict-${each}`))),
            ),
          ),
          el("tbody", {}, ...rows),
        )
      : el("p", {}, say("conflict-none")),
  ];
  const answer = await open(say("conflict-title"), content, [["save", say("conflict-save")]]);
  if (answer === null) return null;
  const chosen = clashes
    .filter((_, n) => rows[n].querySelector('input[value="theirs"]:checked'))
    .map(({ name }) => name);
  return { record, theirs: [...taken, ...chosen] };
}

/**
 * A geometry as a value that can be compared.
 * @param {any} geometry
 */
export const placed = (geometry) => (geometry ? JSON.stringify(geometry.coordinates) : null);

/**
 * @param {Records.Form} form
 * @param {Records.Clash} clash
 */
function row(form, { name, was, theirs, mine }) {
  const label = labelOf(form, name);
  /**
   * @param {string} value
   * @param {Records.Plain} given
   */
  const option = (value, given) =>
    el(
      "td",
      {},
      el(
        "label",
        {},
        el("input", { type: "radio", name: `clash-${name}`, value, checked: value === "mine" }),
        name === PLACE ? say(`conflict-place-${value}`) : said(form, name, given),
      ),
    );
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, label),
    el("td", {}, name === PLACE ? "—" : said(form, name, was)),
    option("theirs", theirs),
    option("mine", mine),
  );
}

/**
 * @param {Records.Form} form
 * @param {string} name
 */
const labelOf = (form, name) =>
  name === PLACE ? say("place") : (form.fields.find((each) => each.name === name)?.label ?? name);

/**
 * @param {Records.Form} form
 * @param {string} name
 * @param {Records.Plain} value
 */
function said(form, name, value) {
  const field = form.fields.find((each) => each.name === name);
  const choice = field?.values.find(([code]) => code === value)?.[1];
  if (typeof value === "boolean") return say(value ? "yes" : "no");
  return choice ?? (shown(value) || say("not-recorded"));
}

/**
 * What the service says of fields by their names, with their labels.
 * @param {Records.Form} form
 * @param {string} reason
 */
function inWords(form, reason) {
  const labels = Object.fromEntries(form.fields.map(({ name, label }) => [name, label]));
  return reason.replace(/[a-z][a-z0-9_]*/g, (word) => labels[word] ?? (word === PLACE ? say("place") : word));
}
