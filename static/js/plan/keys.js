/** The keyboard map, and the page that lists it. */

import { byId, el } from "gridmap/shared/dom.js";
import { say } from "gridmap/plan/page.js";
import { TOOLS } from "gridmap/plan/tools.js";

const BRUSH = { least: 6, most: 120, step: 6 };
const LISTED = [
  ["new", "N"],
  ["merge", "G"],
  ["retire", "Del"],
  ["undo", "Ctrl Z"],
  ["redo", "Ctrl Shift Z · Ctrl Y"],
  ["brush-size", "[ ]"],
  ["only-free", "F"],
  ["next-free", "U · Shift U"],
  ["finish", "Enter"],
  ["shorten", "Backspace"],
  ["leave", "Esc"],
  ["pan", "Space"],
  ["no-snap", "Alt"],
  ["more", "Shift"],
  ["centre", "C"],
  ["help", "?"],
];

/**
 * Hear the keyboard; typing in a field means what it says.
 * @param {Plan.Desk} desk
 * @param {Plan.Edits} edits
 * @param {Plan.Tools} tools
 * @param {{review: Plan.Review}} given
 */
export function wireKeys(desk, edits, tools, { review }) {
  const { choice } = desk;
  /** @param {Plan.Tool} name */
  const tool = (name) => desk.choose({ tool: name });
  /** @type {Record<string, Plan.Tool>} */
  const byKey = Object.fromEntries(
    Object.entries(TOOLS).map(([name, { key }]) => [key, /** @type {Plan.Tool} */ (name)]),
  );

  /** @param {number} sign */
  const resize = (sign) =>
    desk.choose({ brush: Math.min(BRUSH.most, Math.max(BRUSH.least, choice.brush + sign * BRUSH.step)) });
  /** @type {Record<string, function(): unknown>} */
  const act = {
    n: () => desk.frozen || desk.choose({ active: "new", picked: new Set() }),
    g: () => choice.picked.size > 1 && edits.merge([...choice.picked]),
    f: () => desk.choose({ onlyFree: !choice.onlyFree }),
    "[": () => resize(-1),
    "]": () => resize(1),
    "?": () => help(),
    u: () => (byId("tab-review").click(), review.patch(1)),
    U: () => (byId("tab-review").click(), review.patch(-1)),
    Delete: () => (byId("tab-grid").click(), byId("retire")?.click()),
    // What a click does, for hands that have no mouse: at the middle of the map, which the arrow keys move.
    c: () => pointAtCentre(),
    Escape: () => leave(),
    Enter: () => tools.drawing() && tools.finish(),
    Backspace: () => tools.drawing() && tools.shorten(),
  };

  /** Give up one thing at a time: what is asked, what is in the making, what is marked, the tool, the choice. */
  function leave() {
    if (byId("retiring")) return byId("retire-leave").click();
    if (tools.busy()) return tools.clear();
    if (desk.over.marked.length) return ((desk.over.marked = []), desk.overlay());
    return choice.tool === "select" ? desk.pick(null) : tool("select");
  }

  function pointAtCentre() {
    const at = desk.map.centre();
    const { kind } = TOOLS[choice.tool];
    if (kind === "click" || kind === "line") return tools.hears.click(at, {});
    if (kind !== "stroke") return null;
    tools.hears.down(at);
    return tools.hears.up(at, {}, false, false);
  }

  addEventListener("keydown", (/** @type {any} */ event) => {
    const { key } = event;
    if (event.target.closest("dialog")) return null;
    if (event.target.closest("input:not([type=checkbox], [type=radio], [type=range]), select, textarea")) {
      if (key === "Escape") (event.target.blur(), byId("retiring") && leave());
      return null;
    }
    const control = event.ctrlKey || event.metaKey;
    if (control && key.toLowerCase() === "z")
      return (event.preventDefault(), edits.step(event.shiftKey ? "redo" : "undo"));
    if (control && key.toLowerCase() === "y") return (event.preventDefault(), edits.step("redo"));
    if (control || event.altKey) return null;
    if (key === " " && !event.target.closest("button, a, summary, input"))
      return (event.preventDefault(), desk.map.pan(true));
    if (key === "Enter" && event.target.closest("button, a, summary")) return null;
    const does = act[key] ?? act[key.toLowerCase()];
    if (does) return (event.preventDefault(), does());
    const name = byKey[key.toLowerCase()];
    if (name && !(TOOLS[name].edits && (desk.frozen || desk.model.rough))) return (event.preventDefault(), tool(name));
    return null;
  });
  addEventListener("keyup", ({ key }) => key === " " && desk.map.pan(false));
  addEventListener("blur", () => desk.map.pan(false));
  // A button that was clicked does not keep the space bar and Enter from the map.
  addEventListener(
    "click",
    (/** @type {any} */ { detail, target }) =>
      detail && target.closest("button:not(dialog *, form *, .conflict *)")?.blur(),
  );

  function help() {
    const box = byId("help");
    const rows = [
      ...Object.entries(TOOLS).map(([name, { key }]) => [say(`tool-${name}`), key.toUpperCase()]),
      ...LISTED.map(([name, keys]) => [say(`key-${name}`), keys]),
    ];
    box.replaceChildren(
      el("h2", { id: "help-title" }, say("keys")),
      el(
        "dl",
        { class: "keys" },
        ...rows.map(([what, keys]) =>
          el(
            "div",
            {},
            el("dt", {}, ...keys.split(" · ").flatMap((each, n) => [n ? " · " : null, el("kbd", {}, each)])),
            el("dd", {}, what),
          ),
        ),
      ),
      el(
        "p",
        { class: "details-actions" },
        el("button", { type: "button", class: "button primary", onclick: () => box.close() }, say("close")),
      ),
    );
    box.showModal();
  }
  byId("show-help").addEventListener("click", help);
  return { help };
}
