/** Folding panels, tabs of the right panel, and links that keep how the page is looked at. */

import { all, one, byId } from "gridmap/shared/dom.js";
import { wireFolding } from "gridmap/shared/folding.js";
import { keep, kept } from "gridmap/shared/keep.js";
import { page, say } from "gridmap/workbench/page.js";
import { current, renew } from "gridmap/workbench/renew.js";
import { asHash, on, set, state } from "gridmap/workbench/state.js";

/**
 * Wire folding, tabs, links and the question's form; `resized` is told when the map's box changes.
 * @param {function(): void} resized
 */
export function wirePanels(resized) {
  wireFolding(resized);
  wireTabs();
  wireLinks();
  wireExports();
  wireNotice();
}

/** That the map opened on the ledger's day is said until it is closed, and again for another ledger. */
function wireNotice() {
  const button = () => one("[data-close-notice]");
  const renew = () => {
    const day = button()?.dataset.closeNotice;
    if (day && kept("closed-notice", "") === day) button().closest(".notice").setAttribute("hidden", "");
  };
  document.addEventListener("click", (/** @type {any} */ event) => {
    const closed = event.target.closest("[data-close-notice]");
    if (!closed) return;
    keep("closed-notice", closed.dataset.closeNotice);
    closed.closest(".notice").hidden = true;
  });
  on(["page"], renew);
  renew();
}

function wireTabs() {
  const tabs = all('[role="tab"]');
  for (const [n, tab] of tabs.entries()) {
    tab.addEventListener("click", () => set({ tool: tab.dataset.tool }));
    tab.addEventListener("keydown", (/** @type {any} */ event) => {
      const step = /** @type {Record<string, number>} */ ({ ArrowRight: 1, ArrowLeft: -1 })[event.key];
      if (!step) return;
      const next = tabs[(n + step + tabs.length) % tabs.length];
      next.focus();
      set({ tool: next.dataset.tool });
    });
  }
  const show = () => {
    for (const tab of tabs) {
      const chosen = tab.dataset.tool === state.tool;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      document.getElementById(`tool-${tab.dataset.tool}`).hidden = !chosen;
    }
  };
  on(["tool"], show);
  show();
}

function wireLinks() {
  // The server knows the question, not how its answer is looked at; a link to the same map carries that along.
  document.addEventListener("click", (/** @type {any} */ event) => {
    const link = event.target.closest("a[data-keep], a[data-drop-view]");
    if (!link) return;
    const sameMap = link.dataset.keep !== "community";
    const target = new URL(link.href);
    target.hash = sameMap ? asHash("dropView" in link.dataset) : viewOnly();
    link.href = target;
  });
  document.addEventListener("change", (/** @type {any} */ { target }) => {
    const form = target.closest("form[data-submit-on-change]");
    if (!form) return;
    // Nobody drives at the speed that was meant for walking.
    if (target.name === "mode") form.elements.speed_kmh.value = "";
    go(form);
  });
  document.addEventListener("submit", (/** @type {any} */ event) => {
    const form = event.target.closest("form[data-submit-on-change]");
    if (!form) return;
    event.preventDefault();
    go(form);
  });
}

/** The box in the tab Export is for every file that leaves: layers, the map itself, the rows of the table. */
function wireExports() {
  const open = byId("export-public");
  open?.addEventListener("change", () => {
    for (const link of all("a[data-export]")) {
      const target = new URL(link.href);
      if (open.checked) target.searchParams.set("public", "true");
      else target.searchParams.delete("public");
      link.href = target.href;
    }
  });
}

/** @param {Shared.Part} form */
function go(form) {
  const target = new URL(current());
  const asked = new FormData(/** @type {any} */ (form));
  if ("band" in form.dataset) {
    const { low, high } = form.elements;
    const ordered = Number(low.value) <= Number(high.value);
    high.setCustomValidity(ordered ? "" : say("service.js-band-order"));
    if (!form.reportValidity()) return;
    target.searchParams.set("band", `${Number(low.value)}-${Number(high.value)}`);
  } else {
    if (!form.reportValidity()) return;
    for (const name of new Set(asked.keys())) {
      const value = asked.getAll(name).filter(Boolean).join(",");
      if (value && value !== one(`[name="${name}"]`, form).dataset.usual) target.searchParams.set(name, value);
      else target.searchParams.delete(name);
    }
  }
  if (form.matches(".reach") && page.map === "service-area") return renew(target);
  target.hash = asHash();
  // Only the part after "#" may be new, and then the browser would not load anything.
  if (target.search === location.search) location.hash = target.hash;
  else location.assign(target);
}

function viewOnly() {
  return state.view ? `#view=${state.view.join("/")}` : "";
}
