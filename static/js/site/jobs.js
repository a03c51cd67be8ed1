/** The list of jobs: stopping one, dropping results; renewed while anything runs. */

import { ask } from "gridmap/shared/ask.js";
import { all, byId, one } from "gridmap/shared/dom.js";
import { page, ready } from "gridmap/site/page.js";
import { refused } from "gridmap/site/refused.js";

const RENEWED_MS = 5000;

for (const row of all("[data-job]")) {
  one("[data-stop]", row)?.addEventListener("click", async () => {
    try {
      await ask(`/api/jobs/${row.dataset.job}`, { method: "DELETE", language: page.language });
      location.reload();
    } catch (error) {
      byId("problem").replaceChildren(...refused(error));
      byId("problem").hidden = false;
    }
  });
}
if (all("[data-status=accepted], [data-status=running]").length) setTimeout(() => location.reload(), RENEWED_MS);
ready();
