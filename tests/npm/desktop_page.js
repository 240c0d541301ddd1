// node desktop_page.js '{"base": ..., "user": ..., "executable": ..., "modules": {name: file}}'
// Opens the desktop of the documentation in Chromium. Prints each state of the page as a line of JSON; a line "ID NAME"
// on the standard input presses a button.
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const options = JSON.parse(process.argv[2]);
const browser = await chromium.launch({
  executablePath: options.executable,
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"],
});
const page = await browser.newPage();
await page.route("**/test-modules/**", async (route) => {
  const name = new URL(route.request().url()).pathname.split("/").at(-1);
  const file = options.modules[name] ?? new URL(`./node_modules/cometd/${name}`, import.meta.url);
  await route.fulfill({ contentType: "text/javascript", body: await readFile(file, "utf8") });
});
await page.route("**/test-page", (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><main></main>" }));
page.on("pageerror", (error) => console.log(JSON.stringify({ error: String(error) })));
let last = "";
await page.exposeFunction("report", (text) => {
  if (text !== last) console.log((last = text));
});
await page.goto(new URL("/test-page", options.base).href);
await page.evaluate(async ({ base, user }) => {
  const [{ CometD }, { Mirror }, { desktop }] = await Promise.all(
    ["cometd.js", "mirror.js", "desktop.js"].map((name) => import(`/test-modules/${name}`)));
  const root = document.querySelector("main");
  const report = () => window.report(JSON.stringify([...root.children].map((row) => ({
    id: row.id, text: row.firstChild.textContent.trim(),
    enabled: [...row.querySelectorAll("button:enabled")].map((button) => button.textContent),
    titles: [...row.querySelectorAll("button:disabled")].map((button) => button.title),
  }))));
  new MutationObserver(report).observe(root, { childList: true });
  await desktop({ CometD, Mirror, base, user, password: user, root });
}, options);
for await (const line of createInterface({ input: process.stdin })) {
  const [id, name] = line.split(" ");
  await page.locator(`#${id} button`, { hasText: name }).click();
}
await browser.close();
process.exit();
