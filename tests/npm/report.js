// Drives the page of a report in Chromium, and prints what it finds as one line of JSON.
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const { address, executable, pictures, pdf } = JSON.parse(process.argv[2]);
const axe = readFileSync(new URL("./node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const browser = await chromium.launch({
  executablePath: executable,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
const found = { errors: [], requests: [], sizes: {}, axe: {}, keys: [] };
const open = async (width, colorScheme, hash = "") => {
  const context = await browser.newContext({ viewport: { width, height: 1000 }, colorScheme });
  const page = await context.newPage();
  page.setDefaultTimeout(180_000); // a busy machine
  page.on("console", (message) => { if (message.type() === "error") found.errors.push(message.text()); });
  page.on("pageerror", (error) => found.errors.push(error.message));
  page.on("request", (request) => { if (request.url().split("#")[0] !== address) found.requests.push(request.url()); });
  await page.goto(address + hash);
  return page;
};
const check = async (page, name) => {
  await page.evaluate(axe);
  const said = await page.evaluate(() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }));
  found.axe[name] = said.violations.map((each) => `${each.impact} ${each.id}: ${each.nodes[0].html.slice(0, 160)}`);
  found.sizes[name] = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (pictures) await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });
};
const current = (page) => page.evaluate(() => [decodeURIComponent(location.hash), document.activeElement.id]);

for (const [width, scheme] of [[1400, "light"], [1400, "dark"], [400, "light"], [400, "dark"]]) {
  const name = `${width === 400 ? "narrow" : "wide"}-${scheme}`, page = await open(width, scheme);
  await check(page, name);
  if (await page.getByRole("button", { name: "Next" }).isVisible()) {
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByRole("button", { name: "Sequence", exact: true }).click();
    await check(page, `${name}-sequence`);
  }
  await page.getByRole("button", { name: /^Interactions/ }).click();
  await check(page, `${name}-interactions`);
  await page.locator("#search").fill("no such thing");
  await check(page, `${name}-nothing`);
  found.nothing = await page.locator("#no-interactions").innerText();
  await page.getByRole("button", { name: /^Findings/ }).click();
  found.noFindings = await page.locator("#no-findings").innerText();
}

// From finding to finding by the keyboard alone.
const page = await open(1400, "light");
for (const key of ["n", "n", "p", "p"]) {
  await page.keyboard.press(key);
  found.keys.push(await current(page));
}
await page.locator("#search").focus();
await page.keyboard.type("n");
found.typed = await page.locator("#search").inputValue();
found.ids = await page.evaluate(() => data.findings.map((finding) => finding.id));

const followed = await open(400, "light", `#${encodeURIComponent(found.ids[found.ids.length - 1] || "")}`);
if (found.ids.length) found.followed = await followed.evaluate(() => data.findings[Number(document.activeElement.id.slice("finding-".length))].id);

// Print shows every finding.
const print = await open(1400, "dark");
await print.evaluate(() => addEventListener("beforeprint", () => { window.drawn = document.querySelectorAll(".finding").length; }));
await print.pdf({ path: pdf, format: "A4" });
found.drawnForPrint = await print.evaluate(() => window.drawn);
await print.emulateMedia({ media: "print" });
await print.evaluate(() => dispatchEvent(new Event("beforeprint")));
found.printed = await print.locator(".finding:visible").count();
found.printedBackground = await print.evaluate(() => getComputedStyle(document.body).backgroundColor);
if (pictures) await print.screenshot({ path: `${pictures}/print.png`, fullPage: true });
await browser.close();
console.log(JSON.stringify(found));
