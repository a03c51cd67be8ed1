/** What the server wrote into the page, decoded once. */

import { decodeColumn, decodeShape } from "gridmap/decode.js";

const data = JSON.parse(document.getElementById("page-data").textContent);

/** The page's facts: map, language, question, bounds, groups, places, … */
export const page = data;

/** The classes of the legend by key. */
export const classes = new Map(data.classes.map((each) => [each.key, each]));

/**
 * Say a message; `{name}` in it is replaced by the parameter of that name.
 * @param {string} key
 * @param {Object<string, *>} [parameters]
 */
export function say(key, parameters = {}) {
  return (data.words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => parameters[name] ?? whole);
}

const ids = data.features.ids;
const names = decodeColumn(data.features.names);
const classOf = decodeColumn(data.features.class);
const positions = new Map(ids.map((id, n) => [id, n]));
const shapes = new Array(ids.length);

/** The theme's features, by position. */
export const features = {
  count: ids.length,
  id: (n) => ids[n],
  name: (n) => names(n),
  /** The feature's row of the legend. */
  class: (n) => classes.get(classOf(n)),
  /** The feature's shape in latitude and longitude, null where it has none. */
  shape: (n) => (shapes[n] ??= decodeShape(data.features.shapes[n])),
  /** The position of an id, -1 where it is not on this page. */
  position: (id) => positions.get(id) ?? -1,
};

/** The theme's columns; `value(n)` is what feature `n` has there. */
export const columns = data.columns.map((each) => ({ ...each, value: decodeColumn(each) }));
