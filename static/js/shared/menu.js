/** The menu of every page closes when one looks elsewhere, and with Escape; and the other language keeps what is asked. */

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

// What is asked on the page may stand in its address only since it was loaded.
document.addEventListener("click", (event) => {
  const { target } = event;
  const link = target instanceof Element && target.closest("a.language:not([data-keep])");
  if (!(link instanceof HTMLAnchorElement)) return;
  const asked = new URLSearchParams(location.search);
  asked.set("lang", new URL(link.href).searchParams.get("lang") ?? "");
  link.href = `?${asked}${location.hash}`;
});
