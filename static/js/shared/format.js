/** Figures, moments and places as planners write them. */

const wholes = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const hundredths = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const AHEAD_OF_UTC = /^UTC(?:([+-])(\d\d):(\d\d))?$/;
/** @type {Intl.DateTimeFormatOptions} */
const TO_THE_MINUTE = { dateStyle: "short", timeStyle: "short" };
const LONGITUDE_LATITUDE = /^\s*(-?\d{1,3}(?:\.\d+)?)\s*[,，\s]\s*(-?\d{1,2}(?:\.\d+)?)\s*$/;

/**
 * Write a number as a whole one: 12,345.
 * @param {number} value
 */
export const whole = (value) => wholes.format(value);

/**
 * Write a value of a column; what is missing is `missing`.
 * @param {unknown} value
 * @param {string} [kind] of the column
 * @param {string|null} unit
 * @param {string} missing
 * @param {Record<string, string>} ones what a unit is called beside a figure of one
 */
export function written(value, kind, unit = "", missing = "—", ones = {}) {
  if (value === null || value === undefined || value === "") return missing;
  if (kind === "share") return `${(100 * Number(value)).toFixed(1)}%`;
  if (kind === "number") {
    const figure = hundredths.format(Number(value));
    return unit ? `${figure} ${(figure === "1" && ones[unit]) || unit}` : figure;
  }
  return String(value);
}

/**
 * What a changeset says of itself, in one language where it is kept in both: "撤销 3 / revert 3".
 * @param {string} message
 * @param {string} language
 */
export function messageIn(message, language) {
  const parts = message.split(" / ");
  if (parts.length % 2 || !parts[0]) return message;
  const half = parts.length / 2;
  return (language === "zh" ? parts.slice(0, half) : parts.slice(half)).join(" / ");
}

/**
 * Whether a kind of column is written flush right.
 * @param {string} kind
 */
export const isFigure = (kind) => ["number", "year", "share"].includes(kind);

/**
 * Write a moment by the clocks of the workspace, in the manner of all dates here: 2025-02-06 14:05.
 * @param {string} time
 * @param {string} [zone] "UTC+08:00" or "Asia/Shanghai"; that of the page
 */
export function moment(time, zone = globalThis.document?.documentElement.dataset.timeZone || "UTC") {
  const at = new Date(time);
  const ahead = AHEAD_OF_UTC.exec(zone);
  if (!ahead) return new Intl.DateTimeFormat("sv-SE", { ...TO_THE_MINUTE, timeZone: zone }).format(at);
  const minutes = 60 * Number(ahead[2] ?? 0) + Number(ahead[3] ?? 0);
  at.setTime(at.getTime() + (ahead[1] === "-" ? -minutes : minutes) * 60_000);
  return at.toISOString().slice(0, 16).replace("T", " ");
}

/**
 * Read "120.4, 36.2" as a place; null where that is not what stands there.
 * @param {string} text
 * @returns {{lng: number, lat: number}|null}
 */
export function placeIn(text) {
  const found = LONGITUDE_LATITUDE.exec(text);
  return found && { lng: Number(found[1]), lat: Number(found[2]) };
}
