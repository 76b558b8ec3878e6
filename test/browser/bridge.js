// Lets plays drive Chromium. One request a line on stdin, one answer a line on stdout (browser.py is the other end):
//   {"id": 1, "on": 7, "do": "goto", "with": ["http://…"]}  ->  {"id": 1, "is": …} or {"id": 1, "fault": "…"}
// Things of Playwright that JSON cannot carry stay here; {"$": 7} stands for the seventh, in both directions.
"use strict";
const fs = require("fs");
const readline = require("readline");
const { chromium } = require("playwright-core");

const things = [];
const logs = new WeakMap(); // page -> what its console and its network complained of

function watch(page) {
  const log = [];
  logs.set(page, log);
  page.on("console", (m) => {
    if (m.type() === "error" || m.type() === "warning") log.push(`${m.type()}: ${m.text()} (${m.location().url})`);
  });
  page.on("pageerror", (e) => log.push(`script: ${e.message}`));
  page.on("requestfailed", (r) => {
    const why = r.failure().errorText; // aborted: the next page was opened before this one had everything
    if (why !== "net::ERR_ABORTED") log.push(`failed: ${r.url()} ${why}`);
  });
}

things.push({
  launch: (options) => chromium.launch(options),
  // A page in a context of its own, or in the one given.
  async page(browser, options) {
    const context = await browser.newContext(options);
    context.on("page", watch);
    return context.newPage();
  },
  another: (page) => page.context().newPage(),
  take_log: (page) => logs.get(page).splice(0),
  async axe(page, options) {
    await page.evaluate(fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8") + ";0");
    const found = await page.evaluate((o) => globalThis.axe.run(document, o), options);
    return found.violations.map((v) => `axe ${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}: ${v.help}`);
  },
});

function keep(value) {
  if (Array.isArray(value)) return value.map(keep);
  if (Buffer.isBuffer(value)) return value.toString("base64");
  if (value === null || typeof value !== "object" || Object.getPrototypeOf(value) === Object.prototype) return value;
  return { $: things.push(value) - 1 };
}

function given(value) {
  if (Array.isArray(value)) return value.map(given);
  if (value === null || typeof value !== "object") return value;
  if ("$" in value) return things[value.$];
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, given(v)]));
}

async function answer(request) {
  const thing = things[request.on];
  const member = thing[request.do];
  if (typeof member !== "function") return member;
  const words = request.with.map(given);
  // a function's text becomes the function, so that it takes its argument
  const is_function = /^evaluate/.test(request.do) && /^(async )?\(.*?\) =>/.test(words[0]);
  if (is_function) words[0] = (0, eval)(words[0]);
  return member.apply(thing, words);
}

readline.createInterface({ input: process.stdin }).on("line", async (line) => {
  const request = JSON.parse(line);
  const reply = { id: request.id };
  try {
    reply.is = keep(await answer(request));
  } catch (e) {
    reply.fault = e.message;
  }
  process.stdout.write(JSON.stringify(reply) + "\n");
}).on("close", () => process.exit(0));
