/**
 * One selection and one filter for the whole page. What the server computes is in the query of the address; how it
 * is looked at is in the part after "#", so a copied address shows the same page.
 */

/** What the page begins with: what stands in the address is what differs from it. */
let usual = { group: "", tool: "" };
/** @type {[Workbench.Key[], function(Workbench.State): unknown][]} */
const listeners = [];
/** @type {Workbench.State} */
const START = {
  selected: null,
  off: [],
  text: "",
  group: null,
  sort: null,
  view: null,
  tool: null,
  hide: [],
  patterns: false,
  placing: null,
  proposed: null,
};

/** The state; change it with `set`. */
export const state = { ...START };

/**
 * Change the state and tell those who listen.
 * @param {Partial<Workbench.State>} patch
 */
export function set(patch) {
  const changed = /** @type {(keyof Workbench.State)[]} */ (Object.keys(patch)).filter(
    (key) => String(state[key]) !== String(patch[key]),
  );
  if (!changed.length) return;
  Object.assign(state, patch);
  keep();
  for (const [keys, work] of listeners) if (keys.some((key) => changed.some((each) => each === key))) work(state);
}

/**
 * Tell those who listen to `key` although the state is the same: what it is about has changed.
 * @param {Workbench.Key} key
 */
export function tell(key) {
  for (const [keys, work] of listeners) if (keys.includes(key)) work(state);
}

/**
 * Call `work` when one of `keys` changes; "page" is the page's data.
 * @param {Workbench.Key[]} keys
 * @param {function(Workbench.State): unknown} work
 */
export function on(keys, work) {
  listeners.push([keys, work]);
}

/**
 * Read the state from the address.
 * @param {{group: string, tool: string}} defaults
 */
export function restore(defaults) {
  const asked = new URLSearchParams(location.hash.slice(1));
  /** @param {string} name */
  const list = (name) => (asked.get(name) ? asked.get(name).split("~") : []);
  const view = (asked.get("view") ?? "").split("/").map(Number);
  Object.assign(state, START, defaults, {
    selected: asked.get("sel"),
    off: list("off"),
    hide: list("hide"),
    text: asked.get("text") ?? "",
    sort: asked.get("sort"),
    patterns: asked.has("patterns"),
    proposed: asked.get("proposed"),
    view: view.length === 3 && view.every(Number.isFinite) ? view : null,
  });
  state.group = asked.get("rows") ?? state.group;
  state.tool = asked.get("tool") ?? state.tool;
  usual = { group: defaults.group, tool: defaults.tool };
}

/** The state as the part of the address after "#"; without the view and the selection when `fresh`. */
export function asHash(fresh = false) {
  const parts = new URLSearchParams();
  /**
   * @param {string} name
   * @param {any} value
   */
  const put = (name, value) => value && parts.set(name, value);
  if (!fresh) {
    put("view", state.view?.join("/"));
    put("sel", state.selected);
    put("proposed", state.proposed);
  }
  put("off", state.off.join("~"));
  put("hide", state.hide.join("~"));
  put("text", state.text);
  put("sort", state.sort);
  put("rows", state.group !== usual.group && state.group);
  put("tool", state.tool !== usual.tool && state.tool);
  put("patterns", state.patterns && "1");
  return parts.size ? "#" + parts.toString().replaceAll("%2F", "/").replaceAll("%7E", "~").replaceAll("%3A", ":") : "";
}

function keep() {
  try {
    history.replaceState(null, "", location.pathname + location.search + asHash());
  } catch {
    // A page opened from disk may not rewrite its address; it then only forgets its state.
  }
}
