<?xml version="1.0" encoding="UTF-8"?>
<!-- handoff.xml to index.html and letter.html: one file, nothing loaded from anywhere. Words come
     from the document (texts, catalogue); "deregistered" speaks of the Windows Autopilot
     registration only. The one script is allowed by its digest: who changes it changes the digest
     in the Content-Security-Policy too (the browser tests fail otherwise). -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:str="http://exslt.org/strings" exclude-result-prefixes="str"
  xmlns:u="urn:unpilot:handoff" extension-element-prefixes="u">
<xsl:output method="html" encoding="UTF-8" indent="no" doctype-system="about:legacy-compat"/>
<xsl:key name="step" match="catalogue/step" use="@id"/>
<xsl:key name="t" match="texts/text" use="@id"/>
<xsl:variable name="c" select="/handoff/counts"/>
<xsl:variable name="letter" select="/handoff/@kind = 'letter'"/>
<xsl:variable name="total" select="sum(/handoff/groups/group/listed/@count) + sum(/handoff/groups/group/unlisted/@count)"/>
<xsl:variable name="customer">
  <xsl:choose>
    <xsl:when test="/handoff/@customer-name != ''"><xsl:value-of select="/handoff/@customer-name"/></xsl:when>
    <xsl:when test="/handoff/@customer != ''"><xsl:value-of select="/handoff/@customer"/></xsl:when>
    <xsl:otherwise><xsl:value-of select="key('t','nobody')"/></xsl:otherwise>
  </xsl:choose>
</xsl:variable>
<xsl:variable name="who">
  <xsl:choose>
    <xsl:when test="/handoff/partner/@name != ''"><xsl:value-of select="/handoff/partner/@name"/></xsl:when>
    <xsl:otherwise><xsl:value-of select="key('t','your-partner')"/></xsl:otherwise>
  </xsl:choose>
</xsl:variable>

<xsl:template name="devices">
  <xsl:param name="n"/>
  <xsl:choose>
    <xsl:when test="$n = 1"><xsl:value-of select="key('t','one')"/></xsl:when>
    <xsl:otherwise><xsl:value-of select="str:replace(key('t','many'), '{a}', string($n))"/></xsl:otherwise>
  </xsl:choose>
</xsl:template>

<xsl:template match="/handoff">
<xsl:variable name="title"><xsl:choose>
  <xsl:when test="$letter"><xsl:value-of select="key('t','letter-title')"/></xsl:when>
  <xsl:otherwise><xsl:value-of select="key('t','title')"/></xsl:otherwise></xsl:choose></xsl:variable>
<html lang="{@language}">
<head>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-22Ku8f4nM3/J3DEtBtQEvkAMtj5ynw+Gt4pZo13++0c='; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<meta name="referrer" content="no-referrer"/>
<title><xsl:value-of select="concat($title, ', ', $customer)"/></title>
<style><![CDATA[
:root{--ink:#1b2430;--soft:#4d5866;--line:#d5dae1;--paper:#fff;--tint:#f4f6f8;--mark:#0b5c8a;--warn:#9a3412;--warn-tint:#fdf3ec}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ed;--soft:#a9b3bf;--line:#38424e;--paper:#14191f;--tint:#1c232b;--mark:#7cc4ee;--warn:#f4a57a;--warn-tint:#2b201a}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;hyphens:manual}
.page{max-width:52rem;margin:0 auto;padding:3rem 1.5rem 4rem}
h1,h2,h3{line-height:1.25;text-wrap:balance;margin:0}
h1{font-size:1.9rem;font-weight:650;letter-spacing:-.01em}
h2{font-size:1.3rem;font-weight:650}
h3{font-size:1rem;font-weight:650;margin:1.75rem 0 .5rem}
p{margin:.6rem 0;max-width:40rem}
a{color:var(--mark)}
.over{color:var(--soft);margin:0 0 .4rem}
.lead{font-size:1.125rem}
.note{color:var(--soft)}
.facts{margin:2rem 0;padding:1.25rem 1.5rem;background:var(--tint);border-radius:.5rem}
.facts h2{font-size:1.05rem}
.facts ul,.facts ol{margin:.5rem 0 0;padding-left:1.4rem}.facts h3{margin-top:1.25rem}.facts li small{color:var(--soft);font-size:.9em}
section{margin-top:3rem;padding-top:2rem;border-top:1px solid var(--line)}
section.facts{border-top:0;margin-top:2rem;padding-top:1.25rem}.facts+section{border-top:0;padding-top:0;margin-top:1.5rem}
.alarm{border-left:.25rem solid var(--warn);background:var(--warn-tint);padding:1rem 1.25rem;border-radius:.25rem}
.scroll{overflow:auto;max-height:min(44rem,85vh);margin:1rem 0;contain:content}
.scroll:focus-visible,button:focus-visible,input:focus-visible,a:focus-visible{outline:3px solid var(--mark);outline-offset:2px}
table{border-collapse:collapse;width:100%;table-layout:fixed;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--soft);padding-bottom:.35rem}
th,td{text-align:left;vertical-align:top;padding:.45rem .9rem .45rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere;}
thead th{font-weight:600;color:var(--soft);position:sticky;top:0;background:var(--paper)}
th button{all:unset;cursor:pointer;text-decoration:underline dotted;color:inherit;font:inherit}
th button:focus-visible{outline:3px solid var(--mark)}
th[aria-sort=ascending] button::after{content:" \2191"}th[aria-sort=descending] button::after{content:" \2193"}
thead th:nth-child(5){width:26%}th:last-child{width:6.5rem}
td small,.note small{color:var(--soft);font-size:.85em}
.steps{list-style:none;margin:.5rem 0 0;padding:0;counter-reset:step}
.steps>li{counter-increment:step;position:relative;padding:.8rem 0 .8rem 2.6rem;border-bottom:1px solid var(--line);break-inside:avoid}
.steps>li::before{content:counter(step);position:absolute;left:0;top:.8rem;width:1.8rem;text-align:right;color:var(--soft);font-variant-numeric:tabular-nums}
.steps strong{font-weight:600}
.steps p{margin:.2rem 0 0;overflow-wrap:break-word}
.who{color:var(--soft);font-size:.875rem}
.advice{display:inline-block;font-size:.8rem;line-height:1.3;color:var(--mark);border:1px solid currentColor;border-radius:1rem;padding:.05rem .55rem}strong+.advice{margin-left:.4rem}
.steps dl{margin:.35rem 0 0;display:grid;grid-template-columns:max-content 1fr;gap:.1rem .8rem;font-size:.925rem}
.steps dt{color:var(--soft)}.steps dd{margin:0;overflow-wrap:anywhere}
.if{font-weight:600}
.tick{display:flex;gap:.5rem;align-items:flex-start;margin-top:.45rem;font-size:.925rem}
.tools{display:flex;flex-wrap:wrap;gap:.6rem 1rem;align-items:end;margin:1rem 0}
.tools label{flex:1 1 16rem;font-size:.9rem;color:var(--soft)}
input[type=search],input[type=text]{display:block;width:100%;margin-top:.2rem;padding:.5rem .6rem;font:inherit;color:var(--ink);background:var(--paper);border:1px solid var(--soft);border-radius:.3rem}
input[type=checkbox]{accent-color:var(--mark);width:1.05rem;height:1.05rem;margin:.22rem 0 0;flex:none}
button{font:inherit;cursor:pointer;color:var(--mark);background:none;border:1px solid currentColor;border-radius:.3rem;padding:.15rem .6rem}
button.main{background:var(--mark);border-color:var(--mark);color:var(--paper);padding:.5rem 1rem}
fieldset{border:1px solid var(--line);border-radius:.3rem;margin:0;padding:.5rem 1rem}
legend{font-weight:600}
.logo{max-height:3.5rem;max-width:14rem;margin-bottom:1rem}
[hidden]{display:none!important}
code{font:0.85em ui-monospace,Consolas,Menlo,monospace;color:var(--soft)}
footer{margin-top:3rem;padding-top:1.5rem;border-top:1px solid var(--line);color:var(--soft);font-size:.9rem}
@media (max-width:34rem){.page{padding:1.5rem 1rem 3rem}h1{font-size:1.5rem}.facts{padding:1rem}
 table,tbody,tr,td,caption{display:block;width:100%}thead{display:none}
 tr{border-bottom:1px solid var(--line);padding:.6rem 0}td{border:0;padding:.1rem 0}
 tr[data-id]>td::before{color:var(--soft)}tr>td:nth-child(1)::before{content:var(--c1)}tr>td:nth-child(2)::before{content:var(--c2)}
 tr>td:nth-child(3)::before{content:var(--c3)}tr>td:nth-child(4)::before{content:var(--c4)}tr>td:nth-child(5)::before{content:var(--c5)}
 tr>td:nth-child(6)::before{content:var(--c6)}tr.detail>td::before{content:none}td:empty{display:none}
 .steps dl{grid-template-columns:1fr;gap:0}.steps dd{margin-bottom:.3rem}
 .steps>li{padding-left:2rem}.steps>li::before{width:1.3rem}}
@media print{.scroll{max-height:none;overflow:visible;contain:none}thead th{position:static}.tools,.receipt,.tick{display:none!important}th button{text-decoration:none}td button{border:0;padding:0}
 html{font-size:9.5pt}body,.steps dl,table{font-size:1rem;line-height:1.4}p{max-width:none}section{margin-top:1.75rem;padding-top:1.25rem}
 .steps>li{padding:.5rem 0 .5rem 2.6rem}.steps>li::before{top:.5rem}.group>p,.group>h3{break-after:avoid}.steps>li:first-child{break-before:avoid}
 li[data-tick] strong::before{content:"";display:inline-block;width:.8em;height:.8em;border:1px solid #000;margin-right:.45em}
 :root{--ink:#000;--soft:#333;--line:#999;--paper:#fff;--tint:#fff;--mark:#000;--warn:#000;--warn-tint:#fff}
 .page{max-width:none;padding:0}.facts,.alarm{border:1px solid #999}
 h2,h3{break-after:avoid}thead{display:table-header-group}tr,p{break-inside:avoid}caption,thead{break-after:avoid}tbody tr:first-child{break-before:avoid}@page{margin:16mm}}
]]></style>
</head>
<body>
<div class="page">
<header>
  <xsl:if test="partner/@logo"><img class="logo" src="{partner/@logo}" alt="{partner/@name}"/></xsl:if>
  <p class="over"><xsl:choose>
    <xsl:when test="$letter"><xsl:value-of select="str:replace(key('t','letter-over'), '{a}', string($customer))"/></xsl:when>
    <xsl:otherwise><xsl:value-of select="str:replace(key('t','over'), '{a}', string($customer))"/></xsl:otherwise></xsl:choose></p>
  <h1><xsl:choose>
    <xsl:when test="$letter"><xsl:value-of select="key('t','letter-title')"/></xsl:when>
    <xsl:otherwise><xsl:value-of select="key('t','heading')"/></xsl:otherwise></xsl:choose></h1>
</header>
<main data-run="{@run}" data-customer="{@customer}" data-steps-of="{key('t','steps-of')}" data-tick-all="{key('t','tick-all')}"
  data-sort="{key('t','sort')}" data-search-result="{key('t','search-result')}" data-receipt-name="{key('t','receipt-name')}"
  data-receipt-none="{key('t','receipt-none')}" data-receipt-done="{key('t','receipt-done')}" data-not-kept="{key('t','not-kept')}">
  <xsl:attribute name="style"><xsl:call-template name="columns"/></xsl:attribute>
  <xsl:choose>
    <xsl:when test="$letter"><xsl:call-template name="letter-top"/></xsl:when>
    <xsl:otherwise><xsl:call-template name="top"/></xsl:otherwise>
  </xsl:choose>
  <xsl:call-template name="order"/>
  <xsl:if test="not($letter)">
    <div class="tools scripted" role="search" hidden="hidden">
      <label><xsl:value-of select="key('t','search')"/><input type="search" id="search" autocomplete="off"/></label>
      <span id="found" role="status"></span>
    </div>
  </xsl:if>
  <xsl:apply-templates select="groups/group"/>
  <xsl:if test="not($letter)"><xsl:call-template name="receipt"/></xsl:if>
  <xsl:call-template name="notes"/>
  <xsl:call-template name="contact"/>
</main>
<footer>
  <p><xsl:choose>
    <xsl:when test="$letter"><xsl:value-of select="str:replace(key('t','letter-written'), '{a}', translate(@generated, 'TZ', ' '))"/></xsl:when>
    <xsl:otherwise><xsl:value-of select="str:replace(str:replace(key('t','written'), '{a}', string(@run)), '{b}', translate(@generated, 'TZ', ' '))"/><xsl:text> </xsl:text>
    <xsl:value-of select="key('t','also')"/></xsl:otherwise></xsl:choose></p>
</footer>
</div>
<xsl:if test="not($letter)"><script><![CDATA[
"use strict";
(() => {
const $ = (s, in_ = document) => in_.querySelector(s);
const $$ = (s, in_ = document) => [...in_.querySelectorAll(s)];
const main = $("main"), say = main.dataset, key = "unpilot/" + say.run + "/" + say.customer;
const fill = (text, a, b) => text.replace("{a}", () => a).replace("{b}", () => b);
const now = () => new Date().toISOString().replace(/\.\d+Z$/, "Z");
const groups = [], devices = [];
let ticks = new Map(), kept = true;

/* Kept as {at: [time...], done: {device: "B1:0 I1:0"}}: short enough for thousands of devices. */
function load() {
  try {
    const all = JSON.parse(localStorage.getItem(key) || "{}");
    for (const [id, list] of Object.entries(all.done || {}))
      ticks.set(id, new Map(list.split(" ").map(t => t.split(":")).map(([s, i]) => [s, all.at[i]])));
  } catch (e) { ticks = new Map(); }
}
function save() {
  const at = new Map(), done = {};
  for (const [id, list] of ticks)
    if (list.size > 0)
      done[id] = [...list].map(([s, t]) => {
        if (!at.has(t)) at.set(t, at.size);
        return s + ":" + at.get(t);
      }).join(" ");
  try { localStorage.setItem(key, JSON.stringify({at: [...at.keys()], done})); } catch (e) { kept = false; }
  if (!kept) tell(say.notKept);
}
const tell = text => { $("#told").textContent = text; };
const has = (d, step) => d.before.has(step) || (ticks.get(d.id) || new Map()).has(step);
function tick(d, step, on, at) {
  if (d.before.has(step)) return;
  if (!ticks.has(d.id)) ticks.set(d.id, new Map());
  if (on && !ticks.get(d.id).has(step)) ticks.get(d.id).set(step, at);
  if (!on) ticks.get(d.id).delete(step);
}
function showDevice(d) {
  const n = d.group.steps.filter(s => has(d, s.id)).length;
  d.button.textContent = n + " / " + d.group.steps.length;
  d.button.setAttribute("aria-label", d.button.textContent + ", " + fill(say.stepsOf, d.name));
  if (d.detail)
    $$("input", d.detail).forEach(box => { box.checked = has(d, box.value); });
}
function showStep(g, step) {
  const n = g.devices.reduce((sum, d) => sum + has(d, step.id), 0);
  step.box.checked = n > 0 && n === g.devices.length;
  step.box.indeterminate = n > 0 && n < g.devices.length;
}
function box(value, text, change) {
  const label = document.createElement("label"), input = document.createElement("input");
  label.className = "tick";
  input.type = "checkbox";
  input.value = value;
  input.addEventListener("change", () => change(input.checked));
  label.append(input, text);
  return label;
}
function open(d) {
  const row = document.createElement("tr"), cell = document.createElement("td");
  const set = document.createElement("fieldset"), legend = document.createElement("legend");
  row.className = "detail";
  cell.colSpan = d.row.cells.length;
  legend.textContent = fill(say.stepsOf, d.name);
  set.append(legend);
  for (const s of d.group.steps) {
    const label = box(s.id, s.id + " " + s.title, on => {
      tick(d, s.id, on, now());
      showDevice(d);
      showStep(d.group, s);
      save();
    });
    $("input", label).disabled = d.before.has(s.id);
    set.append(label);
  }
  cell.append(set);
  row.append(cell);
  d.detail = row;
  d.row.after(row);
  showDevice(d);
}
function toggle(d) {
  if (d.detail) { d.detail.remove(); d.detail = null; } else open(d);
  d.button.setAttribute("aria-expanded", String(!!d.detail));
}
function addDevice(g, row) {
  const last = row.cells[row.cells.length - 1];
  const d = {id: row.dataset.id, group: g, row, name: row.cells[0].textContent,
    text: row.textContent.toLowerCase(), before: new Set(last.textContent.split(" "))};
  d.button = document.createElement("button");
  d.button.type = "button";
  d.button.setAttribute("aria-expanded", "false");
  d.button.addEventListener("click", () => toggle(d));
  last.replaceChildren(d.button);
  g.devices.push(d);
  devices.push(d);
}
function addStep(g, item) {
  const s = {id: item.dataset.step, title: $("strong", item).textContent};
  const label = box(s.id, say.tickAll, on => {
    const at = now();
    g.devices.forEach(d => { tick(d, s.id, on, at); showDevice(d); });
    showStep(g, s);
    save();
  });
  s.box = $("input", label);
  s.box.setAttribute("aria-label", s.title + ": " + say.tickAll);
  item.append(label);
  g.steps.push(s);
}
function sort(g, head, column) {
  const down = head.getAttribute("aria-sort") === "ascending";
  const order = new Intl.Collator(document.documentElement.lang, {numeric: true}).compare;
  const value = d => column === d.row.cells.length - 1 ? d.button.textContent : d.row.cells[column].textContent;
  const keyed = g.devices.map(d => [value(d), d]).sort((a, b) => order(a[0], b[0]) * (down ? -1 : 1));
  const rows = document.createDocumentFragment();
  for (const [, d] of keyed) { rows.append(d.row); if (d.detail) rows.append(d.detail); }
  g.body.append(rows);
  $$("th", g.section).forEach(th => th.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
}
function addHead(g, head, column) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = head.textContent;
  button.title = fill(say.sort, head.textContent);
  button.addEventListener("click", () => sort(g, head, column));
  head.replaceChildren(button);
}
function addGroup(section) {
  const g = {section, body: $("tbody", section), devices: [], steps: []};
  if (!g.body) return;
  $$("tbody tr", section).forEach(row => addDevice(g, row));
  $$("li[data-tick]", section).forEach(item => addStep(g, item));
  $$("thead th", section).forEach((head, i) => addHead(g, head, i));
  groups.push(g);
  g.steps.forEach(s => showStep(g, s));
  g.devices.forEach(showDevice);
}
function search(text) {
  const words = text.toLowerCase().split(/\s+/).filter(w => w);
  let shown = 0;
  for (const g of groups) {
    let any = false;
    for (const d of g.devices) {
      const hit = words.every(w => d.text.includes(w));
      if (d.row.hidden === hit) d.row.hidden = !hit;
      if (d.detail) d.detail.hidden = !hit;
      any = any || hit;
      shown += hit;
    }
    g.section.hidden = !any;
  }
  $("#found").textContent = fill(say.searchResult, shown, devices.length);
}
function receipt(event) {
  event.preventDefault();
  const by = $("#by").value.trim(), done = [];
  for (const d of devices)
    for (const s of d.group.steps)
      if (!d.before.has(s.id) && has(d, s.id))
        done.push({device: d.id, step: s.id, at: ticks.get(d.id).get(s.id)});
  if (by === "") { tell(say.receiptName); $("#by").focus(); return; }
  if (done.length === 0) { tell(say.receiptNone); return; }
  const text = JSON.stringify({schema: "unpilot-receipt/1", run: say.run, customer: say.customer, by,
    generated: now(), done}, null, 1);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text + "\n"], {type: "application/json"}));
  link.download = ("receipt-" + say.customer + "-" + say.run).replace(/[^\w.-]/g, "_") + ".json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  tell(say.receiptDone);
}
load();
$$("section.group").forEach(addGroup);
if (devices.length > 0) {
  let asked = 0;
  $$(".scripted").forEach(e => { e.hidden = false; });
  $("#search").addEventListener("input", e => {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(() => search(e.target.value));
  });
  $("#receipt").addEventListener("submit", receipt);
}
})();
]]></script></xsl:if>
</body>
</html>
</xsl:template>

<xsl:template name="top">
  <xsl:variable name="all"><xsl:call-template name="devices"><xsl:with-param name="n" select="$total"/></xsl:call-template></xsl:variable>
  <p class="lead"><xsl:choose>
    <xsl:when test="$c/@deregistered = $total"><xsl:value-of select="str:replace(str:replace(key('t','did'), '{b}', string($all)), '{a}', string($who))"/></xsl:when>
    <xsl:when test="$c/@deregistered &gt; 0"><xsl:value-of select="str:replace(str:replace(key('t','did'), '{b}',
      str:replace(str:replace(key('t','of'), '{a}', string($c/@deregistered)), '{b}', string($all))), '{a}', string($who))"/></xsl:when>
    <xsl:otherwise><xsl:value-of select="str:replace(str:replace(key('t','did-none'), '{b}', string($all)), '{a}', string($who))"/></xsl:otherwise>
  </xsl:choose></p>
  <p><strong><xsl:value-of select="key('t','untouched')"/></strong><xsl:text> </xsl:text><xsl:value-of select="key('t','scope')"/></p>
  <section class="facts" aria-labelledby="left">
    <h2 id="left"><xsl:value-of select="key('t','left')"/></h2>
    <ul>
      <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@deregistered"/><xsl:with-param name="id" select="'count-deregistered'"/></xsl:call-template>
      <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@not-registered"/><xsl:with-param name="id" select="'count-not-registered'"/></xsl:call-template>
      <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@not-ours"/><xsl:with-param name="id" select="'count-not-ours'"/></xsl:call-template>
      <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@not-found + $c/@not-unique"/><xsl:with-param name="id" select="'count-not-found'"/></xsl:call-template>
      <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@refused"/><xsl:with-param name="id" select="'count-refused'"/></xsl:call-template>
      <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@pending + $c/@unknown"/><xsl:with-param name="id" select="'count-unknown'"/></xsl:call-template>
      <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@alarm"/><xsl:with-param name="id" select="'count-alarm'"/></xsl:call-template>
      <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@held + $c/@not-sent"/><xsl:with-param name="id" select="'count-held'"/></xsl:call-template>
    </ul>
    <xsl:if test="count(/handoff/groups/group) &gt; 1">
      <h3 id="groups"><xsl:value-of select="key('t','groups')"/></h3>
      <nav aria-labelledby="groups"><ol><xsl:for-each select="/handoff/groups/group">
        <li><a href="#group-{position()}"><xsl:value-of select="key('t',concat('group-',@outcome))"/></a><xsl:text>: </xsl:text>
        <xsl:call-template name="devices"><xsl:with-param name="n" select="sum(listed/@count) + sum(unlisted/@count)"/></xsl:call-template>
        <br/><small><xsl:call-template name="situation"/></small></li>
      </xsl:for-each></ol></nav>
    </xsl:if>
  </section>
</xsl:template>

<xsl:template name="count">
  <xsl:param name="n"/><xsl:param name="id"/>
  <xsl:if test="$n &gt; 0"><li><strong><xsl:value-of select="$n"/></strong><xsl:text> </xsl:text><xsl:value-of select="key('t',$id)"/></li></xsl:if>
</xsl:template>

<xsl:template name="situation">
  <xsl:value-of select="concat(key('t',concat('join-',@join)), '; ', key('t',concat('mdm-',@mdm)), '; ',
    key('t',concat('via-',@registered-via)), '; ', key('t',concat('purpose-',@purpose)))"/>
</xsl:template>

<xsl:template name="letter-top">
  <xsl:variable name="all"><xsl:call-template name="devices"><xsl:with-param name="n" select="$total"/></xsl:call-template></xsl:variable>
  <p class="lead"><xsl:value-of select="str:replace(str:replace(key('t','letter-lead'), '{b}', string($all)), '{a}', string($who))"/></p>
  <p><xsl:value-of select="key('t','letter-text')"/></p>
  <p><strong><xsl:value-of select="key('t','letter-tell')"/></strong></p>
</xsl:template>

<xsl:template name="order">
  <section aria-labelledby="order">
    <h2 id="order"><xsl:value-of select="key('t','order')"/></h2>
    <p><xsl:value-of select="key('t','order-text')"/></p>
    <p><span class="advice"><xsl:value-of select="key('t','advice')"/></span><xsl:text> </xsl:text><xsl:value-of select="key('t','advice-text')"/></p>
    <p><xsl:value-of select="key('t','roles')"/></p>
  </section>
</xsl:template>

<xsl:template match="group">
  <xsl:variable name="id" select="concat('group-', position())"/>
  <section class="group" aria-labelledby="{$id}">
    <h2 id="{$id}"><xsl:if test="last() &gt; 1"><xsl:value-of select="concat(position(), '. ')"/></xsl:if><xsl:choose>
      <xsl:when test="$letter"><xsl:value-of select="key('t','letter-group')"/></xsl:when>
      <xsl:otherwise><xsl:value-of select="key('t',concat('group-',@outcome))"/></xsl:otherwise></xsl:choose></h2>
    <p class="note"><xsl:call-template name="situation"/><xsl:value-of select="concat(' (', key('t','as-given'), ').')"/></p>
    <xsl:if test="not($letter) and key('t',concat('meaning-',@outcome))">
      <p><xsl:if test="@outcome = 'alarm'"><xsl:attribute name="class">alarm</xsl:attribute></xsl:if>
      <xsl:value-of select="key('t',concat('meaning-',@outcome))"/></p>
    </xsl:if>
    <xsl:if test="steps/step">
      <xsl:if test="@join = 'hybrid'"><p><xsl:value-of select="key('t','note-hybrid')"/></p></xsl:if>
      <xsl:if test="listed/@surface"><p><xsl:value-of select="key('t','note-surface')"/></p></xsl:if>
      <h3><xsl:choose>
        <xsl:when test="$letter"><xsl:value-of select="key('t','letter-before')"/></xsl:when>
        <xsl:otherwise><xsl:value-of select="key('t','steps')"/></xsl:otherwise></xsl:choose></h3>
      <ol class="steps"><xsl:apply-templates select="steps/step[not(@after)]"/></ol>
    </xsl:if>
    <xsl:if test="$letter">
      <p class="alarm"><strong><xsl:value-of select="key('t','letter-tell')"/></strong></p>
      <h3><xsl:value-of select="key('t','letter-after')"/></h3>
      <ol class="steps"><xsl:apply-templates select="steps/step[@after]"/></ol>
    </xsl:if>
    <xsl:call-template name="table"><xsl:with-param name="label" select="$id"/></xsl:call-template>
    <xsl:if test="unlisted"><p><xsl:value-of select="str:replace(key('t','more'), '{a}', string(unlisted/@count))"/></p></xsl:if>
  </section>
</xsl:template>

<xsl:template name="table">
  <xsl:if test="listed">
  <div class="scroll" tabindex="0" role="region" aria-label="{key('t','devices-of')}">
  <table>
    <caption><xsl:call-template name="devices"><xsl:with-param name="n" select="sum(listed/@count) + sum(unlisted/@count)"/></xsl:call-template></caption>
    <thead><tr><th scope="col"><xsl:value-of select="key('t','serial')"/></th><th scope="col"><xsl:value-of select="key('t','model')"/></th>
    <th scope="col"><xsl:value-of select="key('t','pkid')"/></th><th scope="col"><xsl:value-of select="key('t','ticket')"/></th>
    <xsl:if test="not($letter)"><th scope="col"><xsl:value-of select="key('t','happened')"/></th>
    <th scope="col"><xsl:value-of select="key('t','done')"/></th></xsl:if></tr></thead>
    <tbody><u:rows><xsl:fallback><xsl:apply-templates select="device"/></xsl:fallback></u:rows></tbody>
  </table>
  </div>
  </xsl:if>
</xsl:template>

<!-- What u:rows puts in, for who renders handoff.xml with another processor, or has rows of their own.
     As few nodes as will do: there may be ten thousand of them. Where a phone shows a row as a block,
     the columns' names come from the variables of main. -->
<xsl:template match="device">
  <tr data-id="{@id}">
    <td><xsl:value-of select="@serial"/></td>
    <td><xsl:value-of select="normalize-space(concat(@manufacturer, ' ', @model))"/></td>
    <td><xsl:value-of select="@product-key-id"/></td>
    <td><xsl:value-of select="@ticket"/></td>
    <xsl:if test="not($letter)">
    <td><xsl:value-of select="key('t',concat('outcome-',../@outcome))"/>
      <xsl:if test="@deregistered-at"><xsl:value-of select="concat(', ', substring(translate(@deregistered-at, 'T', ' '), 1, 16), ' UTC')"/></xsl:if>
      <xsl:if test="@reason"><xsl:value-of select="concat(': ', @reason)"/></xsl:if></td>
    <td><xsl:value-of select="@done"/></td>
    </xsl:if>
  </tr>
</xsl:template>

<xsl:template name="column">
  <xsl:param name="n"/><xsl:param name="id"/>
  <xsl:value-of select="concat('--c', $n, ':&quot;', translate(key('t',$id), '&quot;\', ''), ': &quot;;')"/>
</xsl:template>
<xsl:template name="columns">
  <xsl:call-template name="column"><xsl:with-param name="n" select="1"/><xsl:with-param name="id" select="'serial'"/></xsl:call-template>
  <xsl:call-template name="column"><xsl:with-param name="n" select="2"/><xsl:with-param name="id" select="'model'"/></xsl:call-template>
  <xsl:call-template name="column"><xsl:with-param name="n" select="3"/><xsl:with-param name="id" select="'pkid'"/></xsl:call-template>
  <xsl:call-template name="column"><xsl:with-param name="n" select="4"/><xsl:with-param name="id" select="'ticket'"/></xsl:call-template>
  <xsl:call-template name="column"><xsl:with-param name="n" select="5"/><xsl:with-param name="id" select="'happened'"/></xsl:call-template>
  <xsl:call-template name="column"><xsl:with-param name="n" select="6"/><xsl:with-param name="id" select="'done'"/></xsl:call-template>
</xsl:template>

<xsl:template match="steps/step">
  <xsl:variable name="s" select="key('step', @ref)"/>
  <li data-step="{@ref}">
    <xsl:if test="$s/@check and not(preceding-sibling::step[@ref = current()/@ref])"><xsl:attribute name="data-tick">yes</xsl:attribute></xsl:if>
    <strong><xsl:value-of select="$s/@title"/></strong>
    <xsl:if test="$s/@inference = 'yes'"><span class="advice"><xsl:value-of select="key('t','advice')"/></span></xsl:if>
    <p class="who"><code><xsl:value-of select="@ref"/></code> &#183; <xsl:value-of select="concat(key('t','who'), ': ', $s/@who)"/></p>
    <xsl:if test="$s/@if"><p class="if"><xsl:value-of select="$s/@if"/></p></xsl:if>
    <p><xsl:value-of select="$s"/></p>
    <xsl:if test="$s/@where or $s/@why or $s/@expect or $s/@check"><dl>
      <xsl:if test="$s/@where"><dt><xsl:value-of select="key('t','where')"/></dt><dd><xsl:value-of select="$s/@where"/></dd></xsl:if>
      <xsl:if test="$s/@why"><dt><xsl:value-of select="key('t','why')"/></dt><dd><xsl:value-of select="$s/@why"/></dd></xsl:if>
      <xsl:if test="$s/@expect"><dt><xsl:value-of select="key('t','expect')"/></dt><dd><xsl:value-of select="$s/@expect"/></dd></xsl:if>
      <xsl:if test="$s/@check"><dt><xsl:value-of select="key('t','check')"/></dt><dd><xsl:value-of select="$s/@check"/></dd></xsl:if>
    </dl></xsl:if>
  </li>
</xsl:template>

<xsl:template name="receipt">
  <section class="receipt scripted" aria-labelledby="receipt-title" hidden="hidden">
    <h2 id="receipt-title"><xsl:value-of select="key('t','receipt')"/></h2>
    <p><xsl:value-of select="key('t','receipt-text')"/><xsl:text> </xsl:text><xsl:value-of select="key('t','tick-note')"/></p>
    <form id="receipt" class="tools">
      <label><xsl:value-of select="key('t','your-name')"/><input type="text" id="by" maxlength="100" autocomplete="name"/></label>
      <button class="main" type="submit"><xsl:value-of select="key('t','download')"/></button>
    </form>
    <p id="told" role="status"></p>
  </section>
</xsl:template>

<xsl:template name="notes">
  <section aria-labelledby="notes">
    <h2 id="notes"><xsl:value-of select="key('t','notes')"/></h2>
    <ul>
      <li><xsl:value-of select="key('t','note-dead')"/></li>
      <li><xsl:value-of select="key('t','note-co-managed')"/></li>
      <li><xsl:value-of select="key('t','note-self-deploying')"/></li>
      <li><xsl:value-of select="key('t','note-preparation')"/></li>
      <li><xsl:value-of select="key('t','note-registered')"/></li>
      <li><xsl:value-of select="key('t','note-cloud')"/></li>
    </ul>
  </section>
</xsl:template>

<xsl:template name="contact">
  <xsl:if test="partner/@name != '' or partner/@contact != '' or partner/@support != ''">
    <section aria-labelledby="contact">
      <h2 id="contact"><xsl:value-of select="key('t','questions')"/></h2>
      <p>
        <xsl:value-of select="partner/@name"/>
        <xsl:if test="partner/@contact != ''"><br/><xsl:value-of select="partner/@contact"/></xsl:if>
        <xsl:if test="partner/@support != ''"><br/><xsl:value-of select="partner/@support"/></xsl:if>
      </p>
    </section>
  </xsl:if>
</xsl:template>
</xsl:stylesheet>
