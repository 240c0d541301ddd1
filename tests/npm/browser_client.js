// As node_client.js, in Chromium: each tab is a page of one browser. A line "offline" or "online" on the standard input
// takes away its network or gives it back.
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const options = JSON.parse(process.argv[2]);
const report = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const browser = await chromium.launch({
  executablePath: options.executable,
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
  ],
});
const context = await browser.newContext();
const modules = { "listening.js": "./listening.js" };
await context.route("**/test-modules/**", async (route) => {
  const name = new URL(route.request().url()).pathname.split("/").at(-1);
  const file = new URL(modules[name] ?? `./node_modules/cometd/${name}`, import.meta.url);
  await route.fulfill({ contentType: "text/javascript", body: await readFile(file, "utf8") });
});
await context.route("**/test-page", (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html>" }));
await context.exposeFunction("report", report);
const pages = [];
for (let tab = 1; tab <= options.tabs; tab += 1) {
  const page = await context.newPage();
  page.on("pageerror", (error) => report({ tab, pageerror: String(error) }));
  await page.goto(new URL("/test-page", options.base).href);
  await page.evaluate(async ({ options, tab }) => {
    const [client, ack, ours] = await Promise.all([
      import("/test-modules/cometd.js"), import("/test-modules/AckExtension.js"), import("/test-modules/listening.js"),
    ]);
    window.end = await ours.listen({ ...client, ...ack }, { ...options, tab }, window.report);
  }, { options, tab });
  pages.push(page);
}
for await (const line of createInterface({ input: process.stdin })) {
  await context.setOffline(line === "offline");
}
for (const page of pages) await page.evaluate(() => window.end());
await browser.close();
process.exit();
