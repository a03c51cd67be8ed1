/** Rows as CSV for spreadsheets. */

/**
 * Write rows with a byte-order mark, so that a spreadsheet reads Chinese.
 * @param {string[]} headings
 * @param {unknown[][]} records
 */
export function csv(headings, records) {
  return "\ufeff" + [headings, ...records].map((record) => record.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** @param {unknown} value */
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
