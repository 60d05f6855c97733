// The pages before anything is sent: the operator's page of a plan, and the page of a letter, whose steps are
// ticked and whose receipt is saved as RECEIPT.
import assert from "node:assert";
import fs from "node:fs";
import { close, count, frame, judge, ok, open, openAll, openStep, saveReceipt, text, wanted } from "./chromium.mjs";

// plan: page of a plan of 60 devices that wait for their customer; pack: folder of the letter to that customer
const [plan, pack] = process.argv.slice(2);

async function planPage() {
  const page = await open(plan, true, 320, 640);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "fits a phone");
  assert.equal(await count(page, "script"), 0);
  const seen = await page.evaluate(() => document.body.innerText);
  for (const part of [/Plan of 20\d\d-\d\d-\d\d/, /Nothing was sent\. To send it: unpilot apply 20\d{6}T\d{6}Z-[0-9a-f]{4} --digest [0-9a-f]{64}/, /Contoso Ltd/,
    /For the operator only/, /\b0\s+would be sent/, /\b60\s+wait for their customers’ answers to the letter/])
    assert.match(seen, part);
  assert.equal(await count(page, 'a[href*="contoso/"]'), 0, "a plan has no pack to open");
  await page.close();
  ok("the page of a plan says that nothing was sent, how to send it, and who is waited for");
}

// Answers all devices of a step as done; asked once about the order.
async function tick(page, id) {
  await openStep(page, id);
  await page.$eval(`li[data-step="${id}"] .panel button[data-m="done"]`, (b) => b.click());
  await frame(page);
  if (await page.$("#early[open]")) { await page.click("#early button[value=yes]"); await frame(page); }
}

async function letterPage() {
  const page = await open(pack + "index.html"), document = JSON.parse(fs.readFileSync(pack + "handoff.json", "utf8"));
  const asked = Object.keys(document.steps).filter((id) => ["do", "if", "check"].includes(document.steps[id].kind));
  assert.match(await page.evaluate(() => window.document.body.innerText), /Nothing has been deregistered yet/);
  assert.equal(await count(page, "#phase-autopilot, #phase-ad, #phase-after"), 0, "only the part before the deregistration");
  const shown = await page.$$eval("li[data-step]", (list) => list.map((li) => li.dataset.step));
  for (const id of asked) assert.ok(shown.includes(id), id + " is on the page");
  for (const id of asked) await tick(page, id);
  assert.match(await text(page, ".progress-text"), /60 of 60 devices closed/);
  const file = await saveReceipt(page, "Kim Akers"), got = JSON.parse(fs.readFileSync(file, "utf8"));
  assert.deepEqual([got.schema, got.run, got.customer, got.source], ["unpilot-receipt/2", document.run, "contoso", "page"]);
  assert.match(got.run, /^letter-/);
  const pairs = document.devices.flatMap((d) => d.steps.map((s) => s.replace(/[*?]$/, "")).filter((s) => asked.includes(s)));
  assert.equal(got.done.length, pairs.length, "each step of each device is answered");
  fs.copyFileSync(file, process.env.RECEIPT);
  await page.close();
  ok(`the letter's ${asked.length} steps are ticked for 60 devices, and the receipt has ${got.done.length} answers`);
}

try {
  await planPage();
  await letterPage();
  await judge(plan);
  await judge(pack + "index.html", openAll);
  ok("axe-core finds nothing in either");
  assert.deepEqual(wanted.filter((u) => !u.startsWith("file:") || !u.endsWith(".html")), []);
} finally {
  await close();
}
