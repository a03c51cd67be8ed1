/** An analysis on a page of its own: asked by the form, kept in the address, answered wide. */

import { addressOf, ask, call, givenUp } from "gridmap/shared/ask.js";
import { all, byId, el, offer, toast } from "gridmap/shared/dom.js";
import { wireDates } from "gridmap/shared/dates.js";
import { addressed, asCsv, figuresOf, inputsOf, tableOf, wireTicks } from "gridmap/shared/outputs.js";
import { root } from "gridmap/shared/root.js";
import { page, ready, say } from "gridmap/site/page.js";
import { refused } from "gridmap/site/refused.js";

const ROWS = 500;
const form = byId("ask");
const place = byId("result");
/** @type {AbortController|null} */
let running = null;

// A choice is told in an answer as it is in the form: an area by its name.
for (const each of all("select option", form))
  if (each.value) page.words[`code-${each.closest("select").name}-${each.value}`] ??= each.textContent;
wireDates();
wireTicks(say, form);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const inputs = inputsOf(form);
  history.pushState(null, "", `?${addressed(inputs)}`);
  run(inputs);
});
byId("later").addEventListener("click", () => form.reportValidity() && handIn(inputsOf(form)));
addEventListener("popstate", () => location.reload());

if (page.job) fromJob(page.job);
else if ([...new URLSearchParams(location.search).keys()].some((name) => name !== "lang")) run(inputsOf(form));
ready();

/** @param {Record<string, any>} inputs */
async function run(inputs) {
  running?.abort();
  const stop = (running = new AbortController());
  const waiting = setTimeout(() => {
    const cancel = el("button", { type: "button", class: "button", onclick: () => stop.abort() }, say("cancel"));
    place.replaceChildren(el("p", { class: "hint" }, say("running"), " ", el("progress"), " ", cancel));
  }, 300);
  place.setAttribute("aria-busy", "true");
  try {
    const path = `/api/processes/${page.process}/execution`;
    const answer = await call(path, { query: { lang: page.language }, body: { inputs }, signal: stop.signal });
    clearTimeout(waiting);
    if (answer.ok) show(answer.said, addressed(inputs));
    else problem(answer.said ?? { title: answer.words });
  } catch (error) {
    clearTimeout(waiting);
    if (givenUp(error)) place.replaceChildren();
    else problem(error);
  } finally {
    place.removeAttribute("aria-busy");
  }
}

/** @param {string} id */
async function fromJob(id) {
  try {
    const { inputs } = await ask(`/api/jobs/${encodeURIComponent(id)}`);
    const outputs = await ask(`/api/jobs/${encodeURIComponent(id)}/results`, { query: { words: page.language } });
    const given = Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== null && value !== ""));
    show(outputs, addressed(given), say("from-job"));
  } catch (error) {
    problem(error);
  }
}

/** @param {Record<string, any>} inputs */
async function handIn(inputs) {
  try {
    const path = `/api/processes/${page.process}/execution`;
    const headers = { query: { lang: page.language }, body: { inputs }, prefer: "respond-async" };
    await ask(path, headers);
    location.assign(`${root}/jobs`);
  } catch (error) {
    problem(error);
  }
}

/** @param {any} error */
function problem(error) {
  place.replaceChildren(el("div", { class: "problem", role: "alert" }, ...refused(error, form)));
}

/**
 * Show every output: the figures first, for they are what the rows add up to.
 * @param {Record<string, any>} outputs
 * @param {URLSearchParams} asked
 * @param {string} [remark]
 */
function show(outputs, asked, remark) {
  const kinds = /** @type {[string, string, string][]} */ (page.outputs).filter(([name]) => name in outputs);
  const first = kinds[0]?.[0];
  const figures = kinds.filter(([, , kind]) => kind === "object");
  const rows = kinds.filter(([, , kind]) => kind !== "object");
  place.replaceChildren(
    files(outputs, asked),
    remark ? el("p", { class: "hint" }, remark) : "",
    ...figures.map(([name, label]) => section(label, figuresOf(outputs[name], saidOf(name)))),
    ...rows.map(([name, label]) => section(label, ...rowsOf(name, outputs[name], name === first))),
  );
  toast(say("rows", { n: records(outputs[first]).length.toLocaleString("en-US") }));
}

/** @param {string} name */
const saidOf = (name) => ({ words: page.words, labels: page.labels[name] ?? {} });

/** @param {any} output */
const records = (output) =>
  output?.type === "FeatureCollection"
    ? output.features.map((/** @type {Shared.Feature} */ each) => each.properties)
    : Array.isArray(output)
      ? output
      : [];

/**
 * @param {string} label
 * @param {...(Node|null)} parts
 */
const section = (label, ...parts) => el("section", { class: "output" }, el("h2", {}, label), ...parts);

/**
 * @param {string} name
 * @param {any} output
 * @param {boolean} first
 */
function rowsOf(name, output, first) {
  const every = records(output);
  if (!every.length) return [el("p", { class: "hint" }, say("no-rows"))];
  const { table, more } = tableOf(every, saidOf(name), { most: first ? ROWS : 100 });
  let shown = more(0);
  const line = el("p", { class: "hint", role: "status" });
  const button = el("button", { type: "button", class: "button", onclick: () => ((shown = more(shown)), tell()) });
  const tell = () => {
    const n = every.length.toLocaleString("en-US");
    line.textContent = shown < every.length ? say("more-rows", { shown, n }) : say("rows", { n });
    button.hidden = shown >= every.length;
  };
  button.textContent = say("show-more");
  tell();
  const file = `${page.process}-${name}.csv`;
  const save = () => offer(file, "text/csv", asCsv(every, saidOf(name)));
  const keep = el("button", { type: "button", class: "button", onclick: save }, "CSV");
  const label = page.outputs.find((/** @type {string[]} */ [each]) => each === name)[1];
  return [
    el("p", { class: "files" }, keep, line),
    el("div", { class: "wide", tabindex: 0, role: "region", "aria-label": label }, table),
    button,
  ];
}

/**
 * @param {Record<string, any>} outputs
 * @param {URLSearchParams} asked
 */
function files(outputs, asked) {
  const own = `/analyses/${page.process}/export`;
  /** @param {string} form */
  const link = (form) => {
    const address = addressOf(own, { ...Object.fromEntries(asked), f: form, lang: page.language });
    return el("a", { class: "button", href: address, download: true }, form.toUpperCase());
  };
  const json = () => offer(`${page.process}.json`, "application/json", JSON.stringify(outputs));
  return el(
    "p",
    { class: "files" },
    link("xlsx"),
    el("button", { type: "button", class: "button", onclick: json }, "JSON"),
  );
}
