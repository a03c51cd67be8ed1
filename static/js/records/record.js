/** The page of one record: its form, its place, what happened to it, and what can be done with it. */

import { addressOf, reasonsOf, Refusal } from "gridmap/shared/ask.js";
import { byId, el } from "gridmap/shared/dom.js";
import { wireDates } from "gridmap/shared/dates.js";
import { keep } from "gridmap/shared/keep.js";
import { takeRecordMap } from "gridmap/map/record.js";
import { open } from "gridmap/records/asking.js";
import { placed, PLACE, settle } from "gridmap/records/conflict.js";
import { control } from "gridmap/records/fields.js";
import { handOver } from "gridmap/records/handover.js";
import { author, page, say } from "gridmap/records/page.js";
import { showPast } from "gridmap/records/past.js";
import { wirePlace } from "gridmap/records/place.js";
import { undo, write } from "gridmap/records/talk.js";
import { offerUndo, rememberWritten, written } from "gridmap/records/undoing.js";
import { changed, fieldOf } from "gridmap/records/values.js";

const { form, record } = page;
const shownAs = record ?? page.last;
let base = shownAs ?? { id: null, version: 0, properties: usual(), geometry: null };
const editable = page.may_write && !page.gone;
const controls = form.fields.map((field) =>
  control(field, base.properties[field.name] ?? null, page.names, !editable && !field.locked),
);
const map = document.querySelector(".map-frame") ? takeRecordMap(page.bounds) : null;
map?.begin(record || page.last ? null : viewOf(page.back));
/** @type {ReturnType<typeof wirePlace>|null} */
let place = null;

/**
 * How the map was looked at that one came from.
 * @param {string} address
 */
function viewOf(address) {
  const found = /[#&]view=([\d./-]+)/.exec(address)?.[1].split("/").map(Number) ?? [];
  return found.length === 3 && found.every(Number.isFinite) ? found : null;
}

/** What a new record says if nobody says otherwise. */
function usual() {
  return Object.fromEntries(form.fields.map(({ name, usual: value }) => [name, value]));
}

const here = (/** @type {string} */ id) => `/records/${form.layer}/${encodeURIComponent(id)}`;
const since = el("input", {
  type: "text",
  id: "since",
  "data-date": true,
  placeholder: say("date-blank"),
  inputmode: "numeric",
  "aria-label": say("since-day"),
  disabled: true,
});
const own = el(
  "form",
  { class: "form", id: "record-form", onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), save()) },
  ...controls.map(({ element }) => element),
  editable
    ? el(
        "fieldset",
        { class: "holding" },
        el("legend", {}, say("holds")),
        holds("always", true),
        holds("since", false),
        el(
          "span",
          { class: "date" },
          since,
          el("button", { type: "button", hidden: true, "aria-label": say("pick-date") }, "▾"),
        ),
      )
    : "",
  editable
    ? el(
        "p",
        { class: "answers go" },
        el("button", { class: "button primary", id: "save" }, say(record ? "save" : "add")),
        el(
          "label",
          {},
          say("author"),
          el("input", {
            type: "text",
            id: "author",
            maxlength: 80,
            value: author(),
            autocomplete: "name",
            onchange: (/** @type {any} */ { target }) => keep("author", target.value.trim()),
          }),
        ),
      )
    : "",
);

/**
 * @param {string} value
 * @param {boolean} checked
 */
function holds(value, checked) {
  const change = () => {
    since.disabled = value !== "since";
    if (value === "since") since.focus();
  };
  return el(
    "label",
    {},
    el("input", { type: "radio", name: "holds", value, checked, onchange: change }),
    say(`holds-${value}`),
  );
}

/** What stands in the form, what others may not change included. */
const values = () =>
  Object.fromEntries(
    controls.filter(({ field }) => !field.locked || !record).map(({ field, read }) => [field.name, read()]),
  );

async function save() {
  for (const each of controls) each.fail(null);
  problem([]);
  const properties = changed(base.properties, values());
  if (!record)
    for (const { field, read } of controls) if (read() !== null && read() !== "") properties[field.name] = read();
  const moved = place?.moved();
  if (record && !Object.keys(properties).length && !moved) return problem([say("nothing-changed")]);
  /** @type {Records.Change} */
  const change = {
    layer: form.layer,
    properties,
    ...(record && { id: base.id, version: base.version }),
    ...(moved && { geometry: place.now() }),
  };
  const day = since.disabled ? null : since.value.trim();
  try {
    const done = await write("/api/edits", { changes: [change], effective: day });
    if (done) arrived(done, done.records[0]?.id ?? base.id);
  } catch (error) {
    await refused(error);
  }
  return undefined;
}

/**
 * Go on with the record as it is now; the line with the undo waits there.
 * @param {Records.Written} done
 * @param {string} id
 */
function arrived(done, id) {
  const number = done.changeset?.id ?? null;
  rememberWritten(number === null ? say("nothing-changed") : say("saved", { id: number }), number);
  const target = addressOf(here(id), { lang: page.language, back: page.back });
  if (target === location.href) location.reload();
  else location.assign(target);
}

/** @param {any} error */
async function refused(error) {
  const faults = error instanceof Refusal ? (error.problem.errors ?? []) : [];
  if (error instanceof Refusal && error.status === 412) return stale(faults);
  const left = [];
  let first = null;
  for (const fault of faults) {
    const meant = controls.find(({ field }) => field.name === fieldOf(fault));
    if (meant) (meant.fail(fault.detail), (first ??= meant));
    else left.push(fault.detail);
  }
  if (!faults.length) left.push(...(error instanceof Refusal ? reasonsOf(error.problem) : [say("failed")]));
  problem(left);
  first?.focus();
  return undefined;
}

/**
 * @param {any[]} faults
 * @returns {Promise<void>}
 */
async function stale(faults) {
  const reasons = faults.map(({ detail }) => detail);
  try {
    const mine = { ...values(), ...(place?.moved() && { [PLACE]: placed(place.now()) }) };
    const settled = await settle(form, base, mine, reasons.slice(1));
    if (!settled) return;
    for (const name of settled.theirs) {
      controls.find(({ field }) => field.name === name)?.write(settled.record.properties[name] ?? null);
      if (name === PLACE) place.write(settled.record.geometry);
    }
    base = settled.record;
    await save();
  } catch (error) {
    if (error.status !== 404) return void (await refused(error));
    const answer = await open(
      say("gone-title"),
      [el("ul", { class: "doubts" }, ...reasons.map((each) => el("li", {}, each)))],
      [["back", say("gone-restore")]],
    );
    if (answer === null) return;
    const done = await write("/api/edits", { changes: [{ layer: form.layer, id: base.id, restore: true }] });
    base = { ...base, version: done.records[0].version };
    await save();
  }
}

/** @param {string[]} lines */
function problem(lines) {
  const told = byId("problem");
  told.textContent = lines.join("\n");
  told.hidden = !lines.length;
  if (lines.length) told.focus();
}

/**
 * Show the record as it is after something was undone; that can be undone too.
 * @param {number} changeset
 * @param {number} by
 */
function again(changeset, by) {
  rememberWritten(say("undone", { id: changeset }), by);
  location.reload();
}

/** @param {number} changeset */
async function takeBack(changeset) {
  try {
    const done = await undo(changeset);
    if (done === null) return;
    again(changeset, done.id);
  } catch (error) {
    await refused(error);
  }
}

/** @param {Records.Properties} properties */
function takeVersion(properties) {
  for (const { field, write: put } of controls) if (!field.locked) put(properties[field.name] ?? null);
  problem([say("version-taken")]);
}

async function remove() {
  const answer = await open(
    say("delete-title", { name: page.title }),
    [el("p", {}, say("delete-about"))],
    [["yes", say("delete")]],
  );
  if (answer === null) return;
  await doing([{ layer: form.layer, id: base.id, version: base.version, delete: true }], null, base.id);
}

/**
 * @param {Records.Change[]} changes
 * @param {string|null} effective
 * @param {string} id
 */
async function doing(changes, effective, id) {
  try {
    const done = await write("/api/edits", { changes, effective });
    if (done) arrived(done, id);
  } catch (error) {
    await refused(error);
  }
}

/**
 * Ask for a day, and write it into a field of an arrangement.
 * @param {"end_date"|"terminated_on"} name
 */
async function endOn(name) {
  const day = el("input", {
    type: "text",
    id: "ends-on",
    "data-date": true,
    value: page.today,
    inputmode: "numeric",
    required: true,
  });
  const told = el("p", { class: "told", role: "alert" });
  const content = [
    el("p", {}, say(`${name}-about`)),
    el(
      "p",
      {},
      el("label", { for: "ends-on" }, say("day")),
      " ",
      el(
        "span",
        { class: "date" },
        day,
        el("button", { type: "button", hidden: true, "aria-label": say("pick-date") }, "▾"),
      ),
    ),
    told,
  ];
  const answer = open(say(`${name}-title`), content, [["yes", say("save")]], async () => {
    try {
      const dated = day.value.trim() <= page.today ? day.value.trim() : null;
      const change = {
        layer: form.layer,
        id: base.id,
        version: base.version,
        properties: { [name]: day.value.trim() },
      };
      const done = await write("/api/edits", { changes: [change], effective: dated });
      if (!done) return false;
      arrived(done, base.id);
      return true;
    } catch (error) {
      told.textContent = reasonsOf(error.problem ?? {}).join("\n") || say("failed");
      return false;
    }
  });
  wireDates(document.querySelector("dialog"));
  await answer;
}

/** @param {Records.Contract|null} renews */
function takeOver(renews) {
  const place_ = byId("form");
  const form_ = handOver({
    renews,
    written: (done) => arrived(done, renews ? done.records[0].id : base.id),
    closed: () => (place_.replaceChildren(own), byId(renews ? "renew" : "handover-open").focus()),
  });
  place_.replaceChildren(form_.form);
  form_.begin();
}

function doings() {
  /**
   * @param {string} id
   * @param {string} label
   * @param {function(): unknown} work
   */
  const button = (id, label, work) => el("button", { type: "button", class: "button", id, onclick: work }, label);
  const found = [];
  const told = page.standing;
  if (!page.may_write) return [el("p", { class: "hint" }, page.elsewhere ? say("elsewhere") : say("read-only"))];
  if (page.gone)
    return [
      el("p", { class: "gone" }, say("gone")),
      button("restore", say("restore"), () =>
        doing([{ layer: form.layer, id: page.gone, restore: true }], null, page.gone),
      ),
    ];
  if (told && form.layer === "arrangements") {
    const contract = told.contracts.find(({ id }) => id === base.id) ?? null;
    found.push(button("renew", say("renew"), () => takeOver(contract)));
    found.push(
      button("end", say("end"), () => endOn("end_date")),
      button("terminate", say("terminate"), () => endOn("terminated_on")),
    );
  } else if (told) found.push(button("handover-open", say("handover"), () => takeOver(null)));
  if (record) found.push(button("delete", say("delete"), remove));
  const contracts = told && form.layer !== "arrangements" ? told.contracts : [];
  return [
    ...(contracts.length
      ? [
          el(
            "ul",
            { class: "contracts" },
            ...contracts.map(({ id, said, in_force }) =>
              el(
                "li",
                { class: in_force ? "on" : "over" },
                el(
                  "a",
                  { href: addressOf(`/records/arrangements/${encodeURIComponent(id)}`, { back: page.back }) },
                  said,
                ),
                in_force ? "" : ` ${say("not-in-force")}`,
              ),
            ),
          ),
        ]
      : told && form.layer !== "arrangements"
        ? [el("p", { class: "hint" }, say("managed-by-nobody"))]
        : []),
    ...(page.doing === "handover" && !told && form.layer === "buildings"
      ? [el("p", { class: "problem" }, say("no-courtyard"))]
      : []),
    el("p", { class: "acts" }, ...found),
  ];
}

byId("form").append(own);
byId("doings").append(...doings());
wireDates(own);
showPast(byId("past"), takeBack, takeVersion);
if (map && editable)
  place = wirePlace(
    byId("map-tools"),
    map,
    base.geometry ?? (page.at && { type: "Point", coordinates: page.at }),
    () => record || controls.find(({ field }) => field.name === "name")?.focus(),
  );
else if (map) map.show(base.geometry);
const line = written();
const back = page.back ? [el("a", { class: "button", href: page.back }, say("back"))] : [];
if (line?.changeset) offerUndo(line.text, line.changeset, (done) => again(line.changeset, done.id), ...back);
if (page.doing === "handover" && page.standing && editable && !line) takeOver(null);
document.documentElement.dataset.ready = "true";
