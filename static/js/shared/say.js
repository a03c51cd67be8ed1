/** Messages in the reader's language: the server writes them into the page, by key. */

/**
 * Make a page's `say`; `{name}` in a message is replaced by the parameter of that name.
 * @param {function(): Record<string, string>} words gives the page's messages as they are now
 * @returns {function(string, Record<string, unknown>=): string}
 */
export function sayer(words) {
  return (key, parameters = {}) =>
    (words()[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => String(parameters[name] ?? whole));
}
