/** The page of all plans: opening a new one, from what is in force, from nothing, or from a file edited elsewhere. */

import { reasonsOf, Refusal } from "gridmap/shared/ask.js";
import { byId, el, one } from "gridmap/shared/dom.js";
import { say } from "gridmap/plan/page.js";
import { keep, kept } from "gridmap/shared/keep.js";
import { writeSurely } from "gridmap/plan/talk.js";
import { root } from "gridmap/shared/root.js";

const form = byId("new-plan");
const problem = byId("problem");

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const given = form.elements;
  keep("author", given.author.value);
  const button = one(".primary", form);
  button.disabled = true;
  byId("opening").hidden = false;
  problem.hidden = true;
  try {
    /** @type {Record<string, unknown>} */
    const body = { community: given.community.value, grid_system: given.grid_system.value, from: given.from.value };
    if (given.name.value.trim()) body.name = given.name.value.trim();
    const file = given.file.files[0];
    if (file) body.grids = await collection(file);
    const { ok, status, said, words } = await writeSurely("/api/plans", body);
    if (!ok) throw new Refusal(status, said, words);
    location.assign(`${root}/plans/${encodeURIComponent(said.id)}`);
  } catch (error) {
    const texts = error.problem?.errors ? reasonsOf(error.problem) : [error.message];
    problem.replaceChildren(
      el("b", {}, error.problem?.title ?? say("failed")),
      ...texts.map((text) => el("span", {}, text)),
    );
    problem.hidden = false;
    button.disabled = false;
    byId("opening").hidden = true;
  }
});
if (form) {
  form.elements.author.value = kept("author", "");
  const hint = byId("chosen-file").textContent;
  form.elements.file.addEventListener(
    "change",
    (
      /** @type {any} */ {
        target: {
          files: [file],
        },
      },
    ) => {
      byId("chosen-file").textContent = file?.name ?? hint;
      // What the file has takes the place of a beginning.
      form.elements.from.disabled = Boolean(file);
    },
  );
}

/**
 * Read a GeoJSON file's areas.
 * @param {File} file
 */
async function collection(file) {
  let read;
  try {
    read = JSON.parse(await file.text());
  } catch {
    throw new Error(say("not-geojson"));
  }
  const features = (read.features ?? []).filter((/** @type {Shared.Feature} */ { geometry }) =>
    geometry?.type?.includes("Polygon"),
  );
  if (!features.length) throw new Error(say("not-geojson"));
  return {
    type: "FeatureCollection",
    features: features.map((/** @type {Shared.Feature} */ { geometry, properties }) => ({
      type: "Feature",
      geometry,
      properties,
    })),
  };
}

document.documentElement.dataset.ready = "1";
