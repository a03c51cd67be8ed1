/** Picked parts become a draft; where the records moved on, what changed is said first. */

import { call, reasonsOf } from "gridmap/shared/ask.js";
import { el } from "gridmap/shared/dom.js";
import { keep, kept } from "gridmap/shared/keep.js";
import { root } from "gridmap/shared/root.js";
import { hindrance, opening } from "gridmap/proposals/told.js";

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
  const button = el(
    "button",
    { type: "button", class: "button primary", "data-accept": true, onclick: () => take(false) },
    say("proposing.js-accept"),
  );
  let key = crypto.randomUUID();

  /** @param {boolean} anyway */
  async function take(anyway) {
    keep("author", author.value.trim());
    button.disabled = true;
    refused.replaceChildren();
    try {
      const body = opening(found.job, found.rows, picked, anyway);
      const answer = await call("/api/plans", { query: { lang: language }, body, author: author.value.trim(), key });
      if (answer.ok) return location.assign(`${root}/plans/${encodeURIComponent(answer.said.id)}?lang=${language}`);
      refused.replaceChildren(refusal(answer.said ?? { title: answer.words }));
      key = crypto.randomUUID();
    } catch (error) {
      refused.replaceChildren(refusal({ title: say("failed"), detail: error.message }));
    }
    tell();
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
    const hinders = hindrance(found.rows, picked);
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
    el("label", {}, el("span", {}, say("proposing.js-author")), author),
    button,
    refused,
  );
  return { element, renew };
}
