/** Several files at once: what each of them is, in which order they go in, and what became of each. */

import { byId, el } from "gridmap/shared/dom.js";
import { countsTable } from "gridmap/import/done.js";
import { count, say } from "gridmap/import/page.js";
import { authorField } from "gridmap/import/parts.js";
import { keep, kept } from "gridmap/shared/keep.js";

const PARTS = /\.(shp|dbf|shx|prj|cpg)$/i;
/** @type {Import.Entry[]} */
let entries = [];
/** @type {Import.Entry|null} */
let stopped = null;

/**
 * Files as they belong together: the parts of a Shapefile by their name, every other file by itself.
 * @param {File[]} files
 */
export function grouped(files) {
  if (files.every(({ name }) => PARTS.test(name)) && files.filter(({ name }) => /\.shp$/i.test(name)).length < 2)
    return [files];
  /** @type {Map<unknown, File[]>} */
  const groups = new Map();
  for (const file of files) {
    const key = PARTS.test(file.name) ? file.name.replace(PARTS, "").toLowerCase() : file;
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  return [...groups.values()];
}

/**
 * Whether something has to be said or decided before a file can go in whole.
 * @param {Import.Preview} preview
 */
export const asks = ({ blocking, fault_count: wrong, doubts = [], questions = [] }) =>
  Boolean(blocking.length || wrong || doubts.length || questions.some(({ answer }) => !answer));

/** @param {Import.Entry[]} given */
export function begin(given) {
  entries = given;
  stopped = null;
  sort();
}

export function end() {
  begin([]);
  byId("batch").hidden = true;
  byId("batch").replaceChildren();
}

export const running = () => entries.length > 0;
export const all = () => entries;
export const waiting = () => entries.filter(({ state }) => state === "waiting");

/** The file whose turn it is, or undefined. */
export const next = () => waiting()[0];

/**
 * The file that the row of imports waits for, if that is what is looked at.
 * @param {Import.Preview} preview
 */
export const stoppedAt = (preview) => stopped?.preview.id === preview.id;

/** @param {Import.Entry|null} entry */
export function stop(entry) {
  stopped = entry;
}

/**
 * What is thought of a file now.
 * @param {Import.Preview} preview
 */
export function update(preview) {
  const entry = entries.find((each) => each.preview?.id === preview.id);
  if (entry) entry.preview = preview;
  if (!entries.some(({ state }) => state === "done" || state === "same")) sort();
}

/** Files in the order in which each finds what it refers to; those of which nobody knows what they are at the end. */
function sort() {
  const turn = (/** @type {Import.Entry} */ { preview }) => (preview ? (preview.turn ?? 1e6) : Infinity);
  entries = entries
    .map((entry, n) => ({ entry, n }))
    .sort((one, two) => turn(one.entry) - turn(two.entry) || one.n - two.n)
    .map(({ entry }) => entry);
}

/**
 * Show the files, and the way to import them.
 * @param {Import.Preview|null} shown the file that is looked at
 * @param {Import.Hears} hears
 */
export function show(shown, hears) {
  if (!running()) return;
  const place = byId("batch");
  const left = waiting();
  const unclear = left.filter(({ preview }) => !preview.layer).length;
  const open = left.reduce((sum, { preview }) => sum + questionsOf(preview), 0);
  place.hidden = false;
  place.replaceChildren(
    el("h2", {}, say("batch", { count: count(entries.length) }), el("small", {}, say("batch-order"))),
    el("ol", { class: "batch" }, ...entries.map((entry) => line(entry, shown, hears))),
    open ? el("p", { class: "hint" }, say("batch-questions", { count: count(open) })) : "",
    unclear ? el("p", { class: "blocked" }, say("batch-unclear", { count: count(unclear) })) : "",
    left.length && !(shown && stoppedAt(shown)) ? go(left.length, unclear, hears) : "",
  );
}

/** @param {Import.Preview} preview */
const questionsOf = ({ layer, questions = [] }) =>
  questions.filter(({ answer }) => !answer).length + Number(layer === null);

/**
 * @param {Import.Entry} entry
 * @param {Import.Preview|null} shown
 * @param {Import.Hears} hears
 */
function line(entry, shown, hears) {
  const { name, preview, state } = entry;
  const label = preview?.layers.find(({ id }) => id === preview.layer)?.label;
  const rows = preview?.row_count === undefined ? "" : ` · ${say("rows-of", { count: count(preview.row_count) })}`;
  const here = Boolean(shown && preview && shown.id === preview.id);
  return el(
    "li",
    { class: `${state}${here ? " here" : ""}`, "data-file": name },
    state === "waiting"
      ? el(
          "button",
          {
            type: "button",
            class: "link",
            title: name,
            "aria-current": here ? "true" : null,
            onclick: () => hears.pick(entry),
          },
          name,
        )
      : el("b", { title: name }, name),
    el("small", {}, preview ? (label ?? say("batch-what")) + rows : ""),
    el("span", { class: "state" }, said(entry)),
    state === "waiting" || state === "refused"
      ? el(
          "button",
          {
            type: "button",
            class: "button",
            "aria-label": say("batch-leave-out-file", { file: name }),
            onclick: () => hears.leaveOut(entry),
          },
          say("batch-leave-out"),
        )
      : "",
  );
}

/** @param {Import.Entry} entry */
function said({ state, refused, result, preview }) {
  if (state === "refused") return refused;
  if (state === "same") return say("batch-same");
  if (state === "done")
    return result.changeset ? say("batch-done", { changeset: `#${result.changeset.id}` }) : say("batch-same");
  const open = questionsOf(preview);
  if (stopped?.preview.id === preview.id) return say("batch-asks");
  return open ? say("batch-asks-count", { count: count(open) }) : say("batch-waits");
}

/**
 * @param {number} left
 * @param {number} unclear
 * @param {Import.Hears} hears
 */
function go(left, unclear, { runAll }) {
  const name = authorField("author-all");
  const words = stopped ? say("batch-go-on") : say("batch-import", { count: count(left) });
  return el(
    "div",
    { class: "go" },
    name,
    el(
      "button",
      {
        type: "button",
        class: "button primary",
        id: "commit-all",
        disabled: unclear > 0,
        onclick: () => (keep("author", name.value), runAll(name.value.trim())),
      },
      words,
    ),
  );
}

/**
 * Say what each file did.
 * @param {Import.Hears} hears
 */
export function showAllDone(hears) {
  const place = byId("done");
  const written = entries.flatMap(({ result }) => (result?.changeset ? [result.changeset.id] : []));
  place.hidden = false;
  place.replaceChildren(
    el("h2", {}, say("batch-all-done", { count: count(written.length) })),
    ...entries
      .filter(({ state }) => state === "done")
      .map(({ name, result }) =>
        el(
          "div",
          { class: "batch-result", "data-file": name },
          el("p", {}, el("b", {}, name), result.changeset ? ` · #${result.changeset.id}` : ""),
          countsTable(result),
          result.left_out ? el("p", { class: "hint wrong" }, say("left-out", { count: count(result.left_out) })) : "",
          result.notes?.length
            ? el(
                "details",
                { class: "notes" },
                el("summary", {}, say("notes", { count: result.notes.length })),
                el("ul", {}, ...result.notes.map((text) => el("li", {}, text))),
              )
            : "",
        ),
      ),
    el(
      "p",
      { class: "go" },
      ...hears.ways(),
      written.length
        ? el(
            "button",
            {
              type: "button",
              class: "button",
              id: "undo",
              onclick: () => hears.undoAll([...written].reverse(), kept("author", "").trim()),
            },
            say("batch-undo"),
          )
        : "",
      el("button", { type: "button", class: "button", id: "another", onclick: hears.again }, say("another")),
    ),
  );
  place.focus();
}
