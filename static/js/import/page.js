/** What the server wrote into the wizard's page: words and facts. */

/** The page's facts: language, words, bounds, under, endings, most_mb. */
export const page = JSON.parse(document.getElementById("page-data").textContent);

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** Say a message; `{name}` in it is replaced by the parameter of that name. */
export function say(key, parameters = {}) {
  return (page.words[key] ?? key).replace(/\{(\w+)\}/g, (all, name) => parameters[name] ?? all);
}

/** Write a count. */
export const count = (value) => whole.format(value ?? 0);

/** Write a cell's value. */
export const shown = (value) => (value === null || value === undefined ? "" : typeof value === "boolean" ? (value ? "✓" : "✗") : String(value));
