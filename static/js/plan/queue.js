/**
 * Sends edits one after the other, each based on the revision that the one before made, each with a key of its own: a
 * request that got lost is sent again with the same key, and is done once.
 */

import { write } from "gridmap/plan/talk.js";
import { keepUnsaved } from "gridmap/plan/unsaved.js";

const PATIENCE_MS = [1000, 2000, 4000, 8000, 15000];
/** Answers that say "not now": they are asked again. */
const LATER = new Set([429, 502, 503, 504]);

/**
 * Make the queue of a plan.
 * @param {string} path of the plan in the API
 * @param {Plan.QueueHears} hears
 */
export function makeQueue(path, hears) {
  /** @type {Plan.Job[]} */
  let jobs = [];
  let busy = false;
  let held = false;
  let tries = 0;
  /** @type {ReturnType<typeof setTimeout>} */
  let timer = null;
  /** @type {(function(): void)|null} */
  let wake = null;

  /**
   * Add an edit: `{path, body, ids, grid}`; what stands for a body that is yet to be found is in `wants`.
   * @param {Plan.Job} job
   */
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

  /** @param {Plan.Job} job */
  async function step(job) {
    let answer;
    try {
      job.body ??= await hears.find(job.wants);
      if (!job.body) return finish(job, null);
      job.base ??= hears.revision();
      keep();
      answer = await write(path + job.path, { body: job.body, match: job.base, key: job.key });
    } catch (error) {
      // A refused look-up is final; a network that is not there is not.
      if (error.status && !LATER.has(error.status)) return (hears.refused(job, error.problem), finish(job, null));
      return wait("offline");
    }
    if (LATER.has(answer.status)) return wait("busy", 1000 * Number(answer.headers.get("Retry-After") ?? 0));
    tries = 0;
    const body = answer.said;
    if (answer.status === 412) return ((held = true), hears.status("held"), hears.stale(body, [...jobs]));
    if (!answer.ok) return (hears.refused(job, body, answer.status), finish(job, null));
    // One that was done before was done on what the next rests on, whatever came since.
    if (body.replayed && jobs[1]) jobs[1].base ??= body.revision;
    try {
      hears.done(job, body, jobs.slice(1));
    } finally {
      finish(job, body);
    }
    return null;
  }

  /**
   * @param {Plan.Job} job
   * @param {Plan.Done|null} body
   */
  function finish(job, body) {
    jobs = jobs.filter((each) => each !== job);
    keep();
    job.settle(body);
  }

  /** @param {string} state */
  function wait(state, least = 0) {
    hears.status(state);
    const patience = Math.max(PATIENCE_MS[Math.min(tries, PATIENCE_MS.length - 1)], least);
    tries += 1;
    return new Promise((settle) => {
      wake = () => settle(null);
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
    /**
     * Send what an earlier page left, on the revision that it rested on.
     * @param {Plan.Job[]} left
     * @param {number|null} base
     */
    restore(left, base) {
      for (const [n, job] of left.entries()) jobs.push({ ...job, settle: () => {}, ...(n === 0 && { base }) });
      run();
    },
    /**
     * Go on after somebody else's edits: with ours on top of theirs, or without.
     * @param {boolean} mine
     */
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
