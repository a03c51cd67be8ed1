/** Features of several parts: offered to be split into one a part. */

import { el } from "gridmap/shared/dom.js";
import { count, say } from "gridmap/import/page.js";
import { guess } from "gridmap/import/parts.js";

/**
 * @param {Import.Preview} preview
 * @param {Import.Hears} hears
 */
export function split({ of_parts: several, choices }, { correct }) {
  if (!several) return null;
  /** @param {any} given */
  const choose = ({ target }) => correct({ split_parts: target.checked });
  return guess(
    "g-split",
    say("split-parts"),
    el(
      "label",
      { class: "tick" },
      el("input", { type: "checkbox", id: "g-split", checked: Boolean(choices.split_parts), onchange: choose }),
      say("split-parts-do", { count: count(several) }),
    ),
  );
}
