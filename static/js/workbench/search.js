/** The search box: names, codes, pinyin initials, and longitude with latitude. */

import { byId, calm, el, toast } from "gridmap/shared/dom.js";
import { placeIn } from "gridmap/shared/format.js";
import { tell } from "gridmap/workbench/found.js";
import { askMap, columns, features, page, say } from "gridmap/workbench/page.js";
import { set } from "gridmap/workbench/state.js";

const MOST = 12;
// Layers of which a map may show features; another layer may use the same codes.
const ON_MAPS = ["buildings", "courtyards", "grids", "stations"];

/**
 * Wire the box; `go` has `feature(n)`, `box(bounds)`, `community(code)`, `point(lat, lng)`.
 * @param {Workbench.Go} go
 */
export function wireSearch(go) {
  const [input, list] = [byId("search"), byId("search-results")];
  /** @type {Workbench.Hit[]} */
  let found = [];
  let at = -1;
  let counts = "";
  /** @type {string|null} */
  let answered = null;
  /** @type {string|null} */
  let hurried = null;

  function show() {
    list.replaceChildren(
      ...found.map((each, n) => {
        const kind = each.layer ? page.layers[each.layer] : say(`kind-${each.kind}`);
        const item = el(
          "li",
          { role: "option", id: `found-${n}`, "aria-selected": String(n === at) },
          el("b", {}, each.name),
          el("small", {}, kind, each.code && each.code !== each.name ? ` ${each.code}` : ""),
        );
        item.addEventListener("mousedown", (event) => (event.preventDefault(), take(n)));
        return item;
      }),
    );
    if (found.length && counts)
      list.append(el("li", { role: "option", class: "counts", "aria-disabled": "true" }, counts));
    if (!found.length && input.value.trim())
      list.append(el("li", { role: "option", "aria-disabled": "true" }, say("nothing-found")));
    list.hidden = !input.value.trim();
    input.setAttribute("aria-expanded", String(!list.hidden));
    if (at >= 0) input.setAttribute("aria-activedescendant", `found-${at}`);
    else input.removeAttribute("aria-activedescendant");
    byId(`found-${at}`)?.scrollIntoView({ block: "nearest" });
  }

  /** @param {number} n */
  function take(n) {
    const chosen = found[n];
    if (!chosen) return;
    chosen.go();
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
  }

  /** @param {Workbench.Hit[]} hits */
  const arrive = (hits) => ((found = hits), (at = found.length ? 0 : -1), show());
  const far = calm(async () => {
    const asked = input.value;
    const answer = await findFar(asked, go).catch(
      () => (toast(say("tiled.js-no-answer")), { hits: /** @type {Workbench.Hit[]} */ ([]), told: "" }),
    );
    if (asked !== input.value) return;
    [counts, answered] = [answer.told, asked];
    arrive(answer.hits);
    // Who was faster than the answer meant the best of it.
    if (hurried === asked) take(0);
    hurried = null;
  }, 150);
  input.addEventListener("input", () =>
    page.standalone || placeIn(input.value) ? ((counts = ""), arrive(find(input.value, go))) : far(),
  );
  input.addEventListener("focus", () => input.value && show());
  input.addEventListener("blur", () => (list.hidden = true));
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") ((input.value = ""), (found = []), show());
    if (event.key === "Enter") {
      event.preventDefault();
      if (page.standalone || placeIn(input.value) || answered === input.value) take(at);
      else hurried = input.value;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length) (event.preventDefault(), (at = (at + step + found.length) % found.length), show());
  });
}

/**
 * What a text finds, the best first: places that begin with it, features that do, then those that contain it.
 * @param {string} text
 * @param {Workbench.Go} go
 */
export function find(text, go) {
  const asked = text.trim().toLowerCase();
  if (!asked) return [];
  const place = placeIn(text);
  if (place) {
    const { lng, lat } = place;
    return Math.abs(lng) <= 180 && Math.abs(lat) <= 90
      ? [{ kind: "place", name: `${lng}, ${lat}`, go: () => go.point(lat, lng) }]
      : [];
  }
  const code = columns.find((column) => column.kind === "code");
  const hits = [];
  for (const each of page.places) {
    const rank = best([each.name.toLowerCase(), each.code.toLowerCase(), ...heard(each.sounds ?? [])], asked);
    const own = features.position(each.id);
    const action =
      each.kind === "community" && !page.standalone
        ? () => go.community(each.code)
        : () => (own >= 0 && set({ selected: each.id }), go.box(each.box));
    if (rank < 2) hits.push({ ...each, rank, go: action });
  }
  const listed = new Set(page.places.map((each) => each.id));
  for (let n = 0; n < features.count; n += 1) {
    if (listed.has(features.id(n))) continue;
    const own = String(code?.value(n) ?? "");
    const rank = best([features.name(n).toLowerCase(), own.toLowerCase()], asked);
    if (rank < 2)
      hits.push({ kind: "feature", name: features.name(n), code: own, rank: rank + 0.5, go: () => go.feature(n) });
  }
  return hits.sort((a, b) => a.rank - b.rank).slice(0, MOST);
}

/**
 * The same from the server, which looks in every layer, with how many it finds in each.
 * @param {string} text
 * @param {Workbench.Go} go
 */
async function findFar(text, go) {
  if (!text.trim()) return { hits: [], told: "" };
  const { found, counts = [] } = await askMap("search", { q: text });
  const hits = found.map((/** @type {Workbench.Place} */ each) => ({
    ...each,
    go: () => (each.kind === "community" ? go.community(each.code) : open(each, go)),
  }));
  return { hits, told: counts.length ? say("found-counts", { counts: counts.map(counted).join("、") }) : "" };
}

/** @param {{layer: string, count: number, more: boolean}} of */
function counted({ layer, count, more }) {
  const n = count.toLocaleString("en-US");
  return `${page.layers[layer]} ${more ? say("found-at-least", { n }) : n}`;
}

/**
 * @param {Workbench.Place} given
 * @param {Workbench.Go} go
 */
async function open({ id, layer, box }, go) {
  const n = ON_MAPS.includes(layer) ? await features.find(id) : -1;
  if (n < 0) return tell(layer, id, go);
  set({ tool: "details" });
  return box ? (go.feature(n), go.box(box)) : go.feature(n);
}

/**
 * How a name may be typed by its sound: by first letters, or in full from any syllable on.
 * @param {string[]} sounds
 */
function heard(sounds) {
  const initials = sounds.map((each) => each[0]).join("");
  // A name is had within from its second syllable on, and not from the middle of one.
  return [initials, sounds.join(""), ...sounds.slice(1).map((_, n) => `\n${sounds.slice(n + 1).join("")}`)];
}

/**
 * @param {string[]} words
 * @param {string} asked
 */
function best(words, asked) {
  return Math.min(...words.map((word) => (!word ? 2 : word.startsWith(asked) ? 0 : word.includes(asked) ? 1 : 2)));
}
