/** What the service refused, with every reason. */

import { reasonsOf } from "gridmap/shared/ask.js";
import { el } from "gridmap/shared/dom.js";
import { say } from "gridmap/site/page.js";

/**
 * The title and the reasons of a refusal, as parts of a box.
 * @param {any} error a `Refusal`, problem details, or what the browser throws
 */
export function refused(error) {
  const problem = error.problem ?? error;
  const reasons = reasonsOf(problem);
  return [
    el("b", {}, problem.title ?? say("failed")),
    ...(reasons.length ? reasons : [error.message]).map((each) => el("p", {}, each)),
  ];
}
