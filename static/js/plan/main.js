/** Ties the editor of a plan together. */

import { all, byId, calm, el, one, toast } from "gridmap/shared/dom.js";
import { wireConflict } from "gridmap/plan/conflict.js";
import { makeDesk } from "gridmap/plan/desk.js";
import { wireDetails } from "gridmap/plan/details.js";
import {
  boxOfCells,
  labelPlaces,
  paintCells,
  paintLabels,
  paintLines,
  paintNotes,
  paintOver,
} from "gridmap/plan/draw.js";
import { makeEdits } from "gridmap/plan/edits.js";
import { wireFreshness } from "gridmap/plan/freshness.js";
import { around, boxOf, plane, ringsOf } from "gridmap/plan/geometry.js";
import { wireKeys } from "gridmap/plan/keys.js";
import { takePlanMap } from "gridmap/map/plan.js";
import { makeModel } from "gridmap/plan/model.js";
import { count, page, say } from "gridmap/plan/page.js";
import { paced } from "gridmap/plan/pace.js";
import { wirePanels } from "gridmap/plan/panels.js";
import { wirePast } from "gridmap/plan/past.js";
import { wireReview } from "gridmap/plan/review.js";
import { makeQueue } from "gridmap/plan/queue.js";
import { wireSteps } from "gridmap/plan/steps.js";
import { wireTable } from "gridmap/plan/table.js";
import { read } from "gridmap/plan/talk.js";
import { wireTarget } from "gridmap/plan/target.js";
import { makeTools } from "gridmap/plan/tools.js";
import { unsaved } from "gridmap/plan/unsaved.js";
import { decodeShape } from "gridmap/shared/decode.js";

const CHECK_AFTER_MS = 400;
const path = `/api/plans/${encodeURIComponent(page.plan)}`;
const ground = plane(page.bounds);
page.bounds_plane = boxOf([
  Float64Array.from([...ground.to([page.bounds[0], page.bounds[1]]), ...ground.to([page.bounds[2], page.bounds[3]])]),
]);

const model = makeModel(ground);
const desk = makeDesk(model);
const shown = { buildings: buildings(), names: true };
/** @type {Plan.Layers} */
const layers = { ...shown };
/** @type {Plan.Drawn|null} */
let map = null;
let frame = 0;
/** @type {Set<string|null>} */
const recount = new Set();
/** @type {{box: Plan.Box|null, whole: boolean, over: boolean, notes: boolean}} */
const dirty = { box: null, whole: false, over: false, notes: false };

/** Repaint cells (or a box of the plane, or everything) with the next frame, and the figures of what they touch. */
desk.repaint = (/** @type {Plan.Cell[]|Plan.Box|null} */ what = null) => {
  const cells = Array.isArray(what) && typeof what[0] !== "number" ? /** @type {Plan.Cell[]} */ (what) : null;
  const box = cells ? boxOfCells(cells) : /** @type {Plan.Box|null} */ (what);
  const changed = cells?.flatMap(({ grid, truth }) => [grid, truth]) ?? model.grids.keys();
  for (const key of changed) recount.add(key);
  tally();
  if (what && !box) return;
  if (!box || !Number.isFinite(box[0])) dirty.whole = true;
  else dirty.box = dirty.box ? around([dirty.box, box]) : box;
  dirty.over = true;
  plan();
};
desk.overlay = () => ((dirty.over = true), plan());
desk.note = () => ((dirty.notes = true), plan());
desk.goTo = (/** @type {{box: Plan.Box}[]} */ things) => {
  if (things.length) map.goTo(around(things.map(({ box }) => box)));
};

function plan() {
  frame ||= requestAnimationFrame(() => {
    frame = 0;
    const { box, whole, over, notes } = dirty;
    Object.assign(dirty, { box: null, whole: false, over: false, notes: false });
    if (whole || box) {
      map.repaint("cells", whole ? null : box);
      map.repaint("lines", whole ? null : box);
    }
    if (notes || whole) map.repaint("notes");
    if (over) map.repaint("over");
  });
}

/** Write the figures of the grids that changed. */
const tally = paced(() => {
  const keys = [...recount];
  recount.clear();
  desk.tell("figures", keys);
  desk.note();
});

const edits = makeEdits(desk, ground);
const tools = makeTools(desk, edits);
map = desk.map = takePlanMap(
  page,
  ground,
  say,
  {
    /**
     * @param {CanvasRenderingContext2D} ctx
     * @param {Chart.View} view
     * @param {Plan.Box} box
     */
    cells: (ctx, view, box) => paintCells(ctx, model, view, box),
    /**
     * @param {CanvasRenderingContext2D} ctx
     * @param {Chart.View} view
     * @param {Plan.Box} box
     */
    lines: (ctx, view, box) => paintLines(ctx, model, view, box, layers),
    /**
     * @param {CanvasRenderingContext2D} ctx
     * @param {Chart.View} view
     */
    notes(ctx, view) {
      paintNotes(ctx, model, view, desk.over);
      if (layers.names) paintLabels(ctx, model, view, desk.places);
    },
    /**
     * @param {CanvasRenderingContext2D} ctx
     * @param {Chart.View} view
     */
    over: (ctx, view) => paintOver(ctx, view, desk.over),
  },
  {
    ...tools.hears,
    view: () => map && tools.handles(),
    /**
     * @param {number} lat
     * @param {number} lng
     */
    pointer: (lat, lng) => (byId("coordinates").textContent = `${lng.toFixed(5)}, ${lat.toFixed(5)}`),
  },
);

desk.queue = makeQueue(path, {
  revision: () => model.head.revision,
  /** @param {string} which */
  async find(which) {
    const changeset = (await past.look())[which];
    if (!changeset) toast(say(`nothing-to-${which}`));
    return changeset ? { changeset } : null;
  },
  /** @param {string} status */
  status: (status) => (
    (desk.status = status),
    desk.tell("status"),
    status === "saved" ? settled() : delete byId("status").dataset.checked
  ),
  /**
   * @param {Plan.Job} job
   * @param {Plan.Done} answer
   * @param {Plan.Job[]} rest
   */
  done(job, answer, rest) {
    // What was done before the page was loaded is in it already.
    const box = answer.revision < model.head.revision ? around([]) : model.apply(answer);
    desk.ahead(rest);
    desk.over.marked = [];
    desk.tell("plan");
    desk.repaint(box ?? null);
    const notes = (answer.notes ?? []).map(({ text }) => text);
    if (notes.length) toast([...new Set(notes)].join(" · "), 6000);
    if (job.op === "refresh") freshness.renew(answer);
    else if (answer.report?.length) freshness.tell(answer.report);
    // What was drawn freely becomes cells with the repair.
    if (job.op === "repair") renew();
  },
  /**
   * @param {Plan.Job} job
   * @param {Plan.Problem} problem
   * @param {string|number} status
   */
  refused(job, problem, status) {
    model.restore(model.called(job.ids ?? []));
    desk.ahead(desk.queue.waiting().filter((each) => each !== job));
    desk.tell("plan");
    desk.repaint();
    byId("tab-review").click();
    review.refused(problem, job.line);
    if (status === 409 || status === 404) renew().then(() => review.refused(problem));
  },
  /**
   * @param {Plan.Problem} problem
   * @param {Plan.Job[]} jobs
   */
  stale: (problem, jobs) => conflict.open(problem, jobs),
});

/** Show again what is on its way, on top of what the server said. */
desk.ahead = (/** @type {Plan.Job[]} */ jobs) => {
  for (const job of jobs) if (job.ids) model.paint(model.called(job.ids), job.grid);
  if (desk.stroke && desk.stroke.grid !== "new") model.paint(model.called(desk.stroke.ids), desk.stroke.grid);
};

const check = calm(async () => {
  if (desk.queue.waiting().length || page.revision) return;
  const found = await read(path, { cells: false }).catch(() => /** @type {any} */ (null));
  if (!found || desk.queue.waiting().length) return;
  if (found.revision !== model.head.revision) return void (await renew(), toast(say("others-loaded")));
  model.refresh(found);
  desk.tell("head");
  desk.tell("figures", null);
  byId("status").dataset.checked = found.revision;
}, CHECK_AFTER_MS);

function settled() {
  desk.tell("saved");
  check();
}

/**
 * Show the plan as the server has it.
 * @param {Plan.Whole} [given]
 */
async function renew(given = null) {
  const plan = given ?? (await read(path, { revision: page.revision }));
  model.load(plan);
  freeze();
  desk.tell("plan");
  desk.tell("head");
  desk.choose({});
  desk.repaint();
}

/** Go on with what the page before this one could not save. */
function recall() {
  const { jobs, revision, typed } = unsaved();
  if (typed && model.grids.has(typed.grid)) desk.pick(typed.grid);
  if (!jobs.length) return;
  const what = [...new Set(jobs.map(({ op }) => say(`op-${op}`)))].join("、");
  byId("recalled").hidden = false;
  byId("recalled").querySelector("p").textContent = say("recalled", { n: jobs.length, what });
  desk.ahead(jobs);
  desk.queue.restore(jobs, revision);
  desk.repaint();
}

function freeze() {
  const { state, revision, needs_repair: rough } = model.head;
  desk.frozen = page.revision
    ? say("frozen-revision", { n: revision })
    : state !== "draft"
      ? say(`frozen-${state}`)
      : null;
  byId("frozen").hidden = !desk.frozen && !rough;
  byId("frozen").querySelector("span").textContent = desk.frozen ?? say("needs-repair");
  byId("frozen").querySelector("a").hidden = !page.revision;
  for (const part of all("[data-edits]")) part.disabled = Boolean(desk.frozen) || rough;
  if (desk.frozen || rough) desk.choose({ tool: "select" });
}

function buildings() {
  return page.backdrop.quiet
    .map(decodeShape)
    .filter((shape) => shape?.kind === "area")
    .map((shape) => {
      const rings = ringsOf(
        {
          type: "MultiPolygon",
          coordinates: shape.latlngs.map((part) =>
            part.map((ring) => [...ring, ring[0]].map(([lat, lng]) => [lng, lat])),
          ),
        },
        ground.to,
      );
      return { rings, box: boxOf(rings) };
    });
}

desk.on(["plan"], () => {
  desk.places = model.rough ? new Map() : labelPlaces(model);
  // A grid may be gone: merged, retired, undone.
  const { active, picked } = desk.choice;
  const left = new Set([...picked].filter((key) => model.grids.has(key)));
  if (left.size < picked.size || (active && active !== "new" && !model.grids.has(active)))
    desk.choose({ picked: left, active: [...left].at(-1) ?? null });
});
byId("recalled-close").addEventListener("click", () => (byId("recalled").hidden = true));
desk.on(["choice"], (patch) => patch?.tool && (tools.clear(), tools.handles()));
desk.on(["plan"], () => desk.choice.tool === "vertex" && tools.handles());
desk.on(["pointed", "clicked"], (at) => {
  const cell = Array.isArray(at) ? tools.cellAt(/** @type {Plan.At} */ (at)) : at.cell;
  byId("pointed").textContent = cell
    ? say("cell", {
        grid: model.name(cell.grid) || say("no-grid"),
        buildings: cell.buildings.length,
        households: count(cell.households),
      })
    : "";
});

const past = wirePast(desk, edits, path);
const review = wireReview(desk, edits, ground);
const conflict = wireConflict(desk, path, renew);
wireTable(desk);
wireTarget(desk, tools);
const details = wireDetails(desk, edits);
const freshness = wireFreshness(desk, edits);
wirePanels(desk, edits, past, { layers, resized: () => map.resized() });
wireKeys(desk, edits, tools, { review });

renew().then(
  () => {
    wireSteps(desk, path, ground, renew, review.refused);
    if (!page.revision && !model.grids.size && !desk.frozen) desk.choose({ active: "new" });
    details.show();
    if (model.rough) byId("tab-review").click();
    recall();
    freshness.recall();
    document.documentElement.dataset.ready = String(model.cells.size);
  },
  (error) => byId("notices").append(el("p", { class: "notice", role: "alert" }, error.message)),
);
new ResizeObserver(/** @type {function(): void} */ (calm(() => map.resized(), 60))).observe(one(".map-frame"));
