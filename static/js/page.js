/**
 * What the server wrote into the page, decoded once; `load` takes the same from another answer of the server.
 *
 * `page`, `classes` and `columns` are live bindings: who imports them sees the page as it is now.
 */

import { decodeColumn, decodeShape } from "gridmap/decode.js";

/** The page's facts: map, language, question, bounds, groups, places, … */
export let page;

/** The classes of the legend by key. */
export let classes;

/** The theme's columns; `value(n)` is what feature `n` has there. */
export let columns;

let [names, classOf, positions, shapes] = [];

/** Take the page's data out of a document. */
export function load(source = document) {
  page = JSON.parse(source.getElementById("page-data").textContent);
  classes = new Map(page.classes.map((each) => [each.key, each]));
  columns = page.columns.map((each) => ({ ...each, value: decodeColumn(each) }));
  names = decodeColumn(page.features.names);
  classOf = decodeColumn(page.features.class);
  positions = new Map(page.features.ids.map((id, n) => [id, n]));
  shapes = new Array(page.features.ids.length);
  features.count = page.features.ids.length;
}

/** The theme's features, by position. */
export const features = {
  count: 0,
  id: (n) => page.features.ids[n],
  name: (n) => names(n),
  /** The feature's row of the legend. */
  class: (n) => classes.get(classOf(n)),
  /** The feature's shape in latitude and longitude, null where it has none. */
  shape: (n) => (shapes[n] ??= decodeShape(page.features.shapes[n])),
  /** The position of an id, -1 where it is not on this page. */
  position: (id) => positions.get(id) ?? -1,
};

/**
 * Say a message; `{name}` in it is replaced by the parameter of that name.
 * @param {string} key
 * @param {Object<string, *>} [parameters]
 */
export function say(key, parameters = {}) {
  return (page.words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => parameters[name] ?? whole);
}

/** Whether a column has something to say of one of the features at `positions`. */
export const fills = (column, listed) => listed.some((n) => column.value(n) !== null && column.value(n) !== undefined);

load();
