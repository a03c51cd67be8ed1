/**
 * The table's rows in their order. In a page that has all of them they are at hand; a tiled page fetches them as they
 * come into sight, a hundred at a time.
 */

import { asQuery, countByGroup, rows } from "gridmap/workbench/filter.js";
import { askMap, features, fills, page, take } from "gridmap/workbench/page.js";
import { state } from "gridmap/workbench/state.js";

const AT_ONCE = 100;

/**
 * Make the list. `arrived(fresh)` is told when rows have come: all of them anew, or some more.
 * @returns {{total: number, counts: object, ready: boolean, renew: function, at: function, place: function, locate: function, load: function, fills: function}}
 */
export function makeListing(arrived, failed) {
  return page.tiled ? fetched(arrived, failed) : present(arrived);
}

function present(arrived) {
  let list = [];
  const own = {
    total: 0,
    counts: {},
    /** Whether it is known which rows there are. */
    ready: true,
    /** Take up the filter and the order as they are now. */
    renew() {
      list = rows();
      [own.total, own.counts] = [list.length, countByGroup()];
      arrived(true);
    },
    /** The position of the feature in row `i`, undefined where it is still to come. */
    at: (i) => list[i],
    /** The row of a feature, -1 where it has none or it is not known. */
    place: (n) => list.indexOf(n),
    /** The same from who knows for certain. */
    locate: async (n) => list.indexOf(n),
    /** See to it that row `i` is here. */
    load: async (i) => list[i],
    /** Whether a column has something to say of the rows. */
    fills: (column) => !list.length || fills(column, list),
  };
  return own;
}

function fetched(arrived, failed) {
  let [asked, stop, pages, places, filled] = ["", null, new Map(), new Map(), null];
  const of = (i) => Math.floor(i / AT_ONCE);

  async function request(number, query) {
    const signal = stop.signal;
    try {
      const found = await askMap("rows", { ...query, offset: number * AT_ONCE, limit: AT_ONCE }, signal);
      if (signal.aborted) return;
      const list = take(found);
      pages.set(number, list);
      list.forEach((n, i) => places.set(n, number * AT_ONCE + i));
      const fresh = filled === null;
      [own.total, own.counts, filled, own.ready] = [found.total, found.counts, new Set(found.filled), true];
      arrived(fresh);
    } catch (error) {
      if (!signal.aborted) (pages.delete(number), failed(error));
    }
  }

  const begin = (number) => {
    if (!pages.has(number)) pages.set(number, request(number, asQuery()));
    return pages.get(number);
  };
  const ofClasses = Object.fromEntries(
    page.groups.map(({ key }) => [key, sum(page.classes.filter((each) => each.group === key))]),
  );
  const own = {
    total: ofClasses[state.group] ?? page.total,
    counts: ofClasses,
    ready: false,
    renew() {
      const now = `${page.revision} ${location.search} ${JSON.stringify(asQuery())}`;
      if (now === asked) return;
      stop?.abort();
      [asked, stop, pages, places, filled] = [now, new AbortController(), new Map(), new Map(), null];
      begin(0);
    },
    at(i) {
      const page_ = begin(of(i));
      return Array.isArray(page_) ? page_[i % AT_ONCE] : undefined;
    },
    place: (n) => places.get(n) ?? -1,
    async locate(n) {
      const signal = stop.signal;
      const found = await askMap("rows", { ...asQuery(), id: features.id(n) }, signal).catch(() => null);
      return signal.aborted ? undefined : (found?.at ?? -1);
    },
    async load(i) {
      await begin(of(i));
      return own.at(i);
    },
    fills: (column) => !filled?.size || filled.has(column.key),
  };
  return own;
}

const sum = (classes) => classes.reduce((all, { count }) => all + count, 0);
