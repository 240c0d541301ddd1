
// --- the list of interactions: elements only for the rows that can be seen ---
const ROW = 52;
let selected = -1;
const spacer = element("div", {role: "presentation"});
at("list").append(spacer);
function showInteractions() {
  at("list").scrollTop = 0;
  at("list").hidden = !matching.length;
  at("list").style.height = `${Math.min(620, matching.length * ROW + 2)}px`;
  at("no-interactions").hidden = matching.length > 0;
  nothing("no-interactions", data.interactions.length ? "No interaction fits the filters." : "No line is about an interaction.");
  if (matching.length && !matching.includes(selected)) select(current >= 0 || !order.length ? matching[0] : ofFinding(order[0]));
  if (!matching.length && !order.length) at("told").replaceChildren(element("p", {className: "empty"}, data.interactions.length ? "Nothing fits the filters." : "Nothing to tell."));
  draw();
}
function ofFinding(number) { return data.interactions.findIndex(([, , , found]) => found.includes(number)); }
function draw() {
  const list = at("list");
  spacer.style.height = `${matching.length * ROW}px`;
  const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 5);
  const last = Math.min(matching.length, first + Math.ceil((list.clientHeight || 620) / ROW) + 10);
  const rows = [];
  for (let place = first; place < last; place++) {
    const number = matching[place], [name, media, , found] = data.interactions[number];
    const row = element("div", {className: "row", id: `row-${number}`, onclick: () => select(number)},
      element("span", {className: "name mono", title: name}, name || "(no interaction)"), element("span", {className: "soft"}, media),
      found.length ? element("strong", {className: "bad", title: count(found.length, "finding")}, String(found.length)) : null);
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", String(number === selected));
    row.setAttribute("aria-setsize", String(matching.length));
    row.setAttribute("aria-posinset", String(place + 1));
    row.style.top = `${place * ROW}px`;
    rows.push(row);
  }
  spacer.replaceChildren(...rows);
  if (at(`row-${selected}`)) list.setAttribute("aria-activedescendant", `row-${selected}`);
  else list.removeAttribute("aria-activedescendant");
}
function select(number, finding = -1) {
  selected = number;
  tell(number, finding);
  draw();
}
function walk(event) {
  const by = {ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity}[event.key];
  if (!by || !matching.length) return;
  event.preventDefault();
  const place = Math.min(matching.length - 1, Math.max(0, matching.indexOf(selected) + by)), list = at("list");
  if (place * ROW < list.scrollTop) list.scrollTop = place * ROW;
  if ((place + 1) * ROW > list.scrollTop + list.clientHeight) list.scrollTop = (place + 1) * ROW - list.clientHeight;
  select(matching[place]);
}

// --- the story of one interaction ---
const AT_MOST = 1000;
let asPicture = false;
function tell(number, finding = -1) {
  const [id, media, entries, found] = data.interactions[number];
  const rows = entries.slice(0, AT_MOST);
  const about = [media, count(entries.length, "line"), count(found.length, "finding")].filter(Boolean).join(", ");
  const kinds = ["Lines", "Sequence"].map((name) => {
    const button = element("button", {type: "button", onclick: () => { asPicture = name === "Sequence"; tell(number, finding); }}, name);
    pressed(button, asPicture === (name === "Sequence"));
    return button;
  });
  const views = element("div", {className: "bar"}, ...kinds);
  views.setAttribute("role", "group");
  views.setAttribute("aria-label", "How it is shown");
  at("told").replaceChildren(element("h3", {className: "mono"}, id || "(no interaction)"), element("p", {className: "soft"}, about),
    rows.length > 1 ? lanesOf(rows, found) : "", views, ...(asPicture ? [sequence(rows, found, finding)] : lines(rows, found, finding)),
    entries.length > AT_MOST ? element("p", {className: "soft"}, `and ${count(entries.length - AT_MOST, "line")} more`) : "");
  const first = at("told").querySelector(".entry.current") || at("told").querySelector(".fault");
  at("story").scrollTop = first && first.offsetTop > 400 ? first.offsetTop - 200 : 0;
}
function faultsOf(found) {
  const waiting = new Map();
  for (const each of found) {
    const key = `${data.findings[each].file}:${data.findings[each].line}`;
    waiting.set(key, [...(waiting.get(key) || []), each]);
  }
  return waiting;
}
function lines(rows, found, finding) {
  const told = [], waiting = faultsOf(found);
  let latest = -1;
  for (const row of rows) {
    const [file, line, kind] = row;
    if (file !== latest) told.push(element("div", {className: "file mono"}, data.names[file]));
    latest = file;
    const key = `${data.names[file]}:${line}`, here = waiting.get(key) || [];
    waiting.delete(key);
    if (data.kinds[kind] !== "finding") told.push(entry(row, here.includes(finding)));
    told.push(...here.map(fault));
  }
  for (const rest of waiting.values()) told.push(...rest.map(fault));
  return told;
}
function entry([, line, kindOf, agentOf, whatOf, stateOf, ms], isCurrent) {
  const kind = data.kinds[kindOf], [agent, what, state] = [agentOf, whatOf, stateOf].map((each) => data.names[each]);
  const after = kind === "request" && state ? element("span", {className: "soft"}, ` \u2192 ${state}`) : null;
  const time = ms === null ? null : element("span", {title: `${when(ms)} UTC`}, ` ${clock(ms)}`);
  return element("div", {className: `entry ${kind}${isCurrent ? " current" : ""}`},
    element("span", {className: "where"}, element("span", {className: "mono"}, `line ${line}`), time ? element("br") : null, time),
    element("span", {className: "agent"}, agent), element("span", {className: "kind"}, kind),
    element("span", {}, element("span", {className: "name"}, what), after));
}
function fault(number) {
  const finding = data.findings[number];
  return element("div", {className: `fault ${finding.level}`},
    element("strong", {}, element("a", {href: link(finding)}, finding.code)), ` ${finding.what}; ${(finding.notes[0] || ["", ""])[1]}`,
    finding.accepted ? element("div", {className: "soft"}, `accepted by ${finding.accepted.words}`) : null);
}
