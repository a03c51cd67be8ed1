/** Somebody else was faster: what they changed, what is ours, both on the map, and two ways on. */

import { byId, el, toast } from "gridmap/shared/dom.js";
import { page, say } from "gridmap/plan/page.js";
import { moment } from "gridmap/shared/format.js";
import { read } from "gridmap/plan/talk.js";

/**
 * Wire the dialog; `renew(plan)` shows another state of the plan.
 * @param {Plan.Desk} desk
 * @param {string} path
 * @param {function(Plan.Whole=): Promise<void>} renew
 */
export function wireConflict(desk, path, renew) {
  const { model, over } = desk;
  const box = byId("conflict");

  /**
   * Open the dialog for a refused edit and all that wait behind it.
   * @param {Plan.Problem} problem
   * @param {Plan.Job[]} jobs
   */
  async function open(problem, jobs) {
    let theirs;
    try {
      theirs = await read(path);
    } catch {
      // Not reachable right now: the same question is asked again by the next try.
      return setTimeout(() => open(problem, jobs), 3000);
    }
    const before = new Map([...model.cells.values()].map((cell) => [cell.id, cell.truth]));
    const mine = new Set(jobs.flatMap((job) => job.ids ?? job.marks ?? job.body?.units ?? []));
    const changed = theirs.cells.features
      .filter(
        (/** @type {Shared.Feature} */ { id, properties }) => !before.has(id) || before.get(id) !== properties.grid,
      )
      .map((/** @type {Shared.Feature} */ { id }) => id);
    renew(theirs);
    /** @param {string} which */
    const show = (which) => {
      // One of two states: theirs as saved, or ours on top of it.
      for (const job of jobs)
        if (job.ids)
          which === "mine" ? model.paint(model.called(job.ids), job.grid) : model.restore(model.called(job.ids));
      over.theirs = model.called(changed);
      over.mine = which === "mine" ? model.called(mine) : [];
      desk.tell("figures", null);
      desk.repaint();
    };
    const both = changed.filter((/** @type {string} */ id) => mine.has(id)).length;
    box.replaceChildren(
      el("h2", { id: "conflict-title" }, say("conflict-title")),
      el("p", {}, say("conflict-says", { mine: jobs.length, theirs: (problem.changes ?? []).length, both })),
      el(
        "ul",
        { class: "changes" },
        ...(problem.changes ?? []).map((each) =>
          el(
            "li",
            {},
            el("b", {}, say(`op-${each.op}`)),
            ` ${each.author} · ${moment(each.time)} · ${each.grids.map((/** @type {string|null} */ key) => model.name(key) || key).join(page.language === "zh" ? "、" : ", ")}`,
            each.same_cells ? el("em", {}, say("same-cells")) : null,
          ),
        ),
      ),
      el(
        "fieldset",
        { class: "segments" },
        el("legend", {}, say("show-version")),
        radio("theirs", show),
        radio("mine", show),
      ),
      el(
        "p",
        { class: "key-line" },
        el("i", { class: "theirs" }),
        say("outline-theirs"),
        el("i", { class: "mine" }),
        say("outline-mine"),
      ),
      el(
        "p",
        { class: "details-actions" },
        el(
          "button",
          { type: "button", class: "button primary", id: "redo-mine", onclick: () => close(true) },
          say("conflict-redo"),
        ),
        el(
          "button",
          { type: "button", class: "button", id: "discard-mine", onclick: () => close(false) },
          say("conflict-discard"),
        ),
      ),
    );
    box.hidden = false;
    show("theirs");
    byId("redo-mine").focus();
    return null;
  }

  /**
   * @param {string} name
   * @param {function(string): void} show
   */
  function radio(name, show) {
    const input = el("input", { type: "radio", name: "version", value: name, checked: name === "theirs" });
    input.addEventListener("change", () => show(name));
    return el("label", {}, input, el("span", {}, say(`version-${name}`)));
  }

  /** @param {boolean} mine */
  function close(mine) {
    box.hidden = true;
    Object.assign(over, { theirs: [], mine: [] });
    let lost = 0;
    for (const job of desk.queue.waiting()) {
      if (job.ids) model.restore(model.called(job.ids));
      if (!mine || !job.body?.units) continue;
      const there = job.body.units.filter((/** @type {string} */ id) => model.cells.has(id));
      lost += job.body.units.length - there.length;
      job.body = { ...job.body, units: there };
      if (job.ids) job.ids = there;
    }
    if (lost) toast(say("conflict-lost", { n: lost }));
    if (mine) for (const job of desk.queue.waiting()) if (job.ids) model.paint(model.called(job.ids), job.grid);
    desk.tell("figures", null);
    desk.repaint();
    desk.queue.resume(mine);
  }

  return { open };
}
