/** Plane geometry in the editor's own coordinates: Web Mercator as a map of 256 px, counted from the plan's middle. */

const WORLD = 256;
const RADIANS = Math.PI / 180;
const ROUNDED = 1e7;

/**
 * Make the two ways between [longitude, latitude] and [x, y] around a middle.
 * @param {Shared.Box} given
 */
export function plane([west, south, east, north]) {
  /** @param {Shared.LngLat} given */
  const raw = ([lng, lat]) => [
    WORLD * (lng / 360 + 0.5),
    WORLD * (0.5 - Math.log(Math.tan((45 + lat / 2) * RADIANS)) / (2 * Math.PI)),
  ];
  const middle = raw([(west + east) / 2, (south + north) / 2]);
  return {
    origin: middle,
    /**
     * @param {Shared.LngLat} place
     * @returns {Plan.At}
     */
    to(place) {
      const [x, y] = raw(place);
      return [x - middle[0], y - middle[1]];
    },
    /**
     * @param {Plan.At} at
     * @returns {Shared.LngLat}
     */
    from([x, y]) {
      const lat = (2 * Math.atan(Math.exp((0.5 - (y + middle[1]) / WORLD) * 2 * Math.PI))) / RADIANS - 90;
      return [rounded(360 * ((x + middle[0]) / WORLD - 0.5)), rounded(lat)];
    },
  };
}

/** @param {number} degrees */
const rounded = (degrees) => Math.round(degrees * ROUNDED) / ROUNDED;

/**
 * The rings of a GeoJSON geometry, of all its parts, as arrays x0, y0, x1, y1, … without the closing corner.
 * @param {any} geometry
 * @param {function(Shared.LngLat): Plan.At} to
 * @returns {Plan.Ring[]}
 */
export function ringsOf(geometry, to) {
  if (!geometry) return [];
  const parts =
    geometry.type === "Polygon" ? [geometry.coordinates] : geometry.type === "MultiPolygon" ? geometry.coordinates : [];
  return parts.flat().map((/** @type {Shared.LngLat[]} */ ring) => {
    const flat = new Float64Array(2 * (ring.length - 1));
    for (let n = 0; n + 1 < ring.length; n += 1) [flat[2 * n], flat[2 * n + 1]] = to(ring[n]);
    return flat;
  });
}

/**
 * [left, top, right, bottom] of rings.
 * @param {Plan.Ring[]} rings
 * @returns {Plan.Box}
 */
export function boxOf(rings) {
  /** @type {Plan.Box} */
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of rings) {
    for (let n = 0; n < ring.length; n += 2) {
      box[0] = Math.min(box[0], ring[n]);
      box[1] = Math.min(box[1], ring[n + 1]);
      box[2] = Math.max(box[2], ring[n]);
      box[3] = Math.max(box[3], ring[n + 1]);
    }
  }
  return box;
}

/**
 * The smallest box around boxes; null where there is none.
 * @param {Iterable<Plan.Box>} boxes
 * @returns {Plan.Box|null}
 */
export function around(boxes) {
  /** @type {Plan.Box|null} */
  let all = null;
  for (const box of boxes) {
    all = all
      ? [Math.min(all[0], box[0]), Math.min(all[1], box[1]), Math.max(all[2], box[2]), Math.max(all[3], box[3])]
      : [...box];
  }
  return all;
}

/**
 * Whether two boxes meet.
 * @param {Plan.Box} a
 * @param {Plan.Box} b
 */
export const meet = (a, b) => a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];

/**
 * Whether a point is inside rings, holes left out.
 * @param {Plan.Ring[]} rings
 * @param {number} x
 * @param {number} y
 */
export function inside(rings, x, y) {
  let odd = false;
  for (const ring of rings) {
    for (let n = 0, before = ring.length - 2; n < ring.length; before = n, n += 2) {
      const [ay, by] = [ring[n + 1], ring[before + 1]];
      if (ay > y !== by > y && x < ((ring[before] - ring[n]) * (y - ay)) / (by - ay) + ring[n]) odd = !odd;
    }
  }
  return odd;
}

/**
 * A point well inside rings: the middle of the longest inner stretch of the box's horizontal middle line.
 * @param {Plan.Ring[]} rings
 * @param {Plan.Box} box
 * @returns {Plan.At}
 */
export function middleOf(rings, box) {
  const y = (box[1] + box[3]) / 2;
  /** @type {number[]} */
  const crossings = [];
  for (const ring of rings) {
    for (let n = 0, before = ring.length - 2; n < ring.length; before = n, n += 2) {
      if (ring[n + 1] > y !== ring[before + 1] > y) {
        crossings.push(ring[n] + ((y - ring[n + 1]) / (ring[before + 1] - ring[n + 1])) * (ring[before] - ring[n]));
      }
    }
  }
  crossings.sort((a, b) => a - b);
  let best = [box[0], box[2]];
  for (let n = 0, widest = -1; n + 1 < crossings.length; n += 2) {
    if (crossings[n + 1] - crossings[n] > widest)
      ((best = [crossings[n], crossings[n + 1]]), (widest = best[1] - best[0]));
  }
  return [(best[0] + best[1]) / 2, y];
}

/**
 * Whether the stretches a-b and c-d cross.
 * @param {Plan.At} a
 * @param {Plan.At} b
 * @param {Plan.At} c
 * @param {Plan.At} d
 */
export function cross(a, b, c, d) {
  /**
   * @param {Plan.At} p
   * @param {Plan.At} q
   * @param {Plan.At} r
   */
  const side = (p, q, r) => Math.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]));
  return side(a, b, c) !== side(a, b, d) && side(c, d, a) !== side(c, d, b);
}

/**
 * Whether a line, or the border of a closed one, meets rings: crosses them or has a corner inside.
 * @param {Plan.Ring[]} rings
 * @param {Plan.At[]} line
 */
export function touches(rings, line) {
  if (line.some(([x, y]) => inside(rings, x, y))) return true;
  return line.some((from, n) => {
    const to = line[n + 1];
    return (
      to &&
      rings.some((ring) => {
        for (let k = 0, before = ring.length - 2; k < ring.length; before = k, k += 2) {
          if (cross(from, to, [ring[before], ring[before + 1]], [ring[k], ring[k + 1]])) return true;
        }
        return false;
      })
    );
  });
}
