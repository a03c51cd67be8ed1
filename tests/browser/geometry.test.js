/** The editor's plane, its measures in metres, and the plan as it is known while one paints. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { around, boxOf, cross, inside, meet, middleOf, plane, ringsOf, touches } from "gridmap/plan/geometry.js";
import { areaOf, lengthOf, lie, pieces } from "gridmap/plan/measure.js";
import { homes, makeModel, place } from "gridmap/plan/model.js";

const ring = (...corners) => Float64Array.from(corners.flat());
const square = ring([0, 0], [4, 0], [4, 4], [0, 4]);
const hole = ring([1, 1], [2, 1], [2, 2], [1, 2]);
const near = (found, wanted, within) => assert.ok(Math.abs(found - wanted) <= within, `${found} is not ${wanted}`);

test("the plane is Web Mercator of 256 px around the middle, with y downwards", () => {
  const whole = plane([-180, -85.0511287798066, 180, 85.0511287798066]);
  const [x, y] = whole.to([180, 85.0511287798066]);
  near(x, 128, 1e-9);
  near(y, -128, 1e-9);
  const town = plane([120.4, 36.2, 120.6, 36.4]);
  assert.deepEqual(
    town.to([120.5, 36.3]).map((each) => Math.abs(each)),
    [0, 0],
  );
  assert.deepEqual(town.from(town.to([120.4321, 36.2345])), [120.4321, 36.2345]);
});

test("rings lose their closing corner, whatever the number of parts", () => {
  const coordinates = [[[0, 0], [1, 0], [1, 1], [0, 0]]]; // prettier-ignore
  assert.deepEqual(
    ringsOf({ type: "Polygon", coordinates }, (at) => at),
    [ring([0, 0], [1, 0], [1, 1])],
  );
  assert.equal(ringsOf({ type: "MultiPolygon", coordinates: [coordinates, coordinates] }, (at) => at).length, 2);
  assert.deepEqual(
    ringsOf({ type: "Point", coordinates: [0, 0] }, (at) => at),
    [],
  );
  assert.deepEqual(
    ringsOf(null, (at) => at),
    [],
  );
});

test("boxes: around rings, around boxes, and whether two meet, their edges included", () => {
  assert.deepEqual(boxOf([square, hole]), [0, 0, 4, 4]);
  assert.deepEqual(around([[0, 0, 1, 1], [3, -1, 4, 0]]), [0, -1, 4, 1]); // prettier-ignore
  assert.equal(around([]), null);
  assert.equal(meet([0, 0, 1, 1], [1, 1, 2, 2]), true);
  assert.equal(meet([0, 0, 1, 1], [1.1, 0, 2, 1]), false);
  assert.equal(meet([0, 0, 1, 1], [0, -2, 1, -0.1]), false);
});

test("a place in a hole is outside, and the middle of an area with a hole lies beside it", () => {
  assert.equal(inside([square, hole], 3, 3), true);
  assert.equal(inside([square, hole], 1.5, 1.5), false);
  assert.equal(inside([square, hole], 5, 1), false);
  const pierced = ring([1, 1], [3, 1], [3, 3], [1, 3]);
  const wide = ring([0, 0], [8, 0], [8, 4], [0, 4]);
  assert.deepEqual(middleOf([wide, pierced], [0, 0, 8, 4]), [5.5, 2]);
});

test("stretches cross, or they do not; a line touches what it crosses and what holds a corner of it", () => {
  assert.equal(cross([0, 0], [2, 2], [0, 2], [2, 0]), true);
  assert.equal(cross([0, 0], [1, 0], [0, 1], [1, 1]), false);
  assert.equal(cross([0, 0], [1, 1], [2, 2.5], [3, 0]), false);
  assert.equal(touches([square], [[-1, 2], [5, 2]]), true); // prettier-ignore
  assert.equal(touches([square], [[1, 1], [2, 2]]), true); // prettier-ignore
  assert.equal(touches([square], [[5, 0], [5, 4]]), false); // prettier-ignore
});

test("a degree is as long as on the ellipsoid of GPS: 111,320 m along the equator, 110,574 m across it", () => {
  near(lengthOf([0, 0], [1, 0]), 111319.49, 0.1);
  near(lengthOf([0, -0.5], [0, 0.5]), 110574.28, 1);
  // At 36° north: 90,164 m and 110,960 m (tables of the WGS84 ellipsoid).
  near(lengthOf([120, 36], [121, 36]), 90164, 2);
  near(lengthOf([120, 35.5], [120, 36.5]), 110959, 2);
});

test("the area of a block is its length by its width, its holes left out, whichever way its rings run", () => {
  const block = [[120, 36], [120.001, 36], [120.001, 36.001], [120, 36.001], [120, 36]]; // prettier-ignore
  const yard = [[120.0002, 36.0002], [120.0004, 36.0002], [120.0004, 36.0004], [120.0002, 36.0004], [120.0002, 36.0002]]; // prettier-ignore
  near(areaOf([block]), 90.164 * 110.959, 2);
  near(areaOf([block, yard]), 0.96 * 90.164 * 110.959, 2);
  assert.equal(areaOf([[...block].reverse()]), areaOf([block]));
});

/** A plan of four cells in a row, 0.001° wide; the first two are of one grid, the last of another. */
function planned() {
  const cell = (n, grid, households) => {
    const [from, to] = [120 + n / 1000, 120 + (n + 1) / 1000];
    const coordinates = [[[from, 36], [to, 36], [to, 36.001], [from, 36.001], [from, 36]]]; // prettier-ignore
    const properties = { grid, buildings: [`b${n}`], households, population: null, elderly_60: null };
    return { type: "Feature", id: `c${n}`, geometry: { type: "Polygon", coordinates }, properties };
  };
  const grid = (id) => ({ type: "Feature", id, geometry: null, properties: { name: id, code: null, figures: null } });
  const model = makeModel(plane([120, 36, 120.004, 36.001]));
  model.load({
    revision: 1,
    needs_repair: false,
    grids: { features: [grid("one"), grid("two")] },
    cells: { features: [cell(0, "one", 100), cell(1, "one", null), cell(2, null, 30), cell(3, "two", null)] },
  });
  return model;
}

test("a grid's households are those of its cells; where no cell says any they are unknown, not none", () => {
  const model = planned();
  assert.equal(homes(model.grids.get("one")), 100);
  assert.equal(homes(model.grids.get("two")), null);
  assert.deepEqual([null, 299, 300, 500, 501].map((each) => place(each, [300, 500])), ["unknown", "below", "within", "within", "above"]); // prettier-ignore
});

test("painting shows at once what the service has yet to say, and restoring shows what it said", () => {
  const model = planned();
  const middle = model.called(["c2"]);
  assert.deepEqual(model.paint(middle, "two"), middle);
  assert.deepEqual(model.paint(middle, "two"), []);
  assert.equal(homes(model.grids.get("two")), 30);
  assert.deepEqual([...model.neighbours().get("one")], ["two"]);
  assert.equal(model.grids.get("two").live.ahead, 1);
  model.restore(middle);
  assert.equal(homes(model.grids.get("two")), null);
  assert.equal(model.grids.get("two").live.ahead, 0);
  assert.deepEqual([...model.neighbours().get("one")], []);
});

test("cells hang together by edges: a row is one piece, with the third taken out it is two", () => {
  const cells = planned().called(["c0", "c1", "c2", "c3"]);
  assert.equal(pieces(cells).length, 1);
  assert.deepEqual(pieces(cells.filter(({ id }) => id !== "c2")).map((piece) => piece.map(({ id }) => id)), [["c0", "c1"], ["c3"]]); // prettier-ignore
});

test("compactness is 4πA/P²: for one cell of 90 by 111 m 0.777, for a row of four 0.474", () => {
  const cells = planned().called(["c0", "c1", "c2", "c3"]);
  near(lie([cells[0]]).compactness, (4 * Math.PI * 90.16 * 110.96) / (2 * (90.16 + 110.96)) ** 2, 1e-3);
  near(lie(cells).compactness, (4 * Math.PI * 360.66 * 110.96) / (2 * (360.66 + 110.96)) ** 2, 1e-3);
  assert.equal(lie([]).compactness, null);
});
