/** What a form holds, compared with what it began with and with what others made of it meanwhile. */

/**
 * A value as a field shows it.
 * @param {Records.Plain|undefined} value
 * @returns {string}
 */
export function shown(value) {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.join("、");
  return String(value);
}

/**
 * Whether two values are one to whoever reads them: nothing is as good as an empty text.
 * @param {Records.Plain|undefined} one
 * @param {Records.Plain|undefined} other
 */
export const same = (one, other) => shown(one).trim() === shown(other).trim();

/**
 * What somebody changed: the fields whose values differ, an emptied one as null.
 * @param {Records.Properties} base
 * @param {Records.Properties} now
 * @returns {Records.Properties}
 */
export function changed(base, now) {
  const names = Object.keys(now).filter((name) => !same(base[name], now[name]));
  return Object.fromEntries(names.map((name) => [name, shown(now[name]).trim() === "" ? null : now[name]]));
}

/**
 * What two people made of one record: `clashes` both changed and otherwise, `taken` the other one alone changed.
 * @param {Records.Properties} base
 * @param {Records.Properties} mine
 * @param {Records.Properties} theirs
 * @returns {{clashes: Records.Clash[], taken: string[]}}
 */
export function merged(base, mine, theirs) {
  /** @type {Records.Clash[]} */
  const clashes = [];
  /** @type {string[]} */
  const taken = [];
  for (const name of Object.keys(mine)) {
    if (same(base[name], theirs[name]) || same(mine[name], theirs[name])) continue;
    if (same(base[name], mine[name])) taken.push(name);
    else clashes.push({ name, was: base[name], mine: mine[name], theirs: theirs[name] });
  }
  return { clashes, taken };
}

/**
 * The day before or after another, written as days are: 2025-03-01 and -1 give 2025-02-28; "" for what is no day.
 * @param {string|null} day
 * @param {number} days
 */
export function dayAfter(day, days = 1) {
  const at = new Date(`${day}T00:00:00Z`);
  if (!day || Number.isNaN(at.getTime())) return "";
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

/**
 * The field that a fault means: the last part of its pointer; "" where it means none.
 * @param {{pointer?: string}} fault
 */
export const fieldOf = ({ pointer = "" }) => pointer.split("/").pop() ?? "";
