// Reads lines of JSON: a medium, the state and the context of a record, and an event. Answers each with what becomes of
// them when XState interprets the exported machine, with the code of a refusal, and with who is told what.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { assign, createMachine, transition } from "xstate";

const [, , file, library] = process.argv;
const { implementation, notices, refusal, view, WHEN, DOES } = await import(library);
const machines = JSON.parse(readFileSync(file, "utf8"));
for (const [media, config] of Object.entries(machines)) {
  machines[media] = { config, machine: createMachine(config).provide(implementation(config.meta, assign)) };
}
console.log(JSON.stringify({ when: Object.keys(WHEN), does: Object.keys(DOES) }));

for await (const line of createInterface({ input: process.stdin })) {
  const { media, value, context, event } = JSON.parse(line);
  const { config, machine } = machines[media];
  const before = machine.resolveState({ value, context: { ...config.context, ...context } });
  const [after] = transition(machine, before, event);
  const agents = [...new Set([...after.context.holders, ...after.context.invited])];
  const answer = {
    can: before.can(event),
    refusal: refusal(config, before, event),
    value: after.value,
    context: after.context,
    views: Object.fromEntries(agents.map((agent) => [agent, view(config, after, agent)])),
    told: before.can(event) ? notices(config, before, after, event) : [],
  };
  console.log(JSON.stringify(answer));
}
