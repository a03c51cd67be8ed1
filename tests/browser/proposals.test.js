/** Proposals in the browser: what a form asks, what a proposal says of itself, and what may be taken over. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { difference, figure, told, wished } from "gridmap/proposals/beside.js";
import { goes } from "gridmap/proposals/crossings.js";
import { filled, hindrance, names, opening, statusOf, verdictOf } from "gridmap/proposals/told.js";
import { inputsOf } from "gridmap/proposals/wishes.js";

const ROWS = [
  {
    part: "A01",
    grid_code: "A01",
    name: "东格",
    community_code: "A",
    households: 300,
    patrol_m: null,
  },
  {
    part: "A.g1",
    grid_code: null,
    name: null,
    community_code: "A",
    households: 280,
    patrol_m: null,
  },
  {
    part: "B.g1",
    grid_code: null,
    name: null,
    community_code: "B",
    households: null,
    patrol_m: null,
  },
];
const GRIDS = { process: "propose-grids", rows: ROWS, labels: {} };
const AREAS = {
  process: "joint-units",
  rows: [
    { part: "b1", name: "东片", households: 12, why: null },
    { part: "b2", name: null, households: null, why: [] },
  ],
  labels: { part: "编码", name: "名称", households: "户数", why: "原因" },
};
const say = (/** @type {string} */ key, /** @type {any} */ { n }) => `${key} ${n}`;

test("an empty field is left to its usual value, a list is read with commas of either kind", () => {
  const fields = [
    { name: "within", kind: "choice", value: "communities:A" },
    { name: "households_min", kind: "integer", value: " 300 " },
    { name: "households_max", kind: "integer", value: "" },
    { name: "moved_weight", kind: "number", value: "0.5" },
    { name: "locked", kind: "list", value: "A01，A02, A03" },
    { name: "only", kind: "list", value: "  " },
  ];
  assert.deepEqual(inputsOf(fields), {
    within: "communities:A",
    households_min: 300,
    moved_weight: 0.5,
    locked: ["A01", "A02", "A03"],
  });
});

test("groups are parted by semicolons, points by them, too, and a box is ticked or not", () => {
  const fields = [
    { name: "together", kind: "pairs", value: "990101+990102；990103, 990104" },
    { name: "points", kind: "points", value: "120.1,36.2; 120.3,36.4" },
    { name: "same_street", kind: "yesno", value: "on", checked: false },
  ];
  assert.deepEqual(inputsOf(fields), {
    together: [
      ["990101", "990102"],
      ["990103", "990104"],
    ],
    points: [
      [120.1, 36.2],
      [120.3, 36.4],
    ],
    same_street: false,
  });
});

test("no tick at all says that there is none, and is not the usual value", () => {
  assert.deepEqual(inputsOf([{ name: "barriers", kind: "ticks", value: "", ticked: [] }]), { barriers: [] });
});

test("a grid that goes on is called by its name, a new one by its number", () => {
  assert.deepEqual(
    [...names(/** @type {any} */ (GRIDS), say).values()],
    ["东格", "proposing.js-new 1", "proposing.js-new 2"],
  );
});

test("a part of another kind is called by its name, and shows every column that somebody filled", () => {
  assert.deepEqual([...names(/** @type {any} */ (AREAS), say).values()], ["东片", "b2"]);
  assert.deepEqual(filled(/** @type {any} */ (AREAS)), ["households"]);
});

test("bundles and stations are called by words and not by codes", () => {
  const bundles = { process: "bundle-buildings", rows: [{ part: "990201001001.b3", community_name: "鼓楼社区" }] };
  const sites = {
    process: "site-stations",
    rows: [
      { part: "s1", rank: 1, name: null },
      { part: "s2", name: "滨江院" },
    ],
  };
  assert.deepEqual([...names(/** @type {any} */ (bundles), say).values()], ["proposing.js-bundle 3"]);
  assert.deepEqual([...names(/** @type {any} */ (sites), say).values()], ["proposing.js-site 1", "滨江院"]);
});

test("two proposals are told in words: shares, signs, choices", () => {
  const how = { say: (/** @type {string} */ key) => key, process: "propose-grids", proven: true };
  assert.equal(figure(0.125, "gap", how), "12.5%");
  assert.equal(figure(1215.39, "objective", how), "1,215");
  assert.equal(figure("infeasible", "status", how), "proposing.js-status-infeasible");
  assert.equal(difference(-0.036, "gap"), "−3.6%");
  assert.equal(difference(3, "grids"), "+3");
  assert.equal(difference(null, "status"), "");
  assert.equal(wished(["a", "b"], { a: "甲" }, how.say), "甲、b");
  assert.equal(wished(null, {}, how.say), "—");
  assert.deepEqual(
    told([{ households_first: 1 }, { elderly_60_second: null }], { households: "户", elderly_60: "人" }),
    ["households"],
  );
});

test("columns that nobody filled are left out", () => {
  assert.deepEqual(filled(/** @type {any} */ (GRIDS)), ["households"]);
});

test("what was not found in time is not called impossible", () => {
  assert.equal(statusOf({ status: "infeasible", proven: true }, "propose-grids"), "proposing.js-status-infeasible");
  assert.equal(statusOf({ status: "infeasible", proven: false }, "propose-grids"), "proposing.js-status-not-found");
  assert.equal(statusOf({ status: "feasible", proven: false }, "propose-grids"), "proposing.js-status-feasible");
});

test("objective, bound and gap are dashes where nothing keeps to the wishes", () => {
  assert.deepEqual(verdictOf({ objective: 1234.5, bound: 1000, gap: 0.19 }), {
    objective: "1,235",
    bound: "1,000",
    gap: "19.0%",
  });
  assert.deepEqual(verdictOf({ objective: null, bound: null, gap: null }), {
    objective: "—",
    bound: "—",
    gap: "—",
  });
});

test("parts of two communities, and no part, make no draft", () => {
  assert.equal(hindrance(GRIDS, new Set()), "none-picked");
  assert.equal(hindrance(GRIDS, new Set(["A01", "B.g1"])), "one-community");
  assert.equal(hindrance(GRIDS, new Set(["A01", "A.g1"])), null);
  assert.equal(hindrance({ process: "assign-posts", rows: ROWS }, new Set(["A01", "B.g1"])), null);
});

test("parts are named only where some were left out", () => {
  const every = new Set(ROWS.map(({ part }) => part));
  assert.deepEqual(opening({ job: "j", rows: ROWS }, every), { proposal: "j" });
  assert.deepEqual(opening({ job: "j", rows: ROWS }, new Set(["A.g1"]), { anyway: true }), {
    proposal: "j",
    parts: ["A.g1"],
    anyway: true,
  });
});

test("of ground that grids of two systems share it is said where it goes, or that it stays", () => {
  const told = (/** @type {string} */ key, /** @type {any} */ values = {}) =>
    [key, values.buildings, values.to].join(" ");
  const called = new Map([["A02", "西格"]]);
  const row = { moved_buildings: 3, moved_households: 20, to: "A02、A03" };
  assert.equal(goes(told, row, called), "proposing.js-crossing-to 3 西格、A03");
  assert.equal(goes(told, { moved_buildings: 0 }, called), "proposing.js-crossing-stays  ");
});
