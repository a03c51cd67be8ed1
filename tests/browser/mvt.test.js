/** Vector tiles, read from bytes that were put together by hand after the specification (Mapbox Vector Tile 2.1). */

import assert from "node:assert/strict";
import { test } from "node:test";

import { AREA, LINE, POINT, readTile } from "gridmap/map/mvt.js";

/** A number as a varint. */
const varint = (n) => (n < 128 ? [n] : [(n % 128) + 128, ...varint(Math.floor(n / 128))]);
/** A field of the wire type for lengths. */
const part = (number, bytes) => [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes];
const text = (number, words) => part(number, [...new TextEncoder().encode(words)]);
const plain = (number, value) => [...varint(number * 8), ...varint(value)];

function read(bytes) {
  const steps = readTile(Uint8Array.from(bytes).buffer);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

const feature = (kind, tags, geometry) =>
  part(2, [...plain(1, 7), ...part(2, tags), ...plain(3, kind), ...part(4, geometry.flatMap(varint))]);

test("the specification's own example of a polygon: 3 6, 8 12, 20 34, closed", () => {
  const layer = [...text(1, "areas"), ...feature(3, [], [9, 6, 12, 18, 10, 12, 24, 44, 15]), ...plain(5, 4096)];
  const [only] = read(part(3, layer));
  assert.equal(only.name, "areas");
  assert.equal(only.extent, 4096);
  assert.deepEqual(only.features[0].lines, [[3, 6, 8, 12, 20, 34]]);
  assert.equal(only.features[0].kind, AREA);
  assert.deepEqual(only.features[0].box, [3, 6, 20, 34]);
});

test("the specification's own example of lines: 2 2, 2 10, 10 10 and 1 1, 3 5", () => {
  const layer = [...text(1, "lines"), ...feature(2, [], [9, 4, 4, 18, 0, 16, 16, 0, 9, 17, 17, 10, 4, 8])];
  const [{ features }] = read(part(3, layer));
  assert.deepEqual(features[0].lines, [
    [2, 2, 2, 10, 10, 10],
    [1, 1, 3, 5],
  ]);
  assert.equal(features[0].kind, LINE);
});

test("the specification's own example of points: 5 7 and 3 2, each a line of its own", () => {
  const [{ features }] = read(part(3, [...text(1, "points"), ...feature(1, [], [17, 10, 14, 3, 9])]));
  assert.deepEqual(features[0].lines, [
    [5, 7],
    [3, 2],
  ]);
  assert.equal(features[0].kind, POINT);
});

test("properties are keys and values by number: text, number, signed, yes and no", () => {
  const double = [...varint(3 * 8 + 1), ...new Uint8Array(new Float64Array([2.5]).buffer)];
  const layer = [
    ...text(1, "named"),
    ...feature(1, [0, 1, 1, 0, 2, 2, 3, 3, 4, 4].flatMap(varint), [9, 2, 2]),
    ...["count", "name", "share", "change", "known"].flatMap((key) => text(3, key)),
    ...part(4, text(1, "滨河")),
    ...part(4, plain(6, 600)),
    ...part(4, double),
    ...part(4, plain(6, 5)),
    ...part(4, plain(7, 1)),
  ];
  const [{ features }] = read(part(3, layer));
  assert.deepEqual(features[0].properties, { count: 300, name: "滨河", share: 2.5, change: -3, known: true });
});

test("numbers larger than 32 bits are read whole, and fields that nobody knows are passed over", () => {
  const unknown = [
    ...plain(15, 2 ** 40),
    ...varint(14 * 8 + 1),
    ...new Array(8).fill(1),
    ...varint(13 * 8 + 5),
    1,
    2,
    3,
    4,
  ];
  const layer = [...unknown, ...text(12, "?"), ...text(1, "x"), ...plain(5, 2 ** 34)];
  assert.deepEqual(read([...unknown, ...part(3, layer)]), [{ name: "x", extent: 2 ** 34, features: [] }]);
});

test("an empty tile has no layers, and reading many features pauses in between", () => {
  assert.deepEqual(read([]), []);
  const many = new Array(1000).fill(feature(1, [], [9, 2, 2])).flat();
  const steps = readTile(Uint8Array.from(part(3, many)).buffer);
  let pauses = 0;
  while (!steps.next().done) pauses += 1;
  assert.ok(pauses >= 2, `${pauses} pauses`);
});
