/** The latest changesets, fetched when the tab is opened. */

import { addressOf, ask } from "gridmap/shared/ask.js";
import { byId, el } from "gridmap/shared/dom.js";
import { messageIn, moment } from "gridmap/shared/format.js";
import { page, say } from "gridmap/workbench/page.js";
import { on, state } from "gridmap/workbench/state.js";

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

/** @param {HTMLElement} place */
async function load(place) {
  place.replaceChildren(el("p", { class: "hint" }, say("running")));
  try {
    const { changesets } = await ask("/api/changesets", {
      query: { limit: 50, lang: page.language },
    });
    place.replaceChildren(
      el(
        "p",
        {},
        el(
          "a",
          { class: "button", href: addressOf("/history", { lang: page.language }) },
          say("records.js-whole-history"),
        ),
      ),
      ...(changesets.length ? changesets.map(entry) : [el("p", {}, say("history-empty"))]),
    );
  } catch (error) {
    place.replaceChildren(el("p", { class: "problem", role: "alert" }, `${say("failed")}: ${error.message}`));
  }
}

/** @param {any} given */
function entry({ id, author, time, message, counts, effective, reverted_by: revertedBy }) {
  const what = Object.entries(counts).map(([layer, { create = 0, update = 0, delete: gone = 0 }]) =>
    el(
      "span",
      {},
      `${page.layers[layer] ?? layer} `,
      [
        create && say("created", { n: create }),
        update && say("updated", { n: update }),
        gone && say("deleted", { n: gone }),
      ]
        .filter(Boolean)
        .join(" "),
    ),
  );
  return el(
    "article",
    { class: "changeset" },
    el(
      "p",
      {},
      el("b", {}, `#${id} `),
      messageIn(message, page.language),
      revertedBy ? ` (${say("reverted", { id: revertedBy })})` : "",
    ),
    el(
      "p",
      { class: "hint" },
      moment(time),
      " · ",
      author,
      effective ? ` · ${say("holds-from", { day: effective })}` : "",
    ),
    el("p", { class: "hint what" }, ...what),
  );
}
