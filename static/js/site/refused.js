/** What the service refused, with every reason. */

import { el } from "gridmap/shared/dom.js";
import { reasonsIn } from "gridmap/shared/outputs.js";
import { say } from "gridmap/site/page.js";

/**
 * The title and the reasons of a refusal, as parts of a box.
 * @param {any} error a `Refusal`, problem details, or what the browser throws
 * @param {ParentNode} [form] whose fields the reasons may speak of
 */
export function refused(error, form = document) {
  const problem = error.problem ?? error;
  const reasons = reasonsIn(problem, form);
  return [
    el("b", {}, problem.title ?? say("failed")),
    ...(reasons.length ? reasons : [error.message]).map((each) => el("p", {}, each)),
  ];
}
