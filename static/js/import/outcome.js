/** What an import would do: counts, faults, notes, and the way to do it. */

import { byId, el } from "gridmap/shared/dom.js";
import { countsTable } from "gridmap/import/done.js";
import { count, page, say } from "gridmap/import/page.js";
import { rowLinks } from "gridmap/import/rows.js";
import { authorField } from "gridmap/import/parts.js";
import { keep } from "gridmap/shared/keep.js";
import { root } from "gridmap/shared/root.js";

let onlySound = false;
let confirmed = "";

/**
 * Show what an import would do.
 * @param {Import.Preview} preview
 * @param {Import.Hears} hears
 */
export function showOutcome(preview, hears) {
  const place = byId("outcome");
  place.hidden = false;
  place.replaceChildren(
    ...[...alike(preview.blocking).map(blocked), counts(preview), faults(preview), notes(preview)].filter(Boolean),
  );
  byId("go").hidden = false;
  byId("go").replaceChildren(...go(preview, hears));
}

/**
 * The same thing about many rows is said once.
 * @param {Import.Blocking[]} found
 */
function alike(found) {
  const rows = new Map();
  for (const { detail, row } of found)
    rows.set(detail, [...(rows.get(detail) ?? []), ...(row === undefined ? [] : [row])]);
  return [...rows];
}

/** @param {[string, number[]]} given */
function blocked([detail, rows]) {
  const where = rows.length ? ` (${say("row")} ${rows.slice(0, 8).join(", ")}${rows.length > 8 ? " …" : ""})` : "";
  return el("p", { class: "blocked" }, el("b", {}, `${say("blocked")}: `), detail + where);
}

/** @param {Import.Preview} preview */
function counts(preview) {
  const { changes, blocking, fault_count: wrong } = preview;
  if (blocking.length) return null;
  return el(
    "div",
    {},
    el("h2", {}, say("would")),
    countsTable(preview),
    !changes && !wrong ? el("p", { class: "hint" }, say("unchanged")) : "",
  );
}

/** @param {Import.Preview} preview */
function faults({ id, fault_groups: found, fault_count: total, blocking }) {
  if (!total)
    return blocking.length ? null : el("div", { class: "faults none" }, el("h2", {}, `✓ ${say("no-faults")}`));
  const lines = found.map(({ column, value, detail, rows, count: alike }) =>
    el(
      "tr",
      {},
      el("td", {}, ...rowLinks(rows, true), alike > rows.length ? say("alike", { count: count(alike) }) : ""),
      el("td", { title: column }, column ?? ""),
      el("td", { title: value }, value ?? ""),
      el("td", {}, detail),
    ),
  );
  const left = total - found.reduce((sum, each) => sum + each.count, 0);
  return el(
    "div",
    { class: "faults" },
    el(
      "h2",
      {},
      say("faults", { count: count(total) }),
      el(
        "a",
        {
          class: "button",
          id: "report",
          href: `${root}/api/imports/${id}/report?lang=${page.language}`,
          download: "",
        },
        say("report"),
      ),
    ),
    el(
      "div",
      { class: "fault-list", tabindex: "0" },
      el(
        "table",
        {},
        el(
          "thead",
          {},
          el("tr", {}, ...["row", "column", "value", "what"].map((key) => el("th", { scope: "col" }, say(key)))),
        ),
        el("tbody", {}, ...lines),
      ),
    ),
    left > 0 ? el("p", { class: "hint" }, say("more", { count: count(left) })) : "",
  );
}

/** @param {Import.Preview} preview */
function notes({ notes: found }) {
  if (!found.length) return null;
  return el(
    "details",
    { class: "notes" },
    el("summary", {}, say("notes", { count: found.length })),
    el("ul", {}, ...found.map((text) => el("li", {}, text))),
  );
}

/**
 * In one line what would happen, since the whole of it may lie out of sight.
 * @param {Import.Preview} preview
 */
function summary({ blocking, counts: found, fault_count: total }) {
  /** @param {string} kind */
  const sum = (kind) => count(Object.values(found).reduce((all, numbers) => all + numbers[kind], 0));
  const words = blocking.length
    ? say("summary-blocked", { count: count(blocking.length) })
    : say("summary", {
        new: sum("new"),
        changed: sum("changed"),
        faults: count(total),
      });
  const wrong = blocking.length || total ? "link wrong" : "link";
  return el(
    "button",
    {
      type: "button",
      class: wrong,
      id: "summary",
      onclick: () => byId("outcome").scrollIntoView({ block: "start" }),
    },
    words,
  );
}

/**
 * @param {Import.Preview} preview
 * @param {Import.Hears} hears
 */
function go(preview, { commit, correct, look }) {
  const { can_commit: can, fault_count: total, blocking, changes, notes: found, choices, doubts = [], id } = preview;
  const name = authorField("author");
  const button = el("button", { type: "button", class: "button primary", id: "commit" }, say("import"));
  const sure = () => !doubts.length || confirmed === id;
  const ready = () => (button.disabled = !can || !changes || (total > 0 && !onlySound) || !sure());
  button.addEventListener(
    "click",
    () => (
      keep("author", name.value),
      commit(
        { only_sound: total > 0 && onlySound, allow: confirmed === id ? doubts.map(({ kind }) => kind) : [] },
        name.value.trim(),
      )
    ),
  );
  const sound = el("input", {
    type: "checkbox",
    id: "only-sound",
    checked: onlySound,
    onchange: ({ target }) => ((onlySound = target.checked), ready()),
  });
  const demo = choices.keep_demo || found.some((text) => /演示区|demo district/.test(text));
  ready();
  return [
    el("p", { class: "summary" }, summary(preview)),
    total && !blocking.length ? el("label", { class: "tick" }, sound, say("only-sound")) : "",
    ...doubts.map(({ detail }) => el("p", { class: "suspected" }, detail)),
    doubts.length
      ? el(
          "label",
          { class: "tick" },
          el("input", {
            type: "checkbox",
            id: "confirm",
            checked: confirmed === id,
            onchange: ({ target }) => ((confirmed = target.checked ? id : ""), ready()),
          }),
          say("confirm"),
        )
      : "",
    demo
      ? el(
          "label",
          { class: "tick" },
          el("input", {
            type: "checkbox",
            id: "keep-demo",
            checked: choices.keep_demo,
            onchange: ({ target }) => correct({ keep_demo: target.checked }),
          }),
          say("keep-demo"),
        )
      : "",
    el(
      "div",
      { class: "go" },
      name,
      button,
      el("button", { type: "button", class: "button", id: "look", onclick: look }, say("look-again")),
    ),
  ];
}
