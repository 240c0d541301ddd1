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
export interface Shown {
  readonly to: "HOLDER" | "INVITEE";
  readonly several: boolean;
  readonly shown: string | null;
  readonly capabilities: string;
}
export interface Transition {
  readonly target?: string;
  readonly guard: { readonly type: When; readonly params: Asked };
  readonly actions?: readonly [{ readonly type: Does; readonly params: Params }];
}
/** A configuration's `meta`. */
export interface Meta {
  readonly active: string;
  readonly isSession: boolean;
  readonly switchedOff: readonly string[];
  readonly parameters: Readonly<Record<string, readonly Parameter[]>>;
  readonly kinds: Readonly<Record<Does, string | null>>;
  readonly logged: readonly string[];
  readonly lists: Readonly<Record<string, readonly string[]>>;
  readonly told: readonly {
    readonly state: string;
    readonly operation: string | null;
    readonly capabilities: string | null;
  }[];
}
/** A configuration, as far as it is read here. */
export interface Config {
  readonly meta: Meta;
  readonly states: Readonly<
    Record<
      string,
      {
        readonly type?: "final";
        readonly on?: Readonly<Record<string, readonly Transition[]>>;
        readonly meta: { readonly shown: readonly Shown[] };
      }
    >
  >;
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
  const [count, names] = [targets.filter(([, isGiven]) => isGiven).length, targets.map(([name]) => name)];
  if (targets.length > 0 && count === 0) return { code: "MISSING_PARAMETER", name: names.join(" or ") };
  const known = new Set(["type", "interaction", "media", "mediaType", ...parameters.map((each) => each.name)]);
  const surplus = [...given.keys()].find((name) => !known.has(name));
  if (surplus !== undefined) return { code: "INVALID_PARAMETER", name: surplus };
  return count > 1 ? { code: "INVALID_PARAMETER", name: names.join(" and ") } : null;
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

/** Whether an edge of which this is asked is taken, if the arguments are in order. */
function holds({ context, event }: Scope, when: When, { who, to, does }: Asked, active: string): boolean {
  return (
    WHO[who](context, event) &&
    WHEN[when](context, event) &&
    (to === undefined || (context.resume ?? active) === to) &&
    (does === undefined || typeof DOES[does](context, event, NO_PARAMS) !== "string")
  );
}

/** The two tables that `provide` takes. `assign` is XState's, or one of your own. */
export function implementation<A>(
  meta: Pick<Meta, "active" | "parameters">,
  assign: (change: (scope: Scope, params: Params) => Partial<Context>) => A,
) {
  const guard =
    (when: When) =>
    (scope: Scope, asked: Asked): boolean =>
      fault(scope.event, meta.parameters[scope.event.type]) === null && holds(scope, when, asked, meta.active);
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

// --- what a machine does not say by itself --------------------------------------------------------------------------

/** A record: the state of a snapshot of the machine, and its context. */
export interface Standing {
  readonly value: string;
  readonly context: Context;
}
export interface View {
  readonly state: string;
  readonly capabilities: readonly string[] | null;
}
/** What an agent is told; a message in a session shows neither state nor capabilities. */
export interface Notice {
  readonly agent: string;
  readonly kind: string;
  readonly state?: string;
  readonly capabilities?: readonly string[] | null;
}

/** What an agent sees of a record; null if they see nothing. */
export function view({ meta, states }: Config, { value, context }: Standing, agent: string): View | null {
  const to = has(context.holders, agent) ? "HOLDER" : has(context.invited, agent) ? "INVITEE" : null;
  const rows = (states[value]?.meta.shown ?? []).filter((row) => row.to === to);
  const row = rows.find(({ several }) => several && context.holders.length > 1) ?? rows.find(({ several }) => !several);
  if (row === undefined) return null;
  return { state: row.shown ?? context.resume ?? meta.active, capabilities: meta.lists[row.capabilities] ?? [] };
}

/** Why an event would change nothing: the code of the refusal; null if it is accepted. */
export function refusal({ meta, states }: Config, { value, context }: Standing, event: Event): string | null {
  const parameters = meta.parameters[event.type];
  if (parameters === undefined) return "UNKNOWN_OPERATION";
  if (meta.switchedOff.includes(event.type)) return "FEATURE_DISABLED";
  const candidates = states[value]?.on?.[event.type];
  if (candidates === undefined) return states[value]?.type === "final" ? "FINAL" : "ILLEGAL";
  const wrong = fault(event, parameters);
  if (wrong !== null) return wrong.code;
  const scope = { context, event };
  const decides = candidates.find(({ guard: { type, params } }) => holds(scope, type, params, meta.active));
  if (decides !== undefined && decides.actions === undefined) return "INVALID_PARAMETER";
  if (decides !== undefined) return null;
  const isMeant = ({ guard }: Transition, who: Who): boolean => holds(scope, guard.type, { who }, meta.active);
  if (candidates.some((each) => isMeant(each, each.guard.params.who))) return "INVALID_PARAMETER";
  return candidates.some((each) => isMeant(each, "ANYONE")) ? "NOT_HOLDER" : "ILLEGAL";
}

/** Who is told what of an event that was accepted; of a child, who created it (`view` its machine) is told besides. */
export function notices(config: Config, before: Standing, after: Standing, event: Event): readonly Notice[] {
  const { meta, states } = config;
  const scope = { context: before.context, event };
  const taken = (states[before.value]?.on?.[event.type] ?? []).find(({ guard: { type, params } }) =>
    holds(scope, type, params, meta.active),
  );
  const [{ type: does, params: said }] = taken?.actions ?? [{ type: "NOTHING", params: NO_PARAMS } as const];
  const kind = does === "DECLINE" && said.stays ? "ParticipantsUpdated" : meta.kinds[does];
  if (kind === null || kind === undefined || does === "SPAWN") return [];
  const [was, is, by] = [before.context, after.context, event.by ?? ""];
  const tell = (agents: readonly string[], as: string): readonly Notice[] =>
    [...agents.filter((agent) => agent === by), ...agents.filter((agent) => agent !== by)].map((agent) => ({
      agent,
      kind: as,
      ...view(config, after, agent)!,
    }));
  const isMove = kind === "StatusChange";
  if (kind === "NewMessages") return tell(is.holders, kind).map(({ agent }) => ({ agent, kind }));
  if (!isMove && kind !== "ParticipantsUpdated") return tell(is.holders, kind);
  const concerned = [...(isMove && by ? [by] : []), ...was.holders, ...was.invited, ...is.holders, ...is.invited];
  const told = [...new Set(concerned)].flatMap((agent): readonly Notice[] => {
    const [saw, sees] = [view(config, before, agent), view(config, after, agent)];
    const isUnasked = has(was.invited, agent) && !has(was.holders, agent) && agent !== by;
    const word = sees ?? lastWord(meta, isUnasked ? "Revoked" : said.told, event.type);
    const isNews = sees === null ? word !== null : saw?.state !== sees.state || (isMove && agent === by);
    return isNews && word !== null ? [{ agent, kind: "StatusChange", ...word }] : [];
  });
  const isJoined = isMove && meta.isSession && (does === "HOLD" || does === "TAKE");
  const stayed = isJoined ? is.holders : isMove ? [] : is.holders.filter((agent) => has(was.holders, agent));
  const failed = isMove && does === "DECLINE" ? was.holders.slice(0, 1) : [];
  const joined = tell(stayed, "ParticipantsUpdated").flatMap((notice): readonly Notice[] => {
    const isLogged = meta.logged.includes(event.type) && notice.state === "Chatting";
    return isLogged ? [notice, { agent: notice.agent, kind: "NewMessages" }] : [notice];
  });
  return [...told, ...joined, ...tell(failed, "Error")];
}

function lastWord(meta: Meta, state: string | null, operation: string): View | null {
  const rows = meta.told.filter((row) => row.state === state);
  const row = rows.find((each) => each.operation === operation) ?? rows.find((each) => each.operation === null);
  if (state === null) return null;
  return { state, capabilities: row?.capabilities === null ? null : (meta.lists[row?.capabilities ?? "none"] ?? []) };
}
