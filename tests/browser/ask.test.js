/** Calls to the service: what is sent, and what becomes of an answer. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { addressOf, ask, call, reasonsOf, Refusal } from "gridmap/shared/ask.js";

globalThis.location = new URL("http://house.example/plans?lang=zh");
let sent;
let answer;
beforeEach(() => {
  answer = () => Response.json({ done: true });
  globalThis.fetch = async (address, request) => ((sent = { address, ...request }), answer());
});
const problem = (status, body) => () => Response.json(body, { status, statusText: "Refused" });

test("a path is below the service, what is asked stands in the query, and nothing that is not said", () => {
  assert.equal(addressOf("/api/plans", { cells: false, revision: null, text: "", lang: "zh" }), "http://house.example/api/plans?cells=false&lang=zh"); // prettier-ignore
  assert.equal(addressOf("/maps/grids/rows?as_of=2025-02-06", { offset: 0 }), "http://house.example/maps/grids/rows?as_of=2025-02-06&offset=0"); // prettier-ignore
  assert.equal(addressOf("http://house.example/x"), "http://house.example/x");
});

test("without a body one reads, and asks for JSON", async () => {
  assert.deepEqual(await ask("/api/plans"), { done: true });
  assert.equal(sent.method, "GET");
  assert.equal(sent.body, undefined);
  assert.deepEqual(sent.headers, { Accept: "application/json, application/geo+json" });
});

test("a write says who, in which language, on which revision, and once", async () => {
  await ask("/api/plans/p/edits", { body: { op: "repair" }, author: "李雷", language: "zh", match: 0, key: "k1" });
  assert.equal(sent.method, "POST");
  assert.equal(sent.body, '{"op":"repair"}');
  assert.deepEqual(sent.headers, {
    Accept: "application/json, application/geo+json",
    "Content-Type": "application/json",
    "Accept-Language": "zh",
    "Gridmap-Author": "%E6%9D%8E%E9%9B%B7",
    "If-Match": '"0"',
    "Idempotency-Key": "k1",
  });
  await ask("/api/x", { method: "DELETE", match: '"v3"' });
  assert.equal(sent.headers["If-Match"], '"v3"');
});

test("a refusal is thrown with its status and its problem, and says its detail", async () => {
  answer = problem(412, { title: "Stale", detail: "Somebody was faster.", changes: [1] });
  await assert.rejects(ask("/api/x"), (error) => {
    assert.ok(error instanceof Refusal);
    assert.equal(error.message, "Somebody was faster.");
    assert.deepEqual([error.status, error.problem.changes], [412, [1]]);
    return true;
  });
});

test("a refusal says its title where it has no detail, and its status where it is no problem of ours", async () => {
  answer = problem(403, { title: "Not yours" });
  await assert.rejects(ask("/api/x"), { message: "Not yours", status: 403 });
  answer = () => new Response("<h1>Bad gateway</h1>", { status: 502, statusText: "Bad Gateway" });
  await assert.rejects(ask("/api/x"), { message: "Bad Gateway", status: 502, problem: {} });
});

test("who calls gets the answer, refused or not; a page that refuses is still a page", async () => {
  answer = problem(429, { detail: "later" });
  const { ok, status, said } = await call("/api/x");
  assert.deepEqual([ok, status, said], [false, 429, { detail: "later" }]);
  answer = () => new Response("<h1>no</h1>", { status: 400 });
  assert.equal((await call("/", { as: "html" })).said, "<h1>no</h1>");
});

test("an answer without a body is nothing, and a tile without a body is empty", async () => {
  answer = () => new Response(null, { status: 204 });
  assert.equal(await ask("/api/x"), null);
  assert.equal((await ask("/tile", { as: "bytes" })).byteLength, 0);
});

test("an answer that claims to be JSON and is not, is an error and no silent nothing", async () => {
  answer = () => new Response("<html>", { status: 200 });
  await assert.rejects(ask("/api/x"), SyntaxError);
});

test("all faults are told; the detail alone where there are no others", () => {
  assert.deepEqual(reasonsOf({ detail: "all", errors: [{ detail: "a" }, "b", { where: 1 }] }), [
    "a",
    "b",
    '{"where":1}',
  ]);
  assert.deepEqual(reasonsOf({ detail: "all" }), ["all"]);
  assert.deepEqual(reasonsOf({ title: "x" }), []);
});
