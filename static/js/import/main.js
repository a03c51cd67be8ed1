/** The import wizard: choose a file, check what it is thought to be, import it, undo it. */

import { byId, el } from "gridmap/shared/dom.js";
import { showGuesses } from "gridmap/import/guesses.js";
import { chart } from "gridmap/import/chart.js";
import { showDone, showUndone } from "gridmap/import/done.js";
import { showOutcome } from "gridmap/import/outcome.js";
import { page, say } from "gridmap/import/page.js";
import { goToRow, showRows } from "gridmap/import/rows.js";
import { askPlainly, handIn } from "gridmap/import/talk.js";
import { givenUp } from "gridmap/shared/ask.js";

const WAIT_MS = 300;
const LISTED = 20;
/** @type {Import.Preview|null} */
let preview = null;
/** @type {AbortController|null} */
let running = null;
/** @type {string|null} */
let key = null;
/** @type {ReturnType<typeof setTimeout>} */
let ticking = null;

/** @type {Import.Hears} */
const hears = {
  /** @param {Import.Correction|undefined} changes */
  correct: (changes) => look("PATCH", changes),
  look: () => look("GET", undefined),
  again: restart,
  commit,
  undo,
};

/**
 * Do something that takes a while: say so, let it be cancelled, show what was refused.
 * @param {string} words
 * @param {function(AbortSignal): Promise<void>} work
 */
async function during(words, work) {
  if (running) return;
  running = new AbortController();
  problem(null);
  const timer = setTimeout(() => busy(words), WAIT_MS);
  document.body.setAttribute("aria-busy", "true");
  try {
    await work(running.signal);
  } catch (error) {
    problem(givenUp(error) ? say("cancelled") : error.message);
    if (error.status === 412 && preview) overlaps(error.problem);
  } finally {
    running = null;
    clearTimeout(timer);
    busy(null);
    document.body.removeAttribute("aria-busy");
  }
}

/** @param {Iterable<File>} files */
function choose(files) {
  const list = [...files];
  if (!list.length) return;
  const name = list.find((each) => /\.shp$/i.test(each.name))?.name ?? list[0].name;
  const large = list.find((each) => each.size > page.most_mb * 2 ** 20);
  if (large) return problem(say("too-large", { file: large.name, most_mb: page.most_mb }));
  during(say("sending", { file: name, share: 0 }), async (signal) => {
    /** @param {number} share */
    const sent = (share) =>
      busyNow(
        share < 1 ? say("sending", { file: name, share: Math.round(100 * share) }) : say("reading", { file: name }),
        share < 1 ? share : null,
      );
    take(await handIn(list, sent, signal), true);
  });
}

/**
 * @param {string} method
 * @param {Import.Correction|undefined} changes
 */
function look(method, changes) {
  during(say("looking"), async (signal) => {
    try {
      take(
        await askPlainly(`/api/imports/${preview.id}`, {
          method,
          body: changes,
          signal,
        }),
        Boolean(changes && "crs" in changes) || !preview.shapes,
      );
    } catch (error) {
      if (preview) take(preview, false); // controls show again what holds
      throw error;
    }
  });
}

/**
 * @param {Import.Preview} found
 * @param {boolean} move
 */
function take(found, move) {
  preview = found;
  key = crypto.randomUUID?.() ?? String(Math.random());
  step("check");
  byId("drop").hidden = true;
  showGuesses(found, hears);
  showOutcome(found, hears);
  showRows(found);
  chart.show(found.shapes, move);
}

/**
 * @param {{only_sound: boolean, confirmed: boolean}} body
 * @param {string} author
 */
function commit(body, author) {
  during(say("importing"), async () => {
    const result = await askPlainly(`/api/imports/${preview.id}/commit`, {
      body,
      author,
      key,
    });
    step("done");
    clear("guesses", "outcome", "go");
    showDone(result, hears);
    preview = null;
  });
}

/**
 * @param {number} changeset
 * @param {string} author
 */
function undo(changeset, author) {
  const path = `/api/changesets/${changeset}/revert`;
  during(say("undoing"), async () => showUndone(await askPlainly(path, { method: "POST", author })));
}

/** Let the service forget the file; it would in some hours anyway. */
function forget() {
  if (preview)
    askPlainly(`/api/imports/${preview.id}`, {
      method: "DELETE",
      keepalive: true,
    }).catch(() => /** @type {any} */ (null));
  preview = null;
}

/** @param {...string} ids */
function clear(...ids) {
  for (const id of ids) {
    byId(id).hidden = true;
    byId(id).replaceChildren();
  }
}

function restart() {
  forget();
  step("file");
  problem(null);
  clear("guesses", "outcome", "go", "done");
  byId("drop").hidden = false;
  byId("file").value = "";
  byId("file").focus();
  showRows(null);
  chart.show(null);
}

/** @param {string} name */
function step(name) {
  for (const each of ["file", "check", "done"]) {
    if (each === name) byId(`step-${each}`).setAttribute("aria-current", "step");
    else byId(`step-${each}`).removeAttribute("aria-current");
  }
}

/** @param {string|null} text */
function problem(text) {
  const place = byId("problem");
  place.hidden = !text;
  place.textContent = text ?? "";
  if (text) place.focus();
}

/**
 * Name what others changed meanwhile, feature by feature, and the way on.
 * @param {import("gridmap/shared/ask.js").Problem} given
 */
function overlaps({ errors: [whole, ...found] = [] }) {
  if (!whole) return;
  const lines = found
    .slice(0, LISTED)
    .map(({ layer, feature, detail }) =>
      el("li", {}, el("b", {}, `${preview.labels[layer] ?? layer} ${feature}`), ` ${detail}`),
    );
  const again = el(
    "button",
    { type: "button", class: "button", id: "look-now", onclick: hears.look },
    say("look-again"),
  );
  byId("problem").replaceChildren(whole.detail, el("ul", {}, ...lines), again);
  again.focus();
}

/** @param {string|null} words */
function busy(words) {
  byId("busy").hidden = !words;
  clearInterval(ticking);
  if (!words) return;
  busyNow(words, null);
  const began = Date.now();
  ticking = setInterval(
    () =>
      (byId("busy").querySelector("small").textContent = say("seconds", {
        count: Math.round((Date.now() - began) / 1000),
      })),
    1000,
  );
}

/**
 * @param {string} words
 * @param {number|null} share
 */
function busyNow(words, share) {
  byId("busy").querySelector("p").textContent = words;
  if (share !== null) byId("busy").querySelector("small").textContent = "";
  const bar = byId("busy").querySelector("progress");
  if (share === null) bar.removeAttribute("value");
  else bar.value = 100 * share;
}

const zone = byId("dropzone");
byId("file").addEventListener("change", (/** @type {any} */ { target }) => choose(target.files));
for (const name of ["dragenter", "dragover"]) {
  document.addEventListener(name, (event) => (event.preventDefault(), zone.classList.add("over")));
}
document.addEventListener("dragleave", ({ relatedTarget }) => relatedTarget || zone.classList.remove("over"));
document.addEventListener("drop", (/** @type {any} */ event) => {
  event.preventDefault();
  zone.classList.remove("over");
  if (!byId("drop").hidden) choose(event.dataTransfer.files);
});
// A page that is closed for good takes its upload along; one that may come back keeps it.
addEventListener("pagehide", ({ persisted }) => persisted || forget());
byId("cancel").addEventListener("click", () => running?.abort());
chart.begin(goToRow).finally(() => (document.documentElement.dataset.ready = "true"));
