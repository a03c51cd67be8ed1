/** What this browser remembers from one visit to the next. */

/**
 * Remember something; without room for it, it is forgotten with the page.
 * @param {string} name
 * @param {unknown} value
 */
export function keep(name, value) {
  try {
    localStorage.setItem(`gridmap.${name}`, JSON.stringify(value));
  } catch {
    // Private windows may refuse.
  }
}

/**
 * What was remembered, or `usual`.
 * @template T
 * @param {string} name
 * @param {T} usual
 * @returns {T}
 */
export function kept(name, usual) {
  try {
    return JSON.parse(localStorage.getItem(`gridmap.${name}`) ?? "null") ?? usual;
  } catch {
    return usual;
  }
}
