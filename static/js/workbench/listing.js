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
 * @param {function(boolean): void} arrived
 * @param {function(unknown): void} failed
 * @returns {Workbench.Listing}
 */
export function makeListing(arrived, failed) {
  return page.tiled ? fetched(arrived, failed) : present(arrived);
}

/** @param {function(boolean): void} arrived */
function present(arrived) {
  /** @type {number[]} */
  let list = [];
  /** @type {Workbench.Listing} */
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
    /**
     * The position of the feature in row `i`, undefined where it is still to come.
     * @param {number} i
     */
    at: (i) => list[i],
    /**
     * The row of a feature, -1 where it has none or it is not known.
     * @param {number} n
     */
    place: (n) => list.indexOf(n),
    /**
     * The same from who knows for certain.
     * @param {number} n
     */
    locate: async (n) => list.indexOf(n),
    /**
     * See to it that row `i` is here.
     * @param {number} i
     */
    load: async (i) => list[i],
    /**
     * Whether a column has something to say of the rows.
     * @param {Workbench.Column} column
     */
    fills: (column) => !list.length || fills(column, list),
  };
  return own;
}

/**
 * @param {function(boolean): void} arrived
 * @param {function(unknown): void} failed
 */
function fetched(arrived, failed) {
  let asked = "";
  /** @type {AbortController|null} */
  let stop = null;
  /** @type {Map<number, number[]|Promise<void>>} */
  let pages = new Map();
  /** @type {Map<number, number>} */
  let places = new Map();
  /** @type {Set<string>|null} */
  let filled = null;
  /** @param {number} i */
  const of = (i) => Math.floor(i / AT_ONCE);

  /**
   * @param {number} number
   * @param {Record<string, unknown>} query
   */
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

  /** @param {number} number */
  const begin = (number) => {
    if (!pages.has(number)) pages.set(number, request(number, asQuery()));
    return pages.get(number);
  };
  const ofClasses = Object.fromEntries(
    page.groups.map(({ key }) => [key, sum(page.classes.filter((each) => each.group === key))]),
  );
  /** @type {Workbench.Listing} */
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
    /** @param {number} i */
    at(i) {
      const page_ = begin(of(i));
      return Array.isArray(page_) ? page_[i % AT_ONCE] : undefined;
    },
    /** @param {number} n */
    place: (n) => places.get(n) ?? -1,
    /** @param {number} n */
    async locate(n) {
      const signal = stop.signal;
      const found = await askMap("rows", { ...asQuery(), id: features.id(n) }, signal).catch(
        () => /** @type {any} */ (null),
      );
      return signal.aborted ? undefined : (found?.at ?? -1);
    },
    /** @param {number} i */
    async load(i) {
      await begin(of(i));
      return own.at(i);
    },
    /** @param {Workbench.Column} column */
    fills: (column) => !filled?.size || filled.has(column.key),
  };
  return own;
}

/** @param {Chart.Class[]} classes */
const sum = (classes) => classes.reduce((all, { count }) => all + count, 0);
