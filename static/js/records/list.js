/** The list of layers: a record is found by its name, and its form opened. */

import { addressOf } from "gridmap/shared/ask.js";
import { byId, calm, el } from "gridmap/shared/dom.js";
import { say } from "gridmap/records/page.js";
import { find } from "gridmap/records/talk.js";

const form = byId("find");
const look = calm(async () => {
  const { layer, q } = form.elements;
  const text = q.value.trim();
  const hits = text ? await find(layer.value, text).catch(() => /** @type {any[]} */ ([])) : [];
  if (q.value.trim() !== text) return;
  byId("found").replaceChildren(
    ...hits.map(({ id, name, code }) =>
      el(
        "li",
        {},
        el("a", { href: addressOf(`/records/${layer.value}/${encodeURIComponent(id)}`) }, name),
        el("small", {}, ` ${code}`),
      ),
    ),
  );
  if (text && !hits.length) byId("found").append(el("li", { class: "hint" }, say("nothing-found")));
}, 120);
form.addEventListener("input", () => look());
form.addEventListener("submit", (event) => (event.preventDefault(), look()));
document.documentElement.dataset.ready = "true";
