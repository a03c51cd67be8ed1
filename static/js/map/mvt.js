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
 * @returns {Generator<void, {name: string, extent: number, features: object[]}[]>}
 */
export function* readTile(buffer) {
  const layers = [];
  const from = reader(new Uint8Array(buffer));
  for (const field of from.fields(buffer.byteLength)) {
    if (field === 3) layers.push(yield* readLayer(from.part()));
    else from.skip();
  }
  return layers;
}

function* readLayer(from) {
  const [keys, values, bodies] = [[], [], []];
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

function readFeature(from, keys, values) {
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

function readLines(from, { lines, box }) {
  let [x, y, line] = [0, 0, null];
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

/** A reader of protocol buffers over `bytes` from `at` to `end`. */
function reader(bytes, at = 0, end = bytes.length) {
  let wire = 0;
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
      else if (wire === 2) at += own.whole();
      else at += 4;
    },
  };
  return own;
}
