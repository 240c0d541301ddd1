/**
 * The guards and actions of the machines that `ixnstate export --format xstate` prints: what each condition (`When`)
 * and each effect (`Does`) of the definition means. Nothing is imported; the same functions serve every medium.
 *
 *     const { guards, actions } = implementation(config.meta, assign);   // assign is XState's
 *     const machine = createMachine(config).provide({ guards, actions });
 */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type Data = { readonly [key: string]: Json };

/** The instance of a workbin: whose it is, a group's or an agent's. */
export interface Workbin {
  readonly id: string;
  readonly agentGroup: string | null;
  readonly placeGroup: string | null;
  readonly owner: string | null;
}

/** The record of an interaction, without its state. */
export interface Context {
  readonly id: string;
  readonly queue: string | null;
  readonly holders: readonly string[];
  readonly invited: readonly string[];
  readonly consulted: readonly string[];
  readonly nicknames: Readonly<Record<string, string>>;
  readonly workbin: Workbin | null;
  readonly resume: string | null;
  readonly userData: Data;
  readonly content: Data;
}

type Names =
  | "by"
  | "agent"
  | "targetAgent"
  | "targetQueue"
  | "queueName"
  | "owner"
  | "agentGroup"
  | "placeGroup"
  | "workbin"
  | "nickname"
  | "disposition"
  | "dispositionKey"
  | "comment"
  | "documentId"
  | "name"
  | "mime"
  | "newId"
  | "text"
  | "url"
  | "messageType"
  | "treatAs"
  | "responseTemplateId"
  | "responseType"
  | "interaction"
  | "media"
  | "mediaType";

/** An operation with its arguments; null is what is left out. */
export type Event = { readonly type: string } & { readonly [name in Names]?: string | null } & {
  readonly saveLar?: boolean | null;
  readonly size?: number | null;
  readonly keys?: readonly string[] | null;
  readonly userData?: Data | null;
  readonly content?: Data | null;
};

export type Who = "PLATFORM" | "HOLDER" | "INVITEE" | "ANYONE";
export type When =
  | "ALWAYS"
  | "TO_AGENT"
  | "TO_QUEUE"
  | "INTO_QUEUE"
  | "OTHERS_REMAIN"
  | "TO_AGENT_OTHERS_REMAIN"
  | "OF_INVITEE"
  | "OF_ONE_HOLDER"
  | "GIVER_HOLDS"
  | "FOR_OWNER"
  | "IN_GROUP";
export type Does =
  | "KEEP"
  | "OFFER"
  | "HOLD"
  | "JOIN"
  | "DECLINE"
  | "RELEASE"
  | "DROP_OUT"
  | "HAND_OVER"
  | "OFFER_ON"
  | "REPLACE"
  | "PASS_ON"
  | "ASK"
  | "CONSULT"
  | "CONSULT_QUEUE"
  | "REMOVE"
  | "STORE"
  | "TAKE"
  | "SET_DATA"
  | "DELETE_DATA"
  | "DISPOSE"
  | "COMMENT"
  | "SAVE"
  | "SEND"
  | "ATTACH"
  | "DETACH"
  | "SPAWN"
  | "MESSAGE"
  | "NOTHING";
export type Kind = "NAME" | "TEXT" | "FLAG" | "SIZE" | "NAMES" | "DATA" | "NOTHING";

/** What an edge says of its effect: the last word to who lets go, what is resumed later, whether the state stays. */
export interface Params {
  readonly told: string | null;
  readonly resumes: string | null;
  readonly stays: boolean;
}
/** What an edge asks: whose it is, the state that must be the one to resume, the effect that must not be refused. */
export interface Asked {
  readonly who: Who;
  readonly to?: string;
  readonly does?: Does;
}
export interface Parameter {
  readonly name: string;
  readonly kind: Kind;
  readonly required: boolean;
  readonly target: boolean;
}
/** The part of a configuration's `meta` that the guards need. */
export interface Meta {
  readonly active: string;
  readonly parameters: Readonly<Record<string, readonly Parameter[]>>;
}

// --- arguments ------------------------------------------------------------------------------------------------------

const isName = (value: unknown): value is string =>
  typeof value === "string" && value !== "" && [...value].length <= 512;
const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether a value is JSON of at most 32 levels and 100,000 values. */
function isData(value: unknown): boolean {
  let left = 100_000;
  const fits = (part: unknown, levels: number): boolean => {
    if (typeof part !== "object" || part === null) return typeof part !== "number" || Number.isFinite(part);
    const parts = Object.values(part);
    left -= parts.length;
    return levels > 0 && left >= 0 && parts.every((each) => fits(each, levels - 1));
  };
  return isObject(value) && fits(value, 32);
}

export const FITS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  NAME: isName,
  TEXT: (value) => typeof value === "string" && [...value].length <= 1_000_000,
  FLAG: (value) => typeof value === "boolean",
  SIZE: (value) => Number.isInteger(value) && (value as number) >= 0,
  NAMES: (value) => Array.isArray(value) && value.length > 0 && value.every(isName),
  DATA: isData,
  NOTHING: () => false,
};

/** The first argument that is missing or does not fit, with the reason; null if all are in order. */
export function fault(event: Event, parameters: readonly Parameter[] = []): { code: string; name: string } | null {
  const given = new Map(Object.entries(event).filter(([, value]) => value !== null && value !== undefined));
  const targets: [string, boolean][] = [];
  for (const { name, kind, required, target } of parameters) {
    const value: unknown = given.get(name);
    if (value === undefined && required) return { code: "MISSING_PARAMETER", name };
    if (value !== undefined && !FITS[kind](value)) return { code: "INVALID_PARAMETER", name };
    if (target) targets.push([name, value !== undefined]);
  }
  const known = new Set(["type", "interaction", "media", "mediaType", ...parameters.map((each) => each.name)]);
  const surplus = [...given.keys()].find((name) => !known.has(name));
  if (surplus !== undefined) return { code: "INVALID_PARAMETER", name: surplus };
  const count = targets.filter(([, isGiven]) => isGiven).length;
  if (targets.length === 0 || count === 1) return null;
  const names = targets.map(([name]) => name);
  return count
    ? { code: "INVALID_PARAMETER", name: names.join(" and ") }
    : { code: "MISSING_PARAMETER", name: names.join(" or ") };
}

// --- whose and when -------------------------------------------------------------------------------------------------

const has = (agents: readonly string[], agent: string | null | undefined): boolean => agents.includes(agent ?? "");

export const WHO: Readonly<Record<Who, (context: Context, event: Event) => boolean>> = {
  PLATFORM: () => true,
  HOLDER: ({ holders }, { by }) => has(holders, by),
  INVITEE: ({ invited }, { by }) => has(invited, by),
  ANYONE: () => true,
};

export const WHEN: Readonly<Record<When, (context: Context, event: Event) => boolean>> = {
  ALWAYS: () => true,
  TO_AGENT: (_, { targetAgent }) => targetAgent != null,
  TO_QUEUE: (_, { targetQueue }) => targetQueue != null,
  INTO_QUEUE: (_, { queueName }) => queueName != null,
  OTHERS_REMAIN: ({ holders }) => holders.length > 1,
  TO_AGENT_OTHERS_REMAIN: ({ holders }, { targetAgent }) => targetAgent != null && holders.length > 1,
  OF_INVITEE: ({ invited }, { agent }) => has(invited, agent),
  OF_ONE_HOLDER: ({ holders }, { agent }) => has(holders, agent) && holders.length > 1,
  GIVER_HOLDS: ({ holders }) => holders.length > 0,
  FOR_OWNER: (_, { owner, by }) => owner != null && owner !== by,
  IN_GROUP: (_, { agentGroup, placeGroup }) => agentGroup != null || placeGroup != null,
};

// --- effects --------------------------------------------------------------------------------------------------------

type To = Partial<Pick<Context, "holders" | "invited" | "queue" | "workbin">>;

/** The state changes: who has it now, where it is, and what it resumes later. */
function move(context: Context, params: Params, to: To): Partial<Context> {
  const { holders = [], invited = [], queue, workbin = null } = to;
  const stay = holders.length === context.holders.length && holders.every((agent, at) => agent === context.holders[at]);
  const resume = params.resumes === "AS_BEFORE" ? context.resume : params.resumes;
  const kept = stay ? {} : { consulted: [], nicknames: {} };
  return { holders, invited, queue: queue ?? context.queue, workbin, resume, ...kept };
}

interface Part {
  readonly add?: string | undefined;
  readonly invite?: string | undefined;
  readonly remove?: string | undefined;
  readonly unseen?: boolean | undefined;
  readonly nickname?: string | null | undefined;
}

/** The state stays: one comes in (and is no longer invited), one is invited, one is out altogether. */
function part(context: Context, { add, invite, remove, unseen = false, nickname }: Part): Partial<Context> {
  const without = (agents: readonly string[], ...gone: (string | undefined)[]): string[] =>
    agents.filter((agent) => !gone.includes(agent));
  const { holders, invited, consulted, nicknames } = context;
  const left = Object.fromEntries(Object.entries(nicknames).filter(([agent]) => agent !== remove));
  return {
    holders: [...without(holders, remove), ...(add !== undefined && !holders.includes(add) ? [add] : [])],
    invited: [...without(invited, remove, add), ...(invite !== undefined ? [invite] : [])],
    consulted: [...without(consulted, remove), ...(invite !== undefined && unseen ? [invite] : [])],
    nicknames: add !== undefined && nickname ? { ...left, [add]: nickname } : left,
  };
}

type Effect = (context: Context, event: Event, params: Params) => Partial<Context> | string;

const takesPart = ({ holders, invited }: Context, agent: string): boolean => has(holders, agent) || has(invited, agent);

function ask(remove: (by: string) => string | undefined, unseen = false): Effect {
  return (context, { by, targetAgent }) =>
    takesPart(context, targetAgent!)
      ? "the target has it"
      : part(context, { invite: targetAgent!, remove: remove(by!), unseen });
}

function handOver(holders: (context: Context) => readonly string[]): Effect {
  return (context, { targetAgent }, params) =>
    takesPart(context, targetAgent!)
      ? "the target has it"
      : move(context, params, { holders: holders(context), invited: [targetAgent!] });
}

const hold: Effect = (context, { by, nickname }, params) => {
  const moved = { ...context, ...move(context, params, { holders: [by!] }) };
  return nickname ? { ...moved, ...part(moved, { add: by!, nickname }) } : moved;
};

const data = ({ userData }: Context, more: Data): Partial<Context> => ({ userData: { ...userData, ...more } });

const attached = ({ content: { attachments } }: Context): readonly Json[] =>
  Array.isArray(attachments) ? attachments : [];
const others = (context: Context, id: string): readonly Json[] =>
  attached(context).filter((each) => !(isObject(each) && (each as Data)["id"] === id));

/** What becomes of the record; or, as a text, why the effect is refused: then nothing changes. */
export const DOES: Readonly<Record<Does, Effect>> = {
  KEEP: (context, _, params) => move(context, params, { holders: context.holders }),
  OFFER: (context, { agent }, params) => move(context, params, { invited: [agent!] }),
  HOLD: hold,
  JOIN: (context, { by, nickname }) => part(context, { add: by!, nickname }),
  DECLINE: (context, { by, agent }, params) => {
    const whose = by ?? agent ?? undefined;
    if (whose !== undefined && !context.invited.includes(whose)) return "nobody to revoke";
    return params.stays ? part(context, { remove: whose! }) : move(context, params, { holders: context.holders });
  },
  RELEASE: (context, { agent, queueName, targetQueue }, params) =>
    agent != null && !context.holders.includes(agent)
      ? "nobody to revoke"
      : move(context, params, { queue: queueName ?? targetQueue ?? null }),
  DROP_OUT: (context, { by, agent }) => part(context, { remove: (by ?? agent)! }),
  HAND_OVER: handOver(() => []),
  OFFER_ON: handOver(({ holders }) => holders),
  REPLACE: (context, { targetAgent }, params) =>
    has(context.holders, targetAgent) ? "the target has it" : move(context, params, { holders: [targetAgent!] }),
  PASS_ON: ask((by) => by),
  ASK: ask(() => undefined),
  CONSULT: ask(() => undefined, true),
  CONSULT_QUEUE: () => ({}),
  REMOVE: (context, { by, targetAgent }) =>
    targetAgent === by || !takesPart(context, targetAgent!)
      ? "the target has it not"
      : part(context, { remove: targetAgent! }),
  STORE: (context, { workbin, agentGroup = null, placeGroup = null, owner = null }, params) => {
    const place: Workbin = { id: workbin!, agentGroup, placeGroup, owner };
    const there = context.workbin;
    const isThere =
      there !== null && (Object.keys(place) as (keyof Workbin)[]).every((key) => place[key] === there[key]);
    return isThere ? "the workbin it is in" : move(context, params, { workbin: place });
  },
  TAKE: (context, event, params) => {
    const place = context.workbin;
    const named = event.agentGroup ?? event.placeGroup ?? event.owner ?? null;
    const kept = place && (place.agentGroup ?? place.placeGroup ?? place.owner);
    const isAnother =
      place !== null &&
      event.workbin != null &&
      (event.workbin !== place.id || (named !== null && kept !== null && named !== kept));
    return isAnother ? "another workbin" : hold(context, event, params);
  },
  SET_DATA: (context, { userData }) => data(context, userData!),
  DELETE_DATA: ({ userData }, { keys }) => ({
    userData: Object.fromEntries(Object.entries(userData).filter(([key]) => !keys!.includes(key))),
  }),
  DISPOSE: (context, { disposition, dispositionKey }) =>
    data(context, { [dispositionKey ?? "DispositionCode"]: disposition! }),
  COMMENT: ({ content }, { comment }) => ({ content: { ...content, comment: comment! } }),
  SAVE: (context, { content }) => ({ content: { ...context.content, ...content } }),
  SEND: (context, { content, queueName }, params) => ({
    ...move(context, params, { queue: queueName! }),
    content: { ...context.content, ...content },
  }),
  ATTACH: (context, { documentId, name, mime, size }) => {
    const fields = { id: documentId!, name, mime, size };
    const added = Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null)) as Data;
    return { content: { ...context.content, attachments: [...others(context, documentId!), added] } };
  },
  DETACH: (context, { documentId }) => {
    const left = others(context, documentId!);
    return left.length < attached(context).length
      ? { content: { ...context.content, attachments: left } }
      : "attachment";
  },
  SPAWN: ({ id }, { newId }) => (newId === id ? "new_id is its own" : {}),
  MESSAGE: () => ({}),
  NOTHING: () => ({}),
};

// --- for XState -----------------------------------------------------------------------------------------------------

export interface Scope {
  readonly context: Context;
  readonly event: Event;
}
const NO_PARAMS: Params = { told: null, resumes: null, stays: false };

/** The two tables that `provide` takes. `assign` is XState's, or one of your own. */
export function implementation<A>(
  meta: Meta,
  assign: (change: (scope: Scope, params: Params) => Partial<Context>) => A,
) {
  const guard =
    (when: When) =>
    ({ context, event }: Scope, { who, to, does }: Asked): boolean =>
      fault(event, meta.parameters[event.type]) === null &&
      WHO[who](context, event) &&
      WHEN[when](context, event) &&
      (to === undefined || (context.resume ?? meta.active) === to) &&
      (does === undefined || typeof DOES[does](context, event, NO_PARAMS) !== "string");
  const action = (does: Does): A =>
    assign(({ context, event }, params) => {
      const change = DOES[does](context, event, params);
      return typeof change === "string" ? {} : change;
    });
  return {
    guards: Object.fromEntries((Object.keys(WHEN) as When[]).map((when) => [when, guard(when)])) as Record<
      When,
      (scope: Scope, asked: Asked) => boolean
    >,
    actions: Object.fromEntries((Object.keys(DOES) as Does[]).map((does) => [does, action(does)])) as Record<Does, A>,
  };
}

// --- what one agent sees --------------------------------------------------------------------------------------------

export interface Shown {
  readonly to: "HOLDER" | "INVITEE";
  readonly several: boolean;
  readonly shown: string | null;
  readonly capabilities: string;
}
export interface Viewing extends Meta {
  readonly lists: Readonly<Record<string, readonly string[]>>;
}
export interface View {
  readonly state: string;
  readonly capabilities: readonly string[] | null;
}

/** What an agent sees of a record in a state, given the rows of its `meta.shown`; null if they see nothing. */
export function view(meta: Viewing, rows: readonly Shown[], context: Context, agent: string): View | null {
  const to = has(context.holders, agent) ? "HOLDER" : has(context.invited, agent) ? "INVITEE" : null;
  const fitting = rows.filter((row) => row.to === to && (!row.several || context.holders.length > 1));
  const row = fitting.find(({ several }) => several) ?? fitting[0];
  return row
    ? { state: row.shown ?? context.resume ?? meta.active, capabilities: meta.lists[row.capabilities] ?? [] }
    : null;
}
