/**
 * What is not saved yet outlives the page: edits on their way and typed properties are kept in this tab, and sent when
 * the plan is opened again. Each edit keeps its key, so that one whose answer got lost is done once; a copy of the tab
 * does no harm either.
 */

import { page } from "gridmap/plan/page.js";

const own = `gridmap.plan.${page.plan}.unsaved`;
/** @type {Plan.Unsaved} */
const NOTHING = { revision: null, jobs: [], typed: null, told: null };

/**
 * What was left unsaved here; nothing where one looks at an older revision.
 * @returns {Plan.Unsaved}
 */
export function unsaved() {
  try {
    return { ...NOTHING, ...(page.revision ? null : JSON.parse(sessionStorage.getItem(own))) };
  } catch {
    return { ...NOTHING };
  }
}

/**
 * Keep `{revision, jobs}`, `{typed}`, or what is to be told after a reload, `{told}`; the rest stays as it was.
 * @param {Partial<Plan.Unsaved>} part
 */
export function keepUnsaved(part) {
  if (page.revision) return;
  const all = { ...unsaved(), ...part };
  try {
    if (all.jobs.length || all.typed || all.told) sessionStorage.setItem(own, JSON.stringify(all));
    else sessionStorage.removeItem(own);
  } catch {
    // A tab that may keep nothing still warns before it is closed.
  }
}

/** @param {any} event */
function warn(event) {
  const { jobs, typed } = unsaved();
  if (jobs.length || typed) event.preventDefault();
}
addEventListener("beforeunload", warn);

/** Load the page anew without asking: what is unsaved comes along. */
export function reload() {
  removeEventListener("beforeunload", warn);
  location.reload();
}
