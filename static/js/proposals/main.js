/** The tool for proposals: a form per proposal, a job that is followed, what it found, and taking it over. */

import { addressOf, ask, givenUp, reasonsOf } from "gridmap/shared/ask.js";
import { all, byId, el, one } from "gridmap/shared/dom.js";
import { moment } from "gridmap/shared/format.js";
import { answerOf, earlier, follow, handIn, stop } from "gridmap/proposals/job.js";
import { resultOf } from "gridmap/proposals/result.js";
import { partsOf } from "gridmap/proposals/told.js";
import { fieldsOf, fillForm, inputsOf, unusual } from "gridmap/proposals/wishes.js";

/**
 * Wire the forms, where the page has some.
 * @param {Proposals.Bench} bench
 */
export function wireProposals(bench) {
  const place = byId("proposed");
  for (const form of all("form[data-proposal]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      compute(inputsOf(fieldsOf(form)));
    });
    /** @type {Proposals.Compute} */
    const compute = (inputs) => {
      fillForm(form, inputs);
      run(bench, form, place, inputs, compute);
    };
    const list = one(`[data-earlier="${form.dataset.proposal}"]`);
    list.addEventListener("toggle", () => list.hasAttribute("open") && offerEarlier(bench, form, list, compute));
  }
  if (bench.opened && place) reopen(bench, place, bench.opened);
}

/**
 * What the address names is shown again, or followed where it is not done: the language was switched, say.
 * @param {Proposals.Bench} bench
 * @param {HTMLElement} place
 * @param {string} job
 */
async function reopen(bench, place, job) {
  const forms = all("form[data-proposal]");
  try {
    const { processID, inputs } = await ask(`/api/jobs/${job}`, { query: { lang: bench.language } });
    const form = forms.find((each) => each.dataset.proposal === processID);
    if (!form) return bench.remember(null); // of another map
    const folded = form.closest("details");
    if (folded) folded.setAttribute("open", "");
    /** @type {Proposals.Compute} */
    const compute = (wishes) => {
      fillForm(form, wishes);
      run(bench, form, place, wishes, compute);
    };
    fillForm(form, inputs);
    await attend(bench, form, place, async () => job, inputs, compute);
  } catch (error) {
    bench.remember(null);
    if (forms.length && !givenUp(error))
      place.replaceChildren(problem(bench.say, forms[0], error.problem ?? { detail: error.message }));
  }
}

/**
 * @param {Proposals.Bench} bench
 * @param {Shared.Part} form
 * @param {HTMLElement} place
 * @param {Record<string, any>} inputs
 * @param {Proposals.Compute} compute
 */
async function run(bench, form, place, inputs, compute) {
  const handed = () => handIn(form.dataset.proposal, inputs, bench.language).then(({ jobID }) => jobID);
  await attend(bench, form, place, handed, inputs, compute);
  place.firstElementChild?.scrollIntoView({ block: "start" });
}

/**
 * Follow a job to its end and show what it found; the address names it as long as it is shown.
 * @param {Proposals.Bench} bench
 * @param {Shared.Part} form
 * @param {HTMLElement} place
 * @param {function(): Promise<string>} handed gives the job
 * @param {Record<string, any>} inputs
 * @param {Proposals.Compute} compute
 */
async function attend(bench, form, place, handed, inputs, compute) {
  const { say, language } = bench;
  const button = one(".primary", form);
  button.disabled = true;
  bench.map.show(null);
  quiet(false);
  try {
    const job = await handed();
    bench.remember(job);
    const ended = await follow(job, language, waiting(bench, place, job));
    if (ended.status !== "successful") bench.remember(null);
    if (ended.status === "successful") await show(bench, form, place, ended.jobID, inputs, compute);
    else if (ended.status === "dismissed")
      place.replaceChildren(el("p", { class: "hint" }, say("proposing.js-cancelled")));
    else place.replaceChildren(problem(say, form, ended.exception ?? { title: ended.message }));
  } catch (error) {
    if (!givenUp(error)) {
      bench.remember(null);
      place.replaceChildren(problem(say, form, error.problem ?? { detail: error.message }));
    }
  } finally {
    button.disabled = false;
  }
}

/**
 * Show that a job runs, how far it is, and how it is stopped.
 * @param {Proposals.Bench} bench
 * @param {HTMLElement} place
 * @param {string} job
 */
function waiting({ say }, place, job) {
  const words = el("p", { class: "job-stage" });
  const bar = el("progress", { max: 100, value: 0 });
  const cancel = el("button", { type: "button", class: "button", "data-cancel": true }, say("cancel"));
  cancel.addEventListener("click", () => {
    cancel.disabled = true;
    stop(job).catch((error) => ((words.textContent = error.message), (cancel.disabled = false)));
  });
  place.replaceChildren(el("div", { class: "waiting" }, words, bar, cancel));
  place.scrollIntoView({ block: "nearest" });
  return {
    /** @param {any} now */
    told: (now) => {
      words.textContent = now.message;
      bar.value = now.progress;
    },
    lost: () => (words.textContent = say("proposing.js-lost")),
  };
}

/**
 * @param {Proposals.Bench} bench
 * @param {Shared.Part} form
 * @param {HTMLElement} place
 * @param {string} job
 * @param {Record<string, any>} inputs
 * @param {Proposals.Compute} compute
 */
async function show(bench, form, place, job, inputs, compute) {
  const [labels, more, words, into] = ["columns", "more", "words", "into"].map((each) =>
    JSON.parse(form.dataset[each]),
  );
  const answer = await answerOf(job, bench.language);
  const rows = partsOf(answer, form.dataset.byPart === "true");
  const given = { job, process: form.dataset.proposal, labels, more, words, into };
  const found = { ...given, ...answer, listed: answer.rows, rows };
  const away = () => (place.replaceChildren(), bench.map.show(null), quiet(false), bench.remember(null));
  place.replaceChildren(resultOf(bench, found, { compute, inputs, away }));
  quiet(true);
  bench.remember(job);
  form.dataset.shown = job;
  const list = one(`[data-earlier="${form.dataset.proposal}"]`);
  if (list.hasAttribute("open")) offerEarlier(bench, form, list, compute);
}

/**
 * What the map says of its own emptiness stands back while a proposal is drawn on it.
 * @param {boolean} on
 */
const quiet = (on) => all("#notices .notice:not(.opened-on)").forEach((each) => (each.hidden = on));

/**
 * @param {Proposals.Bench} bench
 * @param {Shared.Part} form
 * @param {Shared.Part} list
 * @param {Proposals.Compute} compute
 */
async function offerEarlier(bench, form, list, compute) {
  const place = byId("proposed");
  const jobs = await earlier(form.dataset.proposal, bench.language).catch(() => /** @type {any[]} */ ([]));
  const lines = jobs.map((/** @type {any} */ { jobID, created, inputs }) => {
    const open = () =>
      show(bench, form, place, jobID, inputs, compute).catch((error) =>
        place.replaceChildren(problem(bench.say, form, error.problem ?? { detail: error.message })),
      );
    const text = `${placeOf(form, inputs.within)} · ${moment(created)}`;
    const shown = form.dataset.shown;
    const beside = addressOf("/proposals/compare", { first: jobID, second: shown, lang: bench.language });
    return el(
      "li",
      {},
      el("button", { type: "button", class: "button", onclick: open }, text),
      shown && shown !== jobID && el("a", { class: "button", href: beside }, bench.say("proposing.js-compare")),
      el("small", {}, unusual(form, inputs).join(" · ")),
    );
  });
  const two = `${addressOf("/proposals", { lang: bench.language })}#${form.dataset.proposal}`;
  one("ul", list).replaceChildren(
    ...(lines.length ? lines : [el("li", { class: "hint" }, bench.say("proposing.js-none-earlier"))]),
    ...(lines.length > 1 ? [el("li", {}, el("a", { href: two }, bench.say("proposing.js-compare-two")))] : []),
  );
}

/**
 * What the form calls an area, or the page where it is another's; its address where neither knows it.
 * @param {Shared.Part} form
 * @param {string} within
 */
const placeOf = (form, within) =>
  all('[name="within"] option', form).find((each) => each.value === within)?.textContent ??
  JSON.parse(byId("places-elsewhere").dataset.places)[within] ??
  within;

/**
 * What was refused; places are called as in the form.
 * @param {Shared.Say} say
 * @param {Shared.Part} form
 * @param {import("gridmap/shared/ask.js").Problem} refused
 */
function problem(say, form, refused) {
  const named = (/** @type {string} */ text) =>
    text.replace(/\b(communities|streets|districts):\w+/g, (within) => placeOf(form, within));
  const reasons = reasonsOf(refused).map((each) => el("p", {}, named(each)));
  return el("div", { class: "problem", role: "alert" }, el("b", {}, refused.title ?? say("failed")), ...reasons);
}
