"use strict";

// What is shown comes from /backdoor/state; that something has happened comes as server-sent events.

const $ = (id) => document.getElementById(id);
const NEWEST = 300;
const chosen = { interaction: null, agent: null };
let state = null, shown = null, isPaused = false, isAsked = false, timer = null;

const make = (name, options = {}, ...children) => {
  const { text, on, data, ...attributes } = options;
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined && value !== null) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  for (const [event, listener] of Object.entries(on || {})) made.addEventListener(event, listener);
  Object.assign(made.dataset, data || {});
  made.append(...children);
  return made;
};

// === asking the back door ============================================================================================

const alertWith = (text) => {
  $("alert").textContent = text || "";
  $("alert").hidden = !text;
};

const door = async (verb, body) => {
  const answer = await fetch(`/backdoor/${verb}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error || `HTTP status ${answer.status}`);
  return said;
};

const attempt = async (what) => {
  alertWith("");
  try {
    return await what();
  } catch (error) {
    alertWith(error.message);
    return null;
  } finally {
    look();
  }
};

const look = () => {  // not more often than every fifth of a second, however much happens
  if (timer !== null) { isAsked = true; return; }
  timer = setTimeout(() => { timer = null; if (isAsked) { isAsked = false; look(); } }, 200);
  refresh().catch(() => setLink("off", "not connected"));
};

const refresh = async () => {
  const wanted = chosen.interaction;
  const [overview, story] = await Promise.all([
    fetch("/backdoor/state").then((answer) => answer.json()),
    wanted ? fetch(`/backdoor/interactions/${encodeURIComponent(wanted)}`).then((answer) => answer.ok ? answer.json() : null) : null,
  ]);
  state = overview;
  if (wanted === chosen.interaction) shown = story;
  draw();
};

// === drawing =========================================================================================================

// Elements are replaced as a whole, and only if what they show has changed: a button must not vanish under the pointer.
// The one that had the focus gets it back, by its key.
const drawn = new Map();

const replace = (where, said, draw) => {
  const signature = JSON.stringify(said);
  if (drawn.get(where) === signature || where.querySelector(":active")) return;
  drawn.set(where, signature);
  const children = draw();
  const focused = where.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  where.replaceChildren(...children);
  if (focused) {
    const again = [...where.querySelectorAll("[data-key]")].find((each) => each.dataset.key === focused);
    if (again) again.focus({ preventScroll: true });
  }
};

const item = (record, where) => make("li", {},
  make("button", {
    type: "button", class: "item", data: { key: `${where}:${record.id}` },
    "aria-current": record.id === chosen.interaction ? "true" : null, on: { click: () => choose(record.id) },
  },
  make("span", { class: "what" }, make("span", { class: "media", text: record.media }), ` ${record.subject || record.id}`),
  make("span", { class: "state", text: record.state })));

const list = (records, where, empty) => records.length
  ? make("ul", {}, ...records.map((record) => item(record, where)))
  : make("p", { class: "empty", text: empty });

const drawAgents = () => replace($("agents"), [state.agents, chosen.interaction], () => state.agents.map((agent) => make("div", { class: "person" },
  make("h3", {}, agent.name, make("span", { class: "soft", text: `${agent.id} · ${agent.roles.join(", ")}` })),
  make("p", { class: "soft", text: readiness(agent) }),
  list(agent.interactions, agent.id, "has nothing"))));

const readiness = (agent) => {
  if (!agent.isAgent) return "does not work on interactions";
  if (agent.ready.length === state.media.length) return "ready for every medium";
  return agent.ready.length ? `ready for ${agent.ready.join(", ")}` : "not ready";
};

const drawQueues = () => {
  replace($("queues"), [state.queues, chosen.interaction], () => state.queues.map((queue) => make("div", { class: "person" },
    make("h3", {}, queue.name, make("span", { class: "soft", text: `${queue.count} waiting` })),
    ...(queue.count ? [list(queue.waiting, queue.name, "")] : []))));
  replace($("workbins"), [state.workbins, chosen.interaction], () => state.workbins.map((workbin) => make("div", { class: "person" },
    make("h3", {}, workbin.name, make("span", { class: "soft", text: `workbin of type ${workbin.type}` })),
    ...workbin.instances.map((each) => make("div", {},
      make("p", { class: "soft", text: `of ${each.owner}${each.subscribers.length ? `; ${each.subscribers.join(", ")} told` : ""}` }),
      list(each.content, workbin.id + each.owner, "is empty"))))));
};

const facts = (pairs) => make("dl", { class: "facts" }, ...pairs.filter(([, value]) => value).flatMap(([name, value]) => [
  make("dt", { text: name }), make("dd", { text: value }),
]));

const drawInteraction = () => {
  if (!chosen.interaction) return;
  if (!shown) {
    replace($("interaction"), chosen, () => [make("p", { class: "empty", text: `There is no interaction ${chosen.interaction} any more.` })]);
    return;
  }
  const agents = shown.agents.map((each) => each.agent);
  const busy = [...shown.invited, ...shown.holders].find((each) => agents.includes(each));
  if (!agents.includes(chosen.agent)) chosen.agent = busy || agents[0];
  const acting = shown.agents.find((each) => each.agent === chosen.agent);
  const workbin = shown.workbin && `${shown.workbin.id} of ${shown.workbin.owner}`;
  replace($("interaction"), [shown, chosen], () => [
    make("h3", { text: `${shown.media} ${shown.subject || shown.id}` }),
    facts([["Id", shown.id], ["State", shown.state], ["Queue", shown.queue], ["Has it", shown.holders.join(", ")],
      ["Invited", shown.invited.join(", ")], ["Workbin", workbin], ["User data", Object.keys(shown.userData).length ? JSON.stringify(shown.userData) : ""]]),
    make("p", { class: "operations" },
      platformButton("Revoke", shown.invited.length + shown.holders.length > 0, "nobody has it"),
      platformButton("Stop", !["Completed", "Sent", "Canceled"].includes(shown.state), "it has ended"),
      ...state.agents.filter((agent) => agent.isAgent).map((agent) =>
        platformButton(`Offer to ${agent.id}`, shown.state === "Queued", "it does not wait in a queue", agent.id))),
    make("h3", { text: "Act as" }),
    make("div", { class: "tabs", role: "group", "aria-label": "Act as" }, ...agents.map((agent) => make("button", {
      type: "button", text: agent, "aria-pressed": String(agent === chosen.agent), data: { key: `as:${agent}` },
      on: { click: () => { chosen.agent = agent; draw(); } },
    }))),
    make("p", { class: "soft", text: acting && acting.view
      ? `sees ${acting.view.state}, with ${(acting.view.capabilities || []).join(", ") || "no capabilities"}`
      : "sees nothing of it" }),
    ...(acting ? operations(acting) : []),
    make("h3", { text: "Story" }),
    story(shown.story),
  ]);
};

const platformButton = (label, isLegal, why, agent) => make("button", {
  type: "button", text: label, "aria-disabled": isLegal ? null : "true", title: isLegal ? null : why, data: { key: `platform:${label}` },
  on: { click: () => {
    if (!isLegal) { alertWith(`${label}: ${why}`); return; }
    const verb = agent ? "offer" : label.toLowerCase();
    attempt(() => door(verb, { interaction: shown.id, ...(agent ? { agent } : {}) }));
  } },
});

const operations = (acting) => {
  const why = make("p", { class: "why", id: "why", "aria-live": "polite" });
  const order = [...acting.operations].sort((one, other) => Number(other.legal) - Number(one.legal));
  const buttons = order.map((operation) => make("button", {
    type: "button", text: operation.name, "aria-disabled": operation.legal ? null : "true", title: operation.why,
    "aria-describedby": operation.legal ? null : "why", data: { key: `do:${operation.name}` },
    on: {
      click: () => operation.legal ? perform(acting.agent, operation) : (why.textContent = operation.why),
      focus: () => { why.textContent = operation.why || ""; }, mouseenter: () => { why.textContent = operation.why || ""; },
    },
  }));
  return [make("div", { class: "operations" }, ...buttons), why];
};

const story = (records) => make("ol", { class: "story" }, ...(records || []).map((record) => {
  const time = record.ts.slice(11, 19);
  if (record.kind === "request") {
    const operation = record.body && record.body.operationName;
    return make("li", { text: `${time} ${record.agent} → ${operation || record.method} ${operation ? "" : record.path}` });
  }
  if (record.kind === "response") {
    const body = record.body || {}, why = body.statusMessage || body.errorDescription || body.description;
    return make("li", { class: record.status < 400 ? "done" : "refusal", text: `${time} ${record.status} ${why || ""}` });
  }
  if (record.kind === "meta") return make("li", { class: "soft", text: `${time} ${record.channel.replace("/ixnstate/", "the platform: ")}` });
  const body = record.body || {}, resource = Object.values(body).find((value) => value && value.state) || {};
  return make("li", { text: `${time} ${record.agent} ← ${body.notificationType || body.action || body.messageType || ""} ${resource.state || ""}` });
}));

const drawClock = () => {
  $("clock").textContent = `${state.clock.moment.slice(0, 19).replace("T", " ")}`;
  $("freeze").setAttribute("aria-pressed", String(state.clock.frozen));
};

const fillSelect = (select, names) => {
  if ([...select.options].map((option) => option.value).join() === names.join()) return;
  const before = select.value;
  select.replaceChildren(...names.map((name) => make("option", { value: name, text: name })));
  if (names.includes(before)) select.value = before;
};

const draw = () => {
  fillSelect($("media"), state.media);
  fillSelect($("queue"), state.queues.length ? state.queues.map((queue) => queue.name) : ["Inbound"]);
  drawClock(); drawAgents(); drawQueues(); drawInteraction();
};

// === doing ===========================================================================================================

const choose = (id) => {
  chosen.interaction = id;
  chosen.agent = null;
  refresh().then(() => { if (window.innerWidth < 760) $("story").scrollIntoView(); }).catch(() => {});
};

const perform = async (agent, operation) => {
  const wanted = operation.parameters.filter((each) => each.required || each.target || each.kind === "text");
  const given = wanted.length ? await ask(agent, operation, wanted) : {};
  if (given === null) return;
  await attempt(async () => {
    const done = await door("act", { agent, operation: operation.name, interaction: shown.id, arguments: given });
    const body = done.body || {};
    if (done.status >= 400) throw new Error(body.statusMessage || body.errorDescription || body.description || `HTTP status ${done.status}`);
  });
};

const LABELS = { target_agent: "agent", target_queue: "queue", queue_name: "queue", user_data: "user data, as JSON", content: "content, as JSON", keys: "keys, with commas" };

const suggestion = (field, agent) => {
  const other = state.agents.find((each) => each.isAgent && each.id !== agent);
  const queue = state.queues[0], workbin = state.workbins[0];
  const own = {
    target_agent: other && other.id, queue_name: queue && queue.name, nickname: agent, text: "Hello!", user_data: '{"key": "value"}',
    content: '{"subject": "Hello"}', keys: "key", workbin: workbin && workbin.id, disposition: "resolved", comment: "a comment", url: "http://example.com/",
  };
  return own[field] || "";
};

const ask = (agent, operation, wanted) => new Promise((resolve) => {
  const dialog = $("ask");
  $("ask-title").textContent = `${operation.name} as ${agent}`;
  $("fields").replaceChildren(...wanted.map((each) => make("label", {},
    `${LABELS[each.name] || each.name}${each.required ? "" : each.target ? " (one of the two)" : " (if you like)"}`,
    make("input", { name: each.name, value: each.required || each.name === "target_agent" ? suggestion(each.name, agent) : "", ...(each.required ? { required: "" } : {}) }))));
  dialog.returnValue = "";
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "do") { resolve(null); return; }
    try {
      const values = wanted.map((each) => [each, $("fields").querySelector(`[name="${each.name}"]`).value]);
      resolve(Object.fromEntries(values.filter(([, value]) => value !== "").map(([each, value]) => [each.name, typed(each.kind, value)])));
    } catch (error) {
      alertWith(`That is not JSON: ${error.message}`);
      resolve(null);
    }
  }, { once: true });
  dialog.showModal();
});

const typed = (kind, value) => {
  if (kind === "data") return JSON.parse(value);
  if (kind === "names") return value.split(",").map((each) => each.trim());
  if (kind === "size") return Number(value);
  return kind === "flag" ? value === "true" : value;
};

$("arrive").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(async () => {
    const { id } = await door("arrive", { media: $("media").value, queue: $("queue").value });
    chosen.interaction = id;
    chosen.agent = null;
  });
});
$("freeze").addEventListener("click", () => attempt(() => door("clock", { frozen: !state.clock.frozen })));
$("later").addEventListener("click", () => attempt(() => door("clock", { advance: 31 })));

// === the feed ========================================================================================================

const wantedKinds = () => new Set([...document.querySelectorAll(".filter input:checked")].map((each) => each.value));

const line = (kind, said) => {
  if (kind === "message") return `${said.agent} ← ${said.kind || said.type || ""} ${said.state || ""} ${said.interaction || said.channel}`;
  const what = `${said.agent} → ${said.operation || said.method} ${said.path}`;
  if (kind === "request") return what;
  const way = said.way && said.way.length ? ` First: ${said.way.join(", ")}.` : "";
  return `${what}: ${said.status} ${said.why || ""}${way}`;
};

const add = (kind, said) => {
  if (isPaused || !wantedKinds().has(kind)) return;
  const feed = $("feed"), time = new Date().toLocaleTimeString([], { hour12: false });
  feed.prepend(make("li", { class: kind, text: `${time} ${line(kind, said)}` }));
  while (feed.children.length > NEWEST) feed.lastChild.remove();
};

$("pause").addEventListener("click", () => {
  isPaused = !isPaused;
  $("pause").setAttribute("aria-pressed", String(isPaused));
});

const setLink = (kind, text) => {
  $("link").className = `link ${kind}`;
  if ($("link").textContent !== text) $("link").textContent = text;
};

const follow = () => {
  const events = new EventSource("/backdoor/events");
  events.addEventListener("open", () => { setLink("on", "live"); look(); });
  events.addEventListener("error", () => setLink("off", "not connected"));
  for (const kind of ["request", "refusal", "message"]) {
    events.addEventListener(kind, (event) => { add(kind, JSON.parse(event.data)); look(); });
  }
  events.addEventListener("reset", look);
};

follow();
look();
setInterval(look, 2000);
