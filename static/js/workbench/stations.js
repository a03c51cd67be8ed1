/** Stations and points that count: taken in and out on the map, in the panel or in the details; all of it in the address. */

import { byId, el, toast } from "gridmap/shared/dom.js";
import { placeIn } from "gridmap/shared/format.js";
import { columns, features, page, say } from "gridmap/workbench/page.js";
import { current, renew } from "gridmap/workbench/renew.js";
import { on, set, state } from "gridmap/workbench/state.js";

const MODE = "point";
const LISTS = ["kinds", "stations", "without"];

/**
 * What feature `n` is to the choice: a station or a point that counts, a station that does not, or neither.
 * @param {number} n
 */
export function role(n) {
  const [what, kind] = features.class(n).key.split(":");
  if (page.map !== "service-area" || !["station", "other"].includes(what)) return null;
  return { counts: what === "station", kind, point: kind === "point" };
}

/**
 * Take feature `n` in where it is out, and out where it is in.
 * @param {number} n
 */
export function toggle(n) {
  const { counts, kind, point } = role(n);
  if (point) return withPoints((points) => points.filter((_, at) => at !== pointAt(n)));
  return choose(codeOf(n), kind, counts);
}

/**
 * Move point `n` to another place.
 * @param {number} n
 * @param {number} lat
 * @param {number} lng
 */
export function move(n, lat, lng) {
  withPoints((points) => points.map((point, at) => (at === pointAt(n) ? placed(lat, lng) : point)));
}

/**
 * The buttons that the details of feature `n` have more.
 * @param {number} n
 */
export function actions(n) {
  const own = page.standalone ? null : role(n);
  if (!own) return [];
  /**
   * @param {string} label
   * @param {function(): void} work
   */
  const button = (label, work) => el("button", { type: "button", class: "button", onclick: work }, label);
  if (own.point) return [button(say("service.js-remove-point"), () => toggle(n))];
  return [
    button(say(own.counts ? "service.js-take-out" : "service.js-take-in"), () => toggle(n)),
    button(say("service.js-only"), () => renewFor({ kinds: [], stations: [codeOf(n)], without: [], points: [] })),
  ];
}

/**
 * Wire the panel; `hearPlaces` makes the map give places.
 * @param {Workbench.HearPlaces} hearPlaces
 */
export function wireStations(hearPlaces) {
  const show = () => byId("place-point").setAttribute("aria-pressed", String(state.placing === MODE));
  on(["placing"], () => {
    hearPlaces(state.placing === MODE ? (lat, lng) => addPoint(lat, lng) : null);
    show();
    if (state.placing === MODE) toast(say("service.js-click-map"));
  });
  document.addEventListener("click", (/** @type {any} */ { target }) => {
    if (target.closest("#place-point")) set({ placing: state.placing === MODE ? null : MODE });
  });
  document.addEventListener("keydown", ({ key }) => key === "Escape" && set({ placing: null }));
  document.addEventListener("submit", (/** @type {any} */ event) => {
    if (event.target.id !== "add-station") return;
    event.preventDefault();
    add(event.target.elements.what.value.trim());
  });
  on(["page"], show);
}

/** @param {string} text */
function add(text) {
  const place = placeIn(text);
  if (place) return addPoint(place.lat, place.lng);
  for (let n = 0; n < features.count; n += 1) {
    const own = role(n);
    if (!own || own.point || ![codeOf(n), features.name(n)].includes(text)) continue;
    set({ selected: features.id(n) });
    if (!own.counts) choose(codeOf(n), own.kind, false);
    return undefined;
  }
  return toast(say("service.js-not-found", { text }));
}

/**
 * @param {number} lat
 * @param {number} lng
 */
function addPoint(lat, lng) {
  const now = choice();
  const every = !now.kinds.length && !now.stations.length && !now.points.length;
  // Alone, a point would be all that counts; whoever adds one to every station means both.
  if (every) {
    Object.assign(now, spelled());
    toast(say("service.js-now-all-kinds"), 5000);
  }
  return renewFor({ ...now, points: [...now.points, placed(lat, lng)] });
}

/** What counts where nothing was chosen, as the choice would say it: kinds, and stations whose kind is unknown. */
function spelled() {
  const listed = [...Array(features.count).keys()]
    .map((n) => /** @type {[number, Workbench.Role]} */ ([n, role(n)]))
    .filter(([, own]) => own?.counts && !own.point);
  return {
    kinds: [...new Set(listed.map(([, own]) => own.kind).filter((kind) => kind !== "unknown"))],
    stations: listed.filter(([, own]) => own.kind === "unknown").map(([n]) => codeOf(n)),
  };
}

/**
 * Take a station out that counts (by its code, its kind, or because all do), or in.
 * @param {string} code
 * @param {string} kind
 * @param {boolean} counts
 */
function choose(code, kind, counts) {
  const now = choice();
  const every = !now.kinds.length && !now.stations.length && !now.points.length;
  // A kind that is no service counts only where it is asked for: whoever takes a car park in means it beside the others.
  if (every && !counts && !now.without.includes(code)) {
    const others = spelled();
    return renewFor({ ...now, ...others, stations: [...others.stations, code] });
  }
  const byKind = every || now.kinds.includes(kind);
  const [stations, without] = [now.stations, now.without].map((codes) =>
    codes.filter((/** @type {string} */ each) => each !== code),
  );
  if (counts && byKind) without.push(code);
  if (!counts && !byKind) stations.push(code);
  // The last one taken out leaves none, not all.
  if (counts && !byKind && !stations.length && !now.kinds.length && !now.points.length)
    (stations.push(code), without.push(code));
  return renewFor({ ...now, stations, without });
}

/** @param {function(string[]): string[]} change */
function withPoints(change) {
  const now = choice();
  return renewFor({ ...now, points: change(now.points) });
}

/** The choice as the address has it; points stay texts "lon,lat". */
function choice() {
  const asked = new URL(current()).searchParams;
  const lists = LISTS.map((name) => [name, (asked.get(name) ?? "").split(",").filter(Boolean)]);
  return { ...Object.fromEntries(lists), points: (asked.get("points") ?? "").split(";").filter(Boolean) };
}

/** @param {Workbench.Choice} given */
function renewFor({ kinds, stations, without, points }) {
  const target = new URL(current());
  const texts = {
    kinds: kinds.join(","),
    stations: stations.join(","),
    without: without.join(","),
    points: points.join(";"),
  };
  for (const [name, text] of Object.entries(texts)) {
    if (text) target.searchParams.set(name, text);
    else target.searchParams.delete(name);
  }
  return renew(target);
}

/** @param {number} n */
const codeOf = (n) => columns.find((column) => column.key === "code").value(n);
/**
 * Points are numbered in the order of the address.
 * @param {number} n
 */
const pointAt = (n) => Number(features.id(n).replace(/^.*point-/, "")) - 1;
/**
 * @param {number} lat
 * @param {number} lng
 */
const placed = (lat, lng) => `${lng.toFixed(6)},${lat.toFixed(6)}`;
