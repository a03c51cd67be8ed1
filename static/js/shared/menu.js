/** The menu of every page closes when one looks elsewhere, and with Escape. */

const menu = /** @type {HTMLDetailsElement} */ (document.querySelector(".site-menu"));

document.addEventListener("pointerdown", (event) => {
  if (!menu.contains(/** @type {Node} */ (event.target))) menu.open = false;
});
menu.addEventListener("focusout", (event) => {
  if (event.relatedTarget && !menu.contains(/** @type {Node} */ (event.relatedTarget))) menu.open = false;
});
menu.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu.open) return;
  event.stopPropagation();
  menu.open = false;
  /** @type {HTMLElement} */ (menu.querySelector("summary")).focus();
});
