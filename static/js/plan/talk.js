/** The editor's talk with the service: who writes, in which language, and what is sent again when it got lost. */

import { ask, call } from "gridmap/shared/ask.js";
import { kept } from "gridmap/shared/keep.js";
import { page } from "gridmap/plan/page.js";

const PATIENCE_MS = [1000, 2000, null];

/**
 * Read something of the service; a refusal is thrown.
 * @param {string} path
 * @param {Record<string, unknown>} [query]
 */
export const read = (path, query) => ask(path, { query, language: page.language });

/**
 * Write something once: what `key` was done with before is not done again. Gives the answer, refused or not.
 * @param {string} path
 * @param {{body: unknown, match?: number|null, key: string}} asked
 */
export const write = (path, asked) =>
  call(path, { ...asked, language: page.language, author: kept("author", "").trim() });

/**
 * Write something that is not an edit; a request that got lost is sent again, and done once. Gives the answer.
 * @param {string} path
 * @param {unknown} body
 * @param {number|null} [match] the revision that it rests on
 */
export async function writeSurely(path, body, match = null) {
  const key = crypto.randomUUID();
  for (const patience of PATIENCE_MS) {
    try {
      return await write(path, { body, match, key });
    } catch (error) {
      if (patience === null) throw error;
      await new Promise((settle) => setTimeout(settle, patience));
    }
  }
  throw new Error("unreachable");
}
