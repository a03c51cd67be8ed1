/** Analyses: a form per analysis (written by the server from its input struct), run there, shown here. */

import { call, givenUp } from "gridmap/shared/ask.js";
import { all, byId, el, offer, one } from "gridmap/shared/dom.js";
import { addressed, asCsv, figuresOf, inputsOf, reasonsIn, tableOf, wireTicks } from "gridmap/shared/outputs.js";
import { features, page, say } from "gridmap/workbench/page.js";
import { set } from "gridmap/workbench/state.js";

const MOST_ROWS = 200;

/**
 * Wire the forms; `map` shows the features of a result.
 * @param {Workbench.Drawn} map
 */
export function wireAnalyses(map) {
  wireTicks(say);
  for (const form of all("form[data-process]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      run(form, map);
    });
    const own = one("[data-own-page]", form);
    own.addEventListener("click", () => (own.href = `${own.href.split("?")[0]}?${addressed(inputsOf(form))}`));
  }
}

/**
 * @param {Shared.Part} form
 * @param {Workbench.Drawn} map
 */
async function run(form, map) {
  const place = byId("result");
  const stop = new AbortController();
  const button = one(".primary", form);
  const waiting = el(
    "p",
    { class: "hint" },
    say("running"),
    " ",
    el("button", { type: "button", class: "button", onclick: () => stop.abort() }, say("cancel")),
  );
  // What is there at once needs no word that it is coming.
  const soon = setTimeout(() => place.replaceChildren(waiting), 300);
  button.disabled = true;
  try {
    const path = `/api/processes/${form.dataset.process}/execution`;
    const { ok, said, words } = await call(path, {
      query: { lang: page.language },
      body: { inputs: inputsOf(form) },
      signal: stop.signal,
    });
    clearTimeout(soon);
    place.replaceChildren(ok ? result(form, said, map) : problem(said ?? { title: words }, form));
  } catch (error) {
    clearTimeout(soon);
    place.replaceChildren(givenUp(error) ? "" : problem({ title: say("failed"), detail: error.message }, form));
  } finally {
    button.disabled = false;
  }
  place.firstElementChild?.scrollIntoView({ block: "start" });
}

/**
 * @param {import("gridmap/shared/ask.js").Problem} refused
 * @param {ParentNode} form
 */
function problem(refused, form) {
  const reasons = reasonsIn(refused, form).map((each) => el("p", {}, each));
  return el("div", { class: "problem", role: "alert" }, el("b", {}, refused.title ?? say("failed")), ...reasons);
}

/**
 * @param {Shared.Part} form
 * @param {Record<string, any>} outputs
 * @param {Workbench.Drawn} map
 */
function result(form, outputs, map) {
  const { process, title } = form.dataset;
  const clear = () => (byId("result").replaceChildren(), map.showResult(null));
  const labels = JSON.parse(form.dataset.columns);
  const parts = Object.entries(outputs).map(([name, output]) => part(process, name, output, labels[name] ?? {}, map));
  const shown = Object.values(outputs).find((output) => output?.type === "FeatureCollection");
  // The coverage map has buildings of its own.
  map.showResult(shown && (page.map !== "coverage" || process === "unmanaged-courtyards") ? shown : null);
  return el(
    "div",
    { class: "result" },
    el(
      "div",
      { class: "result-head" },
      el("h3", {}, title),
      el(
        "button",
        {
          type: "button",
          class: "button",
          onclick: () => offer(`${process}.json`, "application/json", JSON.stringify(outputs)),
        },
        "JSON",
      ),
      el("button", { type: "button", class: "button", onclick: clear }, say("clear-result")),
    ),
    // The summary first: it is what the other parts add up to.
    ...parts.sort((a, b) => a.rank - b.rank).map((each) => each.element),
  );
}

/**
 * @param {string} process
 * @param {string} name
 * @param {any} output
 * @param {Shared.Words} labels
 * @param {Workbench.Drawn} map
 */
function part(process, name, output, labels, map) {
  if (output?.type === "FeatureCollection") return { rank: 1, element: collection(process, name, output, labels, map) };
  if (Array.isArray(output)) return { rank: 1, element: table(process, name, output, labels) };
  return { rank: 0, element: figuresOf(output ?? {}, { words: page.words, labels }) };
}

/**
 * @param {string} process
 * @param {string} name
 * @param {any} output
 * @param {Shared.Words} labels
 * @param {Workbench.Drawn} map
 */
function collection(process, name, output, labels, map) {
  const records = output.features.map((/** @type {Shared.Feature} */ feature) => feature.properties);
  /** @param {number} n */
  const pick = (n) => {
    const feature = output.features[n];
    features.find(String(feature.id)).then((at) => at >= 0 && set({ selected: String(feature.id) }));
    map.goToGeoJson(feature);
  };
  const actions = [
    el("button", { type: "button", class: "button", onclick: () => map.showResult(output) }, say("show-on-map")),
    el(
      "button",
      {
        type: "button",
        class: "button",
        onclick: () => offer(`${process}-${name}.geojson`, "application/geo+json", JSON.stringify(output)),
      },
      "GeoJSON",
    ),
  ];
  return table(process, name, records, labels, pick, actions);
}

/**
 * @param {string} process
 * @param {string} name
 * @param {Workbench.Rows} records
 * @param {Shared.Words} labels
 * @param {(function(number): void)|null} [pick]
 * @param {HTMLElement[]} [actions]
 */
function table(process, name, records, labels, pick = null, actions = []) {
  const said = { words: page.words, labels };
  const save = () => offer(`${process}-${name}.csv`, "text/csv", asCsv(records, said));
  const shown = tableOf(records, said, { pick, most: MOST_ROWS });
  shown.more(0);
  const left = records.length - MOST_ROWS;
  return el(
    "div",
    {},
    el(
      "div",
      { class: "result-actions" },
      ...actions,
      el("button", { type: "button", class: "button", onclick: save }, "CSV"),
      el("span", { class: "hint" }, say("result-rows", { n: records.length.toLocaleString("en-US") })),
    ),
    records.length ? el("div", { class: "scroll", tabindex: 0 }, shown.table) : null,
    left > 0 ? el("p", { class: "hint" }, say("more-rows", { n: left })) : null,
  );
}
