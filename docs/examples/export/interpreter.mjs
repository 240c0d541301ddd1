// A contact centre that knows no lifecycle of its own: XState interprets what `ixnstate export --format xstate` prints.
// It speaks the protocol of docs/stdio.md: it is asked a line of JSON, and answers with a line.
//
//   node interpreter.mjs machines.json     beside it: implementation.js, and the package xstate

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { assign, createMachine, transition } from "xstate";
import { fault, implementation, notices, refusal, view } from "./implementation.js";

const machines = JSON.parse(readFileSync(process.argv[2], "utf8"));
for (const [media, config] of Object.entries(machines)) {
  machines[media] = { config, machine: createMachine(config).provide(implementation(config.meta, assign)) };
}
// What no definition says: who and what there is.
const [WORKERS, AGENTS, QUEUES] = [["a1", "a2", "a3"], ["a1", "a2", "a3", "boss"], ["Inbound", "Outbound"]];
let items, sent, numbers, subscribers;

class Refused extends Error {}
function refuse(code) {
  throw new Refused(code);
}

function born(media, value, by, said) {
  const id = said.newId ?? `n${++numbers}`;
  if (items.has(id)) refuse("INVALID_PARAMETER");
  const { config, machine } = machines[media];
  const record = { id, queue: said.queue ?? said.queueName ?? null, holders: by ? [by] : [] };
  const context = { ...config.context, ...record, userData: said.userData ?? {}, content: said.content ?? {} };
  const item = { media, mediaType: said.mediaType, at: machine.resolveState({ value, context }), came: 0 };
  items.set(id, item);
  if (by) tell(item, [{ agent: by, kind: "StatusChange", ...view(config, item.at, by) }]);
  return id;
}

function tell({ media, at: { context } }, told, text) {
  for (const each of told) sent.push({ ...each, interaction: context.id, media, userData: context.userData, text });
}

function create({ media, ...said }) {
  const { creates, parameters } = (machines[media] ?? refuse("INVALID_PARAMETER")).config.meta;
  const wrong = creates ? fault({ media, ...said }, parameters.Create) : { code: "UNKNOWN_OPERATION" };
  if (wrong) refuse(wrong.code);
  if (!WORKERS.includes(said.by)) refuse(AGENTS.includes(said.by) ? "NO_PERMISSION" : "NOT_FOUND");
  if (!QUEUES.includes(said.queueName)) refuse("NOT_FOUND");
  return born(media, creates, said.by, said);
}

function perform({ operation: type, by, interaction, arguments: surplus, ...said }) {
  if (type === "Create") return create({ type, by, ...said });
  if (type.endsWith("ubscribe")) return subscribe({ type, by, ...said });
  const asked = { by, ...said, ...surplus, type };
  const item = items.get(interaction);
  const knows = ({ config }) => type in config.meta.parameters;
  const { config, machine } = machines[item?.media] ?? Object.values(machines).find(knows) ?? machines.chat;
  const parameters = config.meta.parameters[type];
  const isOfWorkbins = /^(Add(?!Attach|Comment)|Pull|PlaceInWorkbin)/.test(type);
  const faulty = parameters && fault(asked, parameters);
  const failing = (code) => refuse(faulty?.code ?? code); // the command's own faults come first
  if (by === "boss" && !isOfWorkbins) failing("NO_PERMISSION");
  if (!item || (by !== undefined && !AGENTS.includes(by))) failing("NOT_FOUND");
  const isOther = (name) => said[name] && said[name] !== item[name];
  if (isOther("media") || isOther("mediaType")) refuse("NOT_FOUND");
  if (isOfWorkbins && parameters && !faulty) Object.assign(asked, reached(item, asked));
  const [{ at }, why] = [item, refusal(config, item.at, asked)];
  if (why !== null) refuse(why);
  if (asked.targetAgent && !AGENTS.includes(asked.targetAgent)) refuse("NOT_FOUND");
  if ([asked.queueName, asked.targetQueue].some((queue) => queue && !QUEUES.includes(queue))) refuse("NOT_FOUND");
  const isReply = config.states[at.value].on[type].some(({ actions }) => actions?.[0].type === "SPAWN");
  const created = isReply ? born(item.media, config.meta.creates, by, said) : undefined;
  [item.at] = transition(machine, at, asked);
  tell(item, notices(config, at, item.at, asked), type.startsWith("Send") ? asked.text || asked.url : undefined);
  const [left, came] = [at.context.workbin, item.at.context.workbin];
  if (came !== left) item.came = ++numbers;
  if (left !== came) announce(item, left, "ItemRemoved");
  if (left !== came) announce(item, came, "ItemAdded");
  return created;
}

const keyOf = ({ id, workbin = id, agentGroup, owner }) => JSON.stringify([workbin, agentGroup ?? owner]);

// The instance that an agent means, or why they cannot reach it: a group's is its members', others' are a supervisor's.
function placeOf({ by, workbin, agentGroup, placeGroup, owner }) {
  if (!/^(own|team)-[12]$/.test(workbin)) refuse("NOT_FOUND");
  if (workbin.startsWith("team-")) {
    if (placeGroup || owner) refuse("INVALID_PARAMETER");
    if (!agentGroup) refuse("MISSING_PARAMETER");
    return WORKERS.includes(by) && agentGroup === "G" ? { workbin, agentGroup } : refuse("NO_PERMISSION");
  }
  if (agentGroup || placeGroup) refuse("INVALID_PARAMETER");
  if (by === "boss" ? !owner : owner && owner !== by) refuse("NO_PERMISSION");
  return AGENTS.includes(owner ?? by) ? { workbin, owner: owner ?? by } : refuse("NOT_FOUND");
}

// The instance that a request names, or without one that in which the interaction is; what it says of it, resolved.
function reached({ at: { context } }, asked) {
  const there = context.workbin;
  if (!asked.workbin && !there) return {};
  const meant = placeOf(asked.workbin ? asked : { by: asked.by, ...there, workbin: there.id });
  if (asked.type.startsWith("Pull") && there && keyOf(meant) !== keyOf(there)) refuse("NOT_FOUND");
  return asked.workbin ? meant : {};
}

function subscribe({ type, by, ...said }) {
  for (const workbin of said.workbins ?? [said.workbin]) {
    if (!AGENTS.includes(by)) refuse("NOT_FOUND");
    const key = keyOf(placeOf({ by, ...said, workbin }));
    const told = subscribers.get(key) ?? [];
    const kind = type === "Subscribe" ? "Subscribed" : told.includes(by) ? "Unsubscribed" : "RequestFailed";
    subscribers.set(key, [...told.filter((agent) => agent !== by), ...(type === "Subscribe" ? [by] : [])]);
    sent.push({ agent: by, kind, workbin });
  }
}

function announce(item, place, kind) {
  const told = (place && subscribers.get(keyOf(place))) ?? [];
  tell(item, told.map((agent) => ({ agent, kind, workbin: place.id, capabilities: [] })));
}

const ANSWERS = {
  hello: () => ({ lacks: ["time", "GetWorkbinContent", "RequestStats", "RequestAgentStats"] }),
  reset: () => ([items, sent, numbers, subscribers] = [new Map(), [], 0, new Map()]) && {},
  create: ({ new: said }) => ({ id: born(said.media, "Queued", null, said) }),
  offer: ({ do: _, ...to }) => (ANSWERS.perform({ command: { operation: "Offer", ...to } }).ok ? {} : { error: "no" }),
  perform: ({ command }) => {
    try {
      return { created: perform(command), ok: true, statusCode: 0 };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { ok: false, statusCode: machines.chat.config.meta.statusCodes[error.message] };
    }
  },
  view: ({ interaction, agent }) => {
    const item = items.get(interaction);
    const seen = item && view(machines[item.media].config, item.at, agent);
    return { view: seen ? { ...seen, userData: item.at.context.userData } : null };
  },
  content: (asked) => {
    const isThere = ([, { at }]) => at.context.workbin && keyOf(at.context.workbin) === keyOf(asked);
    const lying = [...items].filter(isThere).sort(([, one], [, other]) => one.came - other.came);
    return { content: lying.map(([id]) => id) };
  },
  notifications: () => ({ notifications: sent.splice(0) }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  console.log(JSON.stringify(ANSWERS[asked.do]?.(asked) ?? { notImplemented: true }));
}
