/** What is told of two proposals beside each other, in words: no page, no service. */

import { whole, written } from "gridmap/shared/format.js";
import { statusOf } from "gridmap/proposals/told.js";

const COSTS = ["objective", "bound"];

/**
 * A figure of the whole in words: the verdict's status, a gap in per cent, yes and no, numbers.
 * @param {any} value
 * @param {string} figure
 * @param {{say: Shared.Say, process: string, proven: boolean}} how
 * @returns {string}
 */
export function figure(value, figure, { say, process, proven }) {
  if (figure === "status") return say(statusOf({ status: value, proven }, process));
  if (typeof value === "boolean") return say(value ? "yes" : "no");
  if (typeof value === "number" && COSTS.includes(figure)) return whole(value);
  if (typeof value === "number") return written(value, figure === "gap" ? "share" : "number");
  return written(value);
}

/**
 * The difference of two figures with its sign; nothing where there is none to tell.
 * @param {number|null} value
 * @param {string} figure
 */
export function difference(value, figure) {
  if (value === null || value === undefined) return "";
  const size = Math.abs(value);
  const text = COSTS.includes(figure) ? whole(size) : written(size, figure === "gap" ? "share" : "number");
  return value > 0 ? `+${text}` : value < 0 ? `−${text}` : "0";
}

/**
 * What was wished in words: choices by their names, lists with commas, nothing as a dash.
 * @param {any} value
 * @param {Shared.Words} words
 * @param {Shared.Say} say
 * @returns {string}
 */
export function wished(value, words, say) {
  if (typeof value === "boolean") return say(value ? "yes" : "no");
  if (Array.isArray(value)) return value.map((each) => wished(each, words, say)).join("、") || "—";
  if (typeof value === "number") return written(value, "number");
  return written(words[value] ?? value);
}

/**
 * Which figures of parts have something to say in these rows.
 * @param {Record<string, any>[]} rows
 * @param {Shared.Words} labels
 */
export const told = (rows, labels) =>
  Object.keys(labels).filter((name) =>
    rows.some((row) =>
      [row[`${name}_first`], row[`${name}_second`]].some((each) => each !== null && each !== undefined),
    ),
  );
