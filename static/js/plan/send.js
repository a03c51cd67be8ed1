/**
 * Sends edits one after the other, each based on the revision that the one before made, each with a key of its own: a
 * request that got lost is sent again with the same key, and is done once.
 */

import { kept, page } from "gridmap/plan/page.js";
import { keepUnsaved } from "gridmap/plan/unsaved.js";

const PATIENCE_MS = [1000, 2000, 4000, 8000, 15000];
/** Answers that say "not now": they are asked again. */
const LATER = new Set([429, 502, 503, 504]);

/** Headers of every write. */
export function headers(revision = null, key = null) {
  const author = kept("author", "").trim();
  return {
    "Content-Type": "application/json",
    "Accept-Language": page.language,
    ...(author && { "Gridmap-Author": encodeURIComponent(author) }),
    ...(revision !== null && { "If-Match": `"${revision}"` }),
    ...(key && { "Idempotency-Key": key }),
  };
}

/** Write something that is not an edit; a request that got lost is sent again, and done once. Gives the answer and its body. */
export async function write(path, body, revision = null) {
  const request = { method: "POST", headers: headers(revision, crypto.randomUUID()), body: JSON.stringify(body) };
  for (const patience of [...PATIENCE_MS.slice(0, 2), null]) {
    try {
      const answer = await fetch(path, request);
      return { answer, said: await answer.json() };
    } catch (error) {
      if (patience === null) throw error;
      await new Promise((settle) => setTimeout(settle, patience));
    }
  }
  return null;
}

/** Read something of the service as JSON; a refusal is thrown as the problem it is. */
export async function read(path) {
  const answer = await fetch(path, { headers: { "Accept-Language": page.language, Accept: "application/json" } });
  const body = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(body.detail ?? answer.statusText), { status: answer.status, problem: body });
  return body;
}

/**
 * Make the queue of a plan.
 * @param {string} address of the plan
 * @param {{revision: function, find: function, done: function, refused: function, stale: function, status: function}} hears
 */
export function makeQueue(address, hears) {
  let jobs = [];
  let busy = false;
  let held = false;
  let tries = 0;
  let timer = null;
  let wake = null;

  /** Add an edit: `{path, body, ids, grid}`; what stands for a body that is yet to be found is in `wants`. */
  function add(job) {
    const promise = new Promise((settle) => (job.settle = settle));
    jobs.push({ key: crypto.randomUUID(), ...job });
    keep();
    run();
    return promise;
  }

  /** Keep what waits, and the revision that it rests on. */
  function keep() {
    keepUnsaved({ revision: jobs[0]?.base ?? hears.revision(), jobs: jobs.map(({ settle, base, ...job }) => job) });
  }

  async function run() {
    if (busy || held || !jobs.length) return;
    busy = true;
    while (jobs.length && !held) {
      hears.status("saving");
      await step(jobs[0]);
    }
    busy = false;
    if (!held) hears.status("saved");
  }

  async function step(job) {
    let answer;
    let body;
    try {
      job.body ??= await hears.find(job.wants);
      if (!job.body) return finish(job, null);
      job.base ??= hears.revision();
      keep();
      answer = await fetch(address + job.path, { method: "POST", headers: headers(job.base, job.key), body: JSON.stringify(job.body) });
      body = await answer.json();
    } catch (error) {
      // A refused look-up is final; a network that is not there is not.
      if (error.status && !LATER.has(error.status)) return hears.refused(job, error.problem), finish(job, null);
      return wait("offline");
    }
    if (LATER.has(answer.status)) return wait("busy", 1000 * Number(answer.headers.get("Retry-After") ?? 0));
    tries = 0;
    if (answer.status === 412) return (held = true), hears.status("held"), hears.stale(body, [...jobs]);
    if (!answer.ok) return hears.refused(job, body, answer.status), finish(job, null);
    // One that was done before was done on what the next rests on, whatever came since.
    if (body.replayed && jobs[1]) jobs[1].base ??= body.revision;
    try {
      hears.done(job, body, jobs.slice(1));
    } finally {
      finish(job, body);
    }
    return null;
  }

  function finish(job, body) {
    jobs = jobs.filter((each) => each !== job);
    keep();
    job.settle(body);
  }

  function wait(state, least = 0) {
    hears.status(state);
    const patience = Math.max(PATIENCE_MS[Math.min(tries, PATIENCE_MS.length - 1)], least);
    tries += 1;
    return new Promise((settle) => {
      wake = settle;
      timer = setTimeout(settle, patience);
    });
  }

  function now() {
    clearTimeout(timer);
    wake?.();
  }

  addEventListener("online", now);

  return {
    add,
    /** Try again at once. */
    now,
    /** The edits that wait, those on their way included. */
    waiting: () => jobs,
    /** Send what an earlier page left, on the revision that it rested on. */
    restore(left, base) {
      for (const [n, job] of left.entries()) jobs.push({ ...job, settle: () => {}, ...(n === 0 && { base }) });
      run();
    },
    /** Go on after somebody else's edits: with ours on top of theirs, or without. */
    resume(mine) {
      const given = jobs;
      jobs = [];
      held = false;
      for (const job of given) {
        // Other contents, other key: what was refused is not what is asked now.
        if (mine) jobs.push({ ...job, key: crypto.randomUUID(), base: undefined });
        else job.settle(null);
      }
      keep();
      if (jobs.length) run();
      else hears.status("saved");
    },
  };
}
