/** The frame of the editor: folding panels, tabs, buttons of tools and options, what is saved. */

import { all, byId, el } from "gridmap/shared/dom.js";
import { wireFolding } from "gridmap/shared/folding.js";
import { count, page, say, told } from "gridmap/plan/page.js";
import { keep, kept } from "gridmap/shared/keep.js";

const LONG_MS = 600;

/**
 * Wire the frame; `layers` is what lies on the map.
 * @param {Plan.Desk} desk
 * @param {Plan.Edits} edits
 * @param {Plan.Past} past
 * @param {{layers: Plan.Layers, resized: function(): void}} given
 */
export function wirePanels(desk, edits, past, { layers, resized }) {
  const { model, choice } = desk;
  const { buildings } = layers;
  wireFolding(resized);
  wireTabs(past);

  for (const button of all("[data-tool]"))
    button.addEventListener("click", () => desk.choose({ tool: /** @type {Plan.Tool} */ (button.dataset.tool) }));
  const does = {
    new: () => desk.choose({ active: "new", picked: new Set() }),
    undo: () => edits.step("undo"),
    redo: () => edits.step("redo"),
    again: () => desk.queue.now(),
  };
  for (const [id, work] of Object.entries(does)) byId(id).addEventListener("click", work);

  const size = byId("brush-size");
  size.addEventListener("input", () => desk.choose({ brush: Number(size.value) }));
  for (const [id, name] of [
    ["only-free", "onlyFree"],
    ["snap", "snap"],
    ["follow", "follow"],
  ])
    byId(id).addEventListener("change", (/** @type {any} */ { target }) => desk.choose({ [name]: target.checked }));
  byId("only-from").addEventListener("change", (/** @type {any} */ { target }) =>
    desk.choose({ onlyFrom: target.value || null }),
  );
  for (const box of all("[data-layer]")) {
    box.addEventListener("change", () => {
      const { layer } = box.dataset;
      if (layer === "roads") return desk.map.show("roads", box.checked);
      /** @type {any} */ (layers)[layer] = layer === "buildings" ? box.checked && buildings : box.checked;
      return desk.repaint();
    });
  }
  const author = byId("author");
  author.value = kept("author", "");
  author.addEventListener("change", () => keep("author", author.value));

  function options() {
    for (const button of all("[data-tool]"))
      button.setAttribute("aria-pressed", String(button.dataset.tool === choice.tool));
    byId("new").setAttribute("aria-pressed", String(choice.active === "new"));
    Object.assign(size, { value: choice.brush });
    byId("brush-px").textContent = `${choice.brush} px`;
    byId("only-free").checked = choice.onlyFree;
    byId("snap").checked = choice.snap;
    byId("follow").checked = choice.follow;
    const strokes = ["paint", "brush", "box", "lasso", "eraser"].includes(choice.tool);
    const lined = ["split", "reshape", "draw", "vertex"].includes(choice.tool);
    for (const part of all("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(choice.tool);
    desk.map?.strokes(strokes);
    desk.map?.cursor(strokes ? choice.tool : lined ? "line" : "select");
    byId("hint").textContent = say(`hint-${choice.tool}`);
  }

  let listed = "";
  function from() {
    const now = [...model.grids.keys()].map((key) => `${key}|${model.name(key)}`).join();
    if (now === listed) return;
    listed = now;
    byId("only-from").replaceChildren(
      el("option", { value: "" }, say("any-grid")),
      ...[...model.grids.keys()].map((key) =>
        el("option", { value: key, selected: key === choice.onlyFrom }, model.name(key)),
      ),
    );
  }

  function summary() {
    const { summary: all, band, unassigned } = model.head;
    const rows = [
      ["grids", count(all.grids)],
      ["in-band", say("of", { n: count(all.in_band), all: count(all.known) })],
      ["range", all.smallest === null ? say("none") : `${count(all.smallest)} – ${count(all.largest)}`],
      ["households", told(all.households, all.households_missing)],
      [
        "free",
        model.rough
          ? say("after-repair")
          : say("free", {
              cells: count(unassigned.cells),
              households: told(unassigned.households, unassigned.households_missing),
            }),
      ],
    ];
    byId("summary").replaceChildren(
      ...rows.flatMap(([key, value]) => [el("dt", {}, say(`sum-${key}`)), el("dd", {}, value)]),
    );
    byId("band").textContent = say("band", { low: band[0], high: band[1] });
  }

  let long = 0;
  /** Say what is being done where it takes longer than one waits without wondering. */
  function working() {
    clearTimeout(long);
    if (desk.status === "saving" && desk.queue.waiting().length) {
      const { op } = desk.queue.waiting()[0];
      long = setTimeout(() => {
        byId("working").querySelector("p").textContent = say("working", { what: say(`op-${op}`) });
        byId("working").hidden = false;
      }, LONG_MS);
    } else byId("working").hidden = true;
  }

  function status() {
    working();
    const line = byId("status");
    const waiting = desk.queue.waiting().length;
    Object.assign(line.dataset, { status: desk.status, revision: model.head.revision });
    line.querySelector("span").textContent =
      page.revision || desk.frozen
        ? say("at-revision", { n: model.head.revision })
        : desk.status === "saved"
          ? say("saved-at", { n: model.head.revision })
          : say(desk.status, { n: waiting });
    byId("again").hidden = !["offline", "busy"].includes(desk.status);
  }

  desk.on(["choice"], options);
  desk.on(["plan"], from);
  desk.on(["plan", "head"], summary);
  desk.on(["plan", "head", "status"], status);
}

/** @param {Plan.Past} past */
function wireTabs(past) {
  const tabs = all('[role="tab"]');
  /** @param {HTMLElement} chosen */
  const show = (chosen) => {
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      byId(tab.getAttribute("aria-controls")).hidden = tab !== chosen;
    }
    past.show();
  };
  for (const [n, tab] of tabs.entries()) {
    tab.addEventListener("click", () => show(tab));
    tab.addEventListener("keydown", (/** @type {any} */ { key }) => {
      const step = /** @type {Record<string, number>} */ ({ ArrowRight: 1, ArrowLeft: -1 })[key];
      if (!step) return;
      const next = tabs[(n + step + tabs.length) % tabs.length];
      next.focus();
      show(next);
    });
  }
}
