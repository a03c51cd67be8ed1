/** The counterpart of web/maps/encode.py. */

const DEGREES_PER_STEP = 1e-6;

/**
 * Decode a column: plain values, or words and positions.
 * @param {Shared.Encoded} column
 * @returns {function(number): Shared.Value}
 */
export function decodeColumn({ values, words, at }) {
  return values ? (n) => values[n] : (n) => words[at[n]] ?? null;
}

/**
 * Decode a shape into Leaflet's order (latitude first).
 * @param {Shared.EncodedShape} encoded
 * @returns {Shared.Shape|null}
 */
export function decodeShape(encoded) {
  if (!encoded || !encoded.length) return null;
  // The depth tells them apart, which is more than the type of an array can say.
  const shape = /** @type {any} */ (encoded);
  if (!Array.isArray(shape[0])) return { kind: "point", latlngs: walk(shape)[0] };
  if (!Array.isArray(shape[0][0])) return { kind: "line", latlngs: shape.map(walk) };
  return { kind: "area", latlngs: shape.map((/** @type {Shared.Steps[]} */ rings) => rings.map(walk)) };
}

/**
 * Turn a decoded shape into a GeoJSON geometry, rings closed.
 * @param {Shared.Shape|null} shape
 */
export function toGeoJson(shape) {
  if (!shape) return null;
  const turn = (/** @type {Shared.LatLng} */ [lat, lng]) => /** @type {Shared.LngLat} */ ([round(lng), round(lat)]);
  if (shape.kind === "point") return { type: "Point", coordinates: turn(shape.latlngs) };
  if (shape.kind === "line")
    return { type: "MultiLineString", coordinates: shape.latlngs.map((line) => line.map(turn)) };
  const parts = shape.latlngs.map((rings) =>
    rings.map((ring, n) => {
      const closed = [...ring, ring[0]].map(turn);
      // RFC 7946: the outer ring runs counter-clockwise, holes clockwise.
      return area(closed) > 0 === (n === 0) ? closed : closed.reverse();
    }),
  );
  return parts.length === 1 ? { type: "Polygon", coordinates: parts[0] } : { type: "MultiPolygon", coordinates: parts };
}

/** @param {Shared.Steps} steps */
function walk(steps) {
  /** @type {Shared.LatLng[]} */
  const points = [];
  let x = 0;
  let y = 0;
  for (let n = 0; n < steps.length; n += 2) {
    x += steps[n];
    y += steps[n + 1];
    points.push([y * DEGREES_PER_STEP, x * DEGREES_PER_STEP]);
  }
  return points;
}

/** @param {number} degrees */
const round = (degrees) => Math.round(degrees * 1e6) / 1e6;

/** @param {Shared.LngLat[]} ring */
function area(ring) {
  let twice = 0;
  for (let n = 0; n + 1 < ring.length; n += 1) twice += ring[n][0] * ring[n + 1][1] - ring[n + 1][0] * ring[n][1];
  return twice;
}
