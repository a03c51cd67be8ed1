/** The wizard's talk with the service. A refusal becomes an error that says what, where and what to do. */

import { page, say } from "gridmap/import/page.js";
import { root } from "gridmap/root.js";

/** What the service refused, with its problem details. */
export class Refusal extends Error {
  constructor(problem, status) {
    super(problem?.detail || problem?.title || say("failed"));
    this.status = status;
    this.problem = problem ?? {};
  }
}

/**
 * Hand files in.
 * @param {File[]} files
 * @param {function(number): void} sent share from 0 to 1
 * @param {AbortSignal} signal
 * @returns {Promise<object>} the preview
 */
export function upload(files, sent, signal) {
  const form = new FormData();
  for (const file of files) form.append("file", file, file.name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${root}/api/imports?lang=${page.language}`);
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total, lengthComputable }) => lengthComputable && sent(loaded / total);
    request.onload = () => (request.status < 300 ? resolve(request.response) : reject(new Refusal(request.response, request.status)));
    request.onerror = () => reject(new Refusal(null, 0));
    request.onabort = () => reject(new DOMException(say("cancelled"), "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

/** Ask the API, with a JSON body if there is one. */
export async function ask(method, path, body, { signal, headers, keepalive } = {}) {
  const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json", ...headers } };
  let answer;
  try {
    answer = await fetch(`${root}${path}?lang=${page.language}`, { method, signal, headers, keepalive, ...sent });
  } catch (error) {
    throw error.name === "AbortError" ? error : new Refusal(null, 0);
  }
  const said = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (!answer.ok) throw new Refusal(said, answer.status);
  return said;
}
