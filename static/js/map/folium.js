/** Folium's script has made the page's map, and named it after its element. */

import { one } from "gridmap/shared/dom.js";

/**
 * The page's map and its element.
 * @returns {{map: Chart.Leaflet, element: HTMLElement}}
 */
export function foliumMap() {
  const element = one(".folium-map");
  return { map: /** @type {any} */ (window)[element.id], element };
}
