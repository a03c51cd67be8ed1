/** What a page that would be too large with it fetches after it has come: the tree, and the communities to choose from. */

import { byId, el } from "gridmap/dom.js";
import { address, page, say } from "gridmap/page.js";
import { on } from "gridmap/state.js";

/** Fill what the server has left empty, now and whenever the page is renewed. */
export function wireLarge() {
  const fill = () => page.tiled && (fillTree(), fillChoices());
  on(["page"], fill);
  fill();
}

async function fillTree() {
  const answer = await fetch(address("tree"), { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return void (byId("areas").dataset.loading = say("tiled.js-no-answer"));
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  byId("areas").replaceChildren(...fresh.body.children);
}

function fillChoices() {
  for (const choice of document.querySelectorAll('select[data-kind="area"]')) {
    const there = new Set([...choice.options].map((option) => option.value));
    const missing = page.communities.filter(([code]) => !there.has(`communities:${code}`));
    choice.append(...missing.map(([code, name]) => el("option", { value: `communities:${code}` }, name)));
  }
}
