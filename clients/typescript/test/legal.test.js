// What the README shows. Against the library, on every situation, the client is tested by tests/export/test_export_npm.py.

import assert from "node:assert/strict";
import { test } from "node:test";
import { capabilities, explainRefusal, legal } from "../dist/index.js";

test("an invitation can be accepted or rejected", () => {
  assert.deepEqual(legal({ media: "workitem", state: "Invited" }), ["Accept", "Reject", "GetWorkbinContent"]);
});

test("a conference shows sixteen names", () => {
  assert.equal(capabilities("chat", "Chatting", { several: true }).length, 16);
});

test("a refusal says what may be done instead, and what leads there", () => {
  const refusal = explainRefusal({ media: "workitem", state: "Invited", id: "w1", agent: "a1" }, "Complete");
  assert.equal(refusal.text, "can't Complete workitem w1 in state Invited; agent a1 may Accept or Reject");
  assert.deepEqual([refusal.code, refusal.statusCode, refusal.path], ["ILLEGAL", 2, ["Accept"]]);
});

test("an unknown medium is named", () => {
  assert.throws(() => legal({ media: "fax", state: "Invited" }), /unknown media fax; known are chat, email/);
});
