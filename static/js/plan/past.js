/** The history of a plan: who did what when; any step taken back, any older state looked at. */

import { byId, el } from "gridmap/shared/dom.js";
import { page, say } from "gridmap/plan/page.js";
import { moment } from "gridmap/shared/format.js";
import { read } from "gridmap/plan/talk.js";

const STEPS = 40;

/**
 * Wire the list; `path` is the plan's in the API.
 * @param {Plan.Desk} desk
 * @param {Plan.Edits} edits
 * @param {string} path
 */
export function wirePast(desk, edits, path) {
  const list = byId("past");
  /** @type {number|null} */
  let before = null;

  /** The pointers of undo and redo, and steps. */
  const look = (/** @type {Record<string, unknown>} */ query = { limit: 1 }) => read(`${path}/history`, query);

  async function show(more = false) {
    if (byId("tool-past").hidden) return;
    const found = await look({ limit: STEPS, before: more ? before : null });
    if (!more) list.replaceChildren();
    list.append(...found.history.map((/** @type {Plan.Step} */ step) => line(step)));
    before = found.history.at(-1)?.revision ?? null;
    byId("past-more").hidden = !found.more;
    byId("undo").disabled = Boolean(desk.frozen) || !found.undo;
    byId("redo").disabled = Boolean(desk.frozen) || !found.redo;
  }

  /** @param {Plan.Step} step */
  function line(step) {
    const now = step.revision === desk.model.head.revision;
    const edit = !["open", "submit", "withdraw", "approve"].includes(step.op);
    const what = [
      say(`op-${step.op}`),
      step.moved.length ? say("moved-buildings", { n: step.moved.length }) : null,
      step.reverted_by ? say("was-reverted") : null,
    ]
      .filter(Boolean)
      .join(" · ");
    const old = el(
      "a",
      { href: `?revision=${step.revision}${location.hash}`, "aria-current": now && !page.revision ? "true" : null },
      say("revision", { n: step.revision }),
    );
    const undo =
      edit && !step.reverted_by && !desk.frozen
        ? el(
            "button",
            { type: "button", class: "button small", onclick: () => edits.revert(step.changeset) },
            say("take-back"),
          )
        : null;
    return el(
      "li",
      { class: step.reverted_by ? "reverted" : "" },
      el("p", { class: "what" }, old, el("b", {}, what), undo),
      el(
        "small",
        {},
        `${moment(step.time)} · ${step.author}`,
        step.grids.length
          ? ` · ${step.grids
              .slice(0, 4)
              .map((key) => desk.model.name(key) || key)
              .join("、")}${step.grids.length > 4 ? "…" : ""}`
          : "",
      ),
    );
  }

  byId("past-more").addEventListener("click", () => show(true));
  desk.on(["saved", "head"], () => show());
  return { show, look };
}
