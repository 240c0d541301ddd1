// Drives the page of `ixnstate serve` in Chromium, and prints what it finds as one line of JSON.
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const { base, executable, pictures } = JSON.parse(process.argv[2]);
const axe = readFileSync(new URL("./node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const browser = await chromium.launch({
  executablePath: executable,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
const found = { errors: [], requests: [], sizes: {}, axe: {} };
const watch = (page) => {
  page.on("console", (message) => { if (message.type() === "error") found.errors.push(message.text()); });
  page.on("pageerror", (error) => found.errors.push(error.message));
  page.on("request", (request) => { if (!request.url().startsWith(base) && !request.url().startsWith("data:")) found.requests.push(request.url()); });
};
const open = async (path, width, colorScheme) => {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true });
  const page = await context.newPage();
  watch(page);
  await page.goto(base + path);
  return page;
};
const check = async (page, name) => {
  await page.evaluate(axe);
  const said = await page.evaluate(() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }));
  found.axe[name] = said.violations.map((each) => `${each.id}: ${each.nodes[0].html.slice(0, 120)}`);
  found.sizes[name] = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (pictures) await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });
};

// A chat arrives, is accepted by the keyboard alone, and ended.
const page = await open("/", 1400, "light");
await page.getByText("live", { exact: true }).waitFor();
await page.getByLabel("A new").selectOption("chat");
await page.getByLabel("in", { exact: true }).selectOption("Inbound");
await page.getByRole("button", { name: "Arrives" }).press("Enter");
const accept = page.getByRole("button", { name: "Accept", exact: true });
await accept.waitFor();
found.invited = await page.locator("#interaction dl").innerText();
const complete = page.getByRole("button", { name: "Complete", exact: true });
found.completeIsDisabled = await complete.getAttribute("aria-disabled");
await complete.focus();
found.why = await page.locator("#why").innerText();
await accept.focus();
await page.keyboard.press("Enter");
await page.locator("#interaction dl", { hasText: "Chatting" }).waitFor();
await page.getByRole("button", { name: "SendMessage", exact: true }).press("Enter");
const dialog = page.getByRole("dialog");
await dialog.waitFor();
found.dialog = await dialog.innerText();
await page.keyboard.press("Enter");
await page.locator("#feed li", { hasText: "SendMessage" }).first().waitFor();
await check(page, "wide-light");

// What is refused stands in the feed, with what would have been right.
await page.evaluate(() => fetch("/backdoor/act", {
  method: "POST", headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ agent: document.querySelector('[aria-pressed="true"][data-key^="as:"]').textContent, operation: "Accept", interaction: document.querySelector("dd").textContent }),
}));
const refusal = page.locator("#feed li.refusal").first();
await refusal.waitFor();
found.refusal = await refusal.innerText();
found.story = await page.locator(".story li").allInnerTexts();
await page.getByRole("button", { name: "Freeze" }).press("Space");
await page.locator('#freeze[aria-pressed="true"]').waitFor();
await page.getByRole("button", { name: "Stop", exact: true }).click();
await page.locator("#interaction dl", { hasText: "Completed" }).waitFor();
found.stopIsDisabled = await page.getByRole("button", { name: "Stop", exact: true }).getAttribute("aria-disabled");

for (const [width, scheme] of [[1400, "dark"], [400, "light"], [400, "dark"]]) {
  const other = await open("/", width, scheme);
  await other.getByText("live", { exact: true }).waitFor();
  await other.getByLabel("A new").selectOption("email");
  await other.getByRole("button", { name: "Arrives" }).click();
  await other.getByRole("button", { name: "Accept", exact: true }).waitFor();
  await check(other, `${width === 400 ? "narrow" : "wide"}-${scheme}`);
}
const docs = await open("/docs", 400, "light");
await docs.getByRole("heading", { name: "POST /backdoor/submit" }).waitFor();
await check(docs, "docs");
await browser.close();
console.log(JSON.stringify(found));
