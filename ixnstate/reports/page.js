"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id);
function element(tag, properties, ...inside) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...inside.filter((each) => each !== null && each !== undefined));
  return made;
}
function many(number) { return number.toLocaleString("en"); }
function count(number, noun) { return `${many(number)} ${noun}${number === 1 ? "" : "s"}`; }
function pressed(button, is) { button.setAttribute("aria-pressed", String(is)); }
function isPressed(button) { return button.getAttribute("aria-pressed") === "true"; }

// --- times: all in UTC ---
function when(ms) { return new Date(ms).toISOString().replace("T", " ").replace(/(\.000)?Z$/, ""); }
function clock(ms) { return when(ms).slice(11); }
function msOf(finding) { return finding.ts ? Date.parse(finding.ts) : NaN; }
function duration(ms) {
  const seconds = Math.round(ms / 1000), parts = [];
  for (const [size, unit] of [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]]) {
    const number = Math.floor((size === 86400 ? seconds : seconds % {3600: 86400, 60: 3600, 1: 60}[size]) / size);
    if (number && parts.length < 2) parts.push(`${number} ${unit}`);
  }
  return parts.join(" ") || "0 s";
}
const [EARLIEST, LATEST] = data.period;
const HAS_TIMES = EARLIEST !== null;

// --- the header ---
const [operations, notifications, interactions] = data.counts;
at("verdict").textContent = data.findings.length ? count(data.findings.length, "finding")
  : data.unreadable.length ? "No finding, but not everything could be read"
  : interactions || operations ? "Legal: no finding" : "Nothing to judge: no line is about an interaction";
at("verdict").className = data.ok ? "good" : data.findings.length ? "bad" : "doubt";
document.title = "ixnstate report";
const FEW_FILES = 4;
at("files").append(element("span", {className: "mono"}, data.files.slice(0, FEW_FILES).join(", ") || "none"));
if (data.files.length > FEW_FILES) {
  at("files").append(element("details", {}, element("summary", {}, `and ${count(data.files.length - FEW_FILES, "file")} more`),
    element("span", {className: "mono"}, data.files.slice(FEW_FILES).join(", "))));
}
at("period").textContent = HAS_TIMES ? `${when(EARLIEST)} to ${when(LATEST)} UTC (${duration(LATEST - EARLIEST)})` : "no line has a time";
at("counts").textContent = `${count(operations, "operation")} and ${count(notifications, "notification")} of ${count(interactions, "interaction")}`
  + data.besides.filter(([number]) => number).map(([number, noun]) => `; ${noun === "undetermined" ? `${many(number)} ${noun}` : count(number, noun)}`).join("")
  + (data.unreadable.length ? `; ${count(data.unreadable.length, "line")} could not be read` : "")
  + (data.more ? `; ${many(data.more)} more are not listed` : "");
for (const hint of data.hints) at("hints").append(element("p", {className: "bad"}, hint));
for (const [why, number, place] of data.unrecorded) {
  at("hints").append(element("p", {className: "soft"}, `Not recorded (${count(number, "time")}, first at ${place}): ${why}`));
}
at("unreadable-section").hidden = !data.unreadable.length;
for (const [place, problem, text, span] of data.unreadable.slice(0, 500)) {
  at("unreadable").append(element("div", {}, element("code", {}, place), ` ${problem}`, span ? quoted(text, span) : null));
}
if (data.unreadable.length > 500) at("unreadable").append(element("p", {className: "soft"}, `and ${count(data.unreadable.length - 500, "line")} more`));
function quoted(text, span) {
  const [from, to] = span || [0, 0], start = Math.max(0, from - 60);
  return element("div", {className: "source mono"}, start ? "\u2026" : "", text.slice(start, from),
    to ? element("mark", {}, text.slice(from, to)) : "", text.slice(to, to + 400), text.length > to + 400 ? "\u2026" : "");
}

// --- filters: what findings and interactions are shown ---
const FILTERS = ["search", "from", "to", "agent", "media", "code"];
const sorted = (values) => [...new Set(values)].filter(Boolean).sort();
function options(id, values, told = (value) => value) {
  for (const value of values) at(id).append(element("option", {value}, told(value)));
}
const agentsOf = data.interactions.map(([, , entries]) => [...new Set(entries.map((entry) => data.names[entry[3]]))]);
options("agent", sorted([...data.findings.map((finding) => finding.agent), ...agentsOf.flat()]));
options("media", sorted(data.interactions.map(([, media]) => media)));
const byCode = new Map();
for (const {code} of data.findings) byCode.set(code, (byCode.get(code) || 0) + 1);
options("code", [...byCode.keys()].sort(), (code) => `${code} ${data.codes[code][0]} (${many(byCode.get(code))})`);
for (const id of ["from", "to"]) {
  at(id).disabled = !HAS_TIMES;
  if (HAS_TIMES) [at(id).min, at(id).max] = [EARLIEST - 1000, LATEST + 1000].map((ms) => new Date(ms).toISOString().slice(0, 19));
}
const interactionHay = data.interactions.map(([name, , , found], number) =>
  [name, ...agentsOf[number], ...found.flatMap((each) => [data.findings[each].code, data.findings[each].ts])].join("\n").toLowerCase());
const findingHay = data.findings.map((finding) => [finding.interaction, finding.agent, finding.code, finding.ts, finding.place, finding.what,
  data.codes[finding.code][0], ...finding.notes.map(([, words]) => words)].join("\n").toLowerCase());
function wanted() {
  const bound = (id) => at(id).value ? Date.parse(`${at(id).value}Z`) : NaN;
  const to = bound("to");
  return {text: at("search").value.trim().toLowerCase(), from: bound("from"), to: Number.isNaN(to) ? to : to + 999,
    agent: at("agent").value, media: at("media").value, code: at("code").value};
}
function isWithin(ms, {from, to}) {
  if (Number.isNaN(from) && Number.isNaN(to)) return true;
  return ms !== null && !Number.isNaN(ms) && !(ms < from) && !(ms > to);
}
function fitsFinding(number, want) {
  const finding = data.findings[number];
  return (!want.code || finding.code === want.code) && (!want.agent || finding.agent === want.agent)
    && (!want.media || finding.media === want.media) && isWithin(msOf(finding), want) && findingHay[number].includes(want.text);
}
function fitsInteraction(number, want) {
  const [, media, entries, found] = data.interactions[number];
  return (!want.media || media === want.media) && (!want.agent || agentsOf[number].includes(want.agent))
    && (!want.code || found.some((each) => data.findings[each].code === want.code))
    && (!isPressed(at("faulty")) || found.length > 0) && interactionHay[number].includes(want.text)
    && ((Number.isNaN(want.from) && Number.isNaN(want.to)) || entries.some((entry) => isWithin(entry[6], want)));
}
let matching = [], matchingFindings = [];
function choose() {
  const want = wanted(), isFiltered = FILTERS.some((id) => at(id).value);
  matchingFindings = data.findings.map((_, number) => number).filter((number) => fitsFinding(number, want));
  matching = data.interactions.map((_, number) => number).filter((number) => fitsInteraction(number, want));
  at("clear").hidden = !isFiltered;
  at("matches").textContent = `${many(matchingFindings.length)} of ${count(data.findings.length, "finding")}, `
    + `${many(matching.length)} of ${count(data.interactions.length, "interaction")}`
    + (isFiltered ? `: ${FILTERS.filter((id) => at(id).value).map((id) => `${id === "search" ? "find" : id} ${at(id).value}`).join(", ")}` : "");
  showFindings();
  showInteractions();
}
function clearFilters() {
  for (const id of FILTERS) at(id).value = "";
  pressed(at("faulty"), false);
  choose();
}
function nothing(id, words) {
  at(id).replaceChildren(words, " ");
  if (FILTERS.some((filter) => at(filter).value) || isPressed(at("faulty"))) {
    at(id).append(element("button", {type: "button", onclick: clearFilters}, "Clear filters"));
  }
}
