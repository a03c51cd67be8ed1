/** Questions in the middle of the page: what is asked, and answers as buttons. The focus goes back to where it was. */

import { el } from "gridmap/shared/dom.js";
import { say } from "gridmap/records/page.js";

/**
 * Open a dialog; gives the value of the button that closed it, null where it was given up.
 * @param {string} title
 * @param {(HTMLElement|string)[]} content
 * @param {[string, string][]} answers value and words, the first one is the main one
 * @param {function(string): (boolean|Promise<boolean>)} [may] whether the dialog may close with an answer
 * @returns {Promise<string|null>}
 */
export function open(title, content, answers, may = () => true) {
  const before = /** @type {HTMLElement} */ (document.activeElement);
  return new Promise((resolve) => {
    /** @param {string|null} value */
    const close = (value) => {
      dialog.close();
      dialog.remove();
      before?.focus?.();
      resolve(value);
    };
    const buttons = answers.map(([value, words], n) =>
      el(
        "button",
        {
          type: n ? "button" : "submit",
          class: n ? "button" : "button primary",
          value,
          onclick: n ? async () => (await may(value)) && close(value) : null,
        },
        words,
      ),
    );
    const form = el(
      "form",
      {
        method: "dialog",
        onsubmit: async (/** @type {Event} */ event) => {
          event.preventDefault();
          if (await may(answers[0][0])) close(answers[0][0]);
        },
      },
      el("h2", { id: "dialog-title" }, title),
      ...content,
      el(
        "p",
        { class: "answers" },
        ...buttons,
        el("button", { type: "button", class: "button", onclick: () => close(null) }, say("cancel")),
      ),
    );
    const dialog = el(
      "dialog",
      {
        class: "asking",
        "aria-labelledby": "dialog-title",
        oncancel: (/** @type {Event} */ event) => (event.preventDefault(), close(null)),
      },
      form,
    );
    document.body.append(dialog);
    dialog.showModal();
    /** @type {HTMLElement} */ (form.querySelector("input, select, textarea, button")).focus();
  });
}
