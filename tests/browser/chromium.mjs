// Opens pages in headless Chromium, and keeps every request that they make.
import assert from "node:assert";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createRequire } from "node:module";
import puppeteer from "puppeteer-core";

const axe = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const url = (file) => "file://" + path.resolve(file);
const home = fs.mkdtempSync(path.join(os.tmpdir(), "page-"));
const browser = await puppeteer.launch({
  executablePath: "/usr/bin/chromium", headless: true, userDataDir: path.join(home, "profile"),
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
const wanted = [];
const ok = (text) => console.log("ok " + text);

async function open(file, scripts = true, width = 1440, height = 900) {
  const page = await browser.newPage();
  page.setDefaultTimeout(30000);
  await page.setViewport({ width, height });
  await page.setJavaScriptEnabled(scripts);
  page.on("request", (r) => { if (!r.url().startsWith("blob:")) wanted.push(r.url()); });
  page.on("pageerror", (e) => { throw e; });
  page.on("console", (m) => { if (m.type() === "error") throw new Error(m.text()); });
  await page.goto(url(file));
  return page;
}

const count = (page, selector) => page.$$eval(selector, (list) => list.length);
const text = (page, selector) => page.$eval(selector, (e) => e.textContent.trim());
const openAll = (page) => page.evaluate(() => document.querySelectorAll("details:not(.devs)").forEach((d) => { d.open = true; }));
const frame = (page) => page.evaluate(() => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r))));

async function openStep(page, id) {
  await page.$eval(`li[data-step="${id}"]`, (li) => { li.closest("details.phase").open = true; li.querySelector("details.devs").open = true; });
  await page.waitForSelector(`li[data-step="${id}"] .panel`);
}

async function judge(file, prepare = async () => {}) {
  const context = await browser.createBrowserContext(); // without ticks of the other tests
  const page = await context.newPage();
  await page.setViewport({ width: 1200, height: 900 });
  await page.setBypassCSP(true);
  for (const scheme of ["light", "dark"]) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.goto(url(file));
    await prepare(page);
    // a page of thousands of equal rows is judged by its first ones
    await page.evaluate(() => document.querySelectorAll("tbody, .list").forEach((b) => [...b.children].slice(5).forEach((r) => r.remove())));
    await page.evaluate(axe);
    const found = await page.evaluate(() => axe.run({ resultTypes: ["violations", "incomplete"] }));
    assert.deepEqual(found.violations.map((v) => [v.id, v.nodes[0].html, v.nodes[0].failureSummary]), [], scheme);
    const open = found.incomplete.filter((v) => v.id === "color-contrast");
    assert.deepEqual(open.map((v) => v.nodes.slice(0, 3).map((n) => [n.html, n.any.map((a) => a.message)])), [], scheme + ": contrast is decided");
  }
  await context.close();
}

// Saves a receipt of the page in the name of this person, and returns its path.
async function saveReceipt(page, by) {
  const session = await page.createCDPSession(), folder = fs.mkdtempSync(path.join(home, "receipt-"));
  await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folder });
  await page.type("#by", by);
  await page.click("#receipt button");
  for (let i = 0; i < 200; i++) {
    await new Promise((r) => setTimeout(r, 50));
    const file = fs.readdirSync(folder).find((f) => f.startsWith("receipt-") && f.endsWith(".json"));
    if (file) return path.join(folder, file);
  }
  throw new Error("no receipt was saved");
}

async function close() {
  await browser.close();
  fs.rmSync(home, { recursive: true, force: true });
}

export { axe, browser, close, count, frame, home, judge, ok, open, openAll, openStep, saveReceipt, text, url, wanted };
