/**
 * Every call to the service: its address, its headers, and what the service says when it refuses.
 *
 * `ask` gives what was answered and throws a `Refusal`; `call` gives the answer whatever its status. A network that is
 * not there, and a call that was given up, are thrown by both as the browser throws them.
 */

import { root } from "gridmap/shared/root.js";

/**
 * How something is asked. `query` goes into the address, nothing of it where a value is null, undefined or "". A `body`
 * is sent as JSON (of another `type`, if given), and makes the call a POST.
 * @typedef {object} Asked
 * @property {string} [method]
 * @property {Record<string, unknown>} [query]
 * @property {unknown} [body]
 * @property {string} [type] of the body
 * @property {"json"|"html"|"bytes"} [as] how the answer is read
 * @property {string} [language] for those who do not say it in the query
 * @property {string} [author] who writes
 * @property {string} [prefer] Prefer: how it is to be answered
 * @property {number|string|null} [match] If-Match: a revision, or an ETag as it was given
 * @property {string|null} [key] Idempotency-Key: the same key twice is the same write once
 * @property {AbortSignal} [signal]
 * @property {boolean} [keepalive] whether it may outlive the page
 */

/**
 * Problem details (RFC 9457), and what some of ours have more.
 * @typedef {object} Problem
 * @property {string} [title]
 * @property {string} [detail]
 * @property {any[]} [errors] the faults, each with a `detail`
 * @property {any} [defects] GeoJSON, where a plan's grids do not fit
 * @property {any[]} [changes] what others did, where a revision is stale
 */

/** @typedef {{ok: boolean, status: number, headers: Headers, said: any, words: string}} Answer */

/** The body of an answer as each way of reading has it, and what is asked for to get it. */
const READ = {
  json: { accept: "application/json, application/geo+json", of: (/** @type {Response} */ answer) => answer.json() },
  html: { accept: "text/html", of: (/** @type {Response} */ answer) => answer.text() },
  bytes: { accept: "*/*", of: (/** @type {Response} */ answer) => answer.arrayBuffer() },
};

/** What the service refused. */
export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {unknown} said problem details, or the page that says so
   * @param {string} words what is said where the service gives no reason
   */
  constructor(status, said, words) {
    const problem = /** @type {Problem} */ (typeof said === "object" && said ? said : {});
    super(problem.detail || problem.title || words);
    this.name = "Refusal";
    this.status = status;
    this.problem = problem;
    this.said = said;
  }
}

/**
 * Ask the service; what it refuses is thrown.
 * @param {string|URL} path below the service's root, as in "/api/plans", or a whole address
 * @param {Asked} [asked]
 * @returns {Promise<any>} JSON, the text of a page, or bytes
 */
export async function ask(path, asked = {}) {
  const answer = await call(path, asked);
  if (!answer.ok) throw new Refusal(answer.status, answer.said, answer.words);
  return answer.said;
}

/**
 * Ask the service; gives the answer, refused or not.
 * @param {string|URL} path see `ask`
 * @param {Asked} [asked]
 * @returns {Promise<Answer>}
 */
export async function call(path, asked = {}) {
  const { body, signal, keepalive, as = "json" } = asked;
  const answer = await fetch(addressOf(path, asked.query), {
    method: asked.method ?? (body === undefined ? "GET" : "POST"),
    headers: headersOf(asked),
    body: body === undefined ? undefined : JSON.stringify(body),
    signal,
    keepalive,
  });
  const { ok, status, headers, statusText: words } = answer;
  return { ok, status, headers, words, said: await bodyOf(answer, as) };
}

/**
 * Hand files in, and hear how much of them is on its way.
 * @param {string} path see `ask`
 * @param {FormData} form
 * @param {{query?: Record<string, unknown>, sent: function(number): void, signal: AbortSignal}} asked `sent` hears a
 *   share from 0 to 1
 * @returns {Promise<any>} what the service says of them
 */
export function upload(path, form, { query, sent, signal }) {
  // `fetch` does not tell how much of a body was sent.
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", addressOf(path, query));
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total, lengthComputable }) => lengthComputable && sent(loaded / total);
    request.onload = () => {
      if (request.status < 300) resolve(request.response);
      else reject(new Refusal(request.status, request.response, request.statusText));
    };
    request.onerror = () => reject(new TypeError("the service does not answer"));
    request.onabort = () => reject(new DOMException("given up", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

/**
 * The address of a path of the service.
 * @param {string|URL} path see `ask`
 * @param {Record<string, unknown>} [query]
 */
export function addressOf(path, query = {}) {
  const target = new URL(typeof path === "string" && path.startsWith("/") ? root + path : path, location.href);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") target.searchParams.set(name, String(value));
  }
  return target.href;
}

/**
 * Whether an error says that the call was given up.
 * @param {any} error
 */
export const givenUp = (error) => error.name === "AbortError";

/**
 * The reasons of a refusal, each a sentence; its one detail where there are no others.
 * @param {Problem} problem
 * @returns {string[]}
 */
export function reasonsOf({ detail, errors = [] }) {
  const found = errors.map((each) => (typeof each === "string" ? each : (each.detail ?? JSON.stringify(each))));
  return found.length || !detail ? found : [detail];
}

/** @param {Asked} asked */
function headersOf({ as = "json", body, type = "application/json", language, author, prefer, match = null, key }) {
  return {
    Accept: READ[as].accept,
    ...(body !== undefined && { "Content-Type": type }),
    ...(language && { "Accept-Language": language }),
    ...(prefer && { Prefer: prefer }),
    ...(author && { "Gridmap-Author": encodeURIComponent(author) }),
    ...(match !== null && { "If-Match": typeof match === "number" ? `"${match}"` : match }),
    ...(key && { "Idempotency-Key": key }),
  };
}

/**
 * @param {Response} answer
 * @param {"json"|"html"|"bytes"} as
 */
async function bodyOf(answer, as) {
  if (answer.status === 204) return as === "bytes" ? new ArrayBuffer(0) : null;
  if (answer.ok || as === "html") return READ[as].of(answer);
  // Who stands between may refuse in another manner than the service does.
  return answer.json().catch(() => /** @type {any} */ (null));
}
