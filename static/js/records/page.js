/** What the server wrote into the page for forms, on the pages of records as on the maps. */

import { kept } from "gridmap/shared/keep.js";
import { sayer } from "gridmap/shared/say.js";

/**
 * The page's facts; on a map only `language`, `words` and what maps have.
 * @type {Records.Page}
 */
export const page = JSON.parse(document.getElementById("page-data").textContent);

const own = sayer(() => page.words);

/**
 * Say a message of this room by the last part of its key; see `sayer`.
 * @param {string} key
 * @param {Record<string, unknown>} [parameters]
 */
export const say = (key, parameters = {}) => own(`records.js-${key}`, parameters);

/** Who writes, as this browser remembers it. */
export const author = () => kept("author", "");

/** What stands between the items of a list. */
export const comma = page.language === "zh" ? "、" : ", ";
