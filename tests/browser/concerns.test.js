/** What is said of a plan before it is handed in. */

import assert from "node:assert/strict";
import { test } from "node:test";

const { concernsOf, inOrder } = await import("gridmap/plan/concerns.js");

/** @type {Shared.Say} */
const say = (key, given = {}) =>
  key === "between"
    ? ", "
    : key === "concern-one"
      ? `${given.name} ${given.n}`
      : `${key} ${given.n} of ${given.all}: ${given.which}`;

test("grids outside the band, unknown and torn ones are named with their figures, in the order of their numbers", () => {
  const grids = [
    { name: "p1-10", households: 684, pieces: 1 },
    { name: "p1-2", households: 176, pieces: 2 },
    { name: "p1-3", households: 344, pieces: 1 },
    { name: "p1-4", households: null, pieces: 1 },
  ];
  assert.deepEqual(concernsOf(grids, [300, 500], say, String), [
    "concern-band 2 of 4: p1-2 176, p1-10 684",
    "concern-unknown 1 of 4: p1-4",
    "concern-pieces 1 of 4: p1-2",
  ]);
});

test("of a plan within the band nothing is said, and its edges are within", () => {
  const grids = [300, 500].map((households) => ({ name: "p", households, pieces: 1 }));
  assert.deepEqual(concernsOf(grids, [300, 500], say, String), []);
});

test("names are in the order of their numbers", () => {
  assert.deepEqual(["第10网格", "第2网格", "第1网格"].sort(inOrder), ["第1网格", "第2网格", "第10网格"]);
});
