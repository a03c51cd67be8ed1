/** The latest changesets, fetched when the tab is opened. */

import { byId, el } from "gridmap/dom.js";
import { page, say } from "gridmap/page.js";
import { root } from "gridmap/root.js";
import { on, state } from "gridmap/state.js";

/** Fill the history tab the first time that it is shown. */
export function wireHistory() {
  let asked = false;
  const show = () => {
    if (state.tool !== "history" || asked) return;
    asked = true;
    load(byId("history"));
  };
  on(["tool"], show);
  show();
}

async function load(place) {
  place.replaceChildren(el("p", { class: "hint" }, say("running")));
  try {
    const answer = await fetch(`${root}/api/changesets?limit=50&lang=${page.language}`);
    const { changesets, detail } = await answer.json();
    if (!answer.ok) throw new Error(detail);
    place.replaceChildren(...(changesets.length ? changesets.map(entry) : [el("p", {}, say("history-empty"))]));
  } catch (error) {
    place.replaceChildren(el("p", { class: "problem", role: "alert" }, `${say("failed")}: ${error.message}`));
  }
}

function entry({ id, author, time, message, counts, reverted_by: revertedBy }) {
  const what = Object.entries(counts).map(([layer, { create = 0, update = 0, delete: gone = 0 }]) =>
    el("span", {}, `${page.layers[layer] ?? layer} `, [
      create && say("created", { n: create }),
      update && say("updated", { n: update }),
      gone && say("deleted", { n: gone }),
    ].filter(Boolean).join(" ")));
  return el("article", { class: "changeset" },
    el("p", {}, el("b", {}, `#${id} `), message, revertedBy ? ` (${say("reverted")} #${revertedBy})` : ""),
    el("p", { class: "hint" }, moment(time), " · ", author),
    el("p", { class: "hint what" }, ...what));
}

/** A moment by the clock of this place, in the manner of all dates here: 2025-02-06 14:05. */
function moment(time) {
  const at = new Date(time);
  const two = (value) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}
