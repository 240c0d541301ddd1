
// --- pictures: a lane for each agent, and the sequence of one interaction ---
function svg(tag, attributes, ...inside) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...inside.filter((each) => each !== null && each !== undefined));
  return made;
}
function picture(width, height, label, parts) {
  return svg("svg", {width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label}, ...parts);
}
function fitted(text, pixels, size = 6.6) {
  const most = Math.max(3, Math.floor(pixels / size));
  return text.length > most ? `${text.slice(0, most - 1)}\u2026` : text;
}
function label(text, x, y, pixels, attributes = {}) {
  return svg("text", {x, y, ...attributes}, fitted(text, pixels, attributes.class === "name" ? 7.8 : 6.6), svg("title", {}, text));
}
const NOBODY = "(nobody named)";
const agentName = (row) => data.names[row[3]] || NOBODY;

// A mark for each kind of line; a finding is a diamond around it.
function sign(kind, x, y) {
  if (kind === "request") return svg("path", {class: "request", d: `M${x - 4} ${y - 5}l8 5l-8 5z`});
  if (kind === "reply") return svg("path", {class: "reply", d: `M${x + 4} ${y - 5}l-8 5l8 5z`});
  if (kind === "notification") return svg("circle", {class: "notification", cx: x, cy: y, r: 4});
  return svg("rect", {class: "state", x: x - 4, y: y - 4, width: 8, height: 8});
}
function diamond(x, y, extra = {}) { return svg("path", {class: "wrong", d: `M${x} ${y - 8}l8 8l-8 8l-8 -8z`, ...extra}); }
function legend() {
  const signs = [["request", "request"], ["reply", "reply"], ["notification", "notification"], ["state", "state"], ["finding", "finding"]];
  return element("p", {className: "legend"}, ...signs.map(([kind, word]) => element("span", {},
    svg("svg", {width: 18, height: 16, "aria-hidden": "true"}, svg("g", {class: "picture"}, kind === "finding" ? diamond(9, 8) : sign(kind, 9, 8))), ` ${word}`)));
}
const LANE = 38;
function lanesOf(rows, found) {
  const agents = [...new Set(rows.map(agentName))], width = Math.max(280, at("told").clientWidth - 2), margin = 10;
  const hasTimes = rows.length > 1 && rows.every((row) => row[6] !== null || data.kinds[row[2]] === "finding");
  const times = rows.map((row) => row[6]).filter((ms) => ms !== null), [from, to] = [Math.min(...times), Math.max(...times)];
  const byTime = hasTimes && to > from;
  const x = (row, place) => margin + (width - 2 * margin) * (byTime && row[6] !== null ? (row[6] - from) / (to - from) : place / (rows.length - 1));
  const faulty = faultsOf(found), parts = [];
  agents.forEach((agent, lane) => {
    const y = lane * LANE + 26;
    parts.push(label(agent, 0, y - 14, width, {class: "name"}), svg("line", {class: "lane", x1: 0, x2: width, y1: y, y2: y}));
  });
  rows.forEach((row, place) => {
    const y = agents.indexOf(agentName(row)) * LANE + 26, here = faulty.get(`${data.names[row[0]]}:${row[1]}`);
    const kind = data.kinds[row[2]], words = `line ${row[1]}: ${kind} ${data.names[row[4]]}${row[6] === null ? "" : `, ${when(row[6])}`}`;
    const said = here ? `${words}; ${here.map((each) => data.findings[each].code).join(", ")}` : words;
    parts.push(svg("g", {}, here ? diamond(x(row, place), y) : sign(kind, x(row, place), y), svg("title", {}, said)));
  });
  const height = agents.length * LANE + 14;
  parts.push(svg("text", {class: "soft", x: 0, y: height - 4}, byTime ? clock(from) : "first line"),
    svg("text", {class: "soft", x: width, y: height - 4, "text-anchor": "end"}, byTime ? clock(to) : "last line"));
  const drawn = picture(width, height, `Timeline of ${agents.join(", ")}: ${count(rows.length, "line")}, ${count(found.length, "finding")}`, parts);
  return element("div", {}, scrolling(drawn, "Timeline of the interaction"), legend());
}
function scrolling(drawn, name) {
  const made = element("div", {className: "picture", tabIndex: 0}, drawn);
  made.setAttribute("role", "region");
  made.setAttribute("aria-label", name);
  return made;
}

// The sequence of an interaction: agents on the left, the server on the right, line by line downwards.
const SEQUENCE_AT_MOST = 200, STEP = 40, GUTTER = 74;
function sequence(all, found, finding) {
  const faulty = faultsOf(found), isAt = (row, each) => data.findings[each].line === row[1] && data.findings[each].file === data.names[row[0]];
  const chosen = all.findIndex((row) => (finding >= 0 ? [finding] : found).some((each) => isAt(row, each)));
  const start = Math.max(0, Math.min(chosen - SEQUENCE_AT_MOST / 2, all.length - SEQUENCE_AT_MOST)), rows = all.slice(start, start + SEQUENCE_AT_MOST);
  const agents = [...new Set(rows.map(agentName))], columns = [...agents, "server"];
  const across = Math.max(150, Math.floor((at("told").clientWidth - GUTTER - 120) / Math.max(1, columns.length - 1)));
  const width = GUTTER + 60 + across * (columns.length - 1) + 60, x = (name) => GUTTER + 60 + across * columns.indexOf(name), parts = [];
  const server = GUTTER + 60 + across * agents.length;
  let y = 54;
  for (const row of rows) {
    const kind = data.kinds[row[2]], agent = agentName(row), name = data.names[row[4]], from = x(agent);
    parts.push(svg("text", {class: "soft", x: 0, y: y + 4}, row[6] === null ? `line ${row[1]}` : clock(row[6]), svg("title", {}, `line ${row[1]}`)));
    if (kind === "request" || kind === "reply" || kind === "notification") {
      const [begin, end] = kind === "request" ? [from, server] : [server, from], by = end > begin ? -8 : 8;
      parts.push(svg("path", {class: `arrow ${kind === "reply" ? "reply" : ""}`, d: `M${begin} ${y}H${end}`}),
        svg("path", kind === "notification" ? {class: "arrow", d: `M${end + by} ${y - 5}L${end} ${y}L${end + by} ${y + 5}`} : {class: "tip", d: `M${end} ${y}l${by} -5v10z`}),
        label(name, from + 12, y - 6, server - from - 24));
    } else if (kind === "state") {
      parts.push(svg("rect", {class: "box", x: server - 56, y: y - 13, width: 112, height: 24, rx: 12}),
        label(name, server, y + 3, 104, {"text-anchor": "middle"}));
    }
    const here = faulty.get(`${data.names[row[0]]}:${row[1]}`) || [];
    y += STEP;
    for (const each of here) {
      const {code, what} = data.findings[each], note = folded(`${code}: ${what}`, width - GUTTER - 24);
      parts.push(svg("rect", {class: "warn", x: GUTTER, y: y - 26, width: width - GUTTER - 2, height: note.length * 16 + 12, rx: 4}),
        ...note.map((words, place) => svg("text", {class: "warn-words", x: GUTTER + 10, y: y - 9 + place * 16}, words)));
      y += note.length * 16 + 20;
    }
  }
  const height = y + 4;
  const heads = columns.flatMap((name, place) => {
    const middle = GUTTER + 60 + across * place;
    return [svg("line", {class: "life", x1: middle, x2: middle, y1: 26, y2: height}),
      svg("rect", {class: "box", x: middle - 58, y: 1, width: 116, height: 25, rx: 5}),
      label(name, middle, 18, 108, {"text-anchor": "middle", class: "name"})];
  });
  const drawn = picture(width, height, `Sequence of ${count(rows.length, "line")} between ${agents.join(", ")} and the server`, [...heads, ...parts]);
  const words = rows.length < all.length ? `lines ${start + 1} to ${start + rows.length} of ${many(all.length)}` : "";
  return element("div", {}, words ? element("p", {className: "soft"}, words) : null, scrolling(drawn, "Sequence of the interaction"));
}
function folded(text, pixels) {
  const most = Math.max(20, Math.floor(pixels / 7)), rows = [];
  for (let rest = text; rest && rows.length < 4;) {
    const cut = rest.length > most ? Math.max(rest.lastIndexOf(" ", most), 0) || most : rest.length;
    rows.push(rest.slice(0, cut));
    rest = rest.slice(cut).trimStart();
  }
  return rows;
}

// The timeline of the whole recording: how busy each agent was, and where the findings are.
const LANES_AT_ONCE = 25;
let isWhole = false;
function busy() {
  const lanes = new Map(), width = 240, offsets = new Map();
  let reach = 0;
  if (!HAS_TIMES) {
    const longest = new Map();
    for (const [, , entries] of data.interactions) for (const [file, line] of entries) longest.set(file, Math.max(longest.get(file) || 0, line));
    for (const [file, line] of longest) { offsets.set(file, reach); reach += line; }
  }
  const part = (row) => HAS_TIMES ? (row[6] === null ? null : (row[6] - EARLIEST) / (LATEST - EARLIEST || 1)) : (offsets.get(row[0]) + row[1]) / reach;
  for (const [, , entries, found] of data.interactions) {
    const faulty = found.length ? faultsOf(found) : null;
    for (const row of entries) {
      const where = part(row), name = agentName(row);
      if (!lanes.has(name)) lanes.set(name, {name, counts: new Array(width).fill(0), found: new Map(), lines: 0});
      const lane = lanes.get(name), bucket = where === null ? -1 : Math.min(width - 1, Math.floor(where * width));
      lane.lines++;
      if (bucket >= 0) lane.counts[bucket]++;
      const here = faulty && bucket >= 0 ? faulty.get(`${data.names[row[0]]}:${row[1]}`) : null;
      if (here) lane.found.set(bucket, [...(lane.found.get(bucket) || []), ...here]);
    }
  }
  return [...lanes.values()].sort((one, other) => other.found.size - one.found.size || other.lines - one.lines || (one.name < other.name ? -1 : 1));
}
let lanes = null;
function drawTimeline() {
  lanes = lanes || busy();
  at("timeline-section").hidden = !lanes.length;
  if (!lanes.length) return;
  const shown = isWhole ? lanes : lanes.slice(0, LANES_AT_ONCE), width = Math.max(280, at("timeline").clientWidth - 2), parts = [];
  const most = shown.reduce((all, lane) => Math.max(all, ...lane.counts), 1), size = width / 240;
  shown.forEach((lane, place) => {
    const y = place * LANE + 26;
    parts.push(label(lane.name, 0, y - 12, width, {class: "name"}), svg("line", {class: "lane", x1: 0, x2: width, y1: y + 4, y2: y + 4}));
    lane.counts.forEach((number, bucket) => {
      if (number) parts.push(svg("rect", {class: "density", x: bucket * size, y: y - 4, width: Math.max(1.5, size), height: 16, opacity: 0.25 + 0.75 * number / most}));
    });
    for (const [bucket, numbers] of lane.found) {
      const mark = svg("g", {}, diamond((bucket + 0.5) * size, y + 4, {class: "wrong link"}),
        svg("title", {}, `${count(numbers.length, "finding")}: ${data.findings[numbers[0]].code} ${data.findings[numbers[0]].what}`));
      mark.addEventListener("click", () => { location.hash = link(data.findings[numbers[0]]); });
      parts.push(mark);
    }
  });
  const height = shown.length * LANE + 16;
  const ends = HAS_TIMES ? [EARLIEST, LATEST].map((ms) => `${when(ms)} UTC`) : ["first line", "last line"];
  parts.push(svg("text", {class: "soft", x: 0, y: height - 4}, fitted(ends[0], width / 2)), svg("text", {class: "soft", x: width, y: height - 4, "text-anchor": "end"}, fitted(ends[1], width / 2)));
  at("timeline").replaceChildren(picture(width, height, `How busy ${count(shown.length, "agent")} were, and where ${count(data.findings.length, "finding")} are`, parts));
  at("timeline-words").textContent = `A lane for each agent${shown.length < lanes.length ? `, ${shown.length} of ${many(lanes.length)}, those with findings first` : ""}: `
    + `the darker, the more lines; a diamond is a finding${HAS_TIMES ? "" : ". No line has a time, so they stand in the order of the lines"}.`;
  at("all-lanes").hidden = isWhole || shown.length === lanes.length;
}
