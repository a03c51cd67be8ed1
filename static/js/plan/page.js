/** What the server wrote into a plan's page: facts, words, and how figures are written. */

/** The page's facts: language, words, plan, backdrop, bounds, kinds. */
export const page = JSON.parse(document.getElementById("page-data").textContent);

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** Say a message; `{name}` in it is replaced by the parameter of that name. */
export function say(key, parameters = {}) {
  return (page.words[key] ?? key).replace(/\{(\w+)\}/g, (all, name) => parameters[name] ?? all);
}

/** Write a count; what is not known is a dash. */
export const count = (value) => (value === null || value === undefined ? say("none") : whole.format(value));

/** Write a share or a measure with so many digits. */
export const figure = (value, digits = 2) => (value === null || value === undefined ? say("none") : value.toFixed(digits));

/** Write a moment as the reader's clock has it: 2025-02-06 14:05. */
export function moment(text) {
  const at = new Date(text);
  const two = (number) => String(number).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** Remember something in this browser; without room for it, it is forgotten with the page. */
export function keep(name, value) {
  try {
    localStorage.setItem(`gridmap.${name}`, JSON.stringify(value));
  } catch {
    // Private windows may refuse.
  }
}

/** What was remembered, or `usual`. */
export function kept(name, usual) {
  try {
    return JSON.parse(localStorage.getItem(`gridmap.${name}`)) ?? usual;
  } catch {
    return usual;
  }
}
