/** What a proposal says of itself, and what may be taken over of it: no page, no service. */

import { whole, written } from "gridmap/shared/format.js";

/** The kind whose parts become grids of one draft plan. */
export const GRIDS = "propose-grids";

const BUNDLES = "bundle-buildings";
const SITES = "site-stations";

/** The columns of its table, in their order; other kinds show all that they have, and call a part by its name. */
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
/** The kinds whose parts become one draft plan, which is of one community. */
const ONE_PLAN = [GRIDS, "crossings"];
/** Codes that nobody reads, or that stand in the name; files have them. */
const NOT_SHOWN = [
  "part",
  "name",
  "route",
  "community_code",
  "community_name",
  "building_codes",
  "centre",
  "members",
  "station",
  "rank",
];

/**
 * Which columns have something to say; those that nobody filled are left out.
 * @param {Proposals.Found} found
 */
export const filled = ({ process, rows, labels }) =>
  (process === GRIDS ? COLUMNS : Object.keys(labels).filter((key) => !NOT_SHOWN.includes(key))).filter((key) =>
    rows.some((row) => row[key] !== null && row[key] !== undefined && row[key] !== "" && row[key]?.length !== 0),
  );

/**
 * The parts of an answer as a table: its rows of a part each, or what is told of the parts where rows are of something
 * else, as members or crossings are.
 * @param {{rows: Record<string, any>[], proposal: Shared.Collection}} answer
 * @param {boolean} byPart
 * @returns {Record<string, any>[]}
 */
export const partsOf = ({ rows, proposal }, byPart) =>
  byPart
    ? rows.filter(({ part }) => part !== null && part !== undefined)
    : proposal.features.map(({ properties }) => properties);

/**
 * How each part is called: by its name; a grid by today's name or code, a new one by its number.
 * @param {Proposals.Found} found
 * @param {Shared.Say} say
 * @returns {Map<string, string>}
 */
export function names({ process, rows }, say) {
  let n = 0;
  const grid = (/** @type {any} */ row) =>
    row.grid_code === null || row.grid_code === undefined ? null : row.name || row.grid_code;
  const called = (/** @type {any} */ row) => {
    if (process === GRIDS) return grid(row) ?? say("proposing.js-new", { n: (n += 1) });
    if (process === BUNDLES) return say("proposing.js-bundle", { place: row.community_name, n: numberOf(row.part) });
    if (process === SITES && !row.name) return say("proposing.js-site", { n: row.rank });
    return row.name || row.part;
  };
  return new Map(rows.map((row) => [String(row.part), String(called(row))]));
}

/**
 * The number of a bundle within its community: 990201001001.b3 is the third.
 * @param {string} part
 */
const numberOf = (part) => part.slice(part.lastIndexOf(".b") + 2);

/** @type {Record<string, string>} */
const STATUS = {
  optimal: "proposing.js-status-optimal",
  feasible: "proposing.js-status-feasible",
  infeasible: "proposing.js-status-infeasible",
};

/**
 * The message that says the status: what was not found is not what is proven impossible.
 * @param {Record<string, any>} summary
 * @param {string} process
 */
export function statusOf({ status, proven }, process) {
  if (status !== "infeasible") return STATUS[status];
  if (process !== GRIDS) return proven ? "proposing.js-status-impossible" : "proposing.js-status-nothing-found";
  return proven ? STATUS[status] : "proposing.js-status-not-found";
}

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
 * @param {Pick<Proposals.Found, "process"|"rows">} found
 * @param {Set<string>} picked
 * @returns {"none-picked"|"one-community"|null}
 */
export function hindrance({ process, rows }, picked) {
  if (!ONE_PLAN.includes(process)) return picked.size ? null : "none-picked";
  const communities = new Set(rows.filter((row) => picked.has(String(row.part))).map((row) => row.community_code));
  if (!communities.size) return "none-picked";
  return communities.size > 1 ? "one-community" : null;
}

/**
 * What is sent to take parts over: they are named only where some were left out, the layer where it is not the usual one.
 * @param {Pick<Proposals.Found, "job"|"rows">} found
 * @param {Set<string>} picked
 * @param {{anyway?: boolean, into?: string|null, name?: string}} how
 */
export function opening({ job, rows }, picked, { anyway = false, into = null, name = "" } = {}) {
  const parts = rows.map((row) => String(row.part)).filter((part) => picked.has(part));
  return {
    proposal: job,
    ...(parts.length < rows.length && { parts }),
    ...(anyway && { anyway }),
    ...(into && { into }),
    ...(name && { name }),
  };
}
