/** What is wrong and what could be done: defects, the coach's suggestions, cells without a grid. */

import { reasonsOf } from "gridmap/shared/ask.js";
import { byId, el, toast } from "gridmap/shared/dom.js";
import { boxOf, middleOf, ringsOf } from "gridmap/plan/geometry.js";
import { pieces } from "gridmap/plan/measure.js";
import { count, say, told } from "gridmap/plan/page.js";

/** @param {Plan.Box} given */
const area = ([left, top, right, bottom]) => (right - left) * (bottom - top);

/**
 * Wire the panel of checks; `ground` is the desk's plane.
 * @param {Plan.Desk} desk
 * @param {Plan.Edits} edits
 * @param {Plan.Ground} ground
 */
export function wireReview(desk, edits, ground) {
  const { model } = desk;
  let at = -1;
  /** @type {Plan.Mark[]} */
  let refusal = [];

  /**
   * Defects as they are drawn: outline and the place of the badge.
   * @param {Shared.Collection|undefined} collection
   * @returns {Plan.Mark[]}
   */
  function drawn(collection) {
    return (collection?.features ?? [])
      .filter(({ geometry }) => geometry)
      .map(({ geometry, properties }) => {
        const point = geometry.type === "Point" ? ground.to(geometry.coordinates) : null;
        const rings = geometry.type.includes("Polygon") ? ringsOf(geometry, ground.to) : lines(geometry);
        /** @type {Plan.Box} */
        const box = point ? [point[0], point[1], point[0], point[1]] : boxOf(rings);
        // The badge of a grid in pieces stands on the smallest: that is the one to go.
        const sizes = rings
          .map((/** @type {Plan.Ring} */ ring) => ({ ring: [ring], box: boxOf([ring]) }))
          .sort((/** @type {any} */ a, /** @type {any} */ b) => area(a.box) - area(b.box));
        const shown = properties.kind === "multipart" ? sizes[0] : sizes.at(-1);
        /** @type {Plan.At} */
        const at =
          point ??
          (geometry.type.includes("Polygon")
            ? middleOf(shown.ring, shown.box)
            : [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]);
        return { ...properties, rings, box, at };
      });
  }

  /** @param {any} geometry */
  function lines(geometry) {
    /** @type {Record<string, Shared.LngLat[][]>} */
    const parts = {
      LineString: [geometry.coordinates],
      MultiLineString: geometry.coordinates,
      MultiPoint: [geometry.coordinates],
    };
    return (parts[geometry.type] ?? []).map((line) => Float64Array.from(line.flatMap((place) => ground.to(place))));
  }

  function show() {
    const found = drawn(model.head.defects);
    // A gap of cells without a grid is hatched already.
    desk.over.defects = [...found.filter((each) => !each.cells?.length), ...refusal];
    const errors = (model.head.defects?.features ?? []).filter(
      ({ properties }) => properties.severity === "error",
    ).length;
    byId("defect-count").textContent = errors ? String(errors) : "";
    byId("defects").replaceChildren(
      ...(model.head.defects?.features ?? []).map(({ properties }) => {
        const place = found.find((each) => each.text === properties.text && each.kind === properties.kind);
        return el(
          "li",
          { class: properties.severity },
          el(
            "button",
            { type: "button", class: "finding", onclick: () => goTo(place ?? properties) },
            ...titled(say(`defect-${properties.kind}`), properties.text),
          ),
        );
      }),
    );
    byId("no-defects").hidden = Boolean(model.head.defects?.features.length);
    const suggestions = desk.frozen ? [] : (model.head.suggestions ?? []);
    byId("suggestions").replaceChildren(
      ...suggestions.map((each) =>
        el(
          "li",
          {},
          el("button", { type: "button", class: "finding", onclick: () => lookAt(each) }, each.text),
          el("button", { type: "button", class: "button apply", onclick: () => edits.follow(each) }, say("apply")),
        ),
      ),
    );
    byId("no-suggestions").hidden = suggestions.length > 0;
    const free = model.head.unassigned;
    byId("unassigned").textContent = model.rough
      ? say("after-repair")
      : say("unassigned", {
          cells: count(free.cells),
          buildings: count(free.buildings),
          households: told(free.households, free.households_missing),
        });
    for (const id of ["unassigned-next", "unassigned-before"]) byId(id).disabled = !free.cells || model.rough;
    byId("repair").hidden = !model.rough || Boolean(desk.frozen && !model.rough);
    desk.note();
  }

  /**
   * A finding with its kind in bold before it, said once.
   * @param {string} kind
   * @param {string} text
   */
  const titled = (kind, text) => [el("b", {}, kind), " ", text.startsWith(kind) ? text.slice(kind.length) : text];

  /**
   * What was drawn, where the server names no place of its own: there and back, so that nothing closes it.
   * @param {Plan.At[]} line
   */
  function sketched(line) {
    const rings = [Float64Array.from([...line, ...[...line].reverse()].flat())];
    return { rings, box: boxOf(rings), at: line[0] };
  }

  /** @param {any} defect */
  function goTo(defect) {
    if (defect.box) desk.map.goTo(defect.box, 0.4);
    else if (defect.grids?.length) (desk.pick(defect.grids[0]), desk.goToGrid(defect.grids[0]));
  }

  /** @param {Plan.Suggestion} suggestion */
  function lookAt(suggestion) {
    const cells = model.called(suggestion.cells);
    desk.over.marked = cells;
    desk.goTo(cells.length ? cells : model.called([]));
  }

  /**
   * Go to the next (1) or previous (-1) patch of cells without a grid, the one with most households first.
   * @param {number} step
   */
  function patch(step) {
    const patches = pieces(model.cellsOf(null)).map((cells) => ({
      cells,
      households: cells.reduce((sum, cell) => sum + (cell.households ?? 0), 0),
    }));
    if (!patches.length) return toast(say("nothing-unassigned"));
    patches.sort((a, b) => b.households - a.households);
    at = (at + step + patches.length) % patches.length;
    const { cells, households } = patches[at];
    desk.over.marked = cells;
    desk.goTo(cells);
    byId("patch").textContent = say("patch", {
      n: at + 1,
      all: patches.length,
      cells: cells.length,
      households: count(households),
    });
    byId("patch-give").hidden = Boolean(desk.frozen);
    return cells;
  }

  byId("unassigned-next").addEventListener("click", () => patch(1));
  byId("unassigned-before").addEventListener("click", () => patch(-1));
  byId("patch-give").addEventListener("click", () => {
    const { active } = desk.choice;
    const cells = desk.over.marked.filter((cell) => model.cells.has(cell.id));
    if (!cells.length || !active) return toast(say("choose-grid"));
    desk.over.marked = [];
    return active === "new"
      ? edits.create(cells.map(({ id }) => id))
      : edits.assign(
          cells.map(({ id }) => id),
          active,
        );
  });
  /** What was refused is shown until it is put away or something else was done. */
  function forget() {
    refusal = [];
    byId("refusal").hidden = true;
  }

  byId("refusal-close").addEventListener("click", () => (forget(), show()));
  byId("repair").addEventListener("click", () => edits.repair());
  desk.on(["plan"], forget);
  desk.on(["plan", "head"], show);
  desk.on(["plan"], () => ((at = -1), (byId("patch").textContent = ""), (byId("patch-give").hidden = true)));
  return {
    show,
    patch,
    /**
     * Show why an edit was refused: what and where.
     * @param {Plan.Problem} problem
     * @param {Plan.At[]|null} [line]
     */
    refused(problem, line = null) {
      const places = drawn(problem.defects);
      if (line) places.push({ ...sketched(line), ...(places.length && { at: null }) });
      refusal = places.map((each) => ({ ...each, severity: "error" }));
      show();
      if (places.length) desk.map.goTo(places[0].box, 1.5);
      const texts = new Set(reasonsOf(problem));
      byId("refusal-text").replaceChildren(
        el("b", {}, problem.title ?? say("refused")),
        ...[...texts].map((text) => el("span", {}, text)),
      );
      byId("refusal").hidden = false;
      desk.note();
    },
  };
}
