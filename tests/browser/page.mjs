// Tests the hand-off page in headless Chromium: ticks, receipt, search, sorting, no network requests, axe-core,
// without scripts. PICTURES=DIR keeps screenshots and a print.
import assert from "node:assert";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createRequire } from "node:module";
import puppeteer from "puppeteer-core";

// A small pack for most tests, a large one for the tests of speed.
const [pack, large, ...letters] = process.argv.slice(2);
const axe = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const url = (file) => "file://" + path.resolve(file);
const home = fs.mkdtempSync(path.join(os.tmpdir(), "page-"));
const browser = await puppeteer.launch({
  executablePath: "/usr/bin/chromium", headless: true, userDataDir: path.join(home, "profile"),
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
const wanted = [];

async function open(file, scripts = true) {
  const page = await browser.newPage();
  page.setDefaultTimeout(30000);
  await page.setJavaScriptEnabled(scripts);
  page.on("request", (r) => { if (!r.url().startsWith("blob:")) wanted.push(r.url()); });
  page.on("pageerror", (e) => { throw e; });
  page.on("console", (m) => { if (m.type() === "error") throw new Error(m.text()); });
  await page.goto(url(file));
  return page;
}

async function check_accessibility(file) {
  const page = await browser.newPage();
  await page.setBypassCSP(true);
  for (const scheme of ["light", "dark"]) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.goto(url(file));
    // The first rows of a table stand for thousands of similar ones.
    await page.evaluate(() => document.querySelectorAll("tbody").forEach((b) => [...b.rows].slice(5).forEach((r) => r.remove())));
    await page.evaluate(axe);
    const found = await page.evaluate(() => axe.run());
    const bad = found.violations.filter((v) => ["serious", "critical"].includes(v.impact));
    assert.deepEqual(bad.map((v) => [v.id, v.nodes[0].html, v.nodes[0].failureSummary]), [], scheme);
  }
  await page.close();
}

const count = (page, selector) => page.$$eval(selector, (list) => list.length);
const progress = (page) => page.$eval("tbody tr[data-id] button", (b) => b.textContent);
const ok = (text) => console.log("ok " + text);

async function ticks() {
  let page = await open(pack + "index.html");
  assert.match(await progress(page), /^0 \/ \d+$/);
  await page.click("tbody tr[data-id] button");
  await page.click("tr.detail input[value=B1]");
  assert.match(await progress(page), /^1 /);
  await page.reload();
  assert.match(await progress(page), /^1 /);
  await page.click("section.group li[data-step=B1] input");
  await page.close();
  page = await open(pack + "index.html");
  const group = await page.$eval("section.group", (s) => [...s.querySelectorAll("tbody button")].every((b) => b.textContent.startsWith("1 ")));
  assert.ok(group, "a group's tick counts for all its devices");
  ok("ticks persist over a reload");
  return page;
}

async function receipt(page) {
  const session = await page.createCDPSession();
  await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: home });
  await page.click("#receipt button");
  assert.notEqual(await page.$eval("#told", (e) => e.textContent), "", "a name is asked for");
  await page.type("#by", "Kim Akers");
  await page.click("#receipt button");
  let file;
  for (let i = 0; i < 100 && !file; i++) {
    await new Promise((r) => setTimeout(r, 50));
    file = fs.readdirSync(home).find((f) => f.startsWith("receipt-") && f.endsWith(".json"));
  }
  const got = JSON.parse(fs.readFileSync(path.join(home, file), "utf8"));
  const document = JSON.parse(fs.readFileSync(pack + "handoff.json", "utf8"));
  const stamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
  assert.deepEqual(Object.keys(got), ["schema", "run", "customer", "by", "generated", "done"]);
  assert.equal(got.schema, "unpilot-receipt/1");
  assert.equal(got.run, document.run);
  assert.equal(got.customer, document.customer);
  assert.equal(got.by, "Kim Akers");
  assert.match(got.generated, stamp);
  assert.ok(got.done.length > 1);
  for (const d of got.done) {
    assert.deepEqual(Object.keys(d), ["device", "step", "at"]);
    assert.match(d.device, /^\d+$/);
    assert.equal(d.step, "B1");
    assert.match(d.at, stamp);
  }
  ok("the receipt downloads in its shape");
}

async function search() {
  const page = await open(large + "index.html");
  const rows = "section.group:not([hidden]) tr[data-id]:not([hidden])";
  const all = await count(page, rows);
  const serial = await page.$eval("tbody tr[data-id]:nth-child(3) td", (c) => c.textContent);
  const took = await page.evaluate(async (text) => {
    const field = document.querySelector("#search"), begin = performance.now();
    field.value = text;
    field.dispatchEvent(new Event("input"));
    await new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)));
    return performance.now() - begin;
  }, serial);
  assert.ok((await count(page, rows)) >= 1 && (await count(page, rows)) < all);
  await page.$eval("#search", (f) => { f.value = ""; f.dispatchEvent(new Event("input")); });
  await page.evaluate(() => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r))));
  assert.equal(await count(page, rows), all);
  const sorted = await page.evaluate(() => {
    const begin = performance.now();
    document.querySelector("thead button").click();
    document.querySelector("thead button").click();
    const cells = [...document.querySelector("tbody").rows].map((r) => r.cells[0].textContent);
    document.body.offsetHeight;
    return { first: cells[0], last: cells[cells.length - 1], took: performance.now() - begin };
  });
  assert.ok(sorted.first > sorted.last, "the second click sorts downwards");
  assert.ok(took < 1000 && sorted.took < 2000);
  ok(`search finds (${Math.round(took)} ms) and sorting sorts (${Math.round(sorted.took)} ms) among ${all} devices`);
  await page.close();
}

async function plain() {
  const page = await open(pack + "index.html", false);
  assert.equal(await page.$eval(".scripted", (e) => getComputedStyle(e).display), "none");
  assert.ok((await count(page, "ol.steps li")) > 10);
  assert.equal(await count(page, "input[type=checkbox]"), 0);
  await page.close();
  ok("works without scripts");
}

async function pictures(dir) {
  const page = await open(pack + "index.html");
  for (const [name, width, scheme] of [["light", 1100, "light"], ["dark", 1100, "dark"], ["phone", 390, "light"]]) {
    await page.setViewport({ width, height: 1600 });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.screenshot({ path: path.join(dir, name + ".png"), fullPage: false });
    await page.evaluate(() => document.querySelector("section.group .scroll").scrollIntoView());
    await page.screenshot({ path: path.join(dir, name + "-table.png") });
    await page.evaluate(() => document.querySelector("#receipt").scrollIntoView());
    await page.screenshot({ path: path.join(dir, name + "-end.png") });
    await page.evaluate(() => scrollTo(0, 0));
  }
  await page.goto(url(letters[0]));
  await page.screenshot({ path: path.join(dir, "letter.png"), fullPage: true });
  await page.pdf({ path: path.join(dir, "letter.pdf") });
}

try {
  const page = await ticks();
  await receipt(page);
  await page.close();
  await search();
  await plain();
  await check_accessibility(pack + "index.html");
  for (const letter of letters) await check_accessibility(letter);
  ok("axe-core finds nothing serious, light or dark, page or letter");
  assert.deepEqual(wanted.filter((u) => !u.startsWith("file:") || !u.endsWith("index.html")), []);
  ok("no request leaves");
  if (process.env.PICTURES) await pictures(process.env.PICTURES);
} finally {
  await browser.close();
  fs.rmSync(home, { recursive: true, force: true });
}
