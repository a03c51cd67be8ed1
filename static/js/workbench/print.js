/** Paper: the map takes the sheet's box and the nearest round scale, and the scale bar says how long it truly is. */

import { byId, one, svg } from "gridmap/shared/dom.js";
import { metresPerPixel } from "gridmap/map/workbench.js";
import { page, say } from "gridmap/workbench/page.js";
import { state } from "gridmap/workbench/state.js";

/** A CSS pixel on paper, in metres: 1/96 inch. */
const PIXEL_M = 0.0254 / 96;
const MM_PX = 96 / 25.4;
const SHEET_PX = [318 * MM_PX, 246 * MM_PX];
const SCALES = [
  500, 1000, 2000, 2500, 4000, 5000, 6000, 7500, 8000, 10000, 12500, 15000, 20000, 25000, 30000, 40000, 50000, 75000,
  100000, 150000, 200000, 500000, 1000000,
];
const MARGIN = 1.03;
const BARS_M = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000];

/**
 * Wire the button and the browser's own print command.
 * @param {Workbench.Drawn} map
 */
export function wirePrint(map) {
  /** @type {ReturnType<Workbench.Drawn["measure"]>|null} */
  let before = null;
  byId("print")?.addEventListener("click", async () => {
    // Tiles come when they come; the browser's own command cannot be kept waiting, this button can.
    before ??= map.measure();
    toPaper(map, before);
    await map.drawn();
    window.print();
  });
  window.addEventListener("beforeprint", () => {
    before ??= map.measure();
    toPaper(map, before);
  });
  window.addEventListener("afterprint", () => {
    if (!before) return;
    const frame = one(".map-frame");
    frame.style.width = frame.style.height = "";
    map.resized();
    map.exactly(before.zoom, before.lat, before.lng);
    map.patterns(state.patterns);
    before = null;
  });
}

/**
 * @param {Workbench.Drawn} map
 * @param {ReturnType<Workbench.Drawn["measure"]>} given
 */
function toPaper(map, { zoom, lat, lng, width, height, all }) {
  const frame = one(".map-frame");
  frame.style.width = `${SHEET_PX[0]}px`;
  frame.style.height = `${SHEET_PX[1]}px`;
  map.resized();
  // The largest round scale at which the sheet still holds what the screen held, or everything where it held that.
  const onScreen = metresPerPixel(lat, zoom);
  const [wide, high] = all ? [all.width * MARGIN, all.height * MARGIN] : [width, height];
  const needed = Math.max((wide * onScreen) / SHEET_PX[0], (high * onScreen) / SHEET_PX[1]) / PIXEL_M;
  const scale = SCALES.find((each) => each >= needed * 0.98) ?? SCALES.at(-1);
  map.exactly(Math.log2(metresPerPixel(lat, 0) / (scale * PIXEL_M)), all?.lat ?? lat, all?.lng ?? lng);
  map.patterns(true);
  drawBar(scale);
}

/** @param {number} scale */
function drawBar(scale) {
  const perPixel = scale * PIXEL_M;
  const length = BARS_M.filter((each) => each / perPixel <= 220).at(-1) ?? BARS_M[0];
  const px = length / perPixel;
  /**
   * @param {number} x
   * @param {string} label
   * @param {string} anchor
   */
  const text = (x, label, anchor) => svg("text", { x, y: 24, "font-size": 11, "text-anchor": anchor }, label);
  const unit = length >= 1000 ? [length / 1000, "km"] : [length, "m"];
  byId("sheet-scale").replaceChildren(
    svg("rect", { x: 0.5, y: 3, width: px / 2, height: 7, fill: "#111", stroke: "#111" }),
    svg("rect", { x: 0.5 + px / 2, y: 3, width: px / 2, height: 7, fill: "#fff", stroke: "#111" }),
    text(0, "0", "start"),
    text(px, `${unit[0]} ${unit[1]}`, "middle"),
  );
  byId("sheet-ratio").textContent = say("scale-ratio", { n: scale.toLocaleString("en-US") });
  byId("sheet-ratio").dataset.map = page.map;
}
