/** A proposal as it was found: verdict, table beside the map, sentences for the report, and how it is taken over. */

import { el, one } from "gridmap/shared/dom.js";
import { whole, written } from "gridmap/shared/format.js";
import { isShare, tableOf } from "gridmap/shared/outputs.js";
import { accepting } from "gridmap/proposals/accepting.js";
import { crossingsOf } from "gridmap/proposals/crossings.js";
import { filled, GRIDS, names, statusOf, verdictOf } from "gridmap/proposals/told.js";

const MOST_ROWS = 500;

/**
 * Show a proposal on the map and in words.
 * @param {Proposals.Bench} bench
 * @param {Proposals.Found} found
 * @param {{compute: Proposals.Compute, inputs: Record<string, any>, away: function(): void}} ways
 */
export function resultOf(bench, found, { compute, inputs, away }) {
  const { say, map } = bench;
  const picked = new Set(found.rows.map((row) => String(row.part)));
  const called = names(found, say);
  const taking = accepting(bench, found, picked, compute);
  const renew = () => (map.pick(picked), taking.renew());
  const rows = table(bench, found, called, picked, renew);
  const households = new Map(found.rows.map((row) => [String(row.part), row.households]));
  map.show(
    found.proposal,
    (/** @type {Shared.Feature} */ { id }) => {
      const part = called.get(String(id));
      if (found.process !== GRIDS) return part;
      return say("proposing.js-on-map", { part, households: written(households.get(String(id)), "number") });
    },
    (/** @type {string} */ id) => rows.choose(id, true),
    found.process,
  );
  renew();
  const button = (/** @type {function(): void} */ act, /** @type {string} */ text) =>
    el("button", { type: "button", class: "button", onclick: act }, text);
  return el(
    "div",
    { class: "result proposal" },
    el(
      "div",
      { class: "result-head" },
      el("h3", { "data-status": found.summary.status }, say(statusOf(found.summary, found.process))),
      button(away, say("proposing.js-hide")),
    ),
    verdict(bench, found.summary, (wishes) => compute({ ...inputs, ...wishes })),
    found.process === GRIDS && found.summary.status === "infeasible" && inputs.whole === "courtyards"
      ? el(
          "p",
          { class: "smallest" },
          button(() => compute({ ...inputs, whole: "none" }), say("proposing.js-try-cut")),
        )
      : null,
    crossingsOf(bench, found, called),
    ...(found.rows.length ? [rows.element, taking.element] : []),
    ...further(bench, found),
    sentences(bench, found.summary.sentences ?? []),
    listed(say("proposing.js-notes"), found.summary.notes ?? []),
  );
}

/**
 * @param {Proposals.Bench} bench
 * @param {Record<string, any>} summary
 * @param {function(Record<string, any>): void} widen computes with other wishes
 */
function verdict({ say }, summary, widen) {
  const band = summary.smallest_band;
  const most = summary.model === "max_cover"; // what is reached has a bound above it, costs have one below
  return el(
    "div",
    {},
    summary.objective !== null &&
      el("p", { class: "verdict" }, say(`proposing.js-verdict${most ? "-most" : ""}`, verdictOf(summary))),
    summary.stopped ? el("p", { class: "hint" }, say("proposing.js-stopped")) : null,
    listed(say("proposing.js-binds"), summary.binds ?? []),
    // What relaxations say with a button beside is not said twice.
    summary.relaxations?.length ? null : listed(say("proposing.js-nearest"), summary.nearest ?? []),
    ...(summary.relaxations ?? []).map((/** @type {any} */ each) => relaxation(say, each, widen)),
    band &&
      el(
        "p",
        { class: "smallest" },
        say(`proposing.js-smallest${band.proven ? "" : "-shown"}`, {
          low: whole(band.households_min),
          high: whole(band.households_max),
        }),
        " ",
        el(
          "button",
          {
            type: "button",
            class: "button",
            onclick: () => widen({ households_min: band.households_min, households_max: band.households_max }),
          },
          say("proposing.js-try-smallest"),
        ),
      ),
  );
}

/**
 * A wish that can be met instead, and the way to it.
 * @param {Shared.Say} say
 * @param {Record<string, any>} given what it says, and the wishes to compute with, if there are any
 * @param {function(Record<string, any>): void} widen
 */
function relaxation(say, { says, ...inputs }, widen) {
  const again = () => widen(inputs);
  return el(
    "p",
    { class: "smallest" },
    says,
    " ",
    Object.keys(inputs).length > 0 &&
      el("button", { type: "button", class: "button", onclick: again }, say("proposing.js-try-relaxed")),
  );
}

/**
 * @param {string} title
 * @param {string[]} lines
 */
function listed(title, lines) {
  if (!lines.length) return null;
  return el("div", { class: "chapter" }, el("h4", {}, title), el("ul", {}, ...lines.map((each) => el("li", {}, each))));
}

/**
 * The further tables of the answer that hold something, folded.
 * @param {Proposals.Bench} bench
 * @param {Proposals.Found} found
 */
function further({ say }, found) {
  const coded = Object.entries(found.words).flatMap(([column, codes]) =>
    Object.entries(codes).map(([code, word]) => [`code-${column}-${code}`, word]),
  );
  const words = { yes: say("yes"), no: say("no"), ...Object.fromEntries(coded) };
  // Where grids cross is listed above, and on the map.
  const tables = Object.entries(found.more).filter(([name]) => name !== "rows" || !found.crossings);
  return tables.map(([name, { label, columns }]) => {
    const records = /** @type {any} */ (found)[name === "rows" ? "listed" : name] ?? [];
    if (!records.length) return null;
    const { table, more } = tableOf(records, { words, labels: columns }, { most: MOST_ROWS });
    more(0);
    return el(
      "details",
      { class: "chapter further" },
      el("summary", {}, `${label} (${whole(records.length)})`),
      el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, table),
    );
  });
}

/**
 * @param {Proposals.Bench} bench
 * @param {string[]} lines
 */
function sentences({ say, toast, language }, lines) {
  const text = el("p", { class: "sentences", tabindex: 0 }, lines.join(language === "zh" ? "" : " "));
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(lines.join("\n"));
      toast(say("proposing.js-copied"));
    } catch {
      // Without a secure connection there is no clipboard.
      getSelection().selectAllChildren(text);
      toast(say("proposing.js-not-copied"));
    }
  };
  return el(
    "div",
    { class: "chapter" },
    el("h4", {}, say("proposing.js-sentences")),
    text,
    el("button", { type: "button", class: "button", "data-copy": true, onclick: copy }, say("proposing.js-copy")),
  );
}

/**
 * @param {Proposals.Bench} bench
 * @param {Proposals.Found} found
 * @param {Map<string, string>} called
 * @param {Set<string>} picked
 * @param {function(): void} renew
 */
function table({ say, map }, found, called, picked, renew) {
  const { rows, labels, words } = found;
  const keys = filled(found);
  const body = el("tbody");
  /**
   * @param {string} part
   * @param {boolean} reveal
   */
  const choose = (part, reveal) => {
    for (const each of body.children) each.toggleAttribute("aria-current", each.getAttribute("data-part") === part);
    if (reveal) one("tr[aria-current]", body)?.scrollIntoView({ block: "nearest" });
    map.choose(part);
  };
  const everything = el("input", { type: "checkbox", checked: true, "aria-label": say("proposing.js-pick-all") });
  everything.addEventListener("change", () => {
    for (const row of rows) everything.checked ? picked.add(String(row.part)) : picked.delete(String(row.part));
    for (const each of body.querySelectorAll("input")) each.checked = everything.checked;
    renew();
  });
  body.append(...rows.map(line));
  return {
    choose,
    element: el(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": say("proposing.js-grid") },
      el(
        "table",
        {},
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            el("th", { scope: "col" }, everything),
            el("th", { scope: "col" }, say("proposing.js-grid")),
            ...keys.map((key) => el("th", { scope: "col" }, labels[key] ?? key)),
          ),
        ),
        body,
      ),
    ),
  };

  /** @param {Record<string, any>} row */
  function line(row) {
    const part = String(row.part);
    const name = called.get(part);
    const label = say("proposing.js-pick-one", { part: name });
    const tick = el("input", { type: "checkbox", checked: true, "aria-label": label });
    tick.addEventListener("click", (event) => event.stopPropagation());
    tick.addEventListener("change", () => {
      if (tick.checked) picked.add(part);
      else picked.delete(part);
      everything.checked = picked.size === rows.length;
      renew();
    });
    return el(
      "tr",
      {
        tabindex: 0,
        "data-part": part,
        onclick: () => choose(part, false),
        onkeydown: (event) => event.key === "Enter" && choose(part, false),
      },
      el("td", {}, tick),
      el("th", { scope: "row" }, name),
      ...keys.map((key) => cell(row[key], key)),
    );
  }

  /**
   * @param {any} value
   * @param {string} key
   */
  function cell(value, key) {
    const figure = typeof value === "number" || typeof value === "boolean";
    return el("td", { class: figure && "number", "data-key": key }, worded(value, key));
  }

  /**
   * @param {any} value
   * @param {string} key
   * @returns {string}
   */
  function worded(value, key) {
    if (typeof value === "boolean") return say(value ? "yes" : "no");
    if (Array.isArray(value)) return value.map((each) => worded(each, key)).join("、") || "—";
    return typeof value === "number"
      ? written(value, isShare(key) ? "share" : "number")
      : written(words[key]?.[value] ?? value);
  }
}
