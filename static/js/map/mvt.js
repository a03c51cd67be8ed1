/**
 * Reads vector tiles (Mapbox Vector Tile 2.1) as this service writes them.
 *
 * A feature is `{kind, properties, lines, box}`: lines are flat arrays x, y, x, y, … in steps of the tile, rings left
 * open. Tiles of a dense town hold ten thousand features, so reading is a generator that pauses now and then.
 */

export const [POINT, LINE, AREA] = [1, 2, 3];
const PAUSE_EVERY = 400;
const words = new TextDecoder();

/**
 * Read a tile; yields between features, returns its layers.
 * @param {ArrayBuffer} buffer
 * @returns {Generator<void, Chart.TileLayer[], void>}
 */
export function* readTile(buffer) {
  /** @type {Chart.TileLayer[]} */
  const layers = [];
  const from = reader(new Uint8Array(buffer));
  for (const field of from.fields()) {
    if (field === 3) layers.push(yield* readLayer(from.part()));
    else from.skip();
  }
  return layers;
}

/**
 * @param {Reader} from
 * @returns {Generator<void, Chart.TileLayer, void>}
 */
function* readLayer(from) {
  /** @type {string[]} */
  const keys = [];
  /** @type {unknown[]} */
  const values = [];
  /** @type {Reader[]} */
  const bodies = [];
  /** @type {Chart.TileLayer} */
  const layer = { name: "", extent: 4096, features: [] };
  let read = 0;
  for (const field of from.fields()) {
    read += 1;
    if (read % PAUSE_EVERY === 0) yield;
    if (field === 1) layer.name = from.text();
    else if (field === 2) bodies.push(from.part());
    else if (field === 3) keys.push(from.text());
    else if (field === 4) values.push(readValue(from.part()));
    else if (field === 5) layer.extent = from.whole();
    else from.skip();
  }
  for (const [n, body] of bodies.entries()) {
    layer.features.push(readFeature(body, keys, values));
    if (n % PAUSE_EVERY === 0) yield;
  }
  return layer;
}

/**
 * @param {Reader} from
 * @param {string[]} keys
 * @param {any[]} values
 */
function readFeature(from, keys, values) {
  /** @type {Chart.TileFeature} */
  const feature = { kind: 0, properties: {}, lines: [], box: [Infinity, Infinity, -Infinity, -Infinity] };
  for (const field of from.fields()) {
    if (field === 2) {
      const tags = from.part();
      while (tags.more()) {
        const key = keys[tags.whole()];
        feature.properties[key] = values[tags.whole()];
      }
    } else if (field === 3) feature.kind = from.whole();
    else if (field === 4) readLines(from.part(), feature);
    else from.skip();
  }
  return feature;
}

/**
 * @param {Reader} from
 * @param {Chart.TileFeature} given
 */
function readLines(from, { lines, box }) {
  let [x, y] = [0, 0];
  /** @type {number[]} */
  let line = [];
  while (from.more()) {
    const command = from.whole();
    const [what, times] = [command & 7, command >> 3];
    if (what === 7) continue;
    for (let n = 0; n < times; n += 1) {
      x += from.difference();
      y += from.difference();
      if (what === 1) lines.push((line = []));
      line.push(x, y);
      if (x < box[0]) box[0] = x;
      if (y < box[1]) box[1] = y;
      if (x > box[2]) box[2] = x;
      if (y > box[3]) box[3] = y;
    }
  }
}

/** @param {Reader} from */
function readValue(from) {
  let value = null;
  for (const field of from.fields()) {
    if (field === 1) value = from.text();
    else if (field === 3) value = from.double();
    else if (field === 6) value = from.difference();
    else if (field === 7) value = Boolean(from.whole());
    else from.skip();
  }
  return value;
}

/**
 * Reads a protocol buffer, field by field.
 * @typedef {object} Reader
 * @property {function(): boolean} more
 * @property {function(): Generator<number, void, void>} fields gives the numbers of fields; each is to be read or skipped
 * @property {function(): number} whole
 * @property {function(): number} difference
 * @property {function(): number} double
 * @property {function(): Reader} part
 * @property {function(): string} text
 * @property {function(): void} skip
 */

/**
 * A reader of protocol buffers over `bytes` from `at` to `end`.
 * @param {Uint8Array} bytes
 * @returns {Reader}
 */
function reader(bytes, at = 0, end = bytes.length) {
  let wire = 0;
  /** @type {Reader} */
  const own = {
    more: () => at < end,
    *fields() {
      while (at < end) {
        const tag = own.whole();
        wire = tag & 7;
        yield tag >> 3;
      }
    },
    whole() {
      let [value, scale, byte] = [0, 1, 0];
      do {
        byte = bytes[at];
        at += 1;
        value += (byte & 127) * scale;
        scale *= 128;
      } while (byte > 127);
      return value;
    },
    difference() {
      const value = own.whole();
      return value % 2 ? -(value + 1) / 2 : value / 2;
    },
    double() {
      at += 8;
      return new DataView(bytes.buffer, bytes.byteOffset + at - 8, 8).getFloat64(0, true);
    },
    part() {
      const size = own.whole();
      at += size;
      return reader(bytes, at - size, at);
    },
    text() {
      const size = own.whole();
      at += size;
      return words.decode(bytes.subarray(at - size, at));
    },
    skip() {
      if (wire === 0) own.whole();
      else if (wire === 1) at += 8;
      else if (wire === 2) own.part();
      else at += 4;
    },
  };
  return own;
}
