/** Which features the table shows, how many of each group, and in which order: a page of five buildings. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

const data = {
  map: "coverage",
  language: "zh",
  words: {},
  total: 5,
  groups: [{ key: "open" }, { key: "managed" }],
  classes: [
    { key: "lapsed", group: "open" },
    { key: "none", group: "open" },
    { key: "soe", group: "managed" },
  ],
  columns: [
    { key: "code", kind: "code", width: 2, values: ["B10", "B9", "B2", "B1", "B3"] },
    { key: "name", kind: "text", width: 3, words: ["滨河花园", "Harbour Court"], at: [0, 1, -1, 0, 1] },
    { key: "households", kind: "number", width: 1, values: [12, null, 3, 12, 100] },
    { key: "remark", kind: "text", width: 0, values: ["harbour", null, null, null, null] },
  ],
  features: {
    ids: ["b0", "b1", "b2", "b3", "b4"],
    names: { values: ["a", "b", "c", "d", "e"] },
    class: { words: ["lapsed", "none", "soe"], at: [0, 1, 2, 0, 2] },
    shapes: [null, null, null, null, null],
  },
};
globalThis.document = { getElementById: () => ({ textContent: JSON.stringify(data) }) };
const { asQuery, countByGroup, fits, rows } = await import("gridmap/workbench/filter.js");
const { features, take } = await import("gridmap/workbench/page.js");
const { on, set, state } = await import("gridmap/workbench/state.js");

const ids = () => rows().map(features.id);
beforeEach(() => set({ group: "all", off: [], text: "", sort: null }));

test("a group shows its own features, and all shows all", () => {
  assert.deepEqual(ids(), ["b0", "b1", "b2", "b3", "b4"]);
  set({ group: "managed" });
  assert.deepEqual(ids(), ["b2", "b4"]);
});

test("a class that is switched off is neither shown nor counted", () => {
  set({ off: ["lapsed"] });
  assert.deepEqual(ids(), ["b1", "b2", "b4"]);
  assert.deepEqual(countByGroup(), { open: 1, managed: 2 });
});

test("text is looked for in texts and codes of the table, whatever its case; not in figures, nor in what the table leaves out", () => {
  set({ text: " HARBOUR " });
  assert.deepEqual(ids(), ["b1", "b4"]);
  set({ text: "b1" });
  assert.deepEqual(ids(), ["b0", "b3"]);
  set({ text: "100" });
  assert.deepEqual(ids(), []);
  set({ text: "花园" });
  assert.deepEqual([0, 1, 2, 3, 4].map(fits), [true, false, false, true, false]);
});

test("figures are ordered as figures, equal ones as they came, and what is missing stands last either way", () => {
  set({ sort: "households" });
  assert.deepEqual(ids(), ["b2", "b0", "b3", "b4", "b1"]);
  set({ sort: "households.down" });
  assert.deepEqual(ids(), ["b4", "b0", "b3", "b2", "b1"]);
});

test("codes are ordered by the numbers in them", () => {
  set({ sort: "code" });
  assert.deepEqual(ids(), ["b3", "b2", "b4", "b1", "b0"]);
});

test("the service is asked for what is shown, and for no class that the page does not have", () => {
  set({ off: ["soe", "of-another-map"], text: " x ", sort: "code.down", group: "open" });
  assert.deepEqual(asQuery(), { rows: "open", off: "soe", text: "x", sort: "code.down" });
});

test("who listens to a key hears its change once, and nothing where nothing changed", () => {
  const heard = [];
  on(["text"], ({ text }) => heard.push(text));
  set({ text: "a" });
  set({ text: "a", sort: "code" });
  set({ group: "open" });
  assert.deepEqual(heard, ["a"]);
  assert.equal(state.sort, "code");
});

test("features that come later get the next positions, and those known already are taken anew in theirs", () => {
  const batch = {
    features: {
      ids: ["b1", "b9"],
      names: { values: ["new", "nine"] },
      class: { values: ["soe", "soe"] },
      shapes: [null, null],
    },
    columns: data.columns.map(() => ({ values: [7, 8] })),
  };
  assert.deepEqual(take(batch), [1, 5]);
  assert.equal(features.name(1), "new");
  assert.equal(features.class(1).key, "soe");
  assert.equal(features.position("b9"), 5);
  assert.equal(features.position("nobody"), -1);
});
