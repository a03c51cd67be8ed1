/** Measures of a scenario: drawn on the map or written as coordinates, kept by the service, taken away again. */

import { call, reasonsOf } from "gridmap/shared/ask.js";
import { byId, el, toast } from "gridmap/shared/dom.js";
import { columns, features, page, say } from "gridmap/workbench/page.js";
import { current, renew } from "gridmap/workbench/renew.js";
import { on, set, state } from "gridmap/workbench/state.js";

const ITEMS = "/api/collections/scenario-measures/items";
const MODE = "measure";

/**
 * Wire the form; `hearPlaces` makes the map give places, `sketch` shows what is drawn so far.
 * @param {Workbench.HearPlaces} hearPlaces
 * @param {function(Shared.LngLat[]): void} sketch
 */
export function wireMeasures(hearPlaces, sketch) {
  const form = () => byId("add-measure");
  const show = () => {
    const own = state.placing === MODE;
    byId("draw-measure").setAttribute("aria-pressed", String(own));
    form().elements.kind.parentElement.hidden = form().elements.action.value !== "add_station";
    sketch(places(form().elements.where.value) ?? []);
    if (own)
      hearPlaces((lat, lng) => {
        const { where } = form().elements;
        where.value = [where.value, `${lng.toFixed(6)},${lat.toFixed(6)}`].filter(Boolean).join("; ");
        show();
      });
  };
  document.addEventListener("click", (/** @type {any} */ { target }) => {
    if (!target.closest("#draw-measure")) return;
    set({ placing: state.placing === MODE ? null : MODE });
    if (state.placing) toast(say("service.js-draw"), 6000);
  });
  document.addEventListener("input", (/** @type {any} */ { target }) => target.form === form() && show());
  document.addEventListener("submit", (/** @type {any} */ event) => {
    if (event.target !== form()) return;
    event.preventDefault();
    save(form());
  });
  on(["placing", "page"], show);
  show();
}

/**
 * The button that the details of a measure have more.
 * @param {number} n
 */
export function measureActions(n) {
  if (page.standalone || !features.id(n).startsWith("measures/")) return [];
  return [
    el("button", { type: "button", class: "button", onclick: () => remove(n) }, say("service.js-remove-measure")),
  ];
}

/** @param {Shared.Part} form */
async function save(form) {
  const { scenario, action, kind, name, where } = form.elements;
  const drawn = places(where.value);
  where.setCustomValidity(drawn ? "" : say("service.js-no-place"));
  if (!form.reportValidity()) return where.setCustomValidity("");
  const properties = {
    code: `M-${Date.now().toString(36)}`,
    name: name.value.trim() || action.selectedOptions[0].textContent,
    scenario: scenario.value.trim(),
    action: action.value,
    ...(action.value === "add_station" && { kind: kind.value }),
  };
  const geometry =
    drawn.length === 1 ? { type: "Point", coordinates: drawn[0] } : { type: "LineString", coordinates: drawn };
  const answer = await send(ITEMS, { body: { type: "Feature", geometry, properties }, type: "application/geo+json" });
  if (!answer) return undefined;
  where.value = "";
  set({ placing: null });
  return inScenario(properties.scenario);
}

/** @param {number} n */
async function remove(n) {
  const code = encodeURIComponent(columns.find((column) => column.key === "code").value(n));
  const held = await send(`${ITEMS}/${code}`, {});
  if (!held || !(await send(`${ITEMS}/${code}`, { method: "DELETE", match: held.headers.get("ETag") }))) return;
  toast(say("service.js-measure-removed"), 5000);
  const left = page.features.ids.filter((id) => id.startsWith("measures/")).length - 1;
  set({ selected: null });
  inScenario(left ? new URL(current()).searchParams.get("scenario") : null);
}

/** @param {string|null} name */
function inScenario(name) {
  const target = new URL(current());
  if (name) target.searchParams.set("scenario", name);
  else target.searchParams.delete("scenario");
  return renew(target);
}

/**
 * Ask the service; what it refuses is said in its own words, and null returned.
 * @param {string} path
 * @param {import("gridmap/shared/ask.js").Asked} asked
 */
async function send(path, asked) {
  try {
    const answer = await call(path, { query: { lang: page.language }, ...asked });
    if (answer.ok) return answer;
    const { title, ...refused } = answer.said ?? { title: answer.words };
    toast([title, ...reasonsOf(refused)].filter(Boolean).join(" · "), 8000);
  } catch (error) {
    toast(`${say("failed")}: ${error.message}`, 8000);
  }
  return null;
}

/**
 * Read "lon,lat; lon,lat"; null where that is no place.
 * @param {string} text
 * @returns {Shared.LngLat[]|null}
 */
function places(text) {
  const found = text
    .split(/[;；]/)
    .filter((part) => part.trim())
    .map((part) => /** @type {Shared.LngLat} */ (part.split(/[,，]/).map(Number)));
  const sound = found.every((pair) => pair.length === 2 && Math.abs(pair[0]) <= 180 && Math.abs(pair[1]) <= 90);
  return found.length && sound ? found : null;
}
