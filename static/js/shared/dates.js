/** Dates are text, written 2025-02-06 in every browser; the browser's own calendar helps to fill them in. */

import { all, el } from "gridmap/shared/dom.js";

/**
 * Give every date field its calendar.
 * @param {ParentNode} within
 */
export function wireDates(within = document) {
  for (const field of all("[data-date]", within)) {
    const button = field.parentElement.querySelector("button");
    const calendar = el("input", { type: "date", tabindex: -1, "aria-hidden": "true" });
    if (!("showPicker" in calendar)) continue;
    field.after(calendar);
    button.hidden = false;
    button.addEventListener("click", () => {
      calendar.value = field.value;
      calendar.showPicker();
    });
    calendar.addEventListener("change", (event) => {
      event.stopPropagation();
      if (!calendar.value) return;
      field.value = calendar.value;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
}
