/** The words of a file that nobody knows: each once, with what it may be; an answer looks at the file again. */

import { el } from "gridmap/shared/dom.js";
import { count, say } from "gridmap/import/page.js";
import { fact, hint, option } from "gridmap/import/parts.js";
import { rowLinks } from "gridmap/import/rows.js";

/**
 * Show the questions, and what was answered.
 * @param {Import.Preview} preview
 * @param {Import.Hears} hears
 */
export function questions({ questions: asked, choices }, { correct }) {
  if (!asked?.length) return null;
  /**
   * @param {Import.Question} question
   * @param {string} answer
   */
  const answer_ = (question, answer) => correct({ values: answered(choices.values, question, answer) });
  return fact(
    say("questions"),
    ...asked.map((question, n) =>
      el(
        "p",
        { class: question.answer ? "hint" : "suspected" },
        `${question.label}: “${question.shown}” `,
        question.count ? `${say("question-rows", { count: count(question.count) })} ` : "",
        ...rowLinks(question.rows),
        control(question, n, (answer) => answer_(question, answer)),
      ),
    ),
    hint(say("questions-hint")),
  );
}

/**
 * The values after one answer.
 * @param {Record<string, Record<string, string | null>> | undefined} values
 * @param {Import.Question} question
 * @param {string} answer
 */
export function answered(values, { field, word }, answer) {
  return { ...values, [field]: { ...values?.[field], [word]: answer || null } };
}

/**
 * @param {Import.Question} question
 * @param {number} n
 * @param {(answer: string) => void} take
 */
function control({ field, word, shown, options, answer }, n, take) {
  // The number is its place, which an answer changes; the word stays.
  const common = { id: `g-question-${n}`, "data-word": `${field}:${word}`, "aria-label": shown };
  if (!options.length)
    return el("input", {
      ...common,
      type: "text",
      value: answer ?? "",
      placeholder: say("question-text"),
      onchange: ({ target }) => take(target.value.trim()),
    });
  return el(
    "select",
    { ...common, onchange: ({ target }) => take(target.value) },
    option("", say(answer ? "question-forget" : "question-open"), !answer),
    ...options.map(({ code, label }) => option(code, label, code === answer)),
  );
}
