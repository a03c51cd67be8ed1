/** The history of the workspace: a line for each change or session of drawing, and undo for each. */

import { reasonsOf } from "gridmap/shared/ask.js";
import { byId, el } from "gridmap/shared/dom.js";
import { wireDates } from "gridmap/shared/dates.js";
import { moment, written as said } from "gridmap/shared/format.js";
import { page, say } from "gridmap/records/page.js";
import { undo } from "gridmap/records/talk.js";
import { offerUndo, rememberWritten, written } from "gridmap/records/undoing.js";

/** @param {Records.Line} given */
function line(given) {
  const { id, author, time, began, message, counts, effective, strokes, standing, undoes } = given;
  const { reverted_by: revertedBy } = given;
  const what = counts.map(({ layer, create = 0, update = 0, delete: gone = 0 }, n) =>
    el(
      "span",
      {},
      n ? (page.language === "zh" ? "，" : ", ") : "",
      `${layer} `,
      [
        create && say("count-new", { n: said(create, "number") }),
        update && say("count-changed", { n: said(update, "number") }),
        gone && say("count-gone", { n: said(gone, "number") }),
      ]
        .filter(Boolean)
        .join(" "),
    ),
  );
  const when = strokes.length ? `${moment(began)} – ${moment(time).slice(11)}` : moment(time);
  const open = standing.length > 0;
  return el(
    "li",
    { class: open ? "line" : "line over", "data-changeset": id },
    el(
      "div",
      { class: "said" },
      el(
        "p",
        {},
        el("b", {}, `#${id} `),
        message,
        revertedBy ? el("em", {}, ` ${say("undone-by", { id: revertedBy })}`) : "",
      ),
      el(
        "p",
        { class: "hint" },
        `${when} · ${author}`,
        effective ? ` · ${say("holds-from", { day: effective })}` : "",
        " · ",
        ...what,
      ),
      strokes.length
        ? el(
            "details",
            {},
            el("summary", {}, say("strokes", { count: strokes.length })),
            el("ol", {}, ...strokes.map(stroke)),
          )
        : "",
    ),
    page.may_write && undoes.length
      ? el(
          "button",
          {
            type: "button",
            class: "button",
            "aria-label": `${say("undo")} #${id}`,
            onclick: () => take(undoes),
          },
          strokes.length ? say("undo-session") : say("undo"),
        )
      : "",
  );
}

/** @param {{id: number, time: string, message: string, reverted_by: number|null, undoes: boolean}} given */
function stroke({ id, time, message, reverted_by: revertedBy, undoes }) {
  return el(
    "li",
    {},
    `#${id} ${moment(time).slice(11)} ${message} `,
    page.may_write && undoes
      ? el(
          "button",
          { type: "button", class: "link", "aria-label": `${say("undo")} #${id}`, onclick: () => take([id]) },
          say("undo"),
        )
      : revertedBy
        ? say("undone-by", { id: revertedBy })
        : "",
  );
}

/**
 * Undo changesets, the newest first.
 * @param {number[]} ids
 */
async function take(ids) {
  const problem = byId("problem");
  problem.hidden = true;
  /** @type {number|null} */
  let last = null;
  try {
    for (const id of ids) {
      const done = await undo(id);
      if (done === null) return;
      last = done.id;
    }
    rememberWritten(
      say(ids.length > 1 ? "undone-many" : "undone", { id: ids[0], count: ids.length }),
      ids.length > 1 ? null : last,
    );
    location.reload();
  } catch (error) {
    problem.textContent = reasonsOf(error.problem ?? {}).join("\n") || say("failed");
    problem.hidden = false;
    problem.focus();
  }
}

wireDates();
byId("lines").append(...page.lines.map(line));
const before = written();
if (before?.changeset)
  offerUndo(before.text, before.changeset, (done) => {
    rememberWritten(say("undone", { id: before.changeset }), done.id);
    location.reload();
  });
document.documentElement.dataset.ready = "true";
