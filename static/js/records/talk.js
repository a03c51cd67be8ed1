/** Writing: what the service asks about is asked, and what it wrote can be undone. */

import { ask, Refusal } from "gridmap/shared/ask.js";
import { el } from "gridmap/shared/dom.js";
import { open } from "gridmap/records/asking.js";
import { author, page, say } from "gridmap/records/page.js";

const query = { lang: page.language };

/**
 * Send a body that changes records; what is odd is asked, and sent again where somebody is sure of it.
 * @param {"/api/edits"|"/api/handovers"} path
 * @param {Record<string, unknown>} body
 * @returns {Promise<Records.Written|null>} null where it was given up
 */
export async function write(path, body) {
  /** @type {string[]} */
  let sure = [];
  for (;;) {
    try {
      return await ask(path, { query, body: { ...body, sure }, author: author() });
    } catch (error) {
      const asked = error instanceof Refusal ? doubts(error.problem) : [];
      if (!asked.length) throw error;
      const lines = asked.map(({ detail }) => el("li", {}, detail));
      const answer = await open(
        say("sure-title"),
        [el("ul", { class: "doubts" }, ...lines)],
        [["yes", say("sure-yes")]],
      );
      if (answer === null) return null;
      sure = [...new Set([...sure, ...asked.map(({ value }) => value)])];
    }
  }
}

/**
 * Undo a changeset; what others changed since is named, and asked whether the rest is to be undone.
 * @param {number} id
 * @returns {Promise<{id: number}|null>} null where it was given up
 */
export async function undo(id) {
  const path = `/api/changesets/${id}/revert`;
  try {
    return await ask(path, { method: "POST", query, author: author() });
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 409) throw error;
    const faults = error.problem.errors ?? [];
    const others = faults.filter(({ feature }) => feature);
    if (!others.length) throw error;
    const lines = others.map(({ detail }) => el("li", {}, detail));
    const content = [el("p", {}, say("changed-since")), el("ul", { class: "doubts" }, ...lines)];
    const answer = await open(say("undo-title", { id }), content, [["rest", say("undo-rest")]]);
    if (answer === null) return null;
    return ask(path, { method: "POST", query: { ...query, sparing: true }, author: author() });
  }
}

/**
 * A layer's form.
 * @param {string} layer
 * @returns {Promise<Records.Form>}
 */
export const formOf = (layer) => ask(`/api/forms/${layer}`, { query });

/**
 * Records of a layer that a text finds.
 * @param {string} layer
 * @param {string} text
 * @param {AbortSignal} [signal]
 * @returns {Promise<{id: string, code: string, name: string}[]>}
 */
export const find = async (layer, text, signal) =>
  (await ask(`/api/forms/${layer}/names`, { query: { ...query, q: text }, signal })).found;

/** @param {import("gridmap/shared/ask.js").Problem} problem */
function doubts({ errors = [] }) {
  return errors.length && errors.every(({ parameter }) => parameter === "sure") ? errors : [];
}
