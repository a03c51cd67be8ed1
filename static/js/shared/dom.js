/** Elements made by hand. User text enters the page here, and only as text. */

/**
 * Make an element.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Shared.Attributes} [properties] attributes; `on…` functions are listeners, false and null leave out.
 * @param {...Shared.Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/**
 * Make an SVG element; see `el`.
 * @param {keyof SVGElementTagNameMap} tag
 * @param {Shared.Attributes} [properties]
 * @param {...Shared.Child} children
 * @returns {SVGElement}
 */
export function svg(tag, properties = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), properties, children);
}

/**
 * The page's element with this id; null where the page has none.
 * @param {string} id
 * @returns {Shared.Part}
 */
export const byId = (id) => asPart(document.getElementById(id));

/**
 * The first element that a selector finds; null where there is none.
 * @param {string} selector
 * @param {ParentNode} within
 * @returns {Shared.Part}
 */
export const one = (selector, within = document) => asPart(within.querySelector(selector));

/**
 * All elements that a selector finds.
 * @param {string} selector
 * @param {ParentNode} within
 * @returns {Shared.Part[]}
 */
export const all = (selector, within = document) => [...within.querySelectorAll(selector)].map(asPart);

/** @type {ReturnType<typeof setTimeout>} */
let shownFor;

/**
 * Show a line for a moment to everyone, screen readers included.
 * @param {string} text
 */
export function toast(text, shown_ms = 2600) {
  const place = byId("toast");
  place.textContent = text;
  place.classList.add("shown");
  clearTimeout(shownFor);
  shownFor = setTimeout(() => place.classList.remove("shown"), shown_ms);
}

/**
 * Call `work` once, `wait` ms after the last of many calls.
 * @template {any[]} Given
 * @param {function(...Given): unknown} work
 * @param {number} wait
 * @returns {function(...Given): void}
 */
export function calm(work, wait) {
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), wait);
  };
}

/**
 * Offer text as a file to keep.
 * @param {string} name
 * @param {string} type
 * @param {string} text
 */
export function offer(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** @param {Element} element */
const asPart = (element) => /** @type {any} */ (element);

/**
 * @template {Element} Made
 * @param {Made} element
 * @param {Shared.Attributes} properties
 * @param {Shared.Child[]} children
 */
function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  const shown = children.filter((child) => child !== null && child !== undefined && child !== false);
  element.append(...shown.map((child) => (child instanceof Node ? child : document.createTextNode(String(child)))));
  return element;
}
