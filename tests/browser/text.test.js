/** Figures, moments, places, messages and CSV, as planners read them. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { csv } from "gridmap/shared/csv.js";
import { isFigure, messageIn, moment, placeIn, whole, written } from "gridmap/shared/format.js";
import { kept } from "gridmap/shared/keep.js";
import { sayer } from "gridmap/shared/say.js";

test("figures have their thousands marked, a share one digit, and what is missing is a dash", () => {
  assert.equal(whole(12345.6), "12,346");
  assert.equal(written(12345.678, "number"), "12,345.68");
  assert.equal(written(1200, "number", "㎡"), "1,200 ㎡");
  assert.deepEqual(
    [1, 1.004, 2, 0].map((value) => written(value, "number", "people", "—", { people: "person" })),
    ["1 person", "1 person", "2 people", "0 people"],
  );
  assert.equal(written(1, "number", "m²", "—", { people: "person" }), "1 m²");
  assert.equal(written(0.4567, "share"), "45.7%");
  assert.equal(written(1987, "year"), "1987");
  assert.equal(written(0, "number"), "0");
  assert.equal(written(false, "text"), "false");
  assert.deepEqual(
    [null, undefined, ""].map((value) => written(value, "number")),
    ["—", "—", "—"],
  );
});

test("of a message kept in both languages the reader hears one", () => {
  assert.equal(messageIn("撤销 3 / revert 3", "zh"), "撤销 3");
  assert.equal(messageIn("撤销 3 / revert 3", "en"), "revert 3");
  assert.equal(messageIn("由 a / b.csv 导入 / Rows from a / b.csv", "en"), "Rows from a / b.csv");
  assert.equal(messageIn("said in one", "zh"), "said in one");
});

test("a message counts as the server's does", () => {
  const say = sayer(() => ({ rows: "{n:,} {n:row is|rows are} left of {all:,}" }));
  assert.equal(say("rows", { n: 1, all: 1234 }), "1 row is left of 1,234");
  assert.equal(say("rows", { n: 12345, all: "1,234" }), "12,345 rows are left of 1,234");
  assert.equal(say("rows", { n: 0, all: "—" }), "0 rows are left of —");
});

test("figures stand at right, words and codes at left", () => {
  assert.deepEqual(["number", "year", "share", "code", "text"].map(isFigure), [true, true, true, false, false]);
});

test("a moment is written by the clocks of the workspace, with two digits everywhere", () => {
  const late = "2025-02-05T20:05:59Z";
  assert.equal(moment(late, "UTC+08:00"), "2025-02-06 04:05");
  assert.equal(moment(late, "Asia/Shanghai"), "2025-02-06 04:05");
  assert.equal(moment(late, "UTC-03:30"), "2025-02-05 16:35");
  assert.equal(moment("2025-02-06T04:05:00+08:00", "UTC"), "2025-02-05 20:05");
  assert.equal(moment(late), "2025-02-05 20:05"); // no page, no zone
});

test("a place is longitude and latitude, with a comma of either kind or a blank", () => {
  const place = { lng: 120.4, lat: 36.2 };
  for (const text of ["120.4,36.2", " 120.4 , 36.2 ", "120.4，36.2", "120.4 36.2"])
    assert.deepEqual(placeIn(text), place);
  assert.deepEqual(placeIn("-0.5,-51"), { lng: -0.5, lat: -51 });
  for (const text of ["", "120.4", "和平社区", "120.4,36.2,1", "1234,5", "12,345"]) assert.equal(placeIn(text), null);
});

test("a message takes its parameters, keeps a name that nobody gave, and a key that has no words stands for itself", () => {
  const say = sayer(() => ({ rows: "{shown} of {total}, {shown}" }));
  assert.equal(say("rows", { shown: 0, total: "7" }), "0 of 7, 0");
  assert.equal(say("rows", { shown: 3 }), "3 of {total}, 3");
  assert.equal(say("unheard"), "unheard");
});

test("what is one of its kind is said in the singular, everything else in the plural", () => {
  const say = sayer(() => ({ rows: "{n} {n:row is|rows are} left of {all} {all:row|rows}" }));
  assert.equal(say("rows", { n: 1, all: "1" }), "1 row is left of 1 row");
  assert.equal(say("rows", { n: 0, all: "1,001" }), "0 rows are left of 1,001 rows");
  assert.equal(say("rows", { n: 2 }), "2 rows are left of {all} {all:row|rows}");
});

test("messages are those of the page as it is now", () => {
  let words = { hello: "hello" };
  const say = sayer(() => words);
  words = { hello: "你好" };
  assert.equal(say("hello"), "你好");
});

test("what nobody kept is as usual", () => assert.equal(kept("brush", 18), 18));

test("CSV begins with a byte-order mark, quotes what must be quoted, and ends every line", () => {
  assert.equal(csv(["名称", "a,b"], [['say "hi"', 1.5], [null, "two\nlines"]]), '\ufeff名称,"a,b"\r\n"say ""hi""",1.5\r\n,"two\nlines"\r\n'); // prettier-ignore
});

test("CSV lets no cell become a formula, and no long code a rounded number", () => {
  const [, ...cells] = csv([], [["=1+1", "-x", "@a", -3, "990301001001", "12345"]]).split(/[,\r\n]+/);
  assert.deepEqual(cells.slice(0, 6), ["'=1+1", "'-x", "'@a", "-3", "\t990301001001", "12345"]);
});
