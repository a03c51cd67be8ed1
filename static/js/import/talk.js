/** The wizard's talk with the service: in the reader's language, and with words for a service that is not there. */

import { ask, givenUp, Refusal, upload } from "gridmap/shared/ask.js";
import { page, say } from "gridmap/import/page.js";

const query = { lang: page.language };

/**
 * Hand files in; gives the preview.
 * @param {File[]} files
 * @param {function(number): void} sent hears a share from 0 to 1
 * @param {AbortSignal} signal
 */
export function handIn(files, sent, signal) {
  const form = new FormData();
  for (const file of files) form.append("file", file, file.name);
  return upload("/api/imports", form, { query, sent, signal }).catch(inWords);
}

/**
 * Ask the API; what goes wrong is in words.
 * @param {string} path
 * @param {import("gridmap/shared/ask.js").Asked} [asked]
 */
export const askPlainly = (path, asked = {}) => ask(path, { query, ...asked }).catch(inWords);

/** @param {any} error */
function inWords(error) {
  throw error instanceof Refusal || givenUp(error) ? error : new Error(say("failed"));
}
