/** Picked parts become a draft or records; where the records moved on, what changed is said first. */

import { addressOf, call, reasonsOf } from "gridmap/shared/ask.js";
import { el } from "gridmap/shared/dom.js";
import { keep, kept } from "gridmap/shared/keep.js";
import { root } from "gridmap/shared/root.js";
import { GRIDS, hindrance, opening } from "gridmap/proposals/told.js";

/**
 * The line with which a proposal is taken over; `renew` is to be called when other parts are picked.
 * @param {Proposals.Bench} bench
 * @param {Proposals.Found} found
 * @param {Set<string>} picked
 * @param {Proposals.Compute} compute
 */
export function accepting({ say, language, layers }, found, picked, compute) {
  const author = el("input", { type: "text", maxlength: 80, autocomplete: "name", value: kept("author", "") });
  const said = el("p", { class: "hint", role: "status" });
  const refused = el("div");
  const made = el("div", { class: "made" });
  const target = el("select", {}, ...found.into.map(({ layer, label }) => el("option", { value: layer }, label)));
  const name = el("input", { type: "text", maxlength: 80 });
  const naming = el("label", {}, el("span", {}, say("proposing.js-name")), name);
  const chosen = () => found.into.find(({ layer }) => layer === target.value) ?? found.into[0];
  target.addEventListener("change", renew);
  const button = el(
    "button",
    { type: "button", class: "button primary", "data-accept": true, onclick: () => take(false) },
    say(found.process === GRIDS ? "proposing.js-accept" : "proposing.js-accept-records"),
  );
  let key = crypto.randomUUID();

  /** @param {boolean} anyway */
  async function take(anyway) {
    keep("author", author.value.trim());
    button.disabled = true;
    refused.replaceChildren();
    try {
      const { layer, named } = chosen();
      const into = layer === found.into[0].layer ? null : layer;
      const body = opening(found, picked, { anyway, into, name: named ? name.value.trim() : "" });
      const answer = await call("/api/plans", { query: { lang: language }, body, author: author.value.trim(), key });
      key = answer.ok ? crypto.randomUUID() : key;
      if (answer.ok && answer.said.ids) return made.prepend(taken(answer.said));
      if (answer.ok) return location.assign(`${root}/plans/${encodeURIComponent(answer.said.id)}?lang=${language}`);
      refused.replaceChildren(refusal(answer.said ?? { title: answer.words }));
      key = crypto.randomUUID();
    } catch (error) {
      refused.replaceChildren(refusal({ title: say("failed"), detail: error.message }));
    }
    tell();
  }

  /**
   * Say what was made and where it is seen, and offer to take it back.
   * @param {{layer: string, ids: string[], changeset: number, valid_from: string|null, planned: boolean}} made
   */
  function taken({ layer, ids, changeset, valid_from: day, planned }) {
    const { label, map } = chosen();
    const said = el(
      "p",
      {},
      say(`proposing.js-taken${planned ? "-planned" : day ? "-from" : ""}`, {
        n: ids.length,
        layer: label,
        id: changeset,
        day,
      }),
    );
    const undo = el(
      "button",
      { type: "button", class: "button", "data-undo": changeset, onclick: back },
      say("records.js-undo"),
    );
    const link = (
      /** @type {string} */ path,
      /** @type {Record<string, string>} */ query,
      /** @type {string} */ text,
    ) => el("a", { class: "button", href: addressOf(path, { ...query, lang: language }) }, text);
    const links = [
      // A map of an earlier day does not have them, and no map counts what is only planned.
      map &&
        !planned &&
        (day
          ? link(`/maps/${map}`, { as_of: day }, say("proposing.js-see-map-of", { day }))
          : link(`/maps/${map}`, {}, say("proposing.js-see-map"))),
      ids.length === 1 && link(`/records/${layer}/${encodeURIComponent(ids[0])}`, {}, say("proposing.js-see-record")),
      link("/history", { layer }, say("proposing.js-see-history")),
    ];
    async function back() {
      undo.disabled = true;
      const query = { lang: language };
      const how = { method: "POST", query, author: author.value.trim() };
      const answer = await call(`/api/changesets/${changeset}/revert`, how).catch((error) => ({
        ok: false,
        said: { detail: error.message },
      }));
      if (!answer.ok) {
        undo.disabled = false;
        said.textContent = reasonsOf(answer.said ?? {}).join(" · ") || say("failed");
        return;
      }
      said.textContent = say("proposing.js-undone", { id: changeset });
      undo.remove();
      key = crypto.randomUUID();
      tell();
    }
    return el(
      "div",
      { class: "taken", role: "status" },
      said,
      el("p", { class: "result-actions" }, undo, ...links.filter(Boolean)),
    );
  }

  /** @param {any} problem */
  function refusal(problem) {
    const changes = (problem.changes ?? []).map((/** @type {any} */ { layer, count, features }) =>
      el(
        "li",
        {},
        say("proposing.js-changes", { layer: layers[layer] ?? layer, count: count ?? say("proposing.js-many") }),
        features.length
          ? el("small", {}, ` ${features.slice(0, 5).join("、")}${features.length > 5 ? " …" : ""}`)
          : null,
      ),
    );
    const { again } = problem;
    return el(
      "div",
      { class: "problem", role: "alert" },
      el("b", {}, problem.title ?? say("failed")),
      ...reasonsOf(problem).map((each) => el("p", {}, each)),
      changes.length ? el("ul", { class: "changes" }, ...changes) : null,
      again &&
        el(
          "p",
          { class: "result-actions" },
          el(
            "button",
            { type: "button", class: "button primary", "data-again": true, onclick: () => compute(again.inputs) },
            say("proposing.js-again"),
          ),
          el("button", { type: "button", class: "button", onclick: () => take(true) }, say("proposing.js-anyway")),
        ),
    );
  }

  /** Other parts are another draft: what was sent before is not sent again under the same key. */
  function renew() {
    key = crypto.randomUUID();
    refused.replaceChildren();
    tell();
  }

  function tell() {
    naming.hidden = !chosen().named;
    const hinders = hindrance(found, picked);
    button.disabled = hinders !== null;
    said.textContent =
      hinders === "one-community"
        ? say("proposing.js-one-community")
        : hinders === "none-picked"
          ? say("proposing.js-none-picked")
          : say("proposing.js-picked", { n: picked.size, of: found.rows.length });
  }

  tell();
  const element = el(
    "div",
    { class: "accepting" },
    said,
    found.into.length > 1 && el("label", {}, el("span", {}, say("proposing.js-into")), target),
    naming,
    el("label", {}, el("span", {}, say("proposing.js-author")), author),
    button,
    refused,
    made,
  );
  return { element, renew };
}
