/** What an analysis answers, put into words: sums that hold estimates, sums that nobody knows. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { asCsv, inWords, told } from "gridmap/shared/outputs.js";

const SAID = {
  words: { about: "约 {value}", yes: "是", no: "否" },
  labels: { managed: "有管理", managed_estimated: "其中估算", total: "合计", total_estimated: "估算" },
};
const ROW = { managed: 1200, managed_estimated: 0, total: 3400.5, total_estimated: 2 };

test("a sum that holds estimates is marked, one that holds none is not, and what nobody knows is a dash", () => {
  assert.equal(told(ROW, "managed", SAID), "1,200");
  assert.equal(told(ROW, "total", SAID), "约 3,401"); // half a square metre of it is not known
  assert.equal(told({ total: null, total_estimated: 0 }, "total", SAID), "—");
});

test("names of a list have commas between them, and sentences lines of their own", () => {
  assert.equal(inWords(["甲", "乙"], "names", SAID), "甲、乙");
  assert.equal(inWords(["a", "b"], "names", { ...SAID, words: { between: ", " } }), "a, b");
  assert.equal(inWords(["共 92 栋楼。", "建议设 3 个站点。"], "sentences", SAID), "共 92 栋楼。\n建议设 3 个站点。");
});

test("texts with commas of their own stand below each other, for between commas nobody could tell them apart", () => {
  const binds = ["甲院共 420 户且不得切开，超过每网格上限 400 户", "3 户（B1）与其他部分不相连"];
  assert.equal(inWords(binds, "binds", SAID), binds.join("\n"));
  assert.equal(inWords(["B1", "B2"], "codes", SAID), "B1、B2");
});

test("a file has the numbers, and beside each how many estimates it holds", () => {
  const lines = asCsv([ROW], SAID).replace("\ufeff", "").split(/\r?\n/);
  assert.equal(lines[0], "有管理,其中估算,合计,估算");
  assert.equal(lines[1], "1200,0,3400.5,2");
  // Nothing stands under a heading that the answer has no figures for.
  assert.ok(!asCsv([{ managed: 7 }], SAID).includes("合计"));
});
