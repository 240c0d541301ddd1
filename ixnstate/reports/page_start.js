
// --- coverage ---
at("coverage-section").hidden = !data.coverage.length;
function cover(covered) {
  const heads = ["kind", "seen", "of", "part"].map((name) => element("th", {scope: "col"}, name));
  const table = element("table", {}, element("tr", {}, ...heads)), missing = [];
  for (const [kind, seen, all, left] of covered.parts) {
    const meter = element("meter", {max: all || 1, value: seen});
    meter.setAttribute("aria-label", `${kind}: ${seen} of ${all}`);
    table.append(element("tr", {}, element("td", {}, kind), element("td", {className: "number"}, String(seen)),
      element("td", {className: "number"}, String(all)), element("td", {}, meter)));
    if (left.length) missing.push(element("details", {}, element("summary", {}, `${kind}: ${many(all - seen)} not seen`),
      element("ul", {className: "missing mono"}, ...left.map((each) => element("li", {}, each))),
      left.length < all - seen ? element("p", {className: "soft"}, `the first ${left.length}`) : null));
  }
  const drawing = at(`diagram-${covered.media}`);
  const diagram = drawing ? element("div", {className: "diagram", tabIndex: 0}, drawing.content.cloneNode(true)) : null;
  if (diagram) {
    diagram.setAttribute("role", "region");
    diagram.setAttribute("aria-label", `Diagram of ${covered.media}`);
  }
  at("coverage").replaceChildren(...[element("h3", {}, covered.media), table, diagram, ...missing].filter(Boolean));
  for (const tab of at("tabs").children) pressed(tab, tab.textContent === covered.media);
}
for (const covered of data.coverage) at("tabs").append(element("button", {type: "button", onclick: () => cover(covered)}, covered.media));
if (data.coverage.length) cover(data.coverage[0]);

// --- what the reader does ---
for (const id of FILTERS) at(id).addEventListener("input", choose);
at("clear").addEventListener("click", () => { clearFilters(); at("search").focus(); });
at("faulty").addEventListener("click", () => { pressed(at("faulty"), !isPressed(at("faulty"))); choose(); });
for (const name of ["findings", "interactions"]) at(`show-${name}`).addEventListener("click", () => view(name));
at("list").addEventListener("scroll", draw, {passive: true});
at("list").addEventListener("keydown", walk);
at("previous").addEventListener("click", () => step(-1));
at("next").addEventListener("click", () => step(1));
at("all-lanes").addEventListener("click", () => { isWhole = true; drawTimeline(); });
addEventListener("keydown", (event) => {
  const by = {n: 1, p: -1}[event.key.toLowerCase()];
  if (!by || !at("keys").checked || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  event.preventDefault();
  step(by);
});
addEventListener("hashchange", follow);
let waiting = 0;
function fit() { if (innerWidth > 1000) at("more-filters").open = true; }
addEventListener("resize", () => {
  cancelAnimationFrame(waiting);
  waiting = requestAnimationFrame(() => { fit(); draw(); drawTimeline(); if (selected >= 0) tell(selected, current); });
});
addEventListener("beforeprint", () => { isPrinting = true; drawFindings(); });
addEventListener("afterprint", () => { isPrinting = false; drawFindings(); });

at("story").tabIndex = 0;
at("show-findings").append(` (${many(data.findings.length)})`);
at("show-interactions").append(` (${many(data.interactions.length)})`);
view(data.findings.length ? "findings" : "interactions");
fit();
choose();
drawTimeline();
follow();
