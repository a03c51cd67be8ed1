/** What a ledger says of itself, and where its rows land on the map. */

import { el } from "gridmap/shared/dom.js";
import { count, say } from "gridmap/import/page.js";
import { fact, hint } from "gridmap/import/parts.js";
import { rowLinks } from "gridmap/import/rows.js";

/**
 * Title, day and totals, as the ledger states them.
 * @param {Import.Preview} preview
 */
export function ledgerFacts({ ledger, table }) {
  if (!ledger) return null;
  const said = [table, ledger.unit, ledger.as_of && say("ledger-as-of", { date: ledger.as_of })]
    .filter(Boolean)
    .join(" · ");
  return fact(
    say("ledger-says"),
    said && el("p", {}, said),
    ...ledger.totals.map(({ column, stated, counted, agrees, blank }) =>
      el(
        "p",
        { class: agrees || blank ? "hint" : "hint wrong" },
        say(agrees ? "ledger-agrees" : blank ? "ledger-unchecked" : "ledger-differs", {
          count: blank,
          column,
          stated: count(stated),
          counted: count(counted),
        }),
      ),
    ),
  );
}

/**
 * How many rows have a place, by how many buildings, and why the others have none.
 * @param {Import.Preview} preview
 */
export function landing({ landing: found, row_count: rows }) {
  if (!found) return null;
  return fact(
    say("landing"),
    el(
      "p",
      {},
      say("landing-placed", {
        placed: count(found.placed),
        rows: count(rows),
        buildings: count(found.buildings),
      }),
    ),
    ...found.missed.map(({ text, count: missed, rows: where }) =>
      el(
        "p",
        { class: "suspected" },
        `${say("landing-missed", { count: count(missed) })}${text}`,
        " ",
        ...rowLinks(where),
        missed > where.length ? "…" : "",
      ),
    ),
    found.missed.length ? null : hint(say("landing-all")),
  );
}
