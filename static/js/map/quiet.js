/** How what lies under the theme is drawn, whether it comes with the page or in tiles. */

/** @type {Record<string, Chart.Style>} */
export const QUIET = {
  buildings: { color: "#B3BCC3", weight: 0.5, fill: "#CDD4D9", fillOpacity: 0.9 },
  courtyards: { color: "#8B96A0", weight: 1, fill: "#8B96A0", fillOpacity: 0.08 },
  "managed-areas": { color: "#3E4C59", weight: 1, opacity: 0.7 },
  bundles: { color: "#6A3D9A", weight: 2, fill: "#D9C8E8", fillOpacity: 0.45 },
};
/**
 * What nobody walks through, by its kind, in the colours of its layer.
 * @type {Record<string, Chart.Style>}
 */
export const BARRIERS = {
  wall: { color: "#6D4C41", weight: 1.8 },
  fence: { color: "#8D6E63", weight: 1.4, dash: [6, 2] },
  hedge: { color: "#558B2F", weight: 1.4, dash: [6, 2] },
  retaining_wall: { color: "#4E342E", weight: 1.8 },
  railway: { color: "#212121", weight: 1.6, dash: [8, 4] },
  water: { color: "#1E88E5", weight: 1.2 },
  cliff: { color: "#795548", weight: 1.6, dash: [2, 3] },
  other: { color: "#757575", weight: 1.4 },
};
/** The zooms from which walls and gates can be told from a smear; water and railways always can. */
export const BARRIERS_FROM = 14;
export const GATES_FROM = 15;
export const FAR_BARRIERS = ["water", "railway"];
/**
 * By who walks through.
 * @type {Record<string, Chart.Style>}
 */
export const GATES = {
  public: { color: "#FFFFFF", weight: 1, fill: "#2E7D32", fillOpacity: 1 },
  residents: { color: "#FFFFFF", weight: 1, fill: "#F9A825", fillOpacity: 1 },
  closed: { color: "#FFFFFF", weight: 1, fill: "#B71C1C", fillOpacity: 1 },
};
/** Of open courtyards. */
export const OPEN_DASH = [4, 3];
/**
 * What a service reaches; the colour of its limit comes with each feature.
 * @type {Record<string, Chart.Style>}
 */
export const REACHED = { "reach-areas": { weight: 0.8, opacity: 0.6 }, "reach-streets": { weight: 2, opacity: 0.6 } };
export const ROAD = "#FFFFFF";
export const CASING = "#CBD3D9";
const CASING_PX = 1.6;

/**
 * How wide a road of so many metres is drawn, with its casing or without.
 * @param {number} metres
 * @param {number} metresPerPixel
 * @param {boolean} cased
 */
export const roadPixels = (metres, metresPerPixel, cased) =>
  Math.min(Math.max(metres / metresPerPixel, 0.8), 18) + (cased ? CASING_PX : 0);

/**
 * A style as Leaflet's paths take it.
 * @param {Chart.Style} given
 */
export const forPath = ({ fill, dash, ...style }) => ({
  ...style,
  ...(fill ? { fillColor: fill } : { fill: false }),
  ...(dash && { dashArray: dash.join(" ") }),
});
