/** A field that finds a record by its name: a combobox, and the code of what was picked. */

import { calm, el } from "gridmap/shared/dom.js";
import { say } from "gridmap/records/page.js";
import { find } from "gridmap/records/talk.js";

let made = 0;

/**
 * Make the field.
 * @param {object} given
 * @param {string} given.layer where is looked
 * @param {string|null} given.code what is chosen at first
 * @param {string|undefined} given.name of that
 * @param {boolean} [given.adds] whether a name that finds nothing may be a new record's
 * @param {Shared.Attributes} given.attributes of the input
 * @returns {{element: HTMLElement, input: HTMLInputElement, code(): string|null, fresh(): string, choose(code: string|null, name: string): void}}
 */
export function picker({ layer, code, name, adds = false, attributes }) {
  made += 1;
  const listId = `found-${made}`;
  /** @type {{code: string|null, name: string}[]} */
  let found = [];
  let at = -1;
  let chosen = code;
  let called = code ? (name ?? code) : "";
  const list = el("ul", { id: listId, role: "listbox", class: "found", hidden: true });
  const input = el("input", {
    type: "text",
    role: "combobox",
    autocomplete: "off",
    spellcheck: "false",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": listId,
    placeholder: say("find-name"),
    ...attributes,
  });
  input.value = called;

  const look = calm(async () => {
    const text = input.value.trim();
    if (text === called) return;
    const hits = await find(layer, text).catch(() => /** @type {any[]} */ ([]));
    if (input.value.trim() !== text || document.activeElement !== input) return;
    found = hits;
    const known = hits.some((each) => each.name === text || each.code === text);
    if (adds && text && !known) found = [...hits, { code: null, name: text }];
    at = found.length ? 0 : -1;
    show();
  }, 120);

  function show() {
    list.replaceChildren(
      ...found.map((each, n) =>
        el(
          "li",
          {
            role: "option",
            id: `${listId}-${n}`,
            "aria-selected": String(n === at),
            onmousedown: (/** @type {Event} */ event) => (event.preventDefault(), take(n)),
          },
          each.code === null ? say("add-named", { name: each.name }) : each.name,
          each.code === null || each.code === each.name ? "" : el("small", {}, ` ${each.code}`),
        ),
      ),
    );
    if (!found.length) list.append(el("li", { role: "option", "aria-disabled": "true" }, say("nothing-found")));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    if (at >= 0) input.setAttribute("aria-activedescendant", `${listId}-${at}`);
  }

  function hide() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  /** @param {number} n */
  function take(n) {
    const one = found[n];
    if (!one) return;
    [chosen, called] = [one.code, one.name];
    input.value = called;
    hide();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  input.addEventListener("input", () => {
    if (input.value.trim() !== called) [chosen, called] = [null, ""];
    if (input.value.trim()) look();
    else hide();
  });
  input.addEventListener("blur", () => {
    // A name typed in full is that record's, whether or not somebody waited for the list.
    const full = found.findIndex((each) => each.code !== null && [each.name, each.code].includes(input.value.trim()));
    if (chosen === null && full >= 0) take(full);
    hide();
  });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && !list.hidden && found.length) {
      event.preventDefault();
      at = (at + step + found.length) % found.length;
      show();
    }
    if (event.key === "Enter" && !list.hidden && at >= 0) (event.preventDefault(), take(at));
    if (event.key === "Escape" && !list.hidden) (event.stopPropagation(), hide());
  });

  return {
    element: el("span", { class: "picker" }, input, list),
    input,
    code: () => chosen,
    /** What was typed and is nobody's name. */
    fresh: () => (chosen === null ? input.value.trim() : ""),
    /**
     * @param {string|null} code_
     * @param {string} name_
     */
    choose(code_, name_) {
      [chosen, called] = [code_, name_];
      input.value = name_;
    },
  };
}
