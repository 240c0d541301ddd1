// The law of the mirror, by the schedules that the mirror in Python plays, too: `python tests/helpers/mirror_schedules.py FILE`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Mirror } from "../dist/mirror.js";

const schedules = JSON.parse(readFileSync(process.env.SCHEDULES ?? new URL("schedules.json", import.meta.url)));
const keyOf = (place) => (place === null ? "" : place[0] ?? place.id);

/** What a client is told, in order; then whatever the mirror asks for, if `answers`. */
function play({ steps, interactions, workbins }, answers) {
  const mirror = new Mirror("agent-1");
  const operations = new Map();
  const open = new Map();
  for (const step of steps) {
    if ("take" in step) mirror.take(step.take);
    else if ("ask" in step) operations.set(step.ask, mirror.ask(step.operation, step.interaction, { workbins: step.workbins }));
    else if ("reply" in step) mirror.reply(operations.get(step.reply), step.body, step.status);
    else if ("giveUp" in step) mirror.giveUp(operations.get(step.giveUp));
    else if ("lost" in step) mirror.lost();
    else if ("listening" in step) mirror.listening();
    else if ("startReading" in step) for (const each of mirror.startReading()) open.set(keyOf(each.place), each);
    else if ("read" in step && open.has(keyOf(step.read))) {
      const reading = open.get(keyOf(step.read));
      open.delete(keyOf(step.read));
      mirror.read(reading, step.body, step.status);
    }
  }
  if (answers) {
    for (const reading of open.values()) mirror.giveUp(reading);
    for (let rounds = 0, asked; (asked = mirror.startReading()).length > 0; rounds++) {
      assert.ok(rounds < 10, "the mirror asks without end");
      for (const each of asked) mirror.read(each, each.place === null ? interactions : workbins[each.place.id]);
    }
  }
  return mirror;
}

const shown = (mirror) =>
  Object.fromEntries([...mirror.views].map(([id, each]) => [id, [each.state, each.capabilities]]));

test("messages in order and at least once need no answers", () => {
  for (const [number, schedule] of schedules.entries()) {
    if (schedule.orderly) assert.deepEqual(shown(play(schedule, false)), schedule.views, `schedule ${number}`);
  }
});

test("whatever the transport does, the mirror is right in the end", () => {
  for (const [number, schedule] of schedules.entries()) {
    const mirror = play(schedule, true);
    assert.deepEqual(shown(mirror), schedule.views, `schedule ${number}`);
    for (const [id, data] of Object.entries(schedule.held)) {
      assert.deepEqual(mirror.views.get(id).userData, data, `schedule ${number}, ${id}`);
    }
    for (const { place, items } of mirror.workbins) {
      const lists = Object.values(schedule.workbins[place.id].workbin).filter(Array.isArray);
      assert.deepEqual(items.map(({ id }) => id).sort(), lists.flat().map(({ id }) => id).sort(), `schedule ${number}`);
    }
    assert.ok(mirror.isCurrent);
  }
});

test("buttons follow what was asked for, and come back with a refusal", () => {
  const mirror = new Mirror("a1");
  const workitem = { id: "w1", state: "Processing", capabilities: ["Complete"], userData: {} };
  mirror.take({ messageType: "WorkitemStateChangeMessage", notificationType: "StatusChange", workitem });
  assert.ok(mirror.legal("w1").accepted.includes("Complete"));
  assert.match(mirror.legal("w1").whyNot("Accept"), /^can't Accept workitem w1 in state Processing/);
  const complete = mirror.ask("Complete", "w1");
  assert.deepEqual(mirror.legal("w1").accepted, []);
  mirror.reply(complete, { statusCode: 5, statusMessage: "not now" }, 403);
  assert.ok(mirror.legal("w1").accepted.includes("Complete"));
  assert.deepEqual(mirror.legal("w2").accepted, []);
});
