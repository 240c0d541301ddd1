
// --- findings: those that are alike together, the first and the last of them shown ---
const GROUPS_AT_ONCE = 100, CARDS_AT_ONCE = 200;
let groupsFrom = 0, groupsTo = GROUPS_AT_ONCE, groups = [], order = [], current = -1, isPrinting = false;
const opened = new Map();
function showFindings() {
  const fits = new Set(matchingFindings);
  groups = data.groups.map(([code, about, numbers], key) => ({key, code, about, numbers: numbers.filter((number) => fits.has(number))}))
    .filter((group) => group.numbers.length);
  order = groups.flatMap((group) => group.numbers);
  if (!order.includes(current)) current = -1;
  [groupsFrom, groupsTo] = [0, GROUPS_AT_ONCE];
  drawFindings();
}
function drawFindings() {
  const drawn = (isPrinting ? groups : groups.slice(groupsFrom, groupsTo)).map(drawGroup);
  const more = (words, widen) => element("p", {className: "no-print"}, element("button", {type: "button", onclick: () => { widen(); drawFindings(); }}, words));
  const earlier = more(`Show earlier kinds: ${many(groupsFrom)} are above`, () => { groupsFrom = Math.max(0, groupsFrom - GROUPS_AT_ONCE); });
  const later = more(`Show more kinds: ${many(groups.length - groupsTo)} are below`, () => { groupsTo += GROUPS_AT_ONCE; });
  at("findings").replaceChildren(...(groupsFrom && !isPrinting ? [earlier] : []), ...drawn, ...(groupsTo < groups.length && !isPrinting ? [later] : []));
  at("steps").hidden = !order.length;
  at("no-findings").hidden = order.length > 0;
  nothing("no-findings", data.findings.length ? "No finding fits the filters." : "Nothing was found.");
  tellPosition();
}
function drawGroup(group) {
  const {code, about, numbers} = group;
  if (numbers.length === 1) return element("div", {id: `group-${group.key}`}, card(numbers[0], "h3"));
  const [first, last] = [numbers[0], numbers[numbers.length - 1]], between = numbers.slice(1, -1);
  const open = isPrinting ? between.length : Math.min(opened.get(group.key) || 0, between.length), left = between.length - open;
  const head = element("h3", {}, `${many(numbers.length)} \u00d7 `, element("span", {className: "code"}, code), ` ${about}`);
  const span = [first, last].map((each) => [data.findings[each].ts && when(msOf(data.findings[each])), data.findings[each].place].filter(Boolean).join(" in "));
  const more = element("button", {type: "button", onclick: () => { unfold(group, open + CARDS_AT_ONCE); }},
    open || left > CARDS_AT_ONCE ? `Show ${many(Math.min(left, CARDS_AT_ONCE))} more of ${many(left)} between them`
      : `Show the ${many(left)} between them`);
  return element("section", {id: `group-${group.key}`, className: "group"}, head,
    element("p", {className: "soft"}, `first ${span[0]}, last ${span[1]}`), meaning(code),
    card(first, "h4"), ...between.slice(0, open).map((number) => card(number, "h4")),
    left ? element("p", {className: "more"}, more) : null, card(last, "h4"));
}
function unfold(group, most) {
  opened.set(group.key, most);
  at(`group-${group.key}`).replaceWith(drawGroup(group));
  mark();
}
function meaning(code) {
  const [title, what, remedy] = data.codes[code];
  return element("details", {}, element("summary", {}, `What ${code} means: ${title}`), element("p", {}, what), element("p", {}, remedy));
}
function fact(label, words) {
  return words ? element("div", {}, element("dt", {}, label), element("dd", {}, words)) : null;
}
function link(finding) { return `#${encodeURIComponent(finding.id)}`; }
function card(number, heading) {
  const finding = data.findings[number];
  const said = element("dl", {className: "notes"});
  for (const [label, words] of finding.notes) said.append(element("dt", {}, label), element("dd", {}, words));
  for (const label of ["cause", "shown"]) if (finding[label]) said.append(element("dt", {}, label), element("dd", {}, finding[label].words));
  const made = element("article", {className: `finding ${finding.level}`, id: `finding-${number}`, tabIndex: -1},
    element(heading, {}, element("a", {className: "code", href: link(finding), title: "A link to this finding"}, finding.code),
      finding.level === "error" ? "" : ` (${finding.level})`, ` ${finding.what}`),
    element("dl", {className: "facts"}, fact("time", finding.ts ? `${when(msOf(finding))} UTC` : "not recorded"), fact("agent", finding.agent),
      fact("interaction", element("span", {className: "mono"}, finding.interaction || "none")), fact("line", element("span", {className: "mono"}, finding.place))),
    finding.accepted ? element("p", {className: "accepted"}, element("strong", {}, "Accepted"), ` by ${finding.accepted.words}. `,
      "The server is at fault, which must refuse it, and not the client.") : null,
    quoted(finding.text, finding.at), said, candidates(finding),
    heading === "h3" ? meaning(finding.code) : null,
    element("div", {className: "acts"}, element("button", {type: "button", onclick: () => { go(number); goToStory(); }}, "What happened before")));
  made.setAttribute("aria-current", String(number === current));
  made.addEventListener("click", (event) => { if (!event.target.closest("a, button, summary") && !String(getSelection())) go(number, {isQuiet: true}); });
  return made;
}
function candidates(finding) {
  if (!finding.candidates) return null;
  const rows = finding.candidates.map(([story, reason]) => element("tr", {}, element("td", {}, story), element("td", {}, reason)));
  return element("details", {}, element("summary", {}, `Why nothing fits: ${count(rows.length, "candidate")} before this line`),
    element("table", {className: "candidates"}, element("thead", {}, element("tr", {}, element("th", {scope: "col"}, "It might have been"),
      element("th", {scope: "col"}, "Ruled out, since"))), element("tbody", {}, ...rows)));
}

// --- from finding to finding ---
function tellPosition() {
  const place = order.indexOf(current);
  at("position").textContent = `${place < 0 ? "" : `${many(place + 1)} of `}${count(order.length, "finding")}`;
}
function mark() {
  for (const each of document.querySelectorAll(".finding")) each.setAttribute("aria-current", String(each.id === `finding-${current}`));
}
function reveal(number) {
  const place = groups.findIndex((group) => group.numbers.includes(number));
  if (place < 0) return null;
  if (place < groupsFrom || place >= groupsTo) {
    groupsFrom = Math.max(0, place - GROUPS_AT_ONCE / 10);
    groupsTo = groupsFrom + GROUPS_AT_ONCE;
    drawFindings();
  }
  const group = groups[place], within = group.numbers.indexOf(number);
  if (!at(`finding-${number}`)) unfold(group, Math.ceil(within / CARDS_AT_ONCE) * CARDS_AT_ONCE);
  return at(`finding-${number}`);
}
function go(number, {isQuiet = false} = {}) {
  current = number;
  view("findings");
  const shown = reveal(number);
  mark();
  tellPosition();
  const interaction = data.interactions.findIndex(([, , , found]) => found.includes(number));
  if (interaction >= 0) select(interaction, number);
  if (!shown) return;
  try { history.replaceState(null, "", link(data.findings[number])); } catch { /* a page inside another has no history */ }
  if (isQuiet) return;
  shown.scrollIntoView({block: "nearest"});
  shown.focus({preventScroll: true});
}
function step(by) {
  if (!order.length) return;
  const place = order.indexOf(current);
  go(order[place < 0 ? (by > 0 ? 0 : order.length - 1) : Math.min(order.length - 1, Math.max(0, place + by))]);
}
function follow() {
  let id = location.hash.slice(1);
  try { id = decodeURIComponent(id); } catch { /* a hash that somebody has typed */ }
  const number = id ? data.findings.findIndex((finding) => finding.id === id) : -1;
  if (number < 0) return false;
  if (!order.includes(number)) clearFilters();
  go(number);
  return true;
}
function view(name) {
  for (const each of ["findings", "interactions"]) {
    at(`${each}-section`).hidden = each !== name;
    pressed(at(`show-${each}`), each === name);
  }
  if (name === "interactions") draw();
}
function goToStory() { at("story").scrollIntoView({block: "nearest"}); at("story").focus({preventScroll: true}); }
function isTyping(target) { return target.matches("input:not([type=checkbox]), select, textarea, [role=listbox]"); }
