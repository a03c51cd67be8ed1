/**
 * What the server wrote into the page, decoded once; `load` takes the same from another answer of the server.
 *
 * A page with very many features is `tiled`: it has none of them, and takes up by the row what is asked for. A
 * feature's position is its place among those that are here.
 *
 * `page`, `classes` and `columns` are live bindings: who imports them sees the page as it is now.
 */

import { decodeColumn, decodeShape } from "gridmap/shared/decode.js";
import { addressOf, ask } from "gridmap/shared/ask.js";
import { written } from "gridmap/shared/format.js";
import { sayer } from "gridmap/shared/say.js";

/**
 * The page's facts: map, language, question, bounds, groups, places, …
 * @type {Workbench.Page}
 */
export let page;

/**
 * The classes of the legend by key.
 * @type {Map<string, Chart.Class>}
 */
export let classes;

/**
 * The theme's columns; `value(n)` is what feature `n` has there.
 * @type {Workbench.Column[]}
 */
export let columns;

/** @typedef {{id: string, at: number, names: function(number): any, classOf: function(number): any, shapes: Shared.EncodedShape[], columns: (function(number): any)[]}} Known */
/** @type {Known[]} */
let records;
/** @type {Map<string, number>} */
let positions;
/** @type {(Shared.Shape|null)[]} */
let shapes;

/** Take the page's data out of a document; a tiled page fetches what else it begins with. */
export async function load(source = document) {
  const data = JSON.parse(source.getElementById("page-data").textContent);
  page = data.tiled ? Object.assign(data, await askMap("rest")) : data;
  classes = new Map(page.classes.map((each) => [each.key, each]));
  columns = page.columns.map(({ key, label, kind, unit, width }, at) => ({
    key,
    label,
    kind,
    unit,
    width,
    /** @param {number} n */
    value: (n) => records[n].columns[at](records[n].at),
  }));
  [records, positions, shapes] = [[], new Map(), []];
  take(page);
  features.count = records.length;
  features.total = page.total;
}

/**
 * Take features up as the server encodes them, those that are known already anew; gives their positions.
 * @param {Workbench.Batch} given
 */
export function take({ features: { ids, names, class: classOf, shapes: encoded }, columns: values }) {
  const batch = {
    names: decodeColumn(names),
    classOf: decodeColumn(classOf),
    shapes: encoded,
    columns: values.map(decodeColumn),
  };
  return ids.map((id, at) => {
    const n = positions.get(id) ?? records.length;
    positions.set(id, n);
    records[n] = { id, at, ...batch };
    delete shapes[n];
    return n;
  });
}

/**
 * Ask the server for a part of this map: JSON. `parameters` go beside the page's own.
 * @param {string} part
 * @param {AbortSignal=} [signal]
 */
export function askMap(part, parameters = {}, signal = undefined) {
  return ask(address(part, parameters), { signal });
}

/**
 * The address of a part of this map, for the same question.
 * @param {string} part
 */
export function address(part, parameters = {}) {
  const map = page?.map ?? JSON.parse(document.getElementById("page-data").textContent).map;
  return addressOf(`/maps/${map}/${part}${location.search}`, { lang: page?.language, ...parameters });
}

/** The theme's features, by position. */
export const features = {
  /** How many came with the page: they have the first positions. */
  count: 0,
  /** How many the theme has. */
  total: 0,
  /**
   * Whether there is a feature at a position: while the page is being renewed, a list may still be of the old one.
   * @param {number} n
   */
  has: (n) => n in records,
  /** @param {number} n */
  id: (n) => records[n].id,
  /** @param {number} n */
  name: (n) => records[n].names(records[n].at),
  /**
   * The feature's row of the legend.
   * @param {number} n
   */
  class: (n) => classes.get(records[n].classOf(records[n].at)),
  /**
   * The feature's shape in latitude and longitude, null where it has none.
   * @param {number} n
   */
  shape: (n) => (shapes[n] ??= decodeShape(records[n].shapes[records[n].at])),
  /**
   * The position of an id, -1 where it is not here.
   * @param {string|null} id
   */
  position: (id) => positions.get(id) ?? -1,
  /**
   * The same for an id that the server may know; asks it where the feature is not here.
   * @param {string|null} id
   */
  async find(id) {
    if (id === null || positions.has(id) || !page.tiled) return features.position(id);
    const [within] = [records];
    const found = await askMap("rows", { id }).catch(() => /** @type {any} */ (null));
    return found && within === records ? take(found)[0] : -1;
  },
};

/** Say a message; see `sayer`. */
export const say = sayer(() => page.words);

/**
 * Whether a column only says of another one which of its values nobody entered, and how they were come by.
 * @param {Workbench.Column} column
 */
export const isRemark = (column) => column.key.endsWith("_estimated");

/**
 * What feature `n` has in a column, as people read it: a value that nobody entered is marked as such.
 * @param {Workbench.Column} column
 * @param {number} n
 * @param {string|null} [unit]
 */
export function told(column, n, unit) {
  const text = written(column.value(n), column.kind, unit, undefined, page.ones);
  if (remarkOn(column, n) === null) return text;
  return say(column.kind === "number" ? "about" : "presumed", { value: text });
}

/**
 * How a value that nobody entered was come by; null for one that was entered.
 * @param {Workbench.Column} column
 * @param {number} n
 * @returns {string|null}
 */
export const remarkOn = (column, n) => columns.find((each) => each.key === `${column.key}_estimated`)?.value(n) ?? null;

/**
 * Whether a column has something to say of one of the features at `positions`.
 * @param {Workbench.Column} column
 * @param {number[]} listed
 */
export const fills = (column, listed) => listed.some((n) => column.value(n) !== null && column.value(n) !== undefined);

await load();
