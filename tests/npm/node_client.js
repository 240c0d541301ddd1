// node node_client.js '{"base": ..., "user": ..., "tabs": 1, "topics": [...], "acknowledges": false}'
// Prints what it hears as lines of JSON. When its standard input ends, it disconnects.
import { adapt } from "cometd-nodejs-client";
import { CometD } from "cometd";
import { AckExtension } from "cometd/AckExtension.js";
import { listen } from "./listening.js";

adapt();
console.debug = window.console.debug = console.error;
console.info = console.warn = console.error;
const options = JSON.parse(process.argv[2]);
const report = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const ends = [];
for (let tab = 1; tab <= options.tabs; tab += 1) {
  ends.push(await listen({ CometD, AckExtension }, { ...options, tab }, report));
}
process.stdin.on("end", async () => {
  await Promise.all(ends.map((end) => end()));
  process.exit();
});
process.stdin.resume();
