/** What web/maps/encode.py writes, read back: by examples that were reckoned by hand. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeColumn, decodeShape, toGeoJson } from "gridmap/shared/decode.js";

test("a column gives its values by their place", () => {
  const value = decodeColumn({ values: [1, 2.5, null] });
  assert.deepEqual([0, 1, 2].map(value), [1, 2.5, null]);
});

test("a column of words gives the word that stands there, and nothing where -1 stands", () => {
  const word = decodeColumn({ words: ["a", "b"], at: [0, 0, -1, 0, 1, 1] });
  assert.deepEqual([0, 1, 2, 3, 4, 5].map(word), ["a", "a", null, "a", "b", "b"]);
});

test("a point is whole steps of a millionth of a degree, longitude first", () => {
  assert.deepEqual(decodeShape([120_000_000, 36_000_000]), { kind: "point", latlngs: [36, 120] });
});

test("each corner of a line is the difference to the one before, and each line begins anew", () => {
  const shape = decodeShape([
    [120_000_000, 36_000_000, 500_000, -250_000],
    [1_000_000, 2_000_000, -1_000_000, 0],
  ]);
  assert.equal(shape.kind, "line");
  assert.deepEqual(shape.latlngs[0], [
    [36, 120],
    [35.75, 120.5],
  ]);
  assert.deepEqual(shape.latlngs[1], [
    [2, 1],
    [2, 0],
  ]);
});

test("nothing is nothing", () => {
  assert.equal(decodeShape(null), null);
  assert.equal(decodeShape([]), null);
  assert.equal(toGeoJson(null), null);
});

test("an area keeps its holes, and GeoJSON closes its rings and turns them as RFC 7946 has it", () => {
  // A square of 4 by 4 degrees, written clockwise, with a hole of 1 by 1, written counter-clockwise.
  const outer = [0, 0, 0, 4_000_000, 4_000_000, 0, 0, -4_000_000];
  const hole = [1_000_000, 1_000_000, 1_000_000, 0, 0, 1_000_000, -1_000_000, 0];
  const shape = decodeShape([[outer, hole]]);
  assert.equal(shape.kind, "area");
  assert.deepEqual(shape.latlngs, [
    [
      [[0, 0], [4, 0], [4, 4], [0, 4]],
      [[1, 1], [1, 2], [2, 2], [2, 1]],
    ],
  ]); // prettier-ignore
  assert.deepEqual(toGeoJson(shape), {
    type: "Polygon",
    coordinates: [
      [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]],
      [[1, 1], [1, 2], [2, 2], [2, 1], [1, 1]],
    ],
  }); // prettier-ignore
});

test("an area of two parts is a MultiPolygon, and lines stay lines", () => {
  const triangle = [0, 0, 1_000_000, 0, 0, 1_000_000];
  const two = toGeoJson(decodeShape([[triangle], [triangle]]));
  assert.equal(two.type, "MultiPolygon");
  assert.equal(two.coordinates.length, 2);
  assert.deepEqual(toGeoJson(decodeShape([[0, 0, 1, 2]])), {
    type: "MultiLineString",
    coordinates: [
      [
        [0, 0],
        [0.000001, 0.000002],
      ],
    ],
  });
});
