/** Values in words and figures, as planners write them. */

import { say } from "gridmap/page.js";

const thousands = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });

/** Write a value of a column; what is missing is a dash. */
export function written(value, kind, unit = "") {
  if (value === null || value === undefined || value === "") return say("no-value");
  if (kind === "share") return `${(100 * value).toFixed(1)}%`;
  if (kind === "number") return thousands.format(value) + (unit ? ` ${unit}` : "");
  return String(value);
}

/** Whether a kind of column is written flush right. */
export const isFigure = (kind) => ["number", "year", "share"].includes(kind);

/** Write rows as CSV with a byte-order mark, so that a spreadsheet reads Chinese. */
export function csv(headings, records) {
  return "\ufeff" + [headings, ...records].map((record) => record.map(cell).join(",")).join("\r\n") + "\r\n";
}

function cell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  let text = typeof value === "object" ? JSON.stringify(value) : String(value);
  // A spreadsheet would run these as a formula.
  if (/^[=+\-@\t\r]/.test(text)) text = "'" + text;
  // Long codes would be turned into rounded numbers.
  if (/^\d{12,}$/.test(text)) text = "\t" + text;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
