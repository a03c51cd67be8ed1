/** The filter as a sentence of chips; a click takes one away. */

import { el } from "gridmap/shared/dom.js";
import { classes, page, say } from "gridmap/workbench/page.js";
import { on, set, state } from "gridmap/workbench/state.js";

/** Make the row of chips. */
export function chips() {
  const place = el("div", { class: "chips" });
  const show = () => place.replaceChildren(...parts());
  on(["off", "text", "page"], show);
  show();
  return place;
}

function parts() {
  const found = [];
  const community = page.places.find((each) => each.kind === "community" && each.code === page.question.community);
  if (community && !page.standalone) {
    found.push(
      chip(say("community", { name: community.name }), () => {
        const target = new URL(location.href);
        target.searchParams.delete("community");
        target.hash = "";
        location.assign(target);
      }),
    );
  }
  for (const key of state.off.filter((each) => classes.has(each))) {
    found.push(
      chip(say("hidden", { name: classes.get(key).label }), () =>
        set({ off: state.off.filter((each) => each !== key) }),
      ),
    );
  }
  if (state.text.trim()) found.push(chip(say("contains", { text: state.text.trim() }), () => set({ text: "" })));
  return found;
}

/**
 * @param {string} text
 * @param {function(): void} remove
 */
function chip(text, remove) {
  return el(
    "button",
    { type: "button", class: "chip", "aria-label": say("remove", { name: text }), onclick: remove },
    text,
  );
}
