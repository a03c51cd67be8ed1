/** Rows of a map's table: a cell corrected where it stands, one field set for all ticked rows, and the way to each form. */

import { ask, addressOf, call, reasonsOf } from "gridmap/shared/ask.js";
import { el, toast } from "gridmap/shared/dom.js";
import { wireDates } from "gridmap/shared/dates.js";
import { keep } from "gridmap/shared/keep.js";
import { open } from "gridmap/records/asking.js";
import { control } from "gridmap/records/fields.js";
import { author, page, say } from "gridmap/records/page.js";
import { formOf, write } from "gridmap/records/talk.js";
import { offerUndo } from "gridmap/records/undoing.js";
import { same } from "gridmap/records/values.js";

const MOST_AT_ONCE = 1000;
/** @type {Map<string, Promise<Records.Form>>} */
const forms = new Map();

/** @param {string} layer */
export function formFor(layer) {
  if (!forms.has(layer))
    forms.set(
      layer,
      formOf(layer).catch((error) => (forms.delete(layer), Promise.reject(error))),
    );
  return forms.get(layer);
}

/** Where the reader is, to come back to. */
const here = () => location.pathname + location.search + location.hash;

/**
 * The address of a record's form.
 * @param {string} layer
 * @param {string|null} id null for a new one
 * @param {Record<string, unknown>} more
 */
export const formAddress = (layer, id, more = {}) =>
  addressOf(id === null ? `/records/${layer}` : `/records/${layer}/${encodeURIComponent(id)}`, {
    ...more,
    back: here(),
    lang: page.language,
  });

/**
 * The buttons that the details of a record have more.
 * @param {string} layer
 * @param {string} id
 */
export function recordActions(layer, id) {
  /**
   * @param {string} key
   * @param {Record<string, unknown>} more
   */
  const link = (key, more = {}) => {
    const made = el("a", { class: "button", href: formAddress(layer, id, more), "data-act": key }, say(key));
    // The address of the map changes while one looks at it.
    made.addEventListener("pointerdown", () => (made.href = formAddress(layer, id, more)));
    return made;
  };
  return [
    link("correct"),
    ...(["buildings", "courtyards", "managed-areas"].includes(layer) ? [link("handover", { do: "handover" })] : []),
  ];
}

/**
 * Correct one cell where it stands.
 * @param {object} given
 * @param {string} given.layer
 * @param {string} given.id
 * @param {string} given.field
 * @param {DOMRect} given.at where the cell is
 * @param {function(): unknown} given.done after it was written, or undone
 * @param {function(): void} given.closed gives the focus back
 */
export async function editCell({ layer, id, field: name, at, done, closed }) {
  /** @type {Records.Form} */
  let form;
  /** @type {import("gridmap/shared/ask.js").Answer} */
  let held;
  try {
    [form, held] = await Promise.all([
      formFor(layer),
      call(`/api/collections/${layer}/items/${encodeURIComponent(id)}`, { query: { lang: page.language } }),
    ]);
  } catch {
    return toast(say("failed"));
  }
  const field = form.fields.find((each) => each.name === name);
  if (!held.ok) return toast(reasonsOf(held.said ?? {}).join(" · ") || say("failed"), 6000);
  if (!field) return undefined;
  if (field.locked) return toast(say("code-locked"), 4000);
  const version = Number(/-?\d+/.exec(held.headers.get("ETag"))[0]);
  const begun = held.said.properties[name];
  const names = field.refers_to && begun ? await namesOf(field.refers_to, String(begun)) : {};
  const own = control({ ...field, hint: null }, begun, names);
  const box = el(
    "form",
    { class: "cell-editor", "aria-label": `${say("correct")} ${field.label}`, onsubmit: save },
    own.element,
    el(
      "p",
      { class: "answers" },
      el("button", { class: "button primary" }, say("save")),
      el("button", { type: "button", class: "button", onclick: close }, say("cancel")),
    ),
  );
  box.style.left = `${Math.max(8, Math.min(at.left, innerWidth - 300))}px`;
  box.style.bottom = `${Math.max(8, innerHeight - at.bottom - 4)}px`;
  box.addEventListener("keydown", (event) => event.key === "Escape" && (event.stopPropagation(), close()));
  document.querySelector(".cell-editor")?.remove();
  document.body.append(box);
  wireDates(box);
  own.focus();
  /** @type {any} */ (box.querySelector("input, textarea"))?.select?.();

  function close() {
    box.remove();
    closed();
  }

  /** @param {Event} event */
  async function save(event) {
    event.preventDefault();
    const value = own.read();
    if (same(begun, value)) return close();
    own.fail(null);
    try {
      const change = { layer, id, version, properties: { [name]: value } };
      const written = await write("/api/edits", { changes: [change] });
      if (!written) return undefined;
      close();
      finished(written, done);
    } catch (error) {
      own.fail(reasonsOf(error.problem ?? {}).join("\n") || say("failed"));
      own.focus();
    }
    return undefined;
  }
  return undefined;
}

/**
 * Set one field of several records, in one changeset.
 * @param {string} layer
 * @param {string[]} ids
 * @param {number} revision the workspace as the reader sees it
 * @param {function(): unknown} done
 * @returns {Promise<void>}
 */
export async function setField(layer, ids, revision, done) {
  if (ids.length > MOST_AT_ONCE) return void toast(say("too-many", { most: MOST_AT_ONCE }), 6000);
  const form = await formFor(layer).catch(() => /** @type {any} */ (null));
  if (!form) return void toast(say("failed"));
  const fields = form.fields.filter((/** @type {Records.Field} */ each) => !each.locked && each.name !== "name");
  const select = el(
    "select",
    { id: "which-field" },
    ...fields.map((/** @type {Records.Field} */ each) => el("option", { value: each.name }, each.label)),
  );
  const place = el("div", {});
  const told = el("p", { class: "told", role: "alert" });
  const who = el("input", {
    type: "text",
    id: "rows-author",
    maxlength: 80,
    value: author(),
    onchange: (/** @type {any} */ { target }) => keep("author", target.value.trim()),
  });
  /** @type {Records.Control} */
  let own;
  const show = () => {
    own = control(
      fields.find((/** @type {Records.Field} */ each) => each.name === select.value),
      null,
    );
    place.replaceChildren(own.element);
    wireDates(place);
  };
  select.addEventListener("change", show);
  show();
  const content = [
    el("div", { class: "field" }, el("label", { for: "which-field" }, say("which-field")), select),
    place,
    el("div", { class: "field" }, el("label", { for: "rows-author" }, say("author")), who),
    told,
  ];
  await open(
    say("rows-title", { count: ids.length }),
    content,
    [["save", say("rows-save", { count: ids.length })]],
    async () => {
      const changes = ids.map((id) => ({ layer, id, properties: { [own.field.name]: own.read() } }));
      try {
        const written = await write("/api/edits", { changes, based_on: revision });
        if (written) finished(written, done);
        return Boolean(written);
      } catch (error) {
        told.textContent =
          reasonsOf(error.problem ?? {})
            .slice(0, 8)
            .join("\n") || say("failed");
        return false;
      }
    },
  );
}

/**
 * @param {Records.Written} written
 * @param {function(): unknown} done
 */
function finished(written, done) {
  if (written.changeset === null) return toast(say("nothing-changed"));
  offerUndo(say("saved-rows", { id: written.changeset.id, count: written.records.length }), written.changeset.id, done);
  return done();
}

/**
 * @param {string} layer
 * @param {string} code
 * @returns {Promise<Records.Names>}
 */
async function namesOf(layer, code) {
  const found = await ask(`/api/forms/${layer}/names`, { query: { q: code, lang: page.language } }).catch(
    () => /** @type {any} */ ({ found: [] }),
  );
  const one = found.found.find((/** @type {any} */ each) => each.code === code);
  return { [layer]: { [code]: one?.name ?? code } };
}
