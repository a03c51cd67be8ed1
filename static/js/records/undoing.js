/** The line that says what was written, and takes it back at once. */

import { reasonsOf } from "gridmap/shared/ask.js";
import { byId, el } from "gridmap/shared/dom.js";
import { undo } from "gridmap/records/talk.js";
import { say } from "gridmap/records/page.js";

const KEY = "gridmap.written";

/**
 * Show a line with a button that undoes a changeset.
 * @param {string} text
 * @param {number} changeset
 * @param {function({id: number}): unknown} undone is told the changeset that undid it
 * @param {Node[]} further
 */
export function offerUndo(text, changeset, undone, ...further) {
  byId("undo-line")?.remove();
  const said = el("span", {}, text);
  const button = el("button", { type: "button", class: "button", id: "undo-now", onclick: take }, say("undo"));
  const close = el(
    "button",
    { type: "button", class: "icon-button", "aria-label": say("close"), onclick: () => line.remove() },
    "✕",
  );
  /** @type {HTMLElement} */
  const line = el("div", { class: "undo-line", id: "undo-line", role: "status" }, said, button, ...further, close);
  document.body.append(line);
  /** @returns {Promise<void>} */
  async function take() {
    button.disabled = true;
    try {
      const done = await undo(changeset);
      if (done === null) return void (button.disabled = false);
      said.textContent = say("undone", { id: changeset });
      button.remove();
      await undone(done);
    } catch (error) {
      said.textContent = reasonsOf(error.problem ?? {}).join(" · ") || say("failed");
      button.disabled = false;
    }
  }
}

/**
 * Remember over a page's reload what was written.
 * @param {string} text
 * @param {number|null} changeset null where there is nothing to undo
 */
export const rememberWritten = (text, changeset) => sessionStorage.setItem(KEY, JSON.stringify({ text, changeset }));

/** What was written before the page came, once. */
export function written() {
  const found = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  sessionStorage.removeItem(KEY);
  return /** @type {{text: string, changeset: number|null}|null} */ (found);
}
