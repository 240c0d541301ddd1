/**
 * What an agent may do with an interaction that they are shown, and why not.
 *
 * An agent sees a view, not the record: the same view may belong to records in several states (an invitation to a
 * session that goes on looks like any other). Whatever may be accepted in one of them is legal here; what a view does
 * not tell, such as who else is in the session, can be told in it, and the answer is the narrower for it.
 */

import { definition as gws } from "./definition.js";
import { DOES, fault, WHEN, WHO } from "./rules.js";
import type { Context, Does, Event, Parameter, Shown, When, Who } from "./rules.js";
import type { Capability, Media, Operation, RefusalCode, State } from "./types.js";

export interface Edge {
  readonly source: State;
  readonly operation: string;
  readonly target: State | null;
  readonly who: Who;
  readonly when: When;
  readonly does: Does;
  readonly told: State | null;
  readonly resumes: State | "AS_BEFORE" | null;
}

export interface Medium {
  readonly family: "items" | "mail" | "sessions";
  readonly active: State;
  readonly creates: State | null;
  readonly states: readonly { readonly name: State; readonly final: boolean }[];
  readonly switchedOff: readonly string[];
  readonly parameters: Readonly<Record<string, readonly Parameter[]>>;
  readonly lists: Readonly<Record<string, readonly string[]>>;
  readonly edges: readonly Edge[];
  readonly shown: readonly (Shown & { readonly state: State; readonly shown: State | null })[];
  readonly told: readonly {
    readonly state: State;
    readonly operation: string | null;
    readonly capabilities: string | null;
  }[];
}

/** A lifecycle under a profile, as `ixnstate export --format json` says it, without its evidence. */
export interface Definition {
  readonly fingerprint: string;
  readonly profile: Readonly<Record<string, string | boolean>>;
  readonly statusCodes: Readonly<Record<string, number>>;
  readonly aliases: Readonly<Record<string, string>>;
  readonly media: Readonly<Record<string, Medium>>;
}

/** What one agent is shown of an interaction, and what else is known of it. What is left out is unknown. */
export interface AgentView {
  readonly media: Media;
  /** The state that the agent is shown; not that of the record. */
  readonly state: State;
  readonly id?: string;
  readonly agent?: string;
  /** The list that the agent is shown. */
  readonly capabilities?: readonly string[] | null;
  /** Whether the agent holds it or is invited to it, or neither: null. Else it is taken from the state. */
  readonly role?: "HOLDER" | "INVITEE" | null;
  /** The other agents who hold it. */
  readonly others?: readonly string[];
  /** The other agents who are invited to it. */
  readonly invited?: readonly string[];
  /** The ids of the documents that are attached. */
  readonly attachments?: readonly string[];
  /** Whether the agent is a supervisor, who may put it into another agent's workbin. */
  readonly supervisor?: boolean;
  /** The state to which it goes back when it is accepted or pulled, where that is not the usual one. */
  readonly resume?: State | null;
}

export interface Refusal {
  readonly code: RefusalCode;
  /** The statusCode that the API documents for it. */
  readonly statusCode: number;
  readonly operation: string;
  readonly state: State;
  /** The parameter at fault, or the condition that does not hold. */
  readonly failed: string | null;
  /** What the agent is shown now, in documented order. */
  readonly allowed: readonly string[];
  /** The operations after which it is legal: [] means with other arguments, null that there is no way. */
  readonly path: readonly string[] | null;
  /** A sentence for a person. */
  readonly text: string;
}

/** The arguments of an operation, by the names of `Definition.media[...].parameters`. */
export type Arguments = Omit<Event, "type">;

/** The operations that would be accepted of the agent now, with the right arguments; in the definition's order. */
export function legal(view: AgentView, definition: Definition = gws): readonly Operation[] {
  const medium = mediumOf(view.media, definition);
  const ways = standings(medium, view);
  const edges = medium.edges.filter((edge) => ways.some((standing) => isOpen(edge, standing, view)));
  return [...new Set(edges.map((edge) => edge.operation as Operation))];
}

/**
 * The list that an agent is shown in a state, in documented order: a holder's (an invitee's in Invited), or else that
 * of the last word; [] if there is none, null where the page shows no such key. `several` is for a session that others
 * hold, too.
 */
export function capabilities(
  media: Media,
  state: State,
  { several = false, definition = gws }: { several?: boolean; definition?: Definition } = {},
): readonly Capability[] | null {
  const medium = mediumOf(media, definition);
  const to = state === "Invited" ? "INVITEE" : "HOLDER";
  const rows = medium.shown.filter((row) => row.state === state && row.to === to && (several || !row.several));
  const row = rows.find((each) => each.several) ?? rows[0];
  const told = medium.told.find((each) => each.state === state && each.operation === null);
  const name = row ? row.capabilities : told ? told.capabilities : undefined;
  return name === undefined ? [] : name === null ? null : ((medium.lists[name] ?? []) as readonly Capability[]);
}

/**
 * Why an operation would be refused of the agent now; null if it would be accepted. Without `args`, whether there are
 * arguments with which it would be; with them, whether it would be with these. Aliases of operations are understood.
 */
export function explainRefusal(
  view: AgentView,
  operation: string,
  args?: Arguments,
  definition: Definition = gws,
): Refusal | null {
  const medium = mediumOf(view.media, definition);
  const name = operation in medium.parameters ? operation : (definition.aliases[operation] ?? operation);
  const ways = standings(medium, view);
  const [code, failed] = why(medium, view, name, ways, args) ?? [null, null];
  if (code === null) return null;
  const isHopeless = code === "UNKNOWN_OPERATION" || code === "FEATURE_DISABLED";
  const path = isHopeless ? null : pathTo(medium, name, ways[0]!.state, view.resume ?? null);
  const allowed = shownTo(medium, view, ways[0]!);
  const statusCode = definition.statusCodes[code] ?? 1;
  const is850 = ["8.5.0", "8.5.1"].includes(String(definition.profile["api_version"]));
  const refusal = {
    code,
    statusCode: code === "INVALID_PARAMETER" && is850 ? 1 : statusCode,
    operation: name,
    state: view.state,
    failed,
    allowed,
    path,
  };
  return { ...refusal, text: sentence(view, refusal) };
}

// --- how the record may stand ---------------------------------------------------------------------------------------

/** A state in which the record may be, what the agent is in it, and whether others hold it, where that is known. */
interface Standing {
  readonly state: State;
  readonly role: "HOLDER" | "INVITEE" | null;
  readonly several: boolean | undefined;
}

function mediumOf(media: string, definition: Definition): Medium {
  const medium = definition.media[media];
  if (medium === undefined) {
    throw new RangeError(`unknown media ${media}; known are ${Object.keys(definition.media).join(", ")}`);
  }
  return medium;
}

function standings(medium: Medium, view: AgentView): readonly Standing[] {
  if (view.role === null) return [{ state: view.state, role: null, several: undefined }];
  const fitting = medium.shown.filter(
    (row) =>
      (row.to === view.role || view.role === undefined) &&
      (row.shown === view.state || (row.shown === null && isHeld(medium, view.state))) &&
      (row.to === "HOLDER" || view.others === undefined || isInvitedBeside(medium, row.state, view.others.length > 0)),
  );
  const listed = fitting.filter((row) => isSame(medium.lists[row.capabilities], view.capabilities));
  const rows = listed.length > 0 ? listed : fitting.filter((row) => row.shown !== null);
  const found = new Map<State, Standing>();
  for (const { state, to } of rows) {
    const alike = rows.filter((row) => row.state === state);
    const isOpenToSeveral = medium.shown.some((row) => row.state === state && row.several);
    const told = new Set(alike.map((row) => row.several));
    const several = view.others
      ? view.others.length > 0
      : isOpenToSeveral && told.size === 1
        ? alike[0]!.several
        : undefined;
    found.set(state, { state, role: to, several: isOpenToSeveral ? several : false });
  }
  return found.size > 0 ? [...found.values()] : [{ state: view.state, role: view.role ?? null, several: undefined }];
}

/** Whether one can be invited in a state of the record where others hold it, or where nobody does. */
function isInvitedBeside(medium: Medium, state: State, others: boolean): boolean {
  if (isHeld(medium, state)) return others;
  return !others || medium.edges.some((edge) => edge.when === "GIVER_HOLDS");
}

function isHeld(medium: Medium, state: State): boolean {
  return medium.shown.some((row) => row.state === state && row.to === "HOLDER" && row.shown === state);
}

function isSame(one: readonly string[] | undefined, other: readonly string[] | null | undefined): boolean {
  return (
    one !== undefined && other != null && one.length === other.length && one.every((name, at) => name === other[at])
  );
}

function shownTo(medium: Medium, view: AgentView, { state, role, several }: Standing): readonly string[] {
  if (view.capabilities != null) return view.capabilities;
  const rows = medium.shown.filter((row) => row.state === state && row.to === role && (several || !row.several));
  const row = rows.find((each) => each.several) ?? rows[0];
  return row ? (medium.lists[row.capabilities] ?? []) : [];
}

// --- whether there are arguments ------------------------------------------------------------------------------------

const NEEDS_OTHERS: readonly When[] = ["OTHERS_REMAIN", "TO_AGENT_OTHERS_REMAIN"];

/** Whether the agent can take the edge with some arguments. */
function isOpen(edge: Edge, standing: Standing, view: AgentView): boolean {
  const isTheirs = edge.who === "ANYONE" || edge.who === standing.role;
  return edge.source === standing.state && isTheirs && isArguable(edge, standing, view);
}

/** Whether there are arguments for an edge, by whomever it is. */
function isArguable(edge: Edge, { several }: Standing, view: AgentView): boolean {
  if (edge.when === "FOR_OWNER" && !view.supervisor) return false;
  if (NEEDS_OTHERS.includes(edge.when) && several === false) return false;
  const mayHaveInvited = view.invited === undefined || view.invited.length > 0;
  if (edge.does === "REMOVE" && several === false && !mayHaveInvited) return false;
  return edge.does !== "DETACH" || view.attachments === undefined || view.attachments.length > 0;
}

// --- why not --------------------------------------------------------------------------------------------------------

function why(
  medium: Medium,
  view: AgentView,
  name: string,
  ways: readonly Standing[],
  args: Arguments | undefined,
): readonly [RefusalCode, string | null] | null {
  const parameters = medium.parameters[name];
  if (parameters === undefined) return ["UNKNOWN_OPERATION", null];
  if (medium.switchedOff.includes(name)) return ["FEATURE_DISABLED", null];
  const states = ways.map((standing) => standing.state);
  const edges = medium.edges.filter((edge) => edge.operation === name && states.includes(edge.source));
  if (edges.length === 0) {
    const isFinal = medium.states.some((state) => state.name === view.state && state.final);
    return [isFinal ? "FINAL" : "ILLEGAL", null];
  }
  if (args === undefined) {
    if (ways.some((standing) => edges.some((edge) => isOpen(edge, standing, view)))) return null;
    const arguable = edges.some((edge) => ways.some((standing) => isArguable(edge, standing, view)));
    return arguable ? ["NOT_HOLDER", null] : ["ILLEGAL", "condition"];
  }
  const event: Event = {
    ...(parameters.some((each) => each.name === "by") ? { by: me(view) } : {}),
    ...args,
    type: name,
  };
  const wrong = fault(event, parameters);
  if (wrong !== null) return [wrong.code as RefusalCode, wrong.name];
  const outcomes = ways.flatMap((standing) =>
    contexts(view, standing, event).map((context) =>
      tried(
        edges.filter((edge) => edge.source === standing.state),
        context,
        event,
      ),
    ),
  );
  return outcomes.includes(null) ? null : outcomes[0]!;
}

/** What a record in one state says to a command: null if it is carried out. */
function tried(edges: readonly Edge[], context: Context, event: Event): readonly [RefusalCode, string | null] | null {
  let refused: readonly [RefusalCode, string | null] = ["ILLEGAL", edges.length > 0 ? "condition" : null];
  for (const { when, who, does, told, resumes } of edges) {
    if (WHEN[when](context, event)) {
      if (WHO[who](context, event)) {
        const outcome = DOES[does](context, event, { told, resumes, stays: false });
        return typeof outcome === "string" ? ["INVALID_PARAMETER", outcome] : null;
      }
      refused = ["NOT_HOLDER", null];
    }
  }
  return refused;
}

const me = (view: AgentView): string => view.agent ?? "me";

/** The records that the view may be of: where it is not known whether others hold it, one of each kind. */
function contexts(view: AgentView, { role, several }: Standing, event: Event): readonly Context[] {
  const target = event.targetAgent ?? "another agent";
  const companies =
    view.others !== undefined
      ? [view.others]
      : several === true
        ? [[target]]
        : several === false
          ? [[]]
          : [[], ["another agent"], [target]];
  const attachments = (view.attachments ?? (event.documentId ? [event.documentId] : [])).map((id) => ({ id }));
  return companies.map((company) => ({
    id: view.id ?? "",
    queue: null,
    holders: role === "HOLDER" ? [me(view), ...company] : company,
    invited: [...(role === "INVITEE" ? [me(view)] : []), ...(view.invited ?? [])],
    consulted: [],
    nicknames: {},
    workbin: null,
    resume: view.resume ?? null,
    userData: {},
    content: { attachments },
  }));
}

/** The fewest operations after which one is legal: the ordinary way, with the router's offers, before any other. */
function pathTo(medium: Medium, operation: string, start: State, resume: State | null): readonly string[] | null {
  const goals = new Set(medium.edges.filter((edge) => edge.operation === operation).map((edge) => edge.source));
  const ordinary = medium.edges.filter((edge) =>
    edge.who === "PLATFORM" ? edge.does === "OFFER" : edge.when !== "FOR_OWNER",
  );
  return walk(medium, ordinary, goals, start, resume) ?? walk(medium, medium.edges, goals, start, resume);
}

function walk(
  medium: Medium,
  edges: readonly Edge[],
  goals: ReadonlySet<State>,
  start: State,
  resume: State | null,
): readonly string[] | null {
  const queue: { state: State; resume: State | null; path: readonly string[] }[] = [{ state: start, resume, path: [] }];
  const seen = new Set([`${start} ${resume}`]);
  for (const here of queue) {
    if (goals.has(here.state)) return here.path;
    for (const edge of edges.filter((each) => each.source === here.state)) {
      const state = edge.target ?? here.resume ?? medium.active;
      const after = edge.resumes === "AS_BEFORE" ? here.resume : edge.resumes;
      if (!seen.has(`${state} ${after}`)) {
        seen.add(`${state} ${after}`);
        queue.push({ state, resume: after, path: [...here.path, edge.operation] });
      }
    }
  }
  return null;
}

// --- in words -------------------------------------------------------------------------------------------------------

const either = (names: readonly string[]): string =>
  names.length > 1 ? `${names.slice(0, -1).join(", ")} or ${names.at(-1)}` : names.join("");

function sentence(view: AgentView, refusal: Omit<Refusal, "text">): string {
  const which = view.id === undefined ? view.media : `${view.media} ${view.id}`;
  return `can't ${refusal.operation} ${which} in state ${view.state}; ${reason(view, refusal)}`;
}

function reason(view: AgentView, { code, failed, operation, allowed, path }: Omit<Refusal, "text">): string {
  const may = allowed.length > 0 ? `agent ${me(view)} may ${either(allowed)}` : "";
  switch (code) {
    case "UNKNOWN_OPERATION":
      return `${view.media} has no such operation`;
    case "FEATURE_DISABLED":
      return "it is switched off in this system";
    case "FINAL":
      return "nothing leaves this state";
    case "MISSING_PARAMETER":
      return `${failed} is missing`;
    case "INVALID_PARAMETER":
      return `${failed} does not fit`;
    case "NOT_HOLDER":
      return `agent ${me(view)} neither holds it nor is invited to it as ${operation} asks`;
    default:
      if (failed !== null) return "the arguments given do not fit this state";
      if (may !== "") return may;
      return path === null
        ? `no way leads to a state in which ${operation} is legal`
        : `${operation} is legal after ${path.join(", ")}`;
  }
}
