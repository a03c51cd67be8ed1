/** The map's own buttons and its scale bar. */

import { el } from "gridmap/shared/dom.js";

const L = window.L;

/**
 * Add zoom buttons, one for everything, and the scale bar.
 * @param {Chart.Leaflet} map
 * @param {Shared.Say} say
 * @param {function(): void} zoomAll
 */
export function addControls(map, say, zoomAll) {
  L.control.zoom({ position: "topleft", zoomInTitle: say("zoom-in"), zoomOutTitle: say("zoom-out") }).addTo(map);
  const whole = new L.Control({ position: "topleft" });
  whole.onAdd = () => {
    const label = say("all-short");
    const button = el("a", { href: "#", role: "button", title: say("zoom-all"), "aria-label": say("zoom-all") }, label);
    button.className = `zoom-all${label.length > 2 ? " wide" : ""}`;
    L.DomEvent.on(button, "click", (event) => (L.DomEvent.stop(event), zoomAll()));
    const bar = el("div", { class: "leaflet-bar leaflet-control leaflet-control-zoom" }, button);
    L.DomEvent.disableClickPropagation(bar);
    return bar;
  };
  whole.addTo(map);
  L.control.scale({ imperial: false, maxWidth: 120 }).addTo(map);
}
