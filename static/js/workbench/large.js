/** What a page that would be too large with it fetches after it has come: the tree, and the communities to choose from. */

import { ask } from "gridmap/shared/ask.js";
import { all, byId, el } from "gridmap/shared/dom.js";
import { address, page, say } from "gridmap/workbench/page.js";
import { on } from "gridmap/workbench/state.js";

/** Fill what the server has left empty, now and whenever the page is renewed. */
export function wireLarge() {
  const fill = () => page.tiled && (fillTree(), fillChoices());
  on(["page"], fill);
  fill();
}

async function fillTree() {
  const text = await ask(address("tree"), { as: "html" }).catch(() => /** @type {string|null} */ (null));
  if (text === null) {
    byId("areas").dataset.loading = say("tiled.js-no-answer");
    return;
  }
  const fresh = new DOMParser().parseFromString(text, "text/html");
  byId("areas").replaceChildren(...fresh.body.children);
}

function fillChoices() {
  for (const choice of all('select[name="within"]')) {
    const there = new Set([...choice.options].map((option) => option.value));
    const missing = page.communities.filter(([code]) => !there.has(`communities:${code}`));
    choice.append(...missing.map(([code, name]) => el("option", { value: `communities:${code}` }, name)));
  }
}
