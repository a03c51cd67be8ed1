/** The import wizard: choose a file or several, check what each is thought to be, import them, undo it. */

import * as batch from "gridmap/import/batch.js";
import { byId, el } from "gridmap/shared/dom.js";
import { showGuesses } from "gridmap/import/guesses.js";
import { chart } from "gridmap/import/chart.js";
import { showDone, showUndone, ways } from "gridmap/import/done.js";
import { showOutcome } from "gridmap/import/outcome.js";
import { page, say } from "gridmap/import/page.js";
import { goToRow, showRows } from "gridmap/import/rows.js";
import { askPlainly, handIn } from "gridmap/import/talk.js";
import { givenUp, Refusal } from "gridmap/shared/ask.js";

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
  commit: (body, author) => (batch.running() ? runAll(author, body) : commit(body, author)),
  undo,
  pick: ({ preview: found }) => running || take(found, true),
  leaveOut,
  runAll,
  undoAll,
  ways: () => ways(null),
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
  const name = nameOf(list);
  const large = list.find((each) => each.size > page.most_mb * 2 ** 20);
  if (large) return problem(say("too-large", { file: large.name, most_mb: page.most_mb }));
  const groups = batch.grouped(list);
  if (groups.length > 1) return several(groups);
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

/** @param {File[]} list */
const nameOf = (list) => list.find((each) => /\.shp$/i.test(each.name))?.name ?? list[0].name;

/**
 * Hand several files in, each by itself, and show what they are; one that is refused keeps the others not out.
 * @param {File[][]} groups
 */
function several(groups) {
  during(say("looking"), async (signal) => {
    /** @type {Import.Entry[]} */
    const entries = [];
    try {
      for (const [n, list] of groups.entries()) {
        const name = nameOf(list);
        busyNow(say("sending-of", { file: name, number: n + 1, count: groups.length }), n / groups.length);
        try {
          const found = await handIn(list, () => {}, signal);
          entries.push({ name, preview: found, state: "waiting", refused: null, result: null, key: newKey() });
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          entries.push({ name, preview: null, state: "refused", refused: error.message, result: null, key: "" });
        }
      }
    } catch (error) {
      for (const { preview: found } of entries) letGo(found);
      throw error;
    }
    batch.begin(entries);
    byId("drop").hidden = true;
    const first = batch.waiting().find(({ preview: found }) => !found.layer) ?? batch.next();
    if (first) take(first.preview, true);
    else batch.show(null, hears);
  });
}

/**
 * Import what waits, one after the other, each looked at again beside what those before it made; stop where something
 * has to be said or decided.
 * @param {string} author
 * @param {Import.Order} [said] what was decided of the file at which it stopped
 */
function runAll(author, said) {
  during(say("importing"), async () => {
    for (let entry = batch.next(); entry; entry = batch.next()) {
      const { name } = entry;
      busyNow(say("importing-of", { file: name, left: batch.waiting().length }), null);
      try {
        const found = said ? entry.preview : await askPlainly(`/api/imports/${entry.preview.id}`, {});
        batch.update(found);
        if (!said && batch.asks(found)) return pause(entry);
        if (said || found.changes) {
          const body = said ?? { only_sound: false, allow: [] };
          const path = `/api/imports/${found.id}/commit`;
          entry.result = await askPlainly(path, { body, author, key: entry.key });
          entry.state = "done";
        } else {
          letGo(found);
          entry.state = "same";
        }
        said = undefined;
        batch.stop(null);
      } catch (error) {
        pause(entry);
        throw error;
      }
    }
    step("done");
    preview = null;
    clear("guesses", "outcome", "go", "batch");
    showRows(null);
    batch.showAllDone(hears);
  });
}

/**
 * Show the file at which a row of imports stopped.
 * @param {Import.Entry} entry
 */
function pause(entry) {
  batch.stop(entry);
  entry.key = newKey();
  take(entry.preview, true);
}

/** @param {Import.Entry} entry */
function leaveOut(entry) {
  if (running) return;
  letGo(entry.preview);
  const left = batch.all().filter((each) => each !== entry);
  if (!left.length) return restart();
  batch.begin(left);
  const here = batch.next();
  if (here) return take(here.preview, true);
  if (!left.some(({ state }) => state === "done")) return batch.show(null, hears);
  step("done");
  preview = null;
  clear("guesses", "outcome", "go", "batch");
  batch.showAllDone(hears);
}

/**
 * Take changesets back, the last one first.
 * @param {number[]} changesets
 * @param {string} author
 */
function undoAll(changesets, author) {
  during(say("undoing"), async () => {
    for (const changeset of changesets)
      showUndone(await askPlainly(`/api/changesets/${changeset}/revert`, { method: "POST", author }));
  });
}

const newKey = () => crypto.randomUUID?.() ?? String(Math.random());

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
  key = newKey();
  step("check");
  byId("drop").hidden = true;
  showGuesses(found, hears);
  showOutcome(found, hears);
  showRows(found);
  chart.show(found.shapes, move);
  if (!batch.running()) return;
  batch.update(found);
  batch.show(found, hears);
  byId("go").hidden = !batch.stoppedAt(found);
  if (batch.stoppedAt(found)) byId("commit").textContent = say("batch-import-on");
}

/**
 * @param {Import.Order} body
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
  const waiting = batch.running() ? batch.waiting().map((each) => each.preview) : [preview];
  for (const each of waiting) letGo(each);
  preview = null;
}

/** @param {Import.Preview|null} found */
function letGo(found) {
  if (found)
    askPlainly(`/api/imports/${found.id}`, { method: "DELETE", keepalive: true }).catch(
      () => /** @type {any} */ (null),
    );
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
  batch.end();
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
