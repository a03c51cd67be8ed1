/** Where grids of two systems cross: the ground on the map, and a list of who shares what with whom, and what moves. */

import { el } from "gridmap/shared/dom.js";
import { written } from "gridmap/shared/format.js";

/**
 * Show the crossings of a comparison; null where no systems were compared.
 * @param {Proposals.Bench} bench
 * @param {Proposals.Found} found
 * @param {Map<string, string>} called what the grids are called
 */
export function crossingsOf({ say, map }, { crossings }, called) {
  if (!crossings) return null;
  map.under(crossings);
  const lines = crossings.features.map(({ properties }) => line(say, properties, called, map.choose));
  return el(
    "div",
    { class: "chapter crossings" },
    el("h4", {}, say("proposing.js-crossings")),
    lines.length ? el("ul", {}, ...lines) : el("p", { class: "hint" }, say("proposing.js-crossing-none")),
  );
}

/**
 * @param {Shared.Say} say
 * @param {Record<string, any>} row
 * @param {Map<string, string>} called
 * @param {function(string): void} choose
 */
function line(say, row, called, choose) {
  const text = say("proposing.js-crossing", {
    grid: row.grid_name ?? row.grid_code,
    other: row.other_name ?? row.other_code,
    buildings: written(row.buildings, "number"),
    households: written(row.households, "number"),
  });
  return el(
    "li",
    { "data-crossing": row.crossing },
    el("button", { type: "button", class: "button small", onclick: () => choose(row.grid_code) }, text),
    el("small", {}, ` ${goes(say, row, called)}`),
  );
}

/**
 * What the proposal does with the ground that two grids share.
 * @param {Shared.Say} say
 * @param {Record<string, any>} row
 * @param {Map<string, string>} called
 */
export const goes = (say, row, called) =>
  row.moved_buildings
    ? say("proposing.js-crossing-to", {
        buildings: written(row.moved_buildings, "number"),
        households: written(row.moved_households, "number"),
        to: row.to
          .split("、")
          .map((/** @type {string} */ code) => called.get(code) ?? code)
          .join("、"),
      })
    : say("proposing.js-crossing-stays");
