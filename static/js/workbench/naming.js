/** The name of the workspace, at the top of the page: written anew where it stands. */

import { ask } from "gridmap/shared/ask.js";
import { el, one, toast } from "gridmap/shared/dom.js";
import { kept } from "gridmap/shared/keep.js";
import { page, say } from "gridmap/workbench/page.js";

/** Wire the button beside the name, which the server writes where names may be changed. */
export function wireNaming() {
  const button = one("#rename");
  button?.addEventListener("click", () => open(button));
}

/** @param {HTMLElement} button */
function open(button) {
  const shown = one(".brand b");
  const input = el("input", { type: "text", maxlength: 80, "aria-label": say("workspace-name") });
  input.value = shown.textContent;
  const [keep, cancel] = [
    el("button", { class: "button primary" }, say("save")),
    el("button", { type: "button", class: "button" }, say("cancel")),
  ];
  const form = el("form", { class: "naming" }, input, keep, cancel);
  const close = () => {
    form.remove();
    button.hidden = false;
    button.focus();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save(input.value).catch((error) => toast(error.message, 6000));
  });
  form.addEventListener("keydown", ({ key }) => key === "Escape" && close());
  cancel.addEventListener("click", close);
  button.hidden = true;
  button.after(form);
  input.select();
}

/** @param {string} name */
async function save(name) {
  const query = { lang: page.language };
  await ask("/api/workspace", { method: "PUT", body: { name }, query, author: kept("author", "") });
  location.reload();
}
