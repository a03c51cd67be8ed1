/** Ties the views together: each hears the state and the others never. */

import { wireDetails } from "gridmap/workbench/details.js";
import { wireDates } from "gridmap/shared/dates.js";
import { all, byId, calm, el, one, toast } from "gridmap/shared/dom.js";
import { fits, fitting, shown, visible } from "gridmap/workbench/filter.js";
import { wireHistory } from "gridmap/workbench/history.js";
import { wireLarge } from "gridmap/workbench/large.js";
import { wireLegend } from "gridmap/workbench/legend.js";
import { takeWorkbenchMap } from "gridmap/map/workbench.js";
import { measureActions, wireMeasures } from "gridmap/workbench/measures.js";
import { wireNaming } from "gridmap/workbench/naming.js";
import { address, classes, columns, features, page, say } from "gridmap/workbench/page.js";
import { wirePanels } from "gridmap/workbench/panels.js";
import { wirePrint } from "gridmap/workbench/print.js";
import { wireRenewal } from "gridmap/workbench/renew.js";
import { wireSearch } from "gridmap/workbench/search.js";
import { actions, move, role, toggle, wireStations } from "gridmap/workbench/stations.js";
import { on, restore, set, state, tell } from "gridmap/workbench/state.js";
import { buildTable } from "gridmap/workbench/table.js";
import { wireAnalyses } from "gridmap/workbench/analyses.js";
import { wireProposals } from "gridmap/proposals/main.js";
import { recordActions } from "gridmap/records/rows.js";
import { wayPlace, wireWay } from "gridmap/workbench/way.js";

const focus = page.groups.find((group) => group.focus).key;
restore({ group: focus, tool: page.tool });
await features.find(state.selected);

const place = () =>
  columns.find((column) => column.key === "courtyard") ?? columns.find((column) => column.key === "community");
const coordinates = byId("coordinates");
let placed = false;
const map = takeWorkbenchMap(() => page, features, say, {
  begin: state.view,
  /** @param {number} n */
  select: (n) => {
    // On the map a station is taken in or out; its details are a row of the table away.
    const own = page.standalone ? null : role(n);
    if (own && !own.point) return (set({ tool: "service" }), toggle(n));
    return set({ selected: features.id(n), tool: "details" });
  },
  // Of a large map the features are in tiles, and known by their ids.
  classes: () => classes,
  tile: (part, ...at) => address(`${part}/${at.join("/")}`),
  /** @param {string|null} id */
  pick: (id) => features.find(id).then((n) => (n >= 0 ? set({ selected: id, tool: "details" }) : unanswered())),
  /** @param {string} name */
  told: (name, { label }) => el("div", {}, el("b", {}, name), el("small", {}, label)),
  /** @param {number} n */
  gathered: (n, most) =>
    el(
      "div",
      {},
      el("b", {}, say("tiled.js-gathered", { n: n.toLocaleString("en-US") })),
      el("small", {}, say("tiled.js-mostly", { name: most.label })),
    ),
  failed: () => unanswered(),
  /** @param {number} n */
  movable: (n) => !page.standalone && Boolean(role(n)?.point),
  moved: move,
  /**
   * @param {number} lat
   * @param {number} lng
   */
  pointer: (lat, lng) => (coordinates.textContent = `${lng.toFixed(5)}, ${lat.toFixed(5)}`),
  view: calm((view) => placed && set({ view }), 200),
  /** @param {number} n */
  label: (n) =>
    el(
      "div",
      {},
      el("b", {}, features.name(n)),
      el("small", {}, features.class(n).label, place()?.value(n) ? ` · ${place().value(n)}` : ""),
    ),
});

wirePanels(() => map.resized());
wireLegend();
wireDates();
wireDetails(
  (n) => map.goToFeature(n),
  (n) => [...actions(n), ...measureActions(n), ...wayPlace(n), ...corrections(n)],
);
buildTable(
  (n) => map.choose(n, true),
  () => map.resized(),
);
wireSearch({
  /** @param {number} n */
  feature: (n) => (set({ selected: features.id(n) }), map.choose(n, true)),
  box: (bounds) => map.goToBox(bounds),
  /**
   * @param {number} lat
   * @param {number} lng
   */
  point: (lat, lng) => map.pointAt(lat, lng),
  community: openCommunity,
  outline: (shapes) => map.showResult(shapes),
});
wirePrint(map);
wireLarge();
if (!page.standalone) {
  wireAnalyses(map);
  const remembering = { opened: state.proposed, remember: (/** @type {string|null} */ job) => set({ proposed: job }) };
  wireProposals({ map: map.proposal, say, language: page.language, layers: page.layers, toast, ...remembering });
  wireHistory();
  wireNaming();
  const renewed = wireRenewal();
  if (page.map === "service-area") {
    wireStations(map.hearPlaces);
    wireMeasures(map.hearPlaces, map.sketch);
    wireWay(map.showWay);
  }
  on(["page"], () => {
    map.renew();
    renewed();
    filter();
    layers();
    if (state.selected !== null) map.choose(features.position(state.selected), false);
  });
}

let latest = 0;
async function filter() {
  latest += 1;
  const own = latest;
  const found = page.tiled && state.text.trim() ? await fitting().catch(() => unanswered()) : () => true;
  if (own === latest && found) map.filter(shown, fits, visible, found);
}
on(["off", "text"], filter);
on(["hide"], () => layers());
on(["patterns"], () => map.patterns(state.patterns));
on(["selected"], () => {
  const n = state.selected === null ? -1 : features.position(state.selected);
  if (n < 0 && state.selected !== null && page.tiled) {
    map.choose(-1, false);
    return void features.find(state.selected).then((found) => found >= 0 && tell("selected"));
  }
  if (!map.choose(n, false)) toast(say("no-shape"));
});

new ResizeObserver(/** @type {function(): void} */ (calm(() => map.resized(), 60))).observe(one(".map-frame"));
map.resized();
map.place(state.view);
placed = true;
filter();
layers();
map.patterns(state.patterns);
if (state.selected !== null) map.choose(features.position(state.selected), false);
document.documentElement.dataset.ready = String(classes.size);

function unanswered() {
  toast(say("tiled.js-no-answer"));
}

/**
 * The ways to the forms of feature `n`; what is no record of one layer has none.
 * @param {number} n
 */
function corrections(n) {
  if (page.writable) return recordActions(page.writable, features.id(n));
  const own = page.adds ? role(n) : null;
  return own && !own.point ? recordActions(page.adds, columns.find((column) => column.key === "code").value(n)) : [];
}

/** @param {string} code */
function openCommunity(code) {
  const target = new URL(location.href);
  target.searchParams.set("community", code);
  target.hash = "";
  location.assign(target);
}

function layers() {
  for (const box of all("[data-layer]")) map.show(box.dataset.layer, !state.hide.includes(box.dataset.layer));
}
