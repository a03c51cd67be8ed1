/** A proposal is computed as a job: handed in, followed, stopped, read. */

import { ask, Refusal } from "gridmap/shared/ask.js";

const EVERY_MS = 700;
const PATIENCE = 20;

/**
 * Hand a proposal in; gives the job.
 * @param {string} process
 * @param {Record<string, unknown>} inputs
 * @param {string} language
 */
export const handIn = (process, inputs, language) =>
  ask(`/api/processes/${process}/execution`, {
    query: { lang: language },
    body: { inputs },
    prefer: "respond-async",
    key: crypto.randomUUID(),
  });

/**
 * Follow a job to its end: `told` hears how it is, `lost` that nobody answers for now. Gives how it ended.
 * @param {string} id
 * @param {string} language
 * @param {{told: function(any): void, lost: function(): void}} hears
 */
export async function follow(id, language, { told, lost }) {
  let failures = 0;
  for (;;) {
    try {
      const job = await ask(`/api/jobs/${id}`, { query: { lang: language } });
      failures = 0;
      told(job);
      if (job.status !== "accepted" && job.status !== "running") return job;
    } catch (error) {
      failures += 1;
      if (error instanceof Refusal || failures > PATIENCE) throw error;
      lost();
    }
    await new Promise((settle) => setTimeout(settle, EVERY_MS));
  }
}

/** @param {string} id */
export const stop = (id) => ask(`/api/jobs/${id}`, { method: "DELETE" });

/**
 * What a job answered, in the words of a language.
 * @param {string} id
 * @param {string} language
 */
export const answerOf = (id, language) => ask(`/api/jobs/${id}/results`, { query: { words: language } });

/**
 * The proposals of a kind that are still kept, newest first, each with what was asked.
 * @param {string} process
 * @param {string} language
 */
export async function earlier(process, language) {
  const query = {
    processID: process,
    status: "successful",
    limit: 10,
    lang: language,
  };
  const { jobs } = await ask("/api/jobs", { query });
  return Promise.all(
    jobs.map((/** @type {any} */ { jobID }) => ask(`/api/jobs/${jobID}`, { query: { lang: language } })),
  );
}
