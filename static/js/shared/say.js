/** Messages in the reader's language: the server writes them into the page, by key. */

/**
 * Make a page's `say`; `{name}` in a message is replaced by the parameter of that name, `{name:row is|rows are}` by the
 * first where that is one and by the second where it is anything else, `{name:,}` by a number with separators of
 * thousands, as `layers/text.py` does.
 * @param {function(): Record<string, string>} words gives the page's messages as they are now
 * @returns {function(string, Record<string, unknown>=): string}
 */
export function sayer(words) {
  return (key, parameters = {}) =>
    (words()[key] ?? key).replace(/\{(\w+)(?:(:,)|:([^|{}]*)\|([^{}]*))?\}/g, (whole, name, many, one, more) => {
      const value = parameters[name];
      if (value === undefined || value === null) return whole;
      if (many && typeof value === "number") return value.toLocaleString("en-US");
      return more === undefined ? String(value) : String(value) === "1" ? one : more;
    });
}
