// A program under test, in Node: it reads a line of JSON, and answers it with a line of JSON.
// `Workitems` stands for your implementation; replace it by calls of your server. A log goes to standard error.

const readline = require("node:readline");

const AGENTS = new Set(["a1", "a2", "a3"]);
const QUEUES = new Set(["Inbound", "Outbound"]);
const SHOWN = {
  Invited: ["Accept", "Reject"],
  Processing: ["Transfer", "AttachUserData", "UpdateUserData", "DeleteUserData", "SetInFocus", "Complete"],
};
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isNames = (value) => Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === "string");

// What each operation needs: the state, and its arguments with what fits them.
const OPERATIONS = {
  Accept: { state: "Invited", needs: {} },
  Reject: { state: "Invited", needs: {} },
  Complete: { state: "Processing", needs: {}, optional: ["queueName"] },
  SetInFocus: { state: "Processing", needs: {} },
  AttachUserData: { state: "Processing", needs: { userData: isObject } },
  UpdateUserData: { state: "Processing", needs: { userData: isObject } },
  DeleteUserData: { state: "Processing", needs: { keys: isNames } },
  PlaceInQueue: { state: "Processing", needs: { queueName: (value) => typeof value === "string" } },
};

class Refused extends Error {
  constructor(statusCode, why) {
    super(why);
    this.statusCode = statusCode;
  }
}

class Workitems {
  constructor() {
    this.items = new Map();
    this.sent = [];
    this.numbers = 0;
    this.references = 0;
  }

  submit(created) {
    const id = `n${++this.numbers}`;
    this.items.set(id, { id, state: "Queued", agent: null, userData: { ...created.userData } });
    return id;
  }

  offer(id, agent) {
    const item = this.items.get(id);
    if (item?.state !== "Queued" || !AGENTS.has(agent)) throw new Refused(2, "it does not wait in a queue");
    this.move(item, "Invited", agent);
    this.tell(agent, item, "StatusChange", "Invited", SHOWN.Invited);
  }

  move(item, state, agent) {
    item.state = state;
    item.agent = agent;
  }

  tell(agent, item, kind, state, capabilities, referenceId) {
    const said = { agent, kind, interaction: item.id, media: "workitem", state, capabilities, referenceId };
    this.sent.push({ ...said, userData: { ...item.userData } });
  }

  // The platform's signals.
  revoke(command) {
    const item = this.items.get(command.interaction);
    if (!item?.agent || (command.agent && command.agent !== item.agent)) throw new Refused(2, "nobody has it");
    const agent = item.agent;
    this.move(item, "Queued", null);
    this.tell(agent, item, "StatusChange", "Revoked", []);
  }

  stop(command) {
    const item = this.items.get(command.interaction);
    if (!item || item.state === "Completed") throw new Refused(2, "it has ended");
    const agent = item.agent;
    this.move(item, "Completed", null);
    if (agent) this.tell(agent, item, "StatusChange", "Revoked", []);
  }

  // What agents do: the referenceId, or a refusal.
  perform(command) {
    const item = this.check(command);
    const reference = ++this.references;
    const { by } = command;
    const leave = (state) => {
      this.move(item, state, null);
      this.tell(by, item, "StatusChange", "Completed", [], reference);
    };
    const change = (userData) => {
      item.userData = userData;
      this.tell(by, item, "PropertiesUpdated", item.state, SHOWN.Processing, reference);
    };
    switch (command.operation) {
      case "Accept":
        this.move(item, "Processing", by);
        this.tell(by, item, "StatusChange", "Processing", SHOWN.Processing, reference);
        break;
      case "Reject":
        leave("Queued");
        break;
      case "Complete":
        leave(command.queueName === undefined ? "Completed" : "Queued");
        break;
      case "PlaceInQueue":
        leave("Queued");
        break;
      case "AttachUserData":
      case "UpdateUserData":
        change({ ...item.userData, ...command.userData });
        break;
      case "DeleteUserData":
        change(Object.fromEntries(Object.entries(item.userData).filter(([key]) => !command.keys.includes(key))));
        break;
    }
    return reference;
  }

  check(command) {
    const known = Object.hasOwn(OPERATIONS, command.operation) ? OPERATIONS[command.operation] : undefined;
    const item = this.items.get(command.interaction);
    if (command.by === "boss") throw new Refused(5, "a supervisor is not an agent");
    if (!AGENTS.has(command.by)) throw new Refused(20, "not signed in");
    if (!item || (command.media && command.media !== "workitem")) throw new Refused(6, "there is no such workitem");
    if (!known) throw new Refused(3, "there is no such operation");
    for (const [name, fits] of Object.entries(known.needs)) {
      if (command[name] === undefined) throw new Refused(1, `${name} is missing`);
      if (!fits(command[name])) throw new Refused(10, `${name} does not fit`);
    }
    if (item.state !== known.state) throw new Refused(2, `it is ${item.state}`);
    if (item.agent !== command.by) throw new Refused(5, "another agent has it");
    if (command.queueName !== undefined && !QUEUES.has(command.queueName)) throw new Refused(6, "no such queue");
    return item;
  }

  view(id, agent) {
    const item = this.items.get(id);
    if (!item || item.agent !== agent) return null;
    return { state: item.state, capabilities: SHOWN[item.state], userData: item.userData };
  }

  // What the agent holds or is invited to.
  list(agent) {
    return [...this.items.values()].filter((item) => item.agent === agent).map((item) => item.id);
  }
}

// === the protocol ===================================================================================================

let items = new Workitems();

const ANSWERS = {
  hello: () => ({
    // Operations that are not there, and what cannot be done: it is not tested.
    lacks: ["Create", "Transfer", "AddWorkitem", "AddInteraction", "PullWorkitem", "PullInteraction", "PlaceInWorkbin",
      "GetWorkbinContent", "time", "content"],
  }),
  reset: () => {
    items = new Workitems();
    return {};
  },
  create: ({ new: created }) => ({ id: items.submit(created) }),
  offer: ({ interaction, agent }) => {
    items.offer(interaction, agent);
    return {};
  },
  perform: ({ command }) => {
    try {
      if (command.operation === "Revoke" || command.operation === "Stop") {
        items[command.operation.toLowerCase()](command);
        return { ok: true };
      }
      return { ok: true, statusCode: 0, referenceId: items.perform(command) };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { ok: false, statusCode: error.statusCode, why: error.message };
    }
  },
  view: ({ interaction, agent }) => ({ view: items.view(interaction, agent) }),
  interactions: ({ agent }) => ({ interactions: items.list(agent) }),
  notifications: () => ({ notifications: items.sent.splice(0) }),
};

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  let answer;
  try {
    const asked = JSON.parse(line);
    answer = Object.hasOwn(ANSWERS, asked.do) ? ANSWERS[asked.do](asked) : { notImplemented: true };
  } catch (error) {
    answer = { error: String(error.message ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
