/** Lengths and areas in metres of places given as [longitude, latitude], on the ellipsoid that GPS uses. */

const HALF_AXIS_M = 6378137;
const FLATNESS = 0.00669437999014;
const RADIANS = Math.PI / 180;

/**
 * How many metres a degree is at a latitude: along the meridian, and along the parallel.
 * @param {number} lat
 */
function degree(lat) {
  const bulge = 1 - FLATNESS * Math.sin(lat * RADIANS) ** 2;
  const [up, across] = [
    (HALF_AXIS_M * (1 - FLATNESS)) / bulge ** 1.5,
    (HALF_AXIS_M * Math.cos(lat * RADIANS)) / Math.sqrt(bulge),
  ];
  return [up * RADIANS, across * RADIANS];
}

/**
 * The length of a short stretch.
 * @param {Shared.LngLat} from
 * @param {Shared.LngLat} to
 */
export function lengthOf([ax, ay], [bx, by]) {
  const [up, across] = degree((ay + by) / 2);
  return Math.hypot((bx - ax) * across, (by - ay) * up);
}

/**
 * The area of a polygon no larger than a town, its holes left out.
 * @param {Shared.LngLat[][]} given
 */
export function areaOf([outer, ...holes]) {
  return surface(outer) - holes.reduce((sum, hole) => sum + surface(hole), 0);
}

/** @param {Shared.LngLat[]} ring */
function surface(ring) {
  const [left, low] = ring[0];
  const high = ring.reduce((most, [, lat]) => Math.max(most, lat), low);
  const [up, across] = degree((low + high) / 2);
  let twice = 0;
  for (let n = 0; n + 1 < ring.length; n += 1)
    twice += (ring[n][0] - left) * (ring[n + 1][1] - low) - (ring[n + 1][0] - left) * (ring[n][1] - low);
  return Math.abs(twice / 2) * up * across;
}

/**
 * The pieces that cells hang together in by their edges, the one of most cells first; corners do not connect.
 * @param {Iterable<Plan.Cell>} cells
 */
export function pieces(cells) {
  const left = new Set(cells);
  const found = [];
  for (const first of left) {
    left.delete(first);
    const piece = [first];
    for (const cell of piece) {
      for (const { one, two } of cell.edges) {
        const other = one === cell ? two : one;
        if (other && left.delete(other)) piece.push(other);
      }
    }
    found.push(piece);
  }
  return found.sort((a, b) => b.length - a.length);
}

/**
 * How cells lie as one grid: pieces, area, and compactness 4πA/P², which is 1 for a disc (Polsby and Popper).
 * @param {Iterable<Plan.Cell>} cells
 */
export function lie(cells) {
  const all = new Set(cells);
  let [area_m2, border_m] = [0, 0];
  for (const cell of all) {
    area_m2 += cell.area;
    for (const { one, two, length } of cell.edges) if (!all.has(one === cell ? two : one)) border_m += length;
  }
  return {
    area_m2,
    pieces: pieces(all).length,
    compactness: border_m ? (4 * Math.PI * area_m2) / border_m ** 2 : null,
  };
}
