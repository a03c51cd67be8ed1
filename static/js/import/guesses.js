/** What a file is thought to be: each guess with its reason and a control to correct it. */

import { byId, el } from "gridmap/shared/dom.js";
import { running } from "gridmap/import/batch.js";
import { landing, ledgerFacts } from "gridmap/import/ledger.js";
import { questions } from "gridmap/import/questions.js";
import { area, inside, joins } from "gridmap/import/osm.js";
import { count, say } from "gridmap/import/page.js";
import { guess, hint, option } from "gridmap/import/parts.js";
import { split } from "gridmap/import/split.js";

const READINGS = ["degrees", "gcj02", "bd09", "bd09mc", "swapped"];

/**
 * Show the guesses of a preview.
 * @param {Import.Preview} preview
 * @param {Import.Hears} hears
 */
export function showGuesses(preview, hears) {
  const active = /** @type {HTMLElement | null} */ (document.activeElement);
  const place = byId("guesses");
  place.hidden = false;
  place.replaceChildren(
    ...[
      head(preview, hears),
      layer(preview, hears),
      sheet(preview, hears),
      encoding(preview, hears),
      crs(preview, hears),
      inside(preview),
      area(preview, hears),
      joins(preview, hears),
      split(preview, hears),
      ledgerFacts(preview),
      holds(preview, hears),
      questions(preview, hears),
      landing(preview),
      columns(preview, hears),
    ].filter(Boolean),
  );
  if (active) sameControl(place, active)?.focus();
}

/**
 * The control that stands for one of before: of a question, that of the same word, wherever it stands now.
 * @param {HTMLElement} place
 * @param {HTMLElement} before
 */
function sameControl(place, { id, dataset: { word } }) {
  if (word === undefined) return id ? byId(id) : null;
  const words = /** @type {NodeListOf<HTMLElement>} */ (place.querySelectorAll("[data-word]"));
  return [...words].find((each) => each.dataset.word === word);
}

/**
 * @param {Import.Preview} preview
 * @param {Import.Hears} hears
 */
function head({ file, row_count: rows, header_row: header, layer: chosen, columns: names }, { again }) {
  const unit = { ledger: "entries-of", osm: "things-of" }[chosen] ?? "rows-of";
  const size = rows === undefined ? "" : say(unit, { count: count(rows) });
  const where = header > 1 && names ? ` · ${say("header-row", { row: header })}` : "";
  return el(
    "p",
    { class: "file" },
    el("b", { title: file }, file),
    el("small", {}, size + where),
    running() ? "" : el("button", { type: "button", class: "button", id: "another", onclick: again }, say("another")),
  );
}

/**
 * @param {Import.Preview} preview
 * @param {Import.Hears} hears
 */
function layer({ layer: chosen, layers }, { correct }) {
  const best = chosen && layers.find(({ id }) => id === chosen);
  const options = layers.map(({ id, label, score }) =>
    option(
      id,
      score >= 0.2 && score < 1 ? `${label} · ${say("fits", { share: Math.round(100 * score) })}` : label,
      id === chosen,
    ),
  );
  if (!best) options.unshift(option("", say("choose"), true));
  return guess(
    "g-layer",
    say("layer"),
    el(
      "select",
      {
        id: "g-layer",
        onchange: ({ target }) => target.value && correct({ layer: target.value }),
      },
      ...options,
    ),
    ...(best?.reasons ?? []).map(hint),
  );
}

/**
 * @param {Import.Preview} preview
 * @param {Import.Hears} hears
 */
function sheet({ sheets, choices, layer: chosen, table }, { correct }) {
  if (sheets.length < 2) return null;
  const now = chosen === "ledger" ? choices.sheet : table;
  const options = sheets.map(({ name, rows }) =>
    option(name, rows === null ? name : `${name} · ${say("rows-of", { count: count(rows) })}`, name === now),
  );
  if (chosen === "ledger") options.unshift(option("", say("all-sheets"), !now));
  return guess(
    "g-sheet",
    say("sheet"),
    el(
      "select",
      {
        id: "g-sheet",
        onchange: ({ target }) => correct({ sheet: target.value || null }),
      },
      ...options,
    ),
  );
}

/**
 * @param {Import.Preview} preview
 * @param {Import.Hears} hears
 */
function encoding({ encoding: found, encodings, choices, blocking }, { correct }) {
  const asked = blocking.some(({ parameter }) => parameter === "encoding");
  if (!found && !asked && !choices.encoding) return null;
  const names = [
    ...new Set([...(encodings ?? []), ...(found ? [found.used] : []), ...(choices.encoding ? [choices.encoding] : [])]),
  ];
  const options = [
    option(
      "",
      found && !choices.encoding ? `${say("automatic")}: ${found.used.toUpperCase()}` : say("automatic"),
      !choices.encoding,
    ),
    ...names.map((name) => option(name, name.toUpperCase(), choices.encoding === name)),
  ];
  return guess(
    "g-encoding",
    say("encoding"),
    el(
      "select",
      {
        id: "g-encoding",
        onchange: ({ target }) => correct({ encoding: target.value || null }),
      },
      ...options,
    ),
    ...(found ? (found.evidence.length ? found.evidence : [say(`source-${found.source}`)]).map(hint) : []),
  );
}

/**
 * @param {Import.Preview} preview
 * @param {Import.Hears} hears
 */
function crs(preview, { correct }) {
  const { crs: found, choices, geometry } = preview;
  if (!found) return null;
  const told = choices.crs ?? "";
  const fits = found.candidates.filter(({ median_m }) => median_m !== null);
  const listed = [...new Set([...found.candidates.map(({ reading }) => reading), ...READINGS.slice(1)])].filter(
    (each) => each !== found.used || told,
  );
  const usual =
    found.used && !told
      ? `${say("automatic")}: ${READINGS.includes(found.used) ? reading(found.used) : found.used_name}`
      : say("automatic");
  const options = [option("", usual, !told), ...listed.map((each) => option(each, label(each, fits), each === told))];
  if (told && !listed.includes(told)) options.push(option(told, told, true));
  options.push(option("?", say("crs-other"), false));
  /** @type {HTMLInputElement} */
  const free = el("input", {
    id: "g-crs-other",
    "aria-label": say("crs-other"),
    placeholder: "EPSG:4549",
    maxlength: 400,
    onkeydown: (event) => event.key === "Enter" && free.value.trim() && correct({ crs: free.value.trim() }),
  });
  const other = el(
    "div",
    { class: "other", hidden: true },
    free,
    el(
      "button",
      {
        type: "button",
        class: "button",
        onclick: () => free.value.trim() && correct({ crs: free.value.trim() }),
      },
      say("apply"),
    ),
  );
  /** @param {any} given */
  const choose = ({ target }) => {
    if (target.value !== "?") return correct({ crs: target.value || null });
    other.hidden = false;
    free.focus();
  };
  const kinds = Object.entries(geometry?.types ?? {}).map(([kind, n]) => `${kind} ${count(n)}`);
  if (geometry?.missing) kinds.push(say("geometry-missing", { count: count(geometry.missing) }));
  return guess(
    "g-crs",
    say("crs"),
    el("select", { id: "g-crs", onchange: choose }, ...options),
    other,
    hint(found.named ? say("crs-named", { name: found.named }) : say("crs-unnamed")),
    kinds.length ? hint(kinds.join(" · ")) : null,
    ...(found.suspected ? [] : found.evidence.map((text) => el("p", { class: "suspected" }, text))),
    found.suspected &&
      el(
        "div",
        { class: "suspected", id: "suspected" },
        ...(found.evidence.length
          ? found.evidence
          : [
              say("fits-best", {
                count: count(found.compared),
                reading: label(found.suspected, fits),
              }),
            ]
        ).map((text) => el("p", {}, text)),
        el(
          "button",
          {
            type: "button",
            class: "button",
            id: "g-convert",
            onclick: () => correct({ crs: found.suspected }),
          },
          say("convert", { reading: reading(found.suspected) }),
        ),
      ),
  );
}

/**
 * From which day on it holds: as the file says, from another day, or on all days.
 * @param {Import.Preview} preview
 * @param {Import.Hears} hears
 */
function holds({ layer: chosen, ledger, choices }, { correct }) {
  if (!chosen || chosen === "osm") return null;
  const told = choices.effective ?? "";
  const day = told !== "correction" ? told : "";
  const usual = chosen !== "ledger" ? "holds-always" : ledger?.as_of ? "holds-as-of" : "holds-today";
  const options = [option("", say(usual, { date: ledger?.as_of ?? "" }), !told)];
  if (chosen === "ledger") options.push(option("correction", say("holds-always"), told === "correction"));
  options.push(option("?", say("holds-from"), Boolean(day)));
  const input = el("input", {
    id: "g-effective-day",
    type: "date",
    "aria-label": say("holds-from"),
    value: day,
    hidden: !day,
    onchange: ({ target }) => target.value && correct({ effective: target.value }),
  });
  /** @param {any} given */
  const choose = ({ target }) => {
    if (target.value !== "?") return correct({ effective: target.value || null });
    input.hidden = false;
    input.focus();
  };
  return guess(
    "g-effective",
    say("holds"),
    el("select", { id: "g-effective", onchange: choose }, ...options),
    input,
    hint(say(told === "correction" || (!told && usual === "holds-always") ? "holds-always-hint" : "holds-hint")),
  );
}

/**
 * @param {Import.Preview} preview
 * @param {Import.Hears} hears
 */
function columns({ mapping, fields, columns: names, choices }, { correct }) {
  if (!mapping || !names.length) return null;
  const of = new Map(mapping.matched.map((each) => [each.column, each]));
  /**
   * @param {string} column
   * @param {string} field
   */
  const choose = (column, field) =>
    correct({
      mapping: remapped(choices.mapping, of.get(column)?.field, field, column),
    });
  const rows = names.map((column, n) => {
    const match = of.get(column);
    const options = [
      option("", say("not-used"), !match),
      ...fields.map(({ name, label: words, required, unit }) =>
        option(name, words + (unit ? ` (${unit})` : "") + (required ? " *" : ""), match?.field === name),
      ),
    ];
    return el(
      "tr",
      { class: match ? null : "unused" },
      el("td", { title: column }, column),
      el(
        "td",
        {},
        el(
          "select",
          {
            id: `g-column-${n}`,
            "aria-label": column,
            onchange: ({ target }) => choose(column, target.value),
          },
          ...options,
        ),
      ),
      el("td", {}, match && el("small", {}, say(`by-${match.source}`))),
    );
  });
  return el(
    "div",
    { class: "guess-columns" },
    el(
      "h2",
      {},
      say("columns"),
      el(
        "small",
        {},
        say("columns-hint", {
          matched: mapping.matched.length,
          total: names.length,
        }),
      ),
    ),
    el(
      "div",
      { class: "columns-box" },
      el(
        "table",
        { class: "columns" },
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            el("th", { scope: "col" }, say("column")),
            el("th", { scope: "col" }, say("field")),
            el("th", {}),
          ),
        ),
        el("tbody", {}, ...rows),
      ),
    ),
    el("p", { class: "hint" }, say("remember-hint")),
  );
}

/**
 * The mapping after one column was given another field, or none.
 * @param {Shared.Words|undefined} told
 * @param {string|undefined} before
 * @param {string} after
 * @param {string} column
 */
function remapped(told, before, after, column) {
  const mapping = { ...told };
  if (before && before !== after) mapping[before] = "";
  if (after) mapping[after] = column;
  return mapping;
}

/**
 * @param {string} name
 * @param {Import.Candidate[]} fits
 */
function label(name, fits) {
  const fit = fits.find((each) => each.reading === name);
  const words = reading(name);
  return fit ? `${words}${fit.text.slice(fit.text.search(/[(（]/))}` : words;
}

/**
 * What a reading is called: `swapped+EPSG:4549` is a system whose northing came first.
 * @param {string} name
 */
function reading(name) {
  const [first, crs] = name.split("+", 2);
  if (!READINGS.includes(first)) return name;
  return crs && !crs.startsWith("proj") ? say(`crs-${first}-in`, { crs }) : say(`crs-${first}`);
}
