/** What is said of a plan before it is handed in: it is no fault, and may well be meant. */

import { place } from "gridmap/plan/model.js";

const byNumber = new Intl.Collator("zh", { numeric: true });

/**
 * Which of two names comes first: p1-2 before p1-10.
 * @param {string} one
 * @param {string} other
 */
export const inOrder = (one, other) => byNumber.compare(one, other);

/**
 * Say which grids are outside the band of households, of which nobody knows it, and which lie in several pieces.
 * @param {{name: string, households: number|null, pieces: number}[]} grids
 * @param {[number, number]} band
 * @param {Shared.Say} say
 * @param {function(number|null): string} count
 * @returns {string[]}
 */
export function concernsOf(grids, band, say, count) {
  const sorted = [...grids].sort((one, other) => inOrder(one.name, other.name));
  const stands = sorted.map((each) => ({ ...each, stands: place(each.households, band) }));
  const outside = stands.filter((each) => each.stands === "below" || each.stands === "above");
  const unknown = stands.filter((each) => each.stands === "unknown");
  const torn = stands.filter((each) => each.pieces > 1);
  const [low, high] = band.map(count);
  /** @param {function(any): string} of */
  const listed = (of) => (/** @type {any[]} */ each) => each.map(of).join(say("between"));
  const households = listed((each) => say("concern-one", { name: each.name, n: count(each.households) }));
  const names = listed((each) => each.name);
  const all = grids.length;
  return [
    outside.length && say("concern-band", { n: outside.length, all, low, high, which: households(outside) }),
    unknown.length && say("concern-unknown", { n: unknown.length, all, which: names(unknown) }),
    torn.length && say("concern-pieces", { n: torn.length, all, which: names(torn) }),
  ].filter((each) => typeof each === "string");
}
