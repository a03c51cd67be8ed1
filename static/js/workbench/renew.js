/**
 * The same map for another choice, without leaving the page: the server's answer is fetched, its figures, legend and
 * tool take the place of those here, and the views are told. What is being done is said, and can be given up.
 */

import { call, givenUp } from "gridmap/shared/ask.js";
import { all, byId, one, toast } from "gridmap/shared/dom.js";
import { features, load, page, say } from "gridmap/workbench/page.js";
import { asHash, set, state, tell } from "gridmap/workbench/state.js";

/** What the server writes and a choice changes; everything else of the page stays. */
const PARTS = ["#left-body", "#tool-service", "#notices", ".sheet-title", ".defs", ".phone-headline"];
const SAID_AFTER_MS = 300;
/** @type {string|null} */
let wanted = null;
/** @type {AbortController|null} */
let stop = null;

/** The address that the page shows, or that it is being renewed for: where the next choice begins. */
export const current = () => wanted ?? location.href;

/**
 * Show the page for another query.
 * @param {URL|string} target
 * @param {boolean} [keep] whether the browser's Back should lead here again
 */
export async function renew(target, keep = true) {
  stop?.abort();
  const own = (stop = new AbortController());
  wanted = String(target);
  delete document.documentElement.dataset.ready;
  const said = setTimeout(() => waiting(own), SAID_AFTER_MS);
  try {
    const { ok, said: text } = await call(wanted, { as: "html", signal: own.signal });
    const fresh = new DOMParser().parseFromString(text, "text/html");
    if (own !== stop) return;
    if (ok) await show(fresh, keep, own);
    else refuse(fresh);
  } catch (error) {
    if (own === stop) toast(givenUp(error) ? say("service.js-cancelled") : `${say("failed")}: ${error.message}`);
  } finally {
    clearTimeout(said);
    if (own === stop) {
      [wanted, stop] = [null, null];
      byId("renewing").hidden = true;
      document.documentElement.dataset.ready = "renewed";
    }
  }
}

/** Wire links that only change the choice, and the browser's Back. */
export function wireRenewal() {
  document.addEventListener("click", (/** @type {any} */ event) => {
    const link = event.target.closest("a[data-renew]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    renew(link.href);
  });
  window.addEventListener("popstate", () => {
    if (location.search !== shown) renew(location.href, false);
  });
  let shown = location.search;
  return () => (shown = location.search);
}

/**
 * @param {Document} fresh
 * @param {boolean} keep
 * @param {AbortController} own
 */
async function show(fresh, keep, own) {
  const [before, focused] = [fixed(), nameOf(document.activeElement)];
  const target = new URL(wanted);
  for (const part of PARTS) {
    const [old, next] = [one(part), one(part, fresh)];
    if (old && next) old.replaceChildren(...next.childNodes);
  }
  const [links, others] = [document, fresh].map((each) => all(".top a[href]", each));
  links.forEach((link, n) => others[n] && (link.href = others[n].getAttribute("href")));
  const [asking, asked] = [document, fresh].map((each) => [
    ...each.querySelectorAll("form.question input[type=hidden]"),
  ]);
  asking.forEach((each) => each.remove());
  one("form.question").append(...asked);
  if (keep) history.pushState(null, "", target.pathname + target.search + asHash());
  await load(fresh);
  await features.find(state.selected);
  if (own !== stop) return;
  // Without a street there is nothing reached and another backdrop: that is another page.
  if (fixed() !== before) return location.reload();
  const group = state.group === "all" || page.classes.some((each) => each.group === state.group);
  set({
    group: group ? state.group : page.groups.find((each) => each.focus).key,
    // A gap's id is but its rank.
    selected: features.position(state.selected) < 0 || state.selected.startsWith("gaps/") ? null : state.selected,
  });
  tell("page");
  if (focused) one(focused)?.focus({ preventScroll: true });
}

/** What is drawn once: the names of the layers under the theme, and whether they are in tiles. */
const fixed = () =>
  [...Object.keys(page.backdrop), "/", ...(page.tiled ?? [])]
    .filter((name) => !name.startsWith("reach-") && name !== "measures")
    .join();

/**
 * Say why the server refuses, in its own words; the page stays as it was.
 * @param {Document} fresh
 */
function refuse(fresh) {
  const faults = all("main li, main h1", fresh).map((each) => each.textContent.trim());
  toast(faults.join(" · ") || say("failed"), 8000);
}

/** @param {AbortController} own */
function waiting(own) {
  const place = byId("renewing");
  const [text, , button] = /** @type {HTMLElement[]} */ ([...place.children]);
  text.textContent = say("service.js-computing");
  button.textContent = say("cancel");
  button.onclick = () => own.abort();
  place.hidden = false;
}

/**
 * How the focused control is found again among those that the server writes anew.
 * @param {any} control
 */
function nameOf(control) {
  const part = control?.closest(PARTS.join());
  if (!part) return null;
  if (control.id) return `#${CSS.escape(control.id)}`;
  if (!control.name) return null;
  const value = ["radio", "checkbox"].includes(control.type) ? `[value="${CSS.escape(control.value)}"]` : "";
  return `#${part.id} ${control.localName}[name="${CSS.escape(control.name)}"]${value}`;
}
