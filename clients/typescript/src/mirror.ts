/**
 * What an agent's client knows. No sockets, no clock: messages, replies and answers to GETs go in, changes come out.
 *
 * The counterpart of `ixnstate.client.Mirror`, whose documentation says why it works as it does: the last message about
 * an interaction decides, since messages come in their order and at least once; what is in doubt is asked for by a GET
 * (`startReading`). It is for the messages of 8.5.2 and later.
 */

import { explainRefusal, legal } from "./legal.js";
import type { AgentView } from "./legal.js";
import type { Media, Operation as OperationName, State } from "./types.js";

type Json = { readonly [key: string]: unknown };

export interface Shown {
  readonly id: string;
  readonly media: string;
  readonly state: string;
  /** null where the page shows no such key. */
  readonly capabilities: readonly string[] | null;
  /** null as long as nothing has told them. */
  readonly userData: Json | null;
  /** Every field that was told, the latest of each. */
  readonly resource: Json;
}

export interface Place {
  readonly id: string;
  readonly agentGroup: string | null;
  readonly placeGroup: string | null;
  readonly owner: string | null;
}

export interface Operation {
  readonly number: number;
  readonly name: string;
  readonly interaction: string | null;
  readonly progress: "sent" | "accepted" | "done" | "refused" | "failed" | "unknown";
  readonly referenceId: number | null;
  readonly why: string | null;
}

export interface Reading {
  readonly number: number;
  readonly path: string;
  /** null for the interactions of the agent. */
  readonly place: Place | null;
}

export type Change =
  | { readonly kind: "view"; readonly id: string; readonly before: Shown | null; readonly after: Shown | null }
  | { readonly kind: "operation"; readonly operation: Operation }
  | { readonly kind: "content"; readonly place: Place; readonly items: readonly Shown[] | null }
  | { readonly kind: "heard"; readonly message: Json };

const LAST_WORDS = new Set(["Revoked", "Completed", "Sent", "Canceled", "InWorkbin"]);
const HELD = new Set(["Processing", "Chatting", "LeftChat", "Composing"]);
const STATUS = new Set(["StatusChange", "StatusChanged"]);
/** Operations whose replies have a number that no message has. */
const UNTOLD = new Set(["SetInFocus", "GetWorkbinContent", "ReportResponseTemplateUsage"]);
const MEDIA: Readonly<Record<string, string>> = {
  chat: "chat", email: "email", workitem: "workitem", openmedia: "openmedia", facebook: "facebook",
  facebooksession: "facebooksession", facebooksessions: "facebooksession", twitter: "twitter", tweet: "twitter",
  smssession: "smssession", smsession: "smssession",
};
const PATHS: Readonly<Record<string, string>> = {
  chats: "chat", emails: "email", workitems: "workitem", openmedia: "openmedia", facebook: "facebook",
  facebooksessions: "facebooksession", twitter: "twitter", tweets: "twitter", smssessions: "smssession",
};
const IN_WORKBIN = "StateResourceV2";
const INTERACTIONS = "/api/v2/me/interactions?fields=*";
const MAX_KEPT = 64;

/** Whether a message has come before: as the last one, after one that was repeated, or as an earlier one. */
class Repeats {
  private readonly kept: string[] = [];
  private places: number[] = [];

  take(text: string): "new" | "same" | "run" | "earlier" {
    const { kept } = this;
    if (kept.length > 0 && kept[kept.length - 1] === text) return "same";
    const isRun = this.places.some((place) => kept[place + 1] === text);
    this.places = kept.flatMap((other, place) => (other === text ? [place] : []));
    const isKnown = this.places.length > 0;
    if (kept.length === MAX_KEPT) {
      kept.shift();
      this.places = this.places.filter((place) => place > 0).map((place) => place - 1);
    }
    kept.push(text);
    return isRun ? "run" : isKnown ? "earlier" : "new";
  }
}

interface Message {
  readonly id: string;
  readonly media: string;
  readonly state: string;
  readonly capabilities: readonly string[] | null;
  readonly userData: Json | null;
  readonly resource: Json;
  readonly kind: string | null;
  readonly number: number | null;
}

interface Open {
  readonly reading: Reading;
  readonly meanwhile: Message[];
  readonly moves: Json[];
}

type Content = ReadonlyMap<string, Shown>;

/** What `agent` is shown and has asked for; `names` are other names under which the server knows the agent. */
export class Mirror {
  private readonly names: ReadonlySet<string>;
  private shown = new Map<string, Shown>();
  private readonly contents = new Map<string, { readonly place: Place; items: Content | null }>();
  private readonly operations = new Map<number, { operation: Operation; workbins: Set<string>; isOwn: boolean }>();
  private readonly early = new Map<number, "done" | "failed">();
  private readonly farewells = new Set<number>();
  private readonly repeats = new Map<string, Repeats>();
  private readonly numbers = new Map<string, number>();
  private suspects = new Set<string>();
  private readonly wanted = new Map<string, Place | null>([["", null]]);
  private readonly readings = new Map<number, Open>();
  private count = 0;
  private isLost = false;

  constructor(readonly agent: string, names: readonly string[] = []) {
    this.names = new Set([agent, ...names]);
  }

  /** What the server shows the agent, by the ids of interactions. */
  get views(): ReadonlyMap<string, Shown> {
    return this.shown;
  }

  /** What is in the workbins to which the agent has subscribed; null where that is not known yet. */
  get workbins(): readonly { readonly place: Place; readonly items: readonly Shown[] | null }[] {
    return [...this.contents.values()].map(({ place, items }) => ({ place, items: items && [...items.values()] }));
  }

  /** The operations of which the outcome is not known yet. */
  get pending(): readonly Operation[] {
    return [...this.operations.values()].map(({ operation }) => operation);
  }

  /** Whether nothing is to be read. */
  get isCurrent(): boolean {
    return !this.isLost && this.wanted.size === 0 && this.readings.size === 0;
  }

  /**
   * Which operations would be accepted now, which are advertised, and why another would not be. While an operation is
   * pending that hands the interaction on, nothing is.
   */
  legal(id: string): { accepted: readonly string[]; advertised: readonly string[]; whyNot(name: string): string | null } {
    const view = this.agentView(id);
    if (view === null) return { accepted: [], advertised: [], whyNot: () => "the agent does not have it" };
    const leaving = this.pending.find((each) => each.interaction === id && LEAVING.has(each.name));
    const accepted = leaving ? [] : legal(view);
    const whyNot = (name: string): string | null =>
      leaving ? `${leaving.name} was asked for` : (explainRefusal(view, name)?.text ?? null);
    return { accepted, advertised: view.capabilities ?? [], whyNot };
  }

  private agentView(id: string): AgentView | null {
    const shown = this.shown.get(id);
    const item = shown ?? [...this.contents.values()].map(({ items }) => items?.get(id)).find((each) => each);
    if (!item) return null;
    const people = Array.isArray(item.resource["participants"]) ? (item.resource["participants"] as Json[]) : [];
    const others = people
      .filter((each) => each["type"] === "Agent")
      .map((each) => String(each["participantId"] ?? each["id"]))
      .filter((name) => !this.names.has(name));
    return {
      media: item.media as Media, state: item.state as State, id, agent: this.agent,
      capabilities: item.capabilities, others, role: shown ? (shown.state === "Invited" ? "INVITEE" : "HOLDER") : null,
    };
  }

  // --- operations -----------------------------------------------------------------------------------------------

  /** The agent asks for an operation: send its request, and give the reply to `reply`. */
  ask(
    name: OperationName | "Create" | "Subscribe" | "Unsubscribe" | (string & {}),
    interaction: string | null = null,
    { workbins = [], owner = null }: { readonly workbins?: readonly string[]; readonly owner?: string | null } = {},
  ): Operation {
    const number = ++this.count;
    const operation: Operation = { number, name, interaction, progress: "sent", referenceId: null, why: null };
    const isSubscription = name === "Subscribe" || name === "Unsubscribe";
    const waiting = new Set(isSubscription ? workbins : []);
    this.operations.set(number, { operation, workbins: waiting, isOwn: owner === null });
    return operation;
  }

  /** The reply to an operation: the parsed body, if there is one, and the HTTP status. */
  reply({ number }: Operation, body: unknown, httpStatus = 200): readonly Change[] {
    const entry = this.operations.get(number);
    if (!entry || entry.operation.progress !== "sent") return [];
    const said = isObject(body) ? body : {};
    const code = said["statusCode"] ?? said["status"];
    const isOk = httpStatus < 300 && (code === undefined || code === 0 || code === 7 || code === "ok") && !said["errorDescription"];
    if (httpStatus < 200 || (httpStatus >= 300 && httpStatus < 400)) return [this.settle(number, "unknown")];
    const why = said["statusMessage"] ?? said["errorDescription"] ?? said["description"];
    if (!isOk) return [this.settle(number, "refused", typeof why === "string" ? why : null)];
    const referenceId = typeof said["referenceId"] === "number" ? said["referenceId"] : null;
    entry.operation = { ...entry.operation, progress: "accepted", referenceId };
    const early = referenceId === null ? undefined : this.early.get(referenceId);
    if (early) return [this.settle(number, early)];
    const isTold = entry.workbins.size > 0 || (referenceId !== null && !UNTOLD.has(entry.operation.name));
    return [isTold ? { kind: "operation", operation: entry.operation } : this.settle(number, "done")];
  }

  /** No answer came to an operation, or to a reading, and none will. */
  giveUp(asked: Operation | Reading): readonly Change[] {
    if ("path" in asked) {
      if (this.readings.delete(asked.number)) this.want(asked.place);
      return [];
    }
    if (this.operations.get(asked.number)?.operation.progress !== "sent") return [];
    this.want(null);
    return [this.settle(asked.number, "unknown", "no reply came")];
  }

  private settle(number: number, progress: Operation["progress"], why: string | null = null): Change {
    const operation = { ...this.operations.get(number)!.operation, progress, why };
    this.operations.delete(number);
    return { kind: "operation", operation };
  }

  private *hear(number: number | null, progress: "done" | "failed"): Generator<Change> {
    if (number === null) return;
    this.early.set(number, progress);
    bound(this.early);
    for (const { operation } of [...this.operations.values()]) {
      if (operation.referenceId === number) yield this.settle(operation.number, progress);
    }
  }

  // --- the connection -------------------------------------------------------------------------------------------

  /** The connection is lost. What comes until `listening` is called is of the old session, and ignored. */
  lost(): void {
    this.isLost = true;
  }

  /** The agent has subscribed: from now on every message comes. What was missed is to be read. */
  listening(): void {
    this.isLost = false;
    this.readings.clear();
    this.want(null);
    for (const { place } of this.contents.values()) this.want(place);
  }

  /** The GETs to send now. Give each answer to `read`. */
  startReading(): readonly Reading[] {
    if (this.isLost) return [];
    const underway = new Set([...this.readings.values()].map(({ reading }) => keyOf(reading.place)));
    const started = [...this.wanted].filter(([key]) => !underway.has(key));
    return started.map(([key, place]) => {
      this.wanted.delete(key);
      const reading = { number: ++this.count, path: place === null ? INTERACTIONS : addressOf(place), place };
      this.readings.set(reading.number, { reading, meanwhile: [], moves: [] });
      return reading;
    });
  }

  /** The answer to a reading: the parsed body and the HTTP status. */
  read({ number }: Reading, body: unknown, httpStatus = 200): readonly Change[] {
    const open = this.readings.get(number);
    if (!open) return [];
    this.readings.delete(number);
    const { place } = open.reading;
    const said = isObject(body) ? body : {};
    const code = said["statusCode"] ?? said["status"];
    if (httpStatus >= 300 || code !== 0 || (place === null && !Array.isArray(said["interactions"]))) {
      if (place === null || httpStatus >= 500 || httpStatus < 200 || code === 4) this.want(place);
      return [];
    }
    const settled = [...this.operations.values()].filter(({ operation }) => operation.progress === "accepted");
    const changes = place === null ? settled.map(({ operation }) => this.settle(operation.number, "done")) : [];
    return [...changes, ...(place === null ? this.believe(said, open.meanwhile) : this.fillFrom(place, said, open.moves))];
  }

  private want(place: Place | null): void {
    this.wanted.set(keyOf(place), place);
  }

  private *believe(body: Json, meanwhile: readonly Message[]): Generator<Change> {
    const read = new Map<string, Shown>();
    for (const item of body["interactions"] as readonly unknown[]) {
      const message = isObject(item) ? messageOf(item) : null;
      if (message) read.set(message.id, shownBy(message, undefined));
    }
    const before = this.shown;
    this.shown = new Map(read);
    for (const message of meanwhile) if (this.fits(message)) this.apply(message);
    const touched = new Set(meanwhile.map(({ id }) => id));
    if ([...touched].some((id) => !isEqual(this.shown.get(id), read.get(id)))) this.want(null);
    this.suspects = new Set([...this.suspects].filter((id) => touched.has(id)));
    for (const id of new Set([...before.keys(), ...this.shown.keys()])) {
      const [old, now] = [before.get(id), this.shown.get(id)];
      if (!isEqual(old, now)) yield { kind: "view", id, before: old ?? null, after: now ?? null };
    }
  }

  // --- messages -------------------------------------------------------------------------------------------------

  /** A message as CometD brings it, with or without its envelope. */
  take(frame: unknown): readonly Change[] {
    if (this.isLost || !isObject(frame)) return [];
    const data = !("messageType" in frame) && isObject(frame["data"]) ? frame["data"] : frame;
    if (data["messageType"] === "WorkbinStateChangeMessage") return [...this.takeMove(data)];
    if (data["messageType"] === "WorkbinSubscriptionStateChangeMessage") return [...this.takeSubscription(data)];
    const message = messageOf(data);
    if (message) return [...this.takeView(message, JSON.stringify(data))];
    const number = typeof data["referenceId"] === "number" ? data["referenceId"] : null;
    const isFailed = data["success"] === "false" || data["success"] === false;
    return [...this.hear(number, isFailed ? "failed" : "done"), { kind: "heard", message: data }];
  }

  private repeat(about: string, text: string): ReturnType<Repeats["take"]> {
    const repeats = this.repeats.get(about) ?? new Repeats();
    this.repeats.set(about, repeats);
    bound(this.repeats);
    return repeats.take(text);
  }

  private *takeView(message: Message, text: string): Generator<Change> {
    const { id, number } = message;
    const repeat = this.repeat(id, text);
    if (number !== null && (repeat === "same" || repeat === "earlier")) return;
    const isLate = number !== null && number < (this.numbers.get(id) ?? number) && repeat !== "run";
    const fits = !isLate && this.fits(message);
    const isDouble = repeat === "same" && this.isShown(message);
    const isDoubtful = !fits || (!isDouble && (repeat !== "new" || this.isUnforeseen(message)));
    if (isDoubtful) this.want(null);
    if (number !== null) this.numbers.set(id, Math.max(number, this.numbers.get(id) ?? number));
    this.isAway(message);
    if (!isLate) for (const open of this.readings.values()) if (open.reading.place === null) open.meanwhile.push(message);
    const before = this.shown.get(id);
    if (fits) this.apply(message);
    yield* this.hear(number, message.kind === "Error" ? "failed" : "done");
    const after = this.shown.get(id);
    if (!isEqual(before, after)) yield { kind: "view", id, before: before ?? null, after: after ?? null };
  }

  private fits({ id, state, number, kind }: Message): boolean {
    const before = this.shown.get(id);
    if (before) return !(state === "Invited" && HELD.has(before.state));
    return !(HELD.has(state) && number === null) || kind === null || STATUS.has(kind);
  }

  private isShown({ id, state, capabilities }: Message): boolean {
    const shown = this.shown.get(id);
    if (LAST_WORDS.has(state)) return shown === undefined;
    return shown?.state === state && isEqual(shown.capabilities, capabilities);
  }

  private isUnforeseen({ id, state, number, kind, userData }: Message): boolean {
    const before = this.shown.get(id);
    if (LAST_WORDS.has(state)) {
      const isAsked = this.pending.some((each) => each.interaction === id);
      if (!before && number === null && !isAsked) this.suspects.add(id);
      return false;
    }
    if (this.suspects.delete(id)) return true;
    if ((!before || before.state === "Invited") && HELD.has(state)) {
      return userData === null || (!before && number === null);
    }
    return number === null && kind !== null && STATUS.has(kind) && state === "Composing" && before?.state === state;
  }

  private isAway(message: Message): boolean {
    const { id, state, kind, number, resource } = message;
    if (LAST_WORDS.has(state)) return true;
    if (state !== "Composing" || kind === "Error") return false;
    const assigned = resource["assignedTo"];
    if (typeof assigned === "string") return !this.names.has(assigned.replace(/\/+$/, "").split("/").pop()!);
    if (number === null || this.farewells.has(number)) return number !== null;
    const isAsked = this.pending.some(
      (each) => each.name === "Transfer" && each.interaction === id && [number, null].includes(each.referenceId),
    );
    if (!isAsked || !this.shown.has(id) || kind === null || !STATUS.has(kind)) return false;
    this.farewells.add(number);
    return true;
  }

  private apply(message: Message): void {
    if (this.isAway(message)) this.shown.delete(message.id);
    else this.shown.set(message.id, shownBy(message, this.shown.get(message.id)));
  }

  // --- workbins -------------------------------------------------------------------------------------------------

  private *takeMove(data: Json): Generator<Change> {
    const item = itemIn(data);
    if (!item) return;
    const [id, agentGroup, placeGroup] = [text(data["id"]) ?? "", text(data["agentGroup"]), text(data["placeGroup"])];
    const about = JSON.stringify(["move", id, agentGroup, placeGroup, item.id]);
    const repeat = this.repeat(about, JSON.stringify(data));
    const known = [...this.contents.values()].map(({ place }) => place).filter((place) =>
      place.id === id && place.agentGroup === agentGroup && place.placeGroup === placeGroup);
    const places = known.length > 0 ? known : [{ id, agentGroup, placeGroup, owner: null }];
    const keys = new Set(places.map(keyOf));
    for (const open of this.readings.values()) if (keys.has(keyOf(open.reading.place))) open.moves.push(data);
    if (places.length > 1) {
      for (const place of places) this.want(place);
      return;
    }
    const place = places[0]!;
    const entry = this.contents.get(keyOf(place)) ?? { place, items: null };
    this.contents.set(keyOf(place), entry);
    const isThere = entry.items?.has(item.id) ?? false;
    const isDouble = repeat === "same" && isThere === (data["action"] === "ItemAdded");
    if (entry.items === null || (repeat !== "new" && !isDouble)) this.want(place);
    if (entry.items !== null) yield* this.fill(place, moved(data, entry.items));
  }

  private *takeSubscription(data: Json): Generator<Change> {
    const state = text(data["stateResource"]);
    const id = text(data["id"]) ?? "";
    const asked = [...this.operations.values()].filter(({ workbins }) => workbins.has(id));
    const isAnswer = asked.some(({ operation }) => state === `${operation.name}d` || state === "RequestFailed");
    const scope = { agentGroup: text(data["agentGroup"]), placeGroup: text(data["placeGroup"]) };
    const about = JSON.stringify(["subscription", id, scope, data["workbinUserId"]]);
    if (this.repeat(about, JSON.stringify(data)) !== "new" && !isAnswer) return;
    const owner = asked.some(({ isOwn }) => isOwn) ? null : text(data["workbinUserId"]);
    const place = { id, ...scope, owner };
    const answered = asked.find(({ operation }) => state === `${operation.name}d` || state === "RequestFailed");
    if (answered && state === "RequestFailed") yield this.settle(answered.operation.number, "failed", "the request failed");
    else if (answered?.workbins.delete(id) && answered.workbins.size === 0 && answered.operation.progress === "accepted") {
      yield this.settle(answered.operation.number, "done");
    }
    if (state === "Subscribed") {
      if (!this.contents.has(keyOf(place))) this.contents.set(keyOf(place), { place, items: null });
      this.want(place);
    } else if (state === "Unsubscribed" && this.contents.delete(keyOf(place))) {
      this.wanted.delete(keyOf(place));
      yield { kind: "content", place, items: null };
    }
  }

  private *fillFrom(place: Place, body: Json, moves: readonly Json[]): Generator<Change> {
    const read = contentIn(body);
    const items = moves.reduce<Content>((content, data) => moved(data, content), read);
    if (!isEqual([...items], [...read])) this.want(place);
    if (this.contents.has(keyOf(place))) yield* this.fill(place, items);
  }

  private *fill(place: Place, items: Content): Generator<Change> {
    const entry = this.contents.get(keyOf(place))!;
    const isSame = entry.items !== null && isEqual([...entry.items], [...items]);
    entry.items = items;
    if (!isSame) yield { kind: "content", place, items: [...items.values()] };
  }
}

/** Operations after which the agent has the interaction no longer. */
const LEAVING = new Set(["Complete", "Reject", "Transfer", "PlaceInQueue", "PlaceInWorkbin", "Send", "Cancel", "Leave", "LeaveAndComplete"]);

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** Equal as JSON, whatever the order of keys. */
function isEqual(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part) ?? "";
}

function bound(kept: Map<unknown, unknown>): void {
  if (kept.size > 10_000) kept.delete(kept.keys().next().value);
}

function keyOf(place: Place | null): string {
  return place === null ? "" : JSON.stringify([place.id, place.agentGroup, place.placeGroup, place.owner]);
}

function addressOf({ id, agentGroup, placeGroup, owner }: Place): string {
  const scope = { agentGroup, placeGroup, owner: null };
  const named = Object.entries(scope).filter((pair): pair is [string, string] => pair[1] !== null);
  const query = named.map(([name, value]) => `${name}=${encodeURIComponent(value)}&`).join("");
  const root = owner === null ? "/api/v2/me" : `/api/v2/users/${encodeURIComponent(owner)}`;
  return `${root}/workbins/${encodeURIComponent(id)}?${query}subresources=*`;
}

/** A message about an interaction that shows its state; null for any other. */
function messageOf(data: Json): Message | null {
  if (!String(data["messageType"]).endsWith("StateChangeMessage") || "action" in data) return null;
  for (const [key, resource] of Object.entries(data)) {
    const media = MEDIA[key];
    if (media === undefined || !isObject(resource)) continue;
    const [id, state] = [text(resource["id"]), text(resource["state"])];
    if (id === null || state === null) return null;
    return {
      id, state, media, resource, ...listed(resource), kind: text(data["notificationType"]),
      number: typeof data["referenceId"] === "number" ? data["referenceId"] : null,
    };
  }
  return null;
}

function listed(resource: Json): { capabilities: readonly string[] | null; userData: Json | null } {
  const [names, data] = [resource["capabilities"], resource["userData"]];
  return { capabilities: Array.isArray(names) ? names.map(String) : null, userData: isObject(data) ? data : null };
}

function shownBy(message: Message, before: Shown | undefined): Shown {
  const { id, media, state, capabilities } = message;
  const userData = message.userData ?? before?.userData ?? null;
  return { id, media, state, capabilities, userData, resource: { ...before?.resource, ...message.resource } };
}

function itemIn(data: Json): Shown | null {
  for (const [key, resource] of Object.entries(data)) {
    if (!key.endsWith(IN_WORKBIN) || !isObject(resource)) continue;
    const id = text(resource["id"]);
    const media = MEDIA[key.slice(0, -IN_WORKBIN.length)] ?? "";
    return id === null ? null : { id, media, state: "InWorkbin", ...listed(resource), resource };
  }
  return null;
}

function moved(data: Json, content: Content): Content {
  const item = itemIn(data);
  if (!item) return content;
  const others = new Map([...content].filter(([id]) => id !== item.id));
  return data["action"] === "ItemAdded" ? others.set(item.id, item) : others;
}

function contentIn(body: Json): Content {
  const items = new Map<string, Shown>();
  for (const [path, list] of Object.entries(isObject(body["workbin"]) ? body["workbin"] : {})) {
    for (const item of Array.isArray(list) ? list : []) {
      const id = isObject(item) ? text(item["id"]) : null;
      if (id === null) continue;
      items.set(id, { id, media: PATHS[path] ?? "", state: "InWorkbin", ...listed(item), resource: item });
    }
  }
  return items;
}
