/** The documented lifecycle for clients: what an agent may do now, what they are shown, and why something is refused. */

export { definition } from "./definition.js";
export { capabilities, explainRefusal, legal } from "./legal.js";
export type { AgentView, Arguments, Definition, Edge, Medium, Refusal } from "./legal.js";
export type * from "./types.js";
export { Mirror } from "./mirror.js";
export type { Change, Operation as AskedOperation, Place, Reading, Shown } from "./mirror.js";
