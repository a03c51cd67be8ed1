/** What a form holds against what it began with, and against what others made of the record meanwhile. */

import assert from "node:assert/strict";
import { test } from "node:test";

const { changed, dayAfter, fieldOf, merged, same } = await import("gridmap/records/values.js");

test("only what differs is sent, and what was emptied as nothing", () => {
  const base = { name: "1号楼", floors: 6, units: null, lists: ["a", "b"], open: true };
  const now = { name: "1号楼 ", floors: "7", units: "", lists: ["a", "b"], open: true };
  assert.deepEqual(changed(base, now), { floors: "7" });
  assert.deepEqual(changed(base, { name: "", lists: [] }), { name: null, lists: null });
});

test("nothing, an empty text and an empty list are one", () => {
  assert.ok(same(null, "") && same(undefined, []) && same(6, "6"));
  assert.ok(!same(false, null) && !same("6", "7"));
});

test("a clash is what both changed otherwise; what only the other changed is taken", () => {
  const base = { floors: 6, units: 2, households: 10, use: null };
  const mine = { floors: "12", units: "2", households: "11", use: null };
  const theirs = { floors: 4, units: 9, households: 11, use: null };
  assert.deepEqual(merged(base, mine, theirs), {
    clashes: [{ name: "floors", was: 6, mine: "12", theirs: 4 }],
    taken: ["units"],
  });
});

test("the day after goes over the end of a month and of a leap February", () => {
  assert.equal(dayAfter("2024-02-28"), "2024-02-29");
  assert.equal(dayAfter("2025-12-31"), "2026-01-01");
  assert.equal(dayAfter("2025-03-01", -1), "2025-02-28");
  assert.equal(dayAfter("soon"), "");
  assert.equal(dayAfter(null), "");
});

test("a fault means the field at the end of its pointer", () => {
  assert.equal(fieldOf({ pointer: "/changes/3/properties/end_date" }), "end_date");
  assert.equal(fieldOf({}), "");
});
