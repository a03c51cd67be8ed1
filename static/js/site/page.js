/** What a page of the site knows: its data, its messages. */

import { byId } from "gridmap/shared/dom.js";
import { sayer } from "gridmap/shared/say.js";

export const page = JSON.parse(byId("page-data").textContent);
export const say = sayer(() => page.words);

/** Say that the page can be used. */
export const ready = () => (document.documentElement.dataset.ready = "1");
