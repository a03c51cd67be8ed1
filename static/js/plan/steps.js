/** From draft to force: compare, submit, withdraw, approve; and files to take away. */

import { byId, el, offer, toast } from "gridmap/shared/dom.js";
import { concernsOf, inOrder } from "gridmap/plan/concerns.js";
import { homes } from "gridmap/plan/model.js";
import { count, page, say, told } from "gridmap/plan/page.js";
import { read, writeSurely } from "gridmap/plan/talk.js";

/** @param {any} row */
const called = (row) => row.name || row.code || row.grid;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Wire the plan's steps; `renew` shows the plan as the server now has it, `refused` says why not.
 * @param {Plan.Desk} desk
 * @param {string} path
 * @param {Plan.Ground} ground
 * @param {function(): Promise<void>} renew
 * @param {function(Plan.Problem): void} refused
 */
export function wireSteps(desk, path, ground, renew, refused) {
  const { model } = desk;

  async function compare() {
    const found = await read(`${path}/diff`);
    desk.over.moved = found.buildings.features
      .filter((/** @type {Shared.Feature} */ { geometry }) => geometry)
      .map((/** @type {Shared.Feature} */ { geometry }) => ({ at: ground.to(geometry.coordinates) }));
    byId("diff-summary").textContent = summary(found);
    const rows = found.rows.filter((/** @type {any} */ { change }) => change !== "same");
    byId("diff-rows").replaceChildren(...rows.map(row));
    byId("diff-same").textContent = say("diff-same", { n: found.summary.same });
    byId("diff-table").hidden = !rows.length;
    byId("diff-key").hidden = !desk.over.moved.length;
    desk.note();
    return found;
  }

  /** Put the comparison away: on request, and when the plan is another than was compared. */
  function clear() {
    desk.over.moved = [];
    byId("diff-rows").replaceChildren();
    byId("diff-summary").textContent = byId("diff-same").textContent = "";
    byId("diff-table").hidden = byId("diff-key").hidden = true;
    desk.note();
  }

  /** @param {any} given */
  const summary = ({ summary: all }) =>
    say("diff-summary", {
      moved: count(all.moved),
      households: told(all.households, all.households_missing),
      elderly: told(all.elderly_60, all.elderly_60_missing),
      new: all.new,
      changed: all.changed,
      gone: all.gone,
    });

  /** @param {any} each */
  function row(each) {
    /** @param {string} name */
    const pair = (name) => {
      const [before, after] = [each.before?.[name] ?? null, each.after?.[name] ?? null];
      return el(
        "td",
        { class: "number" },
        before === after
          ? count(after)
          : el(
              "span",
              {},
              before === null ? null : el("s", {}, count(before)),
              " ",
              after === null ? null : el("b", {}, count(after)),
            ),
      );
    };
    const name = el("button", { type: "button", class: "grid-name" }, each.name || each.code || each.grid);
    name.addEventListener(
      "click",
      () => model.grids.has(each.grid) && (desk.pick(each.grid), desk.goToGrid(each.grid)),
    );
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, name, el("small", {}, say(`change-${each.change}`))),
      ...["buildings", "households", "elderly_60", "workers_full"].map(pair),
    );
  }

  function buttons() {
    const { state } = model.head;
    const old = Boolean(page.revision);
    byId("submit").hidden = old || state !== "draft";
    byId("withdraw").hidden = byId("approve").hidden = old || state !== "submitted";
    byId("state").textContent = say(`state-${state}`);
    byId("state").dataset.state = state;
  }

  /** What may well be meant, and is to be known by who hands in or approves; null where there is nothing. */
  function concerns() {
    const grids = [...model.grids].map(([key, grid]) => ({
      name: model.name(key) ?? key,
      households: homes(grid),
      pieces: model.lie(grid).pieces,
    }));
    const said = concernsOf(grids, model.head.band, say, count);
    if (!said.length) return null;
    return el("ul", { class: "concerns" }, ...said.map((each) => el("li", {}, each)));
  }

  /** @param {string} step */
  async function ask(step) {
    if (desk.queue.waiting().length) return toast(say("wait-for-saving"));
    const box = byId("confirm");
    let found;
    try {
      found = await compare();
    } catch (error) {
      return error.problem ? refused(error.problem) : toast(say("failed"));
    }
    const since = el("input", {
      type: "text",
      name: "valid_from",
      value: page.today,
      pattern: "\\d{4}-\\d{2}-\\d{2}",
      "data-date": true,
      required: true,
      maxlength: 10,
    });
    const made = el(
      "form",
      { "aria-labelledby": "confirm-title" },
      el("h2", { id: "confirm-title" }, say(`${step}-title`)),
      el("p", {}, say(`${step}-says`)),
      el("p", {}, summary(found)),
      concerns(),
      el(
        "ul",
        { class: "changes" },
        ...found.rows
          .filter((/** @type {any} */ { change }) => change !== "same")
          .sort((/** @type {any} */ one, /** @type {any} */ other) => inOrder(called(one), called(other)))
          .map((/** @type {any} */ each) =>
            el(
              "li",
              {},
              el("b", {}, called(each)),
              ` ${say(`change-${each.change}`)} · ${count(each.before?.households ?? null)} → ${count(each.after?.households ?? null)} ${say("households-unit")}`,
            ),
          ),
      ),
      step === "approve" ? el("label", {}, el("span", {}, say("valid-from")), since) : null,
      el(
        "p",
        { class: "details-actions" },
        el("button", { class: "button primary", id: "confirm-do" }, say(`${step}-do`)),
        el("button", { type: "button", class: "button", onclick: () => box.close() }, say("cancel")),
      ),
    );
    made.addEventListener("submit", async (/** @type {any} */ event) => {
      event.preventDefault();
      if (step === "approve" && !DATE.test(since.value)) return;
      box.close();
      await go(step, step === "approve" ? { valid_from: since.value } : {});
    });
    box.replaceChildren(made);
    return box.showModal();
  }

  /**
   * @param {string} step
   * @param {any} body
   */
  async function go(step, body) {
    desk.status = "saving";
    desk.tell("status");
    try {
      const { ok, said } = await writeSurely(`${path}/${step}`, body, model.head.revision);
      if (!ok) refused(said);
      else {
        await renew();
        toast(
          said.codes
            ? say("approved-codes", {
                new: said.codes.new.length,
                kept: said.codes.kept.length,
                retired: said.codes.retired.length,
              })
            : say(`${step}-done`),
          5000,
        );
      }
    } catch {
      toast(say("failed"));
    }
    desk.status = "saved";
    desk.tell("status");
  }

  byId("compare").addEventListener("click", () =>
    compare().catch((error) => (error.problem ? refused(error.problem) : toast(say("failed")))),
  );
  byId("compare-clear").addEventListener("click", clear);
  for (const step of ["submit", "withdraw", "approve"]) byId(step).addEventListener("click", () => ask(step));
  byId("export-geojson").addEventListener("click", async () => {
    // What is offered is what the server has, to the last edit that it said it has.
    const plan = await read(path, { cells: false, revision: page.revision });
    const features = plan.grids.features.map(
      (/** @type {Shared.Feature<any>} */ { properties: { figures, ...given }, ...feature }) => ({
        ...feature,
        properties: { ...given, ...figures },
      }),
    );
    offer(
      `${page.plan}-r${plan.revision}.geojson`,
      "application/geo+json",
      JSON.stringify({ type: "FeatureCollection", features }),
    );
  });
  desk.on(["plan"], clear);
  desk.on(["head", "plan"], buttons);
  buttons();
}
