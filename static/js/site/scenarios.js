/** The list of scenarios: adopting one, deleting one, each asked about first and undone at once if it was not meant. */

import { addressOf, ask } from "gridmap/shared/ask.js";
import { all, byId, el, one } from "gridmap/shared/dom.js";
import { kept } from "gridmap/shared/keep.js";
import { page, ready, say } from "gridmap/site/page.js";
import { refused } from "gridmap/site/refused.js";

const author = () => kept("author", "");

for (const section of all("[data-scenario]")) {
  const name = section.dataset.scenario;
  const sure = one(".sure", section);
  const yes = one("[data-yes]", sure);
  /** @type {"adopt"|"delete"} */
  let meant = "adopt";
  /** @param {"adopt"|"delete"} what */
  const askFirst = (what) => {
    meant = what;
    one("p", sure).textContent = say(`sure-${what}`, { name });
    yes.textContent = say(`do-${what}`);
    sure.hidden = false;
    yes.focus();
  };
  one("[data-adopt]", section).addEventListener("click", () => askFirst("adopt"));
  one("[data-delete]", section).addEventListener("click", () => askFirst("delete"));
  one("[data-no]", section).addEventListener("click", () => (sure.hidden = true));
  yes.addEventListener("click", async () => {
    yes.disabled = true;
    const path = `/api/scenarios/${encodeURIComponent(name)}`;
    const asked = { language: page.language, author: author() };
    try {
      const { changeset, valid_from: day } =
        meant === "adopt"
          ? await ask(`${path}/adopt`, { ...asked, method: "POST" })
          : await ask(path, { ...asked, method: "DELETE" });
      section.remove();
      byId("problem").hidden = true;
      tell(say(meant === "adopt" ? "adopted" : "deleted", { name, n: changeset, day }), changeset, day);
    } catch (error) {
      told(error);
    } finally {
      yes.disabled = false;
      sure.hidden = true;
    }
  });
}

/**
 * @param {string} text
 * @param {number} changeset
 * @param {string} [day] the day from which it holds, where the records hold it
 */
function tell(text, changeset, day) {
  const undo = async () => {
    try {
      const { id } = await ask(`/api/changesets/${changeset}/revert`, {
        method: "POST",
        language: page.language,
        author: author(),
      });
      byId("done").replaceChildren(say("undone", { n: id }));
    } catch (error) {
      told(error);
    }
  };
  const map = () => addressOf("/maps/service-area", { as_of: day, lang: page.language });
  byId("done").replaceChildren(
    text,
    " ",
    ...(day ? [el("a", { class: "button", href: map() }, say("see-from-day", { day })), " "] : []),
    el("button", { type: "button", class: "button", onclick: undo }, say("undo")),
  );
  byId("done").hidden = false;
}

/** @param {any} error */
function told(error) {
  byId("problem").replaceChildren(...refused(error));
  byId("problem").hidden = false;
  byId("problem").focus();
}

ready();
