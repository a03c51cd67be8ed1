/** What stands at right about the chosen grid: its figures, its record as a form, and what can be done with it. */

import { byId, el } from "gridmap/shared/dom.js";
import { homes, place } from "gridmap/plan/model.js";
import { count, figure, page, say } from "gridmap/plan/page.js";
import { keepUnsaved, unsaved } from "gridmap/plan/unsaved.js";

/** @type {any[][]} */
const FIELDS = [
  ["name", "text", 80],
  ["kind", "choice"],
  ["workers_full", "number"],
  ["workers_part", "number"],
  ["party_org", "text", 200],
  ["households", "number", "households_entered"],
  ["population", "number", "population_entered"],
  ["remark", "text", 1000],
];

/**
 * Wire the panel of the chosen grid.
 * @param {Plan.Desk} desk
 * @param {Plan.Edits} edits
 */
export function wireDetails(desk, edits) {
  const { model } = desk;
  const panel = byId("details");
  /** What stands in the form and is not saved: `{grid, values}`; and whose form that is. */
  let { typed } = unsaved();
  /** @type {string|null} */
  let formed = null;

  function show() {
    const { active, picked } = desk.choice;
    if (typed && typed.grid === formed && formed !== active) saveTyped();
    if (picked.size > 1) return panel.replaceChildren(...several([...picked]));
    const grid = model.grids.get(active);
    if (!grid)
      return panel.replaceChildren(
        el(
          "p",
          { class: "hint" },
          say(active === "new" ? "new-hint" : desk.frozen ? "choose-to-see" : "choose-or-new"),
        ),
      );
    return panel.replaceChildren(
      head(grid),
      facts(grid),
      ...(desk.frozen ? record(grid) : [form(grid), actions(grid)]),
    );
  }

  /** @param {Plan.Grid} grid */
  function head(grid) {
    return el("h3", { class: "grid-title" }, model.name(grid.key), el("small", {}, grid.code ?? say("code-later")));
  }

  /** @param {Plan.Grid} grid */
  function facts(grid) {
    const known = homes(grid);
    const lies = model.lie(grid);
    const rows = [
      ["households", `${count(known)} · ${say(`band-${place(known, model.head.band)}`)}`],
      ["buildings", count(grid.live.buildings)],
      ["population", grid.live.known.population ? count(grid.live.population) : say("none")],
      ["elderly_60", grid.live.known.elderly_60 ? count(grid.live.elderly_60) : say("none")],
      ["area", say("hectares", { n: figure(lies.area_m2 / 10000, 2) })],
      ["compactness", figure(lies.compactness)],
      ["per-worker", count(known === null || !grid.workers_full ? null : known / grid.workers_full)],
      ...(grid.predecessors?.length ? [["predecessors", grid.predecessors.join("、")]] : []),
    ];
    return el(
      "dl",
      { class: "facts", id: "grid-facts" },
      ...rows.flatMap(([key, value]) => [el("dt", {}, say(`fact-${key}`)), el("dd", {}, value)]),
    );
  }

  /** @param {Plan.Grid} grid */
  function record(grid) {
    const rows = FIELDS.map((field) => [field[0], entered(grid, field)]).filter(
      ([, value]) => value !== null && value !== "",
    );
    return [
      el(
        "dl",
        { class: "facts" },
        ...rows.flatMap(([name, value]) => [
          el("dt", {}, say(`field-${name}`)),
          el("dd", {}, name === "kind" ? (page.kinds[value] ?? value) : value),
        ]),
      ),
    ];
  }

  /**
   * @param {Plan.Grid} grid
   * @param {any[]} given
   */
  const entered = (grid, [name, , given]) => grid[typeof given === "string" ? given : name] ?? null;

  /** @param {Plan.Grid} grid */
  function form(grid) {
    formed = grid.key;
    const inputs = FIELDS.map((field) => {
      const [name, kind, given] = field;
      const value =
        typed?.grid === grid.key && name in typed.values ? typed.values[name] : (entered(grid, field) ?? "");
      const input =
        kind === "choice"
          ? el(
              "select",
              { name },
              ...Object.entries(page.kinds).map(([code, label]) =>
                el("option", { value: code, selected: code === value }, label),
              ),
            )
          : el("input", {
              name,
              type: kind,
              ...(kind === "number" ? { min: 0, max: 10000000, step: 1 } : { maxlength: given }),
            });
      if (kind !== "choice") input.value = value;
      return el("label", {}, el("span", {}, say(`field-${name}`)), input);
    });
    const made = el(
      "form",
      { class: "record", id: "record" },
      ...inputs,
      el(
        "p",
        { class: "details-actions" },
        el("small", { id: "typed", role: "status" }, typed ? say("typed") : ""),
        el("button", { class: "button primary" }, say("save")),
      ),
    );
    made.addEventListener("input", () => {
      typed = { grid: grid.key, values: Object.fromEntries(new FormData(made)) };
      keepUnsaved({ typed });
      byId("typed").textContent = say("typed");
    });
    made.addEventListener("submit", (/** @type {any} */ event) => {
      event.preventDefault();
      saveTyped();
      byId("typed").textContent = "";
    });
    return made;
  }

  /** Save what stands in the form: on request, and when another grid is chosen. */
  function saveTyped() {
    const { grid: key, values } = typed ?? {};
    typed = null;
    keepUnsaved({ typed });
    const grid = model.grids.get(key);
    if (!grid || desk.frozen) return;
    /** @type {Record<string, unknown>} */
    const properties = {};
    for (const field of FIELDS) {
      const [name, kind] = field;
      const text = values[name].trim();
      const value = text === "" ? null : kind === "number" ? Number(text) : text;
      if (value !== entered(grid, field)) properties[name] = value;
    }
    if (Object.keys(properties).length) edits.set(key, properties);
  }

  /** @param {Plan.Grid} grid */
  function actions(grid) {
    const lock = el(
      "button",
      {
        type: "button",
        class: "button",
        "aria-pressed": String(desk.locked.has(grid.key)),
        onclick: () => desk.lock(grid.key),
      },
      say("lock"),
    );
    const retire = el(
      "button",
      { type: "button", class: "button", id: "retire", onclick: () => panel.append(retiring(grid)) },
      say("retire"),
    );
    return el(
      "p",
      { class: "details-actions" },
      lock,
      retire,
      el("button", { type: "button", class: "button", onclick: () => desk.goToGrid(grid.key) }, say("zoom-to")),
    );
  }

  /** @param {Plan.Grid} grid */
  function retiring(grid) {
    byId("retiring")?.remove();
    const beside = [...(model.neighbours().get(grid.key) ?? [])];
    const into = el(
      "select",
      { name: "into", "aria-label": say("retire-into") },
      ...beside.map((key) => el("option", { value: key }, model.name(key))),
      grid.live.buildings ? null : el("option", { value: "" }, say("retire-free")),
    );
    /** @type {HTMLFormElement} */
    const made = el(
      "form",
      { id: "retiring", class: "confirm" },
      el(
        "p",
        {},
        say("retire-says", {
          grid: model.name(grid.key),
          buildings: count(grid.live.buildings),
          households: count(homes(grid)),
        }),
      ),
      el("label", {}, el("span", {}, say("retire-into")), into),
      el(
        "p",
        { class: "details-actions" },
        el("button", { class: "button primary" }, say("retire-do")),
        el(
          "button",
          { type: "button", class: "button", id: "retire-leave", onclick: () => made.remove() },
          say("cancel"),
        ),
      ),
    );
    made.addEventListener("submit", (/** @type {any} */ event) => {
      event.preventDefault();
      edits.retire(grid.key, into.value || null);
      desk.pick(null);
    });
    setTimeout(() => (made.scrollIntoView({ block: "nearest" }), into.focus()));
    return made;
  }

  /** @param {string[]} keys */
  function several(keys) {
    const known = keys.map((key) => model.grids.get(key)).filter(Boolean);
    const sum = known.reduce((all, grid) => all + (homes(grid) ?? 0), 0);
    return [
      el("h3", { class: "grid-title" }, say("several", { n: known.length })),
      el(
        "ul",
        { class: "names" },
        ...known.map((grid) => el("li", {}, `${model.name(grid.key)} · ${count(homes(grid))}`)),
      ),
      el(
        "p",
        { class: "hint" },
        say("merge-says", { households: count(sum), stands: say(`band-${place(sum, model.head.band)}`) }),
      ),
      ...(desk.frozen
        ? []
        : [
            el(
              "p",
              { class: "details-actions" },
              el(
                "button",
                { type: "button", class: "button primary", id: "merge", onclick: () => edits.merge(keys) },
                say("merge"),
              ),
            ),
          ]),
    ];
  }

  desk.on(["choice"], (patch) =>
    patch && !("active" in patch || "picked" in patch) && Object.keys(patch).length ? null : show(),
  );
  // What somebody is typing in, or a question that stands open, is not taken from under the hand.
  const busy = () =>
    (panel.contains(document.activeElement) && document.activeElement.matches("input")) ||
    (byId("retiring") && model.grids.has(desk.choice.active));
  desk.on(["plan", "head"], () => (busy() ? null : show()));
  desk.on(["figures"], () => {
    const grid = model.grids.get(desk.choice.active);
    if (grid && desk.choice.picked.size < 2) byId("grid-facts")?.replaceWith(facts(grid));
  });
  return { show };
}
