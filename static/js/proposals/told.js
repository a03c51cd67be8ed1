/** What a proposal says of itself, and what may be taken over of it: no page, no service. */

import { whole, written } from "gridmap/shared/format.js";

/** The columns of the table, in their order; those that nobody filled are left out. */
export const COLUMNS = [
  "households",
  "deviation",
  "moved_households",
  "polsby_popper",
  "reock",
  "in_band",
  "contiguous",
  "missing_households",
  "patrol_m",
];

/**
 * Which columns have something to say.
 * @param {Record<string, any>[]} rows
 */
export const filled = (rows) =>
  COLUMNS.filter((key) => rows.some((row) => row[key] !== null && row[key] !== undefined));

/**
 * How each part is called: by today's name or code, a new one by its number.
 * @param {Record<string, any>[]} rows
 * @param {Shared.Say} say
 * @returns {Map<string, string>}
 */
export function names(rows, say) {
  let n = 0;
  return new Map(
    rows.map((row) => {
      const known = row.grid_code === null || row.grid_code === undefined ? null : row.name || row.grid_code;
      return [String(row.part), String(known ?? say("proposing.js-new", { n: (n += 1) }))];
    }),
  );
}

/** @type {Record<string, string>} */
const STATUS = {
  optimal: "proposing.js-status-optimal",
  feasible: "proposing.js-status-feasible",
  infeasible: "proposing.js-status-infeasible",
};

/**
 * The message that says the status: what was not found is not what is proven impossible.
 * @param {Record<string, any>} summary
 */
export const statusOf = ({ status, proven }) =>
  status === "infeasible" && !proven ? "proposing.js-status-not-found" : STATUS[status];

/**
 * Objective, bound and gap as they are read.
 * @param {Record<string, any>} summary
 */
export const verdictOf = ({ objective, bound, gap }) => ({
  objective: objective === null ? "—" : whole(objective),
  bound: bound === null ? "—" : whole(bound),
  gap: written(gap, "share"),
});

/**
 * What hinders taking over the picked parts; null where nothing does.
 * @param {Record<string, any>[]} rows
 * @param {Set<string>} picked
 * @returns {"none-picked"|"one-community"|null}
 */
export function hindrance(rows, picked) {
  const communities = new Set(rows.filter((row) => picked.has(String(row.part))).map((row) => row.community_code));
  if (!communities.size) return "none-picked";
  return communities.size > 1 ? "one-community" : null;
}

/**
 * What is sent to open a draft: the parts are named only where some were left out.
 * @param {string} job
 * @param {Record<string, any>[]} rows
 * @param {Set<string>} picked
 * @param {boolean} anyway
 */
export function opening(job, rows, picked, anyway) {
  const parts = rows.map((row) => String(row.part)).filter((part) => picked.has(part));
  return { proposal: job, ...(parts.length < rows.length && { parts }), ...(anyway && { anyway }) };
}
