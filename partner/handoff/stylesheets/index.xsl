<?xml version="1.0" encoding="UTF-8"?>
<!-- Renders handoff.xml to index.html, for a pack or a letter, and to letter.html, a printout without ticks: one file that loads nothing. The page is arranged by
     phase: each step occurs once, with its devices. All words come from the document (texts, catalogue).
     "Deregistered" means the Windows Autopilot registration only. The Content-Security-Policy allows the one
     script by its digest: a change of the script changes the digest too (the browser tests fail otherwise). -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:str="http://exslt.org/strings" exclude-result-prefixes="str"
  xmlns:u="urn:unpilot:handoff" extension-element-prefixes="u">
<xsl:output method="html" encoding="UTF-8" indent="no" doctype-system="about:legacy-compat"/>
<xsl:key name="in" match="catalogue/step" use="@phase"/>
<xsl:key name="t" match="texts/text" use="@id"/>
<xsl:key name="s" match="catalogue/step/@*" use="concat(../@id, ' ', name())"/>
<xsl:key name="s" match="catalogue/step" use="concat(@id, ' do')"/>
<xsl:variable name="c" select="/handoff/counts"/>
<xsl:variable name="letter" select="/handoff/@kind != 'pack'"/>
<xsl:variable name="ticks" select="/handoff/@kind != 'printout'"/>
<xsl:variable name="groups" select="/handoff/groups/group"/>
<xsl:variable name="work" select="$groups[steps/step]"/>
<xsl:variable name="total" select="sum($groups/listed/@count) + sum($groups/unlisted/@count)"/>
<xsl:variable name="worked" select="sum($work/listed/@count) + sum($work/unlisted/@count)"/>
<xsl:variable name="first" select="$work[@outcome = 'pending' or @outcome = 'unknown']"/>
<xsl:variable name="wait" select="not($work) and $c/@alarm &gt; 0"/><!-- there is nothing to do but to wait -->
<xsl:variable name="open" select="/handoff/phases/@open"/><!-- once the customer has answered something -->
<xsl:variable name="keys" select="$worked * not($open) + sum(/handoff/phases/phase[@name = 'keys']/@open)"/>
<xsl:variable name="check" select="(sum($first/listed/@count) + sum($first/unlisted/@count)) * not($open) + sum(/handoff/phases/phase[@name = 'first']/@open)"/>
<xsl:variable name="firmware" select="/handoff/catalogue/step[@phase = 'firmware'][not(@open = 0)]"/>
<xsl:variable name="all-first" select="count($first) = count($work)"/>
<xsl:variable name="alarm" select="$groups[@outcome = 'alarm']"/>
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
<xsl:variable name="yours"><xsl:choose>
  <xsl:when test="$total = 1"><xsl:value-of select="key('t','your-one')"/></xsl:when>
  <xsl:otherwise><xsl:value-of select="str:replace(key('t','your-many'), '{a}', string($total))"/></xsl:otherwise>
</xsl:choose></xsl:variable>
<xsl:variable name="all"><xsl:call-template name="devices"><xsl:with-param name="n" select="$total"/></xsl:call-template></xsl:variable>

<xsl:variable name="many" select="string(key('t','many'))"/>
<xsl:template name="devices">
  <xsl:param name="n"/>
  <xsl:choose>
    <xsl:when test="$n = 1"><xsl:value-of select="key('t','one')"/></xsl:when>
    <xsl:otherwise><xsl:value-of select="concat(substring-before($many, '{a}'), $n, substring-after($many, '{a}'))"/></xsl:otherwise>
  </xsl:choose>
</xsl:template>

<xsl:template name="heading">
  <xsl:choose>
    <xsl:when test="$letter"><xsl:value-of select="str:replace(key('t','letter-heading'), '{a}', string($all))"/></xsl:when>
    <xsl:when test="$wait"><xsl:value-of select="str:replace(key('t','wait-heading'), '{a}', string($all))"/></xsl:when>
    <xsl:otherwise><xsl:value-of select="str:replace(key('t','heading'), '{a}', string($all))"/></xsl:otherwise>
  </xsl:choose>
</xsl:template>

<xsl:template match="/handoff">
<html lang="{@language}">
<head>
<u:once key="''"><xsl:fallback><meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-LxS8//H/WLn/wt3K/I7BMUifaFefRSh2obMjARHp2l0='; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<meta name="referrer" content="no-referrer"/></xsl:fallback></u:once>
<title><xsl:choose>
  <xsl:when test="$letter"><xsl:value-of select="concat(key('t','letter-title'), ', ', $customer)"/></xsl:when>
  <xsl:when test="$wait"><xsl:value-of select="concat(key('t','wait-title'), ', ', $customer)"/></xsl:when>
  <xsl:otherwise><xsl:value-of select="concat(key('t','title'), ', ', $customer)"/></xsl:otherwise></xsl:choose></title>
<style><![CDATA[
:root{--ink:#1b2430;--soft:#4d5866;--line:#d5dae1;--paper:#fff;--tint:#f4f6f8;--mark:#0b5c8a;--warn:#9a3412;--warn-tint:#fdf3ec;--ok:#1a6b3c;
 --c-ended:#1a6b3c;--c-none:#6f9f83;--c-yours:#9a3412;--c-check:#c77a3a;--c-wait:#a98a12;--c-unknown:#5b5fc7;--c-stop:#b00020;--c-not:#8a95a1}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ed;--soft:#a9b3bf;--line:#38424e;--paper:#14191f;--tint:#1c232b;--mark:#7cc4ee;--warn:#f4a57a;--warn-tint:#2b201a;--ok:#7fd3a0;
 --c-ended:#4caf78;--c-none:#9cc7ae;--c-yours:#e58a62;--c-check:#dba05f;--c-wait:#d3b94a;--c-unknown:#9b9ef0;--c-stop:#ff6b6b;--c-not:#8a95a1}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
.page{max-width:64rem;margin:0 auto;padding:1.2rem 1.5rem 2rem}
h1,h2,h3{line-height:1.25;margin:0;text-wrap:balance}
h1{font-size:1.9rem;font-weight:650;letter-spacing:-.01em}
h2{font-size:1.25rem;font-weight:650}
h3{font-size:1rem;font-weight:650}
p{margin:.35rem 0;max-width:46rem}
a{color:var(--mark)}
.from{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.2rem 1.5rem;align-items:center;border-bottom:1px solid var(--line);padding-bottom:.6rem;margin-bottom:1.1rem}
.from p{margin:0;overflow-wrap:anywhere}
.logo{max-height:2.6rem;max-width:14rem;display:block}
.lead{font-size:1.1rem;margin-top:.5rem}
.meta,.note{color:var(--soft)}
.meta{font-size:.925rem;overflow-wrap:anywhere}
.bar{display:flex;height:1rem;gap:2px;margin:.8rem 0 .5rem;forced-color-adjust:none}
.bar span{display:block;min-width:.35rem;border-radius:2px}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.15rem 1.4rem;margin:0;padding:0;font-size:.925rem}
.dot{display:inline-block;width:.75rem;height:.75rem;border-radius:2px;margin-right:.4rem;forced-color-adjust:none}
.ended{background:var(--c-ended)}.none{background:var(--c-none)}.yours{background:var(--c-yours)}.check{background:var(--c-check)}
.wait{background:var(--c-wait)}.unknown{background:var(--c-unknown)}.stop{background:var(--c-stop)}.not{background:var(--c-not)}
.cols{display:grid;grid-template-columns:1fr 1fr;gap:1rem;margin:1rem 0}
.box{border:1px solid var(--line);border-top:.3rem solid var(--mark);border-radius:.4rem;padding:.7rem 1rem}
.box.no{border-top-color:var(--warn);background:var(--warn-tint)}
.box ol,.box ul{margin:.35rem 0 0;padding-left:1.25rem}.box li{margin:.2rem 0}
.alarm{border-left:.3rem solid var(--warn);background:var(--warn-tint);padding:.6rem 1rem;border-radius:.25rem;margin:1rem 0}
.alarm p{overflow-wrap:anywhere}
section{margin-top:1.4rem}
progress{width:100%;height:.7rem;accent-color:var(--ok);display:block;margin:.3rem 0}
details{border-bottom:1px solid var(--line)}
.phase:first-of-type,section>h2+details{border-top:1px solid var(--line)}
section>h2+details{margin-top:.5rem}
summary{cursor:pointer;padding:.55rem 0}
.phase>summary{display:grid;grid-template-columns:1rem 2rem 1fr max-content;gap:.2rem .7rem;align-items:center;list-style:none}
.phase>summary::-webkit-details-marker{display:none}
.phase>summary::before,.plain>summary::before{content:"\25b8";color:var(--soft)}
.phase[open]>summary::before,.plain[open]>summary::before{content:"\25be"}
.plain>summary{list-style:none}.plain>summary::-webkit-details-marker{display:none}.plain>summary::before{margin-right:.5rem}
.plain>summary h2{display:inline;font-size:1.05rem}
.phases{counter-reset:phase}.num::before{counter-increment:phase;content:counter(phase)}.num{width:1.9rem;height:1.9rem;border-radius:50%;border:2px solid currentColor;display:grid;place-items:center;font-weight:650;font-size:.9rem}
.complete .num{background:var(--ok);border-color:var(--ok);color:var(--paper)}
.state{color:var(--soft);font-size:.925rem;font-variant-numeric:tabular-nums}
.steps{list-style:none;margin:0;padding:0 0 .6rem 3.7rem}
.steps>li{padding:.7rem 0;border-top:1px solid var(--line);break-inside:avoid}
.steps p{overflow-wrap:break-word}
.where{font-size:.95rem}.where span::before{content:"\203a\00a0";color:var(--soft)}.only{font-size:.95rem}.only label{display:flex;gap:.45rem;align-items:center}.tick{vertical-align:-.15rem;margin-right:.5rem!important}.phase summary progress{width:5rem;height:.5rem;margin:0}.phase summary>span:last-child{text-align:right}.phase summary .state{display:block}
.tag{display:inline-block;font-size:.8rem;line-height:1.3;font-weight:400;color:var(--soft);border:1px solid currentColor;border-radius:1rem;padding:.05rem .55rem;margin-left:.4rem}
.steps details{border:0;font-size:.95rem}.steps summary{padding:.2rem 0;color:var(--mark)}
.serials{overflow-wrap:anywhere;font-variant-numeric:tabular-nums;max-width:none}
dl{margin:.2rem 0 .4rem;display:grid;grid-template-columns:max-content 1fr;gap:.15rem .9rem}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere;max-width:44rem}
.tools{display:flex;flex-wrap:wrap;gap:.5rem .8rem;align-items:end;margin:.5rem 0}
.tools label{font-size:.9rem;color:var(--soft)}.tools label:first-child{flex:1 1 14rem}
input[type=search],input[type=text],select{display:block;width:100%;margin-top:.15rem;padding:.4rem .55rem;font:inherit;color:var(--ink);background:var(--paper);border:1px solid var(--soft);border-radius:.3rem}
input[type=checkbox]{accent-color:var(--mark);width:1.05rem;height:1.05rem;margin:0;flex:none}
button{font:inherit;cursor:pointer;color:var(--mark);background:none;border:1px solid currentColor;border-radius:.3rem;padding:.3rem .7rem}
button.main{background:var(--mark);border-color:var(--mark);color:var(--paper)}
button.own{padding:0 .45rem;font-size:.85rem;font-variant-numeric:tabular-nums}
.list{list-style:none;margin:0;padding:0;content-visibility:auto;contain-intrinsic-size:auto 400rem}
.list.few{contain-intrinsic-size:auto 20rem}
.list li{display:flex;flex-wrap:wrap;gap:.1rem .9rem;align-items:center;padding:.25rem 0;border-bottom:1px solid var(--line)}
.list label{display:flex;gap:.45rem;align-items:center}
.list small{color:var(--soft);font-size:.85rem;flex:1 1 10rem;overflow-wrap:anywhere}
.scroll{overflow-x:auto;margin:.6rem 0}
.long{overflow:auto;max-height:min(44rem,85vh);contain:content}
:focus-visible{outline:3px solid var(--mark);outline-offset:2px}
table{border-collapse:collapse;width:100%;table-layout:fixed;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{text-align:left;vertical-align:top;padding:.35rem .8rem .35rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
thead th{font-weight:600;color:var(--soft)}
.long thead th{position:sticky;top:0;background:var(--paper)}
tbody th{font-weight:600;background:var(--tint);padding:.35rem .5rem}
.wide thead th:nth-child(5){width:26%}.wide thead th:last-child{width:5.5rem}
th button{border:0;padding:0;color:inherit;font:inherit;text-decoration:underline dotted}
th[aria-sort=ascending] button::after{content:" \2191"}th[aria-sort=descending] button::after{content:" \2193"}
dialog{border:1px solid var(--line);border-radius:.5rem;background:var(--paper);color:var(--ink);max-width:min(40rem,94vw);padding:1.1rem 1.3rem}
dialog::backdrop{background:rgba(0,0,0,.45)}
.dock{background:var(--tint);border-top:1px solid var(--line);padding:.6rem 0}
.dock .in{max-width:64rem;margin:0 auto;padding:0 1.5rem;display:flex;flex-wrap:wrap;gap:.4rem 1rem;align-items:center}
@media (min-width:72rem){.live{display:grid;grid-template-columns:minmax(0,62rem) 17rem;justify-content:center}.live .page{margin:0;padding-right:2rem}
 .live .dock{position:sticky;top:1.2rem;align-self:start;margin:1.2rem 1.5rem 0 0;padding:1rem;border:1px solid var(--line);border-radius:.4rem}.live .dock .in{display:block;padding:0}
 .live .dock form,.live .dock form label{display:block}.live .dock input[type=text]{width:100%;margin:.15rem 0 .6rem}.live .dock p,.live .dock button{margin:.4rem 0}}
.dock p{margin:0;font-size:.925rem}.dock .grow{flex:1 1 14rem}.dock progress{max-width:20rem}
.dock form{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center}.dock form label{display:flex;gap:.5rem;align-items:center;font-size:.9rem;color:var(--soft)}.dock input[type=text]{width:11rem;margin:0}
[hidden]{display:none!important}
footer{margin-top:1.6rem;color:var(--soft);font-size:.9rem}footer p{max-width:none}
@media (max-width:44rem){.page{padding:1rem 1rem 2rem}h1{font-size:1.5rem}.cols{grid-template-columns:1fr}.phase>summary{grid-template-columns:1rem 2rem 1fr}.phase>summary>span:last-child{grid-column:3;text-align:left}
 .steps{padding-left:0}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.35rem}.dock .in{padding:0 1rem}
 .wide,.wide tbody,.wide tr,.wide td,.wide th{display:block;width:100%}.wide thead{display:none}.wide tr{border-bottom:1px solid var(--line);padding:.5rem 0}.wide td{border:0;padding:.05rem 0}
 .wide tr>td::before{color:var(--soft)}.wide td:nth-child(1)::before{content:var(--c1)}.wide td:nth-child(2)::before{content:var(--c2)}.wide td:nth-child(3)::before{content:var(--c3)}
 .wide td:nth-child(4)::before{content:var(--c4)}.wide td:nth-child(5)::before{content:var(--c5)}.wide td:nth-child(6)::before{content:var(--c6)}.wide td:empty{display:none}}
@media (prefers-reduced-motion:no-preference){details[open]>summary{transition:color .1s}}
@media print{@page{margin:14mm}
 :root{--ink:#000;--soft:#333;--line:#999;--paper:#fff;--tint:#fff;--mark:#000;--warn:#000;--warn-tint:#fff;--ok:#000}
 html{font-size:8.5pt}body{line-height:1.32}.page{max-width:none;padding:0}p,dd{max-width:none}section{margin-top:1rem}
 .dock,.tools,.panel,.only,.tick,.rest,dialog,.scripted,.progress{display:none!important}.live{display:block}.serials[hidden]{display:block!important}
 details::details-content{content-visibility:visible!important;display:block!important;block-size:auto!important;height:auto!important;overflow:visible!important}
 .bar span,.dot{print-color-adjust:exact;-webkit-print-color-adjust:exact}
 .steps{padding-left:2.4rem}.steps>li{padding:.35rem 0}summary{padding:.25rem 0}.steps details>summary{color:#000}.steps .more>summary{padding:0;list-style:none;font-weight:600}.steps .more>summary:has(+dl){display:none}.steps .devs>summary{list-style:none}
 .phase>summary::before,.plain>summary::before{content:none}.phase>summary{grid-template-columns:2rem 1fr max-content}
 .steps h3::before{content:"";display:inline-block;width:.75em;height:.75em;border:1px solid #000;margin-right:.45em}.steps .know h3::before{content:none}
 .scroll,.long{max-height:none;overflow:visible;contain:none}thead{display:table-header-group;break-inside:avoid}thead th,.long thead th{position:static}table{font-size:.95rem}th,td{padding:.15rem .6rem .15rem 0}
 tr,h2,h3,summary{break-inside:avoid}h2,h3,summary{break-after:avoid}td button,th button{border:0;padding:0;text-decoration:none;color:inherit}}
]]></style>
</head>
<body>
<div class="layout">
<div class="page">
<header class="from">
  <div><xsl:if test="partner/@logo"><img class="logo" src="{partner/@logo}" alt=""/></xsl:if><p><strong><xsl:value-of select="$who"/></strong></p></div>
  <xsl:if test="partner/@contact != '' or partner/@support != ''"><p><xsl:value-of select="concat(key('t','contact'), ': ', partner/@contact)"/>
    <xsl:if test="partner/@contact != '' and partner/@support != ''"> &#183; </xsl:if><xsl:value-of select="partner/@support"/></p></xsl:if>
</header>
<main data-run="{@run}" data-customer="{@customer}">
  <u:once key="''"><xsl:fallback>
  <xsl:attribute name="data-one"><xsl:value-of select="key('t','one')"/></xsl:attribute>
  <xsl:attribute name="data-many"><xsl:value-of select="key('t','many')"/></xsl:attribute>
  <xsl:attribute name="data-left-for"><xsl:value-of select="key('t','left-for')"/></xsl:attribute>
  <xsl:attribute name="data-phase-count"><xsl:value-of select="key('t','phase-count')"/></xsl:attribute>
  <xsl:attribute name="data-progress-text"><xsl:value-of select="key('t','progress-text')"/></xsl:attribute>
  <xsl:attribute name="data-mark-done"><xsl:value-of select="key('t','mark-done')"/></xsl:attribute>
  <xsl:attribute name="data-mark-not"><xsl:value-of select="key('t','mark-not')"/></xsl:attribute>
  <xsl:attribute name="data-mark-open"><xsl:value-of select="key('t','mark-open')"/></xsl:attribute>
  <xsl:attribute name="data-marked"><xsl:value-of select="key('t','marked')"/></xsl:attribute>
  <xsl:attribute name="data-undone"><xsl:value-of select="key('t','undone')"/></xsl:attribute>
  <xsl:attribute name="data-state-not"><xsl:value-of select="key('t','state-not')"/></xsl:attribute>
  <xsl:attribute name="data-progress-one"><xsl:value-of select="key('t','progress-one')"/></xsl:attribute>
  <xsl:attribute name="data-show-all"><xsl:value-of select="key('t','show-all')"/></xsl:attribute>
  <xsl:attribute name="data-search"><xsl:value-of select="key('t','search')"/></xsl:attribute>
  <xsl:attribute name="data-search-result"><xsl:value-of select="key('t','search-result')"/></xsl:attribute>
  <xsl:attribute name="data-sort"><xsl:value-of select="key('t','sort')"/></xsl:attribute>
  <xsl:attribute name="data-serial"><xsl:value-of select="key('t','serial')"/></xsl:attribute>
  <xsl:attribute name="data-model"><xsl:value-of select="key('t','model')"/></xsl:attribute>
  <xsl:attribute name="data-ticket"><xsl:value-of select="key('t','ticket')"/></xsl:attribute>
  <xsl:attribute name="data-done"><xsl:value-of select="key('t','done')"/></xsl:attribute>
  <xsl:attribute name="data-early"><xsl:value-of select="key('t','early')"/></xsl:attribute>
  <xsl:attribute name="data-receipt-name"><xsl:value-of select="key('t','receipt-name')"/></xsl:attribute>
  <xsl:attribute name="data-receipt-none"><xsl:value-of select="key('t','receipt-none')"/></xsl:attribute>
  <xsl:attribute name="data-receipt-done"><xsl:value-of select="key('t','receipt-done')"/></xsl:attribute>
  <xsl:attribute name="data-not-kept"><xsl:value-of select="key('t','not-kept')"/></xsl:attribute>
  <xsl:attribute name="style"><xsl:call-template name="columns"/></xsl:attribute>
  </xsl:fallback></u:once>
  <h1><xsl:call-template name="heading"/></h1>
  <xsl:choose>
    <xsl:when test="$letter"><xsl:call-template name="letter-top"/></xsl:when>
    <xsl:otherwise><xsl:call-template name="top"/></xsl:otherwise>
  </xsl:choose>
  <xsl:call-template name="boxes"/>
  <xsl:call-template name="before"/>
  <xsl:if test="$alarm"><xsl:call-template name="alarm"/></xsl:if>
  <xsl:if test="$work">
  <xsl:if test="$ticks"><u:once key="''"><xsl:fallback><section class="progress" aria-labelledby="progress"><h2 id="progress"><xsl:value-of select="key('t','progress')"/></h2>
    <p class="note unscripted"><xsl:value-of select="key('t','progress-plain')"/></p>
    <div class="scripted" hidden="hidden"><progress class="all" value="0" max="1" aria-labelledby="progress"></progress><p class="note progress-text"></p></div></section></xsl:fallback></u:once></xsl:if>
  <section class="phases" aria-labelledby="phases">
    <h2 id="phases"><xsl:choose><xsl:when test="$letter"><xsl:value-of select="key('t','letter-before')"/></xsl:when><xsl:otherwise><xsl:value-of select="key('t','phases')"/></xsl:otherwise></xsl:choose></h2>
    <xsl:call-template name="phases"/>
  </section>
  </xsl:if>
  <xsl:if test="not($letter)"><xsl:call-template name="unprocessed"/></xsl:if>
  <section aria-label="{key('t','devices')}"><xsl:call-template name="table"/></section>
  <section aria-label="{key('t','notes')}">
    <xsl:if test="not($letter)"><xsl:call-template name="meanings"/></xsl:if>
    <xsl:if test="not($wait)"><xsl:call-template name="notes"/></xsl:if>
    <xsl:if test="$ticks"><xsl:call-template name="genuine"/></xsl:if>
  </section>
</main>
<footer>
  <p><xsl:choose>
    <xsl:when test="$letter"><xsl:if test="$ticks"><xsl:value-of select="concat(@run, '. ')"/></xsl:if><xsl:value-of select="str:replace(key('t','letter-written'), '{a}', translate(@generated, 'TZ', ' '))"/></xsl:when>
    <xsl:otherwise><xsl:value-of select="str:replace(str:replace(key('t','written'), '{a}', string(@run)), '{b}', translate(@generated, 'TZ', ' '))"/></xsl:otherwise></xsl:choose></p>
</footer>
</div>
<xsl:if test="$work and $ticks"><xsl:call-template name="dock"/></xsl:if>
</div>
<xsl:if test="$work and $ticks"><xsl:call-template name="dialogs"/>
<script><![CDATA[
"use strict";
(() => {
const $ = (s, e = document) => e.querySelector(s), $$ = (s, e = document) => [...e.querySelectorAll(s)];
const main = $("main"), say = main.dataset, key = "unpilot2/" + say.run + "/" + say.customer;
const fill = (text, ...a) => text.replace(/\{([abcd])\}/g, (_, c) => a["abcd".indexOf(c)]);
const safe = (text) => text.replace(/[&<>"]/g, (c) => "&#" + c.charCodeAt(0) + ";");
const many = (n) => n === 1 ? say.one : fill(say.many, n.toLocaleString(document.documentElement.lang));
const now = () => new Date().toISOString().replace(/\.\d+Z$/, "Z");
const LIST_MAX = 200, CHUNK = 200;
const devices = [], groups = new Map(), views = [], phases = [];
let asked = false, kept = true, last = null;

/* ---- what the page says: steps by phase, devices by group ---- */
$$("details.phase").forEach((el, order) => {
  const phase = {el, order, state: $("summary .state", el), bar: $("summary progress", el), views: []};
  phases.push(phase);
  $$("li[data-groups]", el).forEach((li) => {
    const numbers = (text) => new Set((text || "").split(/[ ,]+/).filter(Boolean));
    const view = {li, id: li.dataset.step, order, title: $("h3", li).textContent.trim(),
      groups: numbers(li.dataset.groups), may: numbers(li.dataset.may), devices: []};
    views.push(view);
    phase.views.push(view);
    for (const g of view.groups) {
      if (!groups.has(g)) groups.set(g, {steps: new Map(), devices: []});
      const steps = groups.get(g).steps;
      if (!steps.has(view.id)) steps.set(view.id, {order, title: view.title, may: view.may.has(g), view});
    }
  });
});
$$("tbody[data-group]").forEach((body) => {
  const group = groups.get(body.dataset.group);
  if (!group) return;
  for (const row of body.querySelectorAll("tr[data-id]")) {
    const c = row.children, name = c[0].textContent || c[2].textContent, model = c[1].textContent, ticket = c[3].textContent;
    const d = {id: row.dataset.id, row, group, name, model, ticket, answers: new Map(), button: null,
      find: (name + " " + model + " " + c[2].textContent + " " + ticket).toLowerCase()};
    const before = c[5].dataset.done;
    if (before) for (const word of before.split(" ")) {
      const [step, not] = word.split(":");
      d.answers.set(step, {state: not ? "not-applicable" : "done", before: true});
    }
    group.devices.push(d);
    devices.push(d);
  }
});
for (const view of views)
  for (const g of view.groups) view.devices.push(...groups.get(g).devices);

/* ---- ticks, kept as {at: [time...], done: {device: "B1:0 B2:0:n"}}: short enough for thousands ---- */
const byId = new Map(devices.map((d) => [d.id, d]));
function load() {
  try {
    const all = JSON.parse(localStorage.getItem(key) || "{}");
    for (const [id, list] of Object.entries(all.done || {}))
      for (const [step, at, not] of list.split(" ").map((t) => t.split(":")))
        if (byId.has(id) && !byId.get(id).answers.has(step))
          byId.get(id).answers.set(step, {state: not ? "not-applicable" : "done", at: all.at[at]});
  } catch (e) { kept = true; }
}
function save() {
  const at = new Map(), done = {};
  for (const d of devices) {
    const list = [...d.answers].filter(([, a]) => !a.before).map(([s, a]) => {
      if (!at.has(a.at)) at.set(a.at, at.size);
      return s + ":" + at.get(a.at) + (a.state === "done" ? "" : ":n");
    });
    if (list.length > 0) done[d.id] = list.join(" ");
  }
  try { localStorage.setItem(key, JSON.stringify({at: [...at.keys()], done})); } catch (e) { kept = false; }
  if (!kept) tell(say.notKept);
}
const told = $("#told"), undo = $("#undo");
const tell = (text) => { told.textContent = text; };
const answered = (d) => { let n = 0; for (const s of d.group.steps.keys()) n += d.answers.has(s); return n; };
const stateOf = (d, step) => d.answers.has(step) ? d.answers.get(step).state : "open";

/* ---- counts ---- */
const score = (d) => answered(d) + "/" + d.group.steps.size;
function show(button, d) {
  button.textContent = score(d);
  button.setAttribute("aria-label", score(d) + ", " + fill(say.leftFor, d.name));
}
function count() {
  let all = 0, given = 0, closed = 0;
  for (const d of devices) {
    const n = answered(d), of = d.group.steps.size;
    all += of;
    given += n;
    closed += n === of;
    if (d.button) show(d.button, d);
  }
  for (const p of phases) {
    let of = 0, n = 0;
    for (const v of p.views) {
      of += v.devices.length;
      for (const d of v.devices) n += d.answers.has(v.id);
    }
    const text = fill(say.phaseCount, n.toLocaleString(), of.toLocaleString());
    p.state.textContent = n > 0 ? text : "";
    p.bar.hidden = of === 0;
    p.bar.max = Math.max(of, 1);
    p.bar.value = n;
    p.bar.setAttribute("aria-label", text);
    p.el.classList.toggle("complete", of > 0 && n === of);
  }
  $$("progress.all").forEach((p) => { p.max = Math.max(all, 1); p.value = given; });
  $$(".progress-text").forEach((p) => {
    p.textContent = fill(devices.length === 1 ? say.progressOne : say.progressText, given.toLocaleString(), all.toLocaleString(), closed.toLocaleString(), devices.length.toLocaleString());
  });
  for (const v of views) if (v.panel) v.panel.refresh();
}

/* ---- ticking: asks once when earlier steps are open; one undo ---- */
function put(d, step, state, at) {
  if (state === "open") d.answers.delete(step);
  else d.answers.set(step, {state, at});
}
function isEarly(d, order) {
  for (const [id, s] of d.group.steps)
    if (s.order < order && !d.answers.has(id)) return true;
  return false;
}
async function mark(list, step, order, state) {
  const free = list.filter((d) => !(d.answers.get(step) || {}).before && d.group.steps.has(step) &&
    (state !== "not-applicable" || d.group.steps.get(step).may) && stateOf(d, step) !== state);
  if (free.length === 0) return;
  if (state !== "open" && !asked) {
    const early = free.filter((d) => isEarly(d, order)).length;
    if (early > 0 && !(await confirmEarly(early))) { count(); return; }
  }
  last = free.map((d) => [d, step, d.answers.get(step)]);
  const at = now();
  for (const d of free) put(d, step, state, at);
  save();
  count();
  if (kept) tell(fill(say.marked, many(free.length)));
  undo.hidden = false;
}
function confirmEarly(n) {
  const dialog = $("#early");
  $("p", dialog).textContent = fill(say.early, many(n));
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", () => {
    asked = asked || dialog.returnValue === "yes";
    done(dialog.returnValue === "yes");
  }, {once: true}));
}
undo.addEventListener("click", () => {
  for (const [d, step, old] of last || []) if (old) d.answers.set(step, old); else d.answers.delete(step);
  last = null;
  undo.hidden = true;
  save();
  count();
  tell(say.undone);
});

/* ---- the devices of a step: search, sort, tick what is shown ---- */
function boxes(d, step, may) {
  const a = d.answers.get(step) || {}, off = a.before ? " disabled" : "";
  return '<label><input type="checkbox" data-a="done"' + (a.state === "done" ? " checked" : "") + off + "> %</label>" +
    (may ? '<label><input type="checkbox" data-a="not-applicable"' + (a.state === "not-applicable" ? " checked" : "") + off + "> " + safe(say.stateNot) + "</label>" : "");
}
function panel(view) {
  const el = document.createElement("div"), any = view.may.size > 0;
  let shown = [], limit = LIST_MAX;
  el.className = "panel";
  el.innerHTML = '<div class="tools"><label>' + safe(say.search) + '<input type="search" autocomplete="off"></label><label>' +
    safe(say.sort.replace("{a}", "").trim()) + "<select>" + ["name", "model", "ticket", "state"].map((k, i) => '<option value="' + k + '">' + safe([say.serial, say.model, say.ticket, say.done][i]) + "</option>").join("") +
    '</select></label></div><p role="status" class="note"></p><div class="tools"><button type="button" class="main" data-m="done"></button>' +
    (any ? '<button type="button" data-m="not-applicable"></button>' : "") + '<button type="button" data-m="open"></button></div><div class="lists"></div><button type="button" class="rest" hidden></button>';
  const search = $("input", el), sort = $("select", el), lists = $(".lists", el), rest = $(".rest", el);
  const line = (d) => '<li data-id="' + safe(d.id) + '">' + boxes(d, view.id, d.group.steps.get(view.id).may).replace("%", () => safe(d.name)) +
    "<small>" + safe([d.model, d.ticket].filter(Boolean).join(" · ")) + '</small><button type="button" class="own" aria-label="' + safe(score(d) + ", " + fill(say.leftFor, d.name)) + '">' + score(d) + "</button></li>";
  function draw() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean), by = sort.value;
    const value = (d) => by === "state" ? stateOf(d, view.id) : d[by];
    const found = view.devices.filter((d) => words.every((w) => d.find.includes(w)));
    found.sort((a, b) => value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0);
    shown = found.slice(0, limit);
    $("p", el).textContent = fill(say.searchResult, shown.length.toLocaleString(), view.devices.length.toLocaleString());
    rest.hidden = found.length <= limit;
    rest.textContent = fill(say.showAll, many(found.length));
    let html = "";
    for (let i = 0; i < shown.length; i += CHUNK)
      html += '<ul class="list' + (shown.length - i < CHUNK ? " few" : "") + '">' + shown.slice(i, i + CHUNK).map(line).join("") + "</ul>";
    lists.innerHTML = html;
    label();
  }
  function label() {
    const may = shown.filter((d) => d.group.steps.get(view.id).may).length;
    for (const b of $$("button[data-m]", el)) {
      const n = b.dataset.m === "not-applicable" ? may : shown.length;
      b.textContent = fill({done: say.markDone, "not-applicable": say.markNot, open: say.markOpen}[b.dataset.m], many(n));
      b.disabled = n === 0;
    }
  }
  function refresh() {
    for (const li of $$("li", lists)) {
      const d = byId.get(li.dataset.id), a = d.answers.get(view.id) || {};
      for (const box of $$("input", li)) box.checked = a.state === box.dataset.a;
      show(li.lastElementChild, d);
    }
  }
  search.addEventListener("input", () => { limit = LIST_MAX; draw(); });
  sort.addEventListener("change", draw);
  rest.addEventListener("click", () => { limit = Infinity; draw(); });
  for (const b of $$("button[data-m]", el)) b.addEventListener("click", () => mark(shown, view.id, view.order, b.dataset.m));
  lists.addEventListener("change", (e) => {
    const d = byId.get(e.target.closest("li").dataset.id);
    mark([d], view.id, view.order, e.target.checked ? e.target.dataset.a : "open");
  });
  lists.addEventListener("click", (e) => {
    if (e.target.matches("button.own")) openOwn(byId.get(e.target.closest("li").dataset.id));
  });
  el.refresh = refresh;
  el.draw = draw;
  return el;
}
function only(view) {
  const d = view.devices[0], list = $$("input", view.li);
  view.panel = {refresh() {
    for (const box of list) {
      box.checked = stateOf(d, view.id) === box.dataset.a;
      box.disabled = Boolean((d.answers.get(view.id) || {}).before);
    }
  }};
  for (const box of list) box.addEventListener("change", () => mark([d], view.id, view.order, box.checked ? box.dataset.a : "open"));
  for (const el of $$(".tick,.only", view.li)) el.hidden = false;
}
for (const view of views) {
  const box = $("details.devs", view.li);
  if (!box) continue;
  box.addEventListener("toggle", () => {
    if (!box.open || view.panel) return;
    view.panel = panel(view);
    $(".serials", box).hidden = true;
    box.append(view.panel);
    view.panel.draw();
  });
}

/* ---- one device: what is left for it ---- */
function openOwn(d) {
  const dialog = $("#own"), list = $("ul", dialog);
  $("h2", dialog).textContent = fill(say.leftFor, d.name);
  list.innerHTML = [...d.group.steps].sort((a, b) => a[1].order - b[1].order).map(([id, s]) =>
    '<li data-step="' + safe(id) + '">' + boxes(d, id, s.may).replace("%", () => safe(s.title)) + "</li>").join("");
  list.onchange = async (e) => {
    const step = e.target.closest("li").dataset.step;
    await mark([d], step, d.group.steps.get(step).order, e.target.checked ? e.target.dataset.a : "open");
    for (const box of $$("input", list)) box.checked = stateOf(d, box.closest("li").dataset.step) === box.dataset.a;
  };
  dialog.showModal();
}

/* ---- the table of devices: it holds the rows that are found, a few hundred at first ---- */
const tableBox = $("#devices"), finder = $("#search"), bodies = $$("tbody[data-group]");
let column = -1, down = false, rows = LIST_MAX;
function button(d) {
  if (d.button) return;
  d.button = document.createElement("button");
  d.button.type = "button";
  d.button.className = "own";
  show(d.button, d);
  d.row.lastElementChild.replaceChildren(d.button);
}
function drawTable() {
  const words = finder.value.toLowerCase().split(/\s+/).filter(Boolean), cell = (d) => d.row.cells[column].textContent;
  let n = 0, left = rows;
  for (const body of bodies) {
    const group = groups.get(body.dataset.group);
    if (!group) continue;
    let hits = group.devices.filter((d) => words.every((w) => d.find.includes(w)));
    n += hits.length;
    if (column >= 0) hits = hits.map((d) => [cell(d), d]).sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0) * (down ? -1 : 1)).map((p) => p[1]);
    hits = hits.slice(0, left);
    left -= hits.length;
    hits.forEach(button);
    body.hidden = hits.length === 0;
    body.replaceChildren(body.rows[0], ...hits.map((d) => d.row));
  }
  $("#found").textContent = words.length > 0 ? fill(say.searchResult, n.toLocaleString(), devices.length.toLocaleString()) : "";
  $("#rest").hidden = n <= rows;
  $("#rest").textContent = fill(say.showAll, many(n));
}
if (tableBox) {
  if (devices.length > LIST_MAX) drawTable(); // before it is opened: thousands of rows would take seconds to lay out
  tableBox.addEventListener("toggle", () => { if (tableBox.open) drawTable(); });
  finder.addEventListener("input", () => { rows = LIST_MAX; drawTable(); });
  $("#rest").addEventListener("click", () => { rows = Infinity; drawTable(); });
  addEventListener("beforeprint", () => { rows = Infinity; finder.value = ""; drawTable(); });
}
for (const body of bodies) body.addEventListener("click", (e) => {
  const d = e.target.matches("button.own") && byId.get(e.target.closest("tr").dataset.id);
  if (d) openOwn(d);
});
$$("table.wide thead th").forEach((th, i, heads) => {
  const sorter = document.createElement("button");
  sorter.type = "button";
  sorter.append(...th.childNodes);
  th.append(sorter);
  sorter.addEventListener("click", () => {
    down = column === i && !down;
    column = i;
    heads.forEach((h) => h.removeAttribute("aria-sort"));
    th.setAttribute("aria-sort", down ? "descending" : "ascending");
    drawTable();
  });
});

/* ---- the receipt ---- */
const form = $("#receipt");
form.addEventListener("submit", (e) => {
  e.preventDefault();
  const by = $("#by").value.trim(), done = [];
  for (const d of devices)
    for (const [step, a] of d.answers)
      if (!a.before) done.push({device: d.id, step, at: a.at, state: a.state});
  if (by === "") { tell(say.receiptName); $("#by").focus(); return; }
  if (done.length === 0) { tell(say.receiptNone); return; }
  const receipt = {schema: "unpilot-receipt/2", run: say.run, customer: say.customer, by, generated: now(), source: "page", done};
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(receipt, null, 1) + "\n"], {type: "application/json"}));
  link.download = ("receipt-" + say.run + "-" + say.customer).replace(/[^A-Za-z0-9._-]+/g, "-") + ".json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  undo.hidden = true;
  tell(say.receiptDone);
});
addEventListener("storage", (e) => { if (e.key === key) location.reload(); });
load();
for (const view of views) if ($(".tick", view.li)) only(view);
$(".layout").classList.add("live");
$$(".scripted").forEach((e) => { e.hidden = false; });
$$(".unscripted").forEach((e) => { e.hidden = true; });
count();
})();
]]></script></xsl:if>
</body>
</html>
</xsl:template>

<!-- The first screen: who did what to how many devices, and when. -->
<xsl:template name="top">
  <xsl:variable name="did"><xsl:call-template name="did"/></xsl:variable>
  <p class="lead"><xsl:value-of select="$did"/><xsl:if test="not($wait)"><xsl:value-of select="concat(' ', key('t','untouched'))"/></xsl:if></p>
  <xsl:if test="not($wait)"><p><xsl:value-of select="key('t','why-at-all')"/></p></xsl:if>
  <p class="meta"><xsl:value-of select="concat($customer, ' &#183; ', key('t','for-admin'))"/>
    <xsl:if test="$worked = 1 and $work[1]/device"> &#183; <xsl:for-each select="$work[1]/device[1]"><xsl:value-of select="normalize-space(concat(@manufacturer, ' ', @model))"/><xsl:text> </xsl:text><strong><xsl:call-template name="name"/></strong></xsl:for-each></xsl:if>
    <xsl:if test="span/@first-ticket"> &#183; <xsl:choose>
      <xsl:when test="span/@first-ticket = span/@last-ticket"><xsl:value-of select="str:replace(key('t','ticket-one'), '{a}', string(span/@first-ticket))"/></xsl:when>
      <xsl:otherwise><xsl:value-of select="str:replace(str:replace(key('t','ticket-many'), '{b}', string(span/@last-ticket)), '{a}', string(span/@first-ticket))"/></xsl:otherwise>
    </xsl:choose></xsl:if> &#183; <a href="#genuine"><xsl:value-of select="key('t','genuine-link')"/></a></p>
  <div class="bar" aria-hidden="true"><xsl:call-template name="parts"/></div>
  <ul class="legend" aria-label="{key('t','result')}"><xsl:call-template name="parts"><xsl:with-param name="legend" select="true()"/></xsl:call-template></ul>
</xsl:template>

<xsl:template name="did">
  <xsl:variable name="b"><xsl:choose>
    <xsl:when test="$c/@deregistered = $total"><xsl:value-of select="$yours"/></xsl:when>
    <xsl:otherwise><xsl:value-of select="str:replace(str:replace(key('t','of'), '{a}', string($c/@deregistered)), '{b}', string($total))"/></xsl:otherwise>
  </xsl:choose></xsl:variable>
  <xsl:variable name="from" select="substring(span/@first, 1, 10)"/>
  <xsl:variable name="to" select="substring(span/@last, 1, 10)"/>
  <xsl:variable name="on"><xsl:choose>
    <xsl:when test="$from = ''"/>
    <xsl:when test="$from = $to"><xsl:value-of select="str:replace(key('t','on'), '{a}', string($from))"/></xsl:when>
    <xsl:otherwise><xsl:value-of select="str:replace(str:replace(key('t','between'), '{a}', string($from)), '{b}', string($to))"/></xsl:otherwise>
  </xsl:choose></xsl:variable>
  <xsl:choose>
    <xsl:when test="$c/@deregistered &gt; 0"><xsl:value-of select="str:replace(str:replace(str:replace(key('t','did'), '{c}', string($on)), '{b}', string($b)), '{a}', string($who))"/></xsl:when>
    <xsl:otherwise><xsl:value-of select="str:replace(str:replace(key('t','did-none'), '{b}', string($yours)), '{a}', string($who))"/></xsl:otherwise>
  </xsl:choose>
</xsl:template>

<!-- The bar of outcomes, and its legend. -->
<xsl:template name="parts">
  <xsl:param name="legend" select="false()"/>
  <xsl:call-template name="part"><xsl:with-param name="legend" select="$legend"/><xsl:with-param name="n" select="$c/@deregistered"/><xsl:with-param name="class" select="'ended'"/><xsl:with-param name="id" select="'count-deregistered'"/></xsl:call-template>
  <xsl:call-template name="part"><xsl:with-param name="legend" select="$legend"/><xsl:with-param name="n" select="$c/@not-registered"/><xsl:with-param name="class" select="'none'"/><xsl:with-param name="id" select="'count-not-registered'"/></xsl:call-template>
  <xsl:call-template name="part"><xsl:with-param name="legend" select="$legend"/><xsl:with-param name="n" select="$c/@not-ours"/><xsl:with-param name="class" select="'yours'"/><xsl:with-param name="id" select="'count-not-ours'"/></xsl:call-template>
  <xsl:call-template name="part"><xsl:with-param name="legend" select="$legend"/><xsl:with-param name="n" select="$c/@not-found + $c/@not-unique"/><xsl:with-param name="class" select="'check'"/><xsl:with-param name="id" select="'count-not-found'"/></xsl:call-template>
  <xsl:call-template name="part"><xsl:with-param name="legend" select="$legend"/><xsl:with-param name="n" select="$c/@refused"/><xsl:with-param name="class" select="'wait'"/><xsl:with-param name="id" select="'count-refused'"/></xsl:call-template>
  <xsl:call-template name="part"><xsl:with-param name="legend" select="$legend"/><xsl:with-param name="n" select="$c/@pending + $c/@unknown"/><xsl:with-param name="class" select="'unknown'"/><xsl:with-param name="id" select="'count-unknown'"/></xsl:call-template>
  <xsl:call-template name="part"><xsl:with-param name="legend" select="$legend"/><xsl:with-param name="n" select="$c/@alarm"/><xsl:with-param name="class" select="'stop'"/><xsl:with-param name="id" select="'count-alarm'"/></xsl:call-template>
  <xsl:call-template name="part"><xsl:with-param name="legend" select="$legend"/><xsl:with-param name="n" select="$c/@held + $c/@not-sent + $c/@rejected"/><xsl:with-param name="class" select="'not'"/><xsl:with-param name="id" select="'count-held'"/></xsl:call-template>
</xsl:template>
<xsl:template name="part">
  <xsl:param name="legend"/><xsl:param name="n"/><xsl:param name="class"/><xsl:param name="id"/>
  <xsl:if test="$n &gt; 0"><xsl:choose>
    <xsl:when test="$legend"><li><span class="dot {$class}"></span><strong><xsl:value-of select="$n"/></strong><xsl:text> </xsl:text><xsl:value-of select="key('t',$id)"/></li></xsl:when>
    <xsl:otherwise><span class="{$class}" style="flex:{$n}"></span></xsl:otherwise>
  </xsl:choose></xsl:if>
</xsl:template>

<xsl:template name="letter-top">
  <p class="lead"><xsl:value-of select="str:replace(str:replace(key('t','letter-lead'), '{b}', string($all)), '{a}', string($who))"/><xsl:text> </xsl:text><xsl:value-of select="key('t','letter-text')"/></p>
  <xsl:if test="$ticks"><p><xsl:call-template name="promise"/></p></xsl:if>
  <p><xsl:value-of select="key('t','why-at-all')"/></p>
  <p class="meta"><xsl:value-of select="concat($customer, ' &#183; ', key('t','for-admin'))"/>
    <xsl:if test="$ticks"> &#183; <a href="#genuine"><xsl:value-of select="key('t','genuine-link')"/></a></xsl:if></p>
</xsl:template>

<!-- When we deregister, and what happens if nothing is done. -->
<xsl:template name="promise">
  <strong><xsl:choose>
    <xsl:when test="@until"><xsl:value-of select="str:replace(key('t','letter-when-until'), '{a}', string(@until))"/></xsl:when>
    <xsl:otherwise><xsl:value-of select="key('t',concat('letter-when-', @sends))"/></xsl:otherwise></xsl:choose></strong>
  <xsl:text> </xsl:text><xsl:choose>
    <xsl:when test="@sends = 'reported' and not(@until)"><xsl:value-of select="key('t','letter-nothing-reported')"/></xsl:when>
    <xsl:otherwise><xsl:value-of select="key('t','letter-nothing')"/></xsl:otherwise></xsl:choose>
</xsl:template>

<xsl:template name="boxes">
  <u:once key="concat($letter, ' ', $keys, ' ', $check, ' ', boolean($firmware), ' ', boolean($work[@join = 'hybrid']), ' ', boolean($open), ' ', $open = 0)"><xsl:fallback>
  <xsl:if test="$work">
  <div class="cols">
    <section class="box" aria-labelledby="do-first"><h2 id="do-first"><xsl:value-of select="key('t','do-first')"/></h2><ol>
      <xsl:if test="$check &gt; 0 and not($letter)"><li><xsl:variable name="n"><xsl:call-template name="devices"><xsl:with-param name="n" select="$check"/></xsl:call-template></xsl:variable>
        <xsl:value-of select="str:replace(key('t','do-first-check'), '{a}', string($n))"/></li></xsl:if>
      <xsl:if test="$keys &gt; 0"><li><xsl:variable name="n"><xsl:call-template name="devices"><xsl:with-param name="n" select="$keys"/></xsl:call-template></xsl:variable>
        <strong><xsl:value-of select="str:replace(key('t','do-first-keys'), '{a}', string($n))"/></strong></li></xsl:if>
      <xsl:if test="$firmware"><li><xsl:value-of select="key('t','do-first-firmware')"/></li></xsl:if>
      <li><xsl:choose>
        <xsl:when test="$open = 0"><xsl:value-of select="key('t','nothing-left')"/></xsl:when>
        <xsl:when test="$open"><xsl:value-of select="key('t','do-first-rest')"/></xsl:when>
        <xsl:otherwise><xsl:value-of select="key('t','do-first-order')"/></xsl:otherwise></xsl:choose></li>
    </ol></section>
    <section class="box no" aria-labelledby="do-not"><h2 id="do-not"><xsl:value-of select="key('t','do-not')"/></h2><ul>
      <li><strong><xsl:value-of select="key('t','do-not-entra')"/></strong></li>
      <li><xsl:value-of select="key('t','do-not-order')"/></li>
      <xsl:if test="$work[@join = 'hybrid']"><li><xsl:value-of select="key('t','do-not-hybrid')"/></li></xsl:if>
    </ul></section>
  </div>
  </xsl:if>
  </xsl:fallback></u:once>
</xsl:template>

<!-- The letter before the deregistration: keys that nobody has confirmed, and what was reported. -->
<xsl:template name="before">
  <xsl:if test="unconfirmed"><section class="alarm" aria-labelledby="unconfirmed"><h2 id="unconfirmed"><xsl:value-of select="key('t','keys-now')"/></h2>
    <xsl:variable name="n"><xsl:call-template name="devices"><xsl:with-param name="n" select="unconfirmed/@count"/></xsl:call-template></xsl:variable>
    <p><xsl:value-of select="str:replace(key('t','keys-now-text'), '{a}', string($n))"/></p>
    <p class="serials"><xsl:for-each select="unconfirmed/device"><xsl:if test="position() &gt; 1">, </xsl:if><xsl:value-of select="@name"/></xsl:for-each></p>
    <xsl:if test="unconfirmed/@count &gt; count(unconfirmed/device)"><p><xsl:value-of select="str:replace(key('t','more-devices'), '{a}', string(unconfirmed/@count - count(unconfirmed/device)))"/></p></xsl:if></section></xsl:if>
  <xsl:if test="before"><p class="note"><xsl:value-of select="key('t','before')"/><xsl:for-each select="before">
    <xsl:variable name="n"><xsl:call-template name="devices"><xsl:with-param name="n" select="@devices"/></xsl:call-template></xsl:variable>
    <xsl:variable name="id"><xsl:choose><xsl:when test="@steps = 1">before-one</xsl:when><xsl:otherwise>before-report</xsl:otherwise></xsl:choose></xsl:variable>
    <xsl:value-of select="concat(' ', str:replace(str:replace(str:replace(str:replace(key('t',string($id)), '{d}', string($n)), '{c}', string(@steps)), '{b}', string(@on)), '{a}', string(@by)))"/></xsl:for-each></p></xsl:if>
</xsl:template>

<xsl:template name="alarm">
  <section class="alarm" aria-labelledby="alarm"><h2 id="alarm"><xsl:value-of select="key('t','alarm')"/></h2>
    <xsl:variable name="n"><xsl:call-template name="devices"><xsl:with-param name="n" select="$c/@alarm"/></xsl:call-template></xsl:variable>
    <p><xsl:value-of select="str:replace(key('t','alarm-text'), '{a}', string($n))"/></p>
    <p class="serials"><xsl:call-template name="serials"><xsl:with-param name="of" select="$alarm"/></xsl:call-template></p></section>
</xsl:template>

<!-- The devices of some groups as text: the script turns it into a list with ticks. -->
<xsl:template name="serials">
  <xsl:param name="of"/>
  <xsl:for-each select="$of[listed]">
    <xsl:if test="position() &gt; 1">, </xsl:if>
    <u:rows format="serials"><xsl:fallback><xsl:for-each select="device"><xsl:if test="position() &gt; 1">, </xsl:if><xsl:call-template name="name"/></xsl:for-each></xsl:fallback></u:rows>
  </xsl:for-each>
</xsl:template>
<xsl:template name="name"><xsl:choose><xsl:when test="@serial != ''"><xsl:value-of select="@serial"/></xsl:when><xsl:otherwise><xsl:value-of select="@product-key-id"/></xsl:otherwise></xsl:choose></xsl:template>

<xsl:template name="phases">
  <xsl:apply-templates select="/handoff/phases/phase[not(@late)]"/>
  <xsl:if test="$letter"><p class="alarm"><strong><xsl:value-of select="key('t','letter-tell')"/></strong></p><xsl:if test="not($ticks)"><h2><xsl:value-of select="key('t','letter-after')"/></h2></xsl:if></xsl:if>
  <xsl:apply-templates select="/handoff/phases/phase[@late]"/>
</xsl:template>

<xsl:template match="phases/phase">
  <xsl:variable name="steps" select="key('in', @name)"/>
  <xsl:variable name="know" select="$steps[@kind = 'know' and @id != 'E1']"/>
  <xsl:variable name="ours" select="$steps[@kind = 'ours']"/>
  <details class="phase" id="phase-{@name}">
    <u:once of="name"><xsl:fallback><summary><span class="num" aria-hidden="true"></span>
      <h3><xsl:value-of select="key('t',concat('phase-', @name))"/></h3><span class="scripted" hidden="hidden"><progress value="0" max="1"></progress><span class="state"></span></span></summary></xsl:fallback></u:once>
    <xsl:if test="@name = 'first'"><p class="note"><xsl:value-of select="key('t','first-text')"/></p></xsl:if>
    <ol class="steps">
      <xsl:if test="@name = 'first'"><xsl:variable name="use" select="."/><xsl:for-each select="/handoff/catalogue/step[@id = 'A1']"><xsl:call-template name="step"><xsl:with-param name="use" select="$use"/></xsl:call-template></xsl:for-each></xsl:if>
      <xsl:for-each select="$steps[@devices and @kind != 'know' and @kind != 'ours']">
        <xsl:variable name="some" select="concat(@devices = $worked, ' ', @devices = 1)"/>
        <u:once of="id kind unlisted" key="concat($some, ' ', $all-first)" parts="groups may devices"><xsl:fallback><xsl:call-template name="step"><xsl:with-param name="some" select="$some"/><xsl:with-param name="again" select="$all-first and @id = 'A1'"/></xsl:call-template></xsl:fallback></u:once>
      </xsl:for-each>
      <xsl:if test="$know"><li class="know"><h3><xsl:value-of select="key('t','know')"/></h3>
        <xsl:if test="@name = 'after' and $work[@join = 'entra']"><p><xsl:value-of select="key('t','entra-nothing')"/></p></xsl:if>
        <dl><xsl:for-each select="$know"><xsl:call-template name="know"/></xsl:for-each></dl></li></xsl:if>
      <xsl:if test="$ours"><li class="know"><h3><xsl:value-of select="key('t','ours')"/></h3>
        <xsl:variable name="we"><xsl:for-each select="$ours"><xsl:if test="position() &gt; 1">, </xsl:if><xsl:value-of select="@we"/></xsl:for-each></xsl:variable>
        <p><xsl:value-of select="str:replace(key('t','ours-will'), '{a}', string($we))"/></p></li></xsl:if>
    </ol>
  </details>
</xsl:template>

<!-- A step: title, one sentence, link, devices; the rest can be opened. some: whether it is for all devices, and for only one.
     again: all its devices had the step before, with its details. -->
<xsl:template name="step">
  <xsl:param name="use" select="."/>
  <xsl:param name="some" select="concat($use/@devices = $worked, ' ', $use/@devices = 1)"/>
  <xsl:param name="again" select="false()"/>
  <xsl:variable name="only" select="$some = 'true true' and $ticks"/>
  <xsl:variable name="title" select="key('s', concat(@id, ' title'))"/>
  <xsl:variable name="if" select="key('s', concat(@id, ' if'))"/>
  <xsl:variable name="where" select="key('s', concat(@id, ' where'))"/>
  <xsl:variable name="more" select="substring(key('s', concat(@id, ' more')), 1 + $again * 100000)"/>
  <xsl:variable name="why" select="key('s', concat(@id, ' why'))"/>
  <xsl:variable name="expect" select="key('s', concat(@id, ' expect'))"/>
  <xsl:variable name="check" select="key('s', concat(@id, ' check'))"/>
  <li data-step="{@id}" data-kind="{@kind}" data-groups="{$use/@groups}" data-may="{$use/@may}">
    <h3><xsl:if test="$only"><input type="checkbox" class="tick" data-a="done" aria-label="{$title}" hidden="hidden"/></xsl:if><xsl:value-of select="$title"/><xsl:if test="@inference = 'yes'"><xsl:text> </xsl:text><span class="tag"><xsl:value-of select="key('t','advice')"/></span></xsl:if></h3>
    <p><xsl:if test="$if"><xsl:value-of select="concat($if, ' ')"/></xsl:if><xsl:value-of select="key('s', concat(@id, ' do'))"/></p>
    <xsl:if test="@url or $where"><p class="where"><xsl:call-template name="where"><xsl:with-param name="where" select="$where"/></xsl:call-template></p></xsl:if>
    <xsl:choose><xsl:when test="$only"><xsl:if test="@kind = 'if'"><p class="only" hidden="hidden"><label><input type="checkbox" data-a="not-applicable"/><xsl:value-of select="key('t','state-not')"/></label></p></xsl:if></xsl:when><xsl:otherwise>
    <details class="devs"><summary><xsl:choose>
        <xsl:when test="$some = 'true true'"><xsl:value-of select="key('t','all-one')"/></xsl:when>
        <xsl:when test="$some = 'true false'"><xsl:value-of select="str:replace(key('t','all-many'), '{a}', string($use/@devices))"/></xsl:when>
        <xsl:when test="$some = 'false true'"><xsl:value-of select="key('t','one')"/></xsl:when>
        <xsl:otherwise><xsl:value-of select="concat(substring-before($many, '{a}'), $use/@devices, substring-after($many, '{a}'))"/></xsl:otherwise></xsl:choose></summary>
      <p class="serials"><u:rows format="serials" groups="{$use/@groups}"><xsl:fallback><xsl:call-template name="serials"><xsl:with-param name="of" select="$work[contains(concat(' ', $use/@groups, ','), concat(' ', @number, ','))]"/></xsl:call-template></xsl:fallback></u:rows></p>
      <xsl:if test="$use/@unlisted"><p><xsl:value-of select="str:replace(key('t','more-devices'), '{a}', string($use/@unlisted))"/></p></xsl:if>
    </details></xsl:otherwise></xsl:choose>
    <xsl:choose>
      <xsl:when test="boolean($more) + boolean($why) + boolean($expect) + boolean($check) = 1"><details class="more"><summary><xsl:choose>
        <xsl:when test="$more"><xsl:value-of select="key('t','more')"/></xsl:when><xsl:when test="$why"><xsl:value-of select="key('t','why')"/></xsl:when>
        <xsl:when test="$expect"><xsl:value-of select="key('t','expect')"/></xsl:when><xsl:otherwise><xsl:value-of select="key('t','check')"/></xsl:otherwise></xsl:choose></summary>
        <p><xsl:value-of select="concat($more, $why, $expect, $check)"/></p></details></xsl:when>
      <xsl:when test="$more or $why or $expect or $check"><details class="more"><summary><xsl:value-of select="key('t','details')"/></summary><dl>
      <xsl:if test="$more"><dt><xsl:value-of select="key('t','more')"/></dt><dd><xsl:value-of select="$more"/></dd></xsl:if>
      <xsl:if test="$why"><dt><xsl:value-of select="key('t','why')"/></dt><dd><xsl:value-of select="$why"/></dd></xsl:if>
      <xsl:if test="$expect"><dt><xsl:value-of select="key('t','expect')"/></dt><dd><xsl:value-of select="$expect"/></dd></xsl:if>
      <xsl:if test="$check"><dt><xsl:value-of select="key('t','check')"/></dt><dd><xsl:value-of select="$check"/></dd></xsl:if>
    </dl></details></xsl:when></xsl:choose>
  </li>
</xsl:template>

<xsl:template name="where">
  <xsl:param name="where"/>
  <xsl:if test="@url"><a href="{@url}" rel="noreferrer"><xsl:choose>
    <xsl:when test="contains(@url, 'entra.microsoft.com')"><xsl:value-of select="key('t','portal-entra')"/></xsl:when>
    <xsl:otherwise><xsl:value-of select="key('t','portal-intune')"/></xsl:otherwise></xsl:choose></a></xsl:if>
  <xsl:if test="$where"><xsl:call-template name="path"><xsl:with-param name="path" select="$where"/></xsl:call-template></xsl:if>
</xsl:template>
<!-- "Home > Devices": CSS puts a mark before each menu. -->
<xsl:template name="path">
  <xsl:param name="path"/>
  <xsl:choose>
    <xsl:when test="contains($path, ' &gt; ')"><xsl:text> </xsl:text><span><xsl:value-of select="substring-before($path, ' &gt; ')"/></span>
      <xsl:call-template name="path"><xsl:with-param name="path" select="substring-after($path, ' &gt; ')"/></xsl:call-template></xsl:when>
    <xsl:otherwise><xsl:text> </xsl:text><span><xsl:value-of select="$path"/></span></xsl:otherwise>
  </xsl:choose>
</xsl:template>

<xsl:template name="know">
  <u:once of="id all devices"><xsl:fallback>
  <dt><xsl:value-of select="key('s', concat(@id, ' title'))"/><xsl:if test="@inference = 'yes'"><xsl:text> </xsl:text><span class="tag"><xsl:value-of select="key('t','advice')"/></span></xsl:if></dt>
  <dd><xsl:value-of select="key('s', concat(@id, ' do'))"/>
    <xsl:if test="not(@all)"><xsl:variable name="n"><xsl:call-template name="devices"><xsl:with-param name="n" select="@devices"/></xsl:call-template></xsl:variable>
      <xsl:value-of select="concat(' (', $n, ')')"/></xsl:if></dd>
  </xsl:fallback></u:once>
</xsl:template>

<!-- Devices that the service was never asked about: a short table, in the customer's words. -->
<xsl:template name="unprocessed">
  <xsl:variable name="not" select="$groups[not(steps/step) and @outcome != 'alarm']"/>
  <xsl:if test="$not">
    <section aria-labelledby="unprocessed"><h2 id="unprocessed"><xsl:value-of select="key('t','unprocessed')"/></h2>
      <p><xsl:value-of select="key('t','unprocessed-text')"/></p>
      <div class="scroll" tabindex="0" role="region" aria-labelledby="unprocessed"><xsl:if test="sum($not/listed/@count) &gt; 100"><xsl:attribute name="class">scroll long</xsl:attribute></xsl:if><table>
        <thead><tr><th scope="col"><xsl:value-of select="key('t','serial')"/></th><th scope="col"><xsl:value-of select="key('t','ticket')"/></th><th scope="col"><xsl:value-of select="key('t','happened')"/></th></tr></thead>
        <tbody><xsl:for-each select="$not"><u:rows format="short"><xsl:fallback><xsl:for-each select="device"><tr><td><xsl:call-template name="name"/></td><td><xsl:value-of select="@ticket"/></td><td><xsl:value-of select="@reason"/></td></tr></xsl:for-each></xsl:fallback></u:rows></xsl:for-each></tbody>
      </table></div>
      <xsl:if test="$not/unlisted"><p><xsl:value-of select="str:replace(key('t','more-devices'), '{a}', string(sum($not/unlisted/@count)))"/></p></xsl:if></section>
  </xsl:if>
</xsl:template>

<xsl:template name="table">
  <xsl:variable name="shown" select="$groups[listed][steps/step or @outcome = 'alarm']"/>
  <xsl:if test="$shown">
  <details class="plain" id="devices"><summary><h2><xsl:value-of select="key('t','devices')"/></h2></summary>
  <xsl:if test="$ticks"><div class="tools scripted" role="search" hidden="hidden">
    <xsl:if test="$total &lt;= 5"><xsl:attribute name="class">tools</xsl:attribute></xsl:if><label><xsl:value-of select="key('t','search')"/><input type="search" id="search" autocomplete="off"/></label><span id="found" class="note" role="status"></span></div>
    <xsl:if test="$groups[@earlier]"><p><xsl:value-of select="concat(key('t','earlier'), ': ', key('t','earlier-text'))"/></p></xsl:if></xsl:if>
  <div class="scroll" tabindex="0" role="region" aria-label="{key('t','devices-of')}"><xsl:if test="$total &gt; 300"><xsl:attribute name="class">scroll long</xsl:attribute></xsl:if>
  <table class="wide">
    <u:once key="$ticks"><xsl:fallback><thead><tr><th scope="col"><xsl:value-of select="key('t','serial')"/></th><th scope="col"><xsl:value-of select="key('t','model')"/></th>
    <th scope="col"><xsl:value-of select="key('t','pkid')"/></th><th scope="col"><xsl:value-of select="key('t','ticket')"/></th>
    <xsl:if test="$ticks"><th scope="col"><xsl:value-of select="key('t','happened')"/></th>
    <th scope="col"><xsl:value-of select="key('t','done')"/></th></xsl:if></tr></thead></xsl:fallback></u:once>
    <xsl:for-each select="$shown">
      <tbody data-group="{@number}"><tr><th scope="rowgroup" colspan="6"><xsl:if test="not($ticks)"><xsl:attribute name="colspan">4</xsl:attribute></xsl:if><xsl:call-template name="situation"/></th></tr>
      <u:rows><xsl:fallback><xsl:apply-templates select="device"/></xsl:fallback></u:rows></tbody>
    </xsl:for-each>
  </table>
  </div>
  <xsl:if test="$ticks"><button type="button" class="rest" id="rest" hidden="hidden"></button></xsl:if>
  <xsl:for-each select="$shown[unlisted]"><p><xsl:value-of select="str:replace(key('t','more-devices'), '{a}', string(unlisted/@count))"/></p></xsl:for-each>
  </details>
  </xsl:if>
</xsl:template>

<xsl:template name="situation">
  <u:once of="join mdm registered-via purpose"><xsl:fallback>
  <xsl:value-of select="concat(key('t',concat('join-',@join)), '; ', key('t',concat('mdm-',@mdm)), '; ', key('t',concat('via-',@registered-via)), '; ', key('t',concat('purpose-',@purpose)))"/>
  </xsl:fallback></u:once>
</xsl:template>

<!-- The same rows as u:rows, for other XSLT processors. A phone shows a row as a block: the columns' names
     then come from the variables of main. -->
<xsl:template match="device">
  <tr data-id="{@id}">
    <td><xsl:value-of select="@serial"/></td>
    <td><xsl:value-of select="normalize-space(concat(@manufacturer, ' ', @model))"/></td>
    <td><xsl:value-of select="@product-key-id"/></td>
    <td><xsl:value-of select="@ticket"/></td>
    <xsl:if test="$ticks">
    <td><xsl:choose><xsl:when test="$letter"><xsl:value-of select="key('t','letter-state')"/></xsl:when><xsl:when test="../@earlier"><xsl:value-of select="key('t','earlier')"/></xsl:when><xsl:otherwise><xsl:value-of select="key('t',concat('outcome-',../@outcome))"/></xsl:otherwise></xsl:choose>
      <xsl:if test="@earlier"><xsl:value-of select="concat(', ', @earlier)"/></xsl:if>
      <xsl:if test="@deregistered-at"><xsl:value-of select="concat(', ', substring(translate(@deregistered-at, 'T', ' '), 1, 16), ' UTC')"/></xsl:if>
      <xsl:if test="@verified"><xsl:value-of select="concat(', ', @verified)"/></xsl:if></td>
    <td data-done="{@done}"><xsl:value-of select="concat(count(str:tokenize(@done, ' ')), '/', count(../steps/step[@kind = 'do' or @kind = 'if' or @kind = 'check'][not(@ref = preceding-sibling::step/@ref)]))"/></td>
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

<xsl:template name="meanings">
  <u:once key="concat($c/@not-registered &gt; 0, $c/@not-ours &gt; 0, $c/@not-found &gt; 0, $c/@not-unique &gt; 0, $c/@refused &gt; 0)"><xsl:fallback>
  <xsl:if test="$c/@not-registered + $c/@not-ours + $c/@not-found + $c/@not-unique + $c/@refused &gt; 0">
  <details class="plain"><summary><h2><xsl:value-of select="key('t','meanings')"/></h2></summary><dl>
    <xsl:call-template name="meaning"><xsl:with-param name="n" select="$c/@not-registered"/><xsl:with-param name="id" select="'not-registered'"/></xsl:call-template>
    <xsl:call-template name="meaning"><xsl:with-param name="n" select="$c/@not-ours"/><xsl:with-param name="id" select="'not-ours'"/></xsl:call-template>
    <xsl:call-template name="meaning"><xsl:with-param name="n" select="$c/@not-found"/><xsl:with-param name="id" select="'not-found'"/></xsl:call-template>
    <xsl:call-template name="meaning"><xsl:with-param name="n" select="$c/@not-unique"/><xsl:with-param name="id" select="'not-unique'"/></xsl:call-template>
    <xsl:call-template name="meaning"><xsl:with-param name="n" select="$c/@refused"/><xsl:with-param name="id" select="'refused'"/></xsl:call-template>
  </dl></details>
  </xsl:if>
  </xsl:fallback></u:once>
</xsl:template>
<xsl:template name="meaning">
  <xsl:param name="n"/><xsl:param name="id"/>
  <xsl:if test="$n &gt; 0"><dt><xsl:value-of select="key('t',concat('outcome-', $id))"/></dt><dd><xsl:value-of select="key('t',concat('meaning-', $id))"/></dd></xsl:if>
</xsl:template>

<xsl:template name="notes">
  <u:once key="concat($total &gt;= 100, $ticks, boolean($work/listed/@surface), boolean($work[@mdm = 'intune' or @mdm = 'was-intune' or @mdm = 'unknown']))"><xsl:fallback>
  <details class="plain"><summary><h2><xsl:value-of select="key('t','notes')"/></h2></summary>
    <ul>
      <li><xsl:value-of select="key('t','roles')"/></li>
      <xsl:if test="$total &gt;= 100"><li><xsl:value-of select="key('t','note-limits')"/></li></xsl:if>
      <xsl:if test="$ticks"><li><xsl:value-of select="key('t','note-consent')"/></li></xsl:if>
      <xsl:if test="$work/listed/@surface"><li><xsl:value-of select="key('t','note-surface')"/></li></xsl:if>
      <li><xsl:value-of select="key('t','note-dead')"/></li>
      <xsl:if test="$work[@mdm = 'intune' or @mdm = 'was-intune' or @mdm = 'unknown']"><li><xsl:value-of select="key('t','note-co-managed')"/></li></xsl:if>
      <li><xsl:value-of select="key('t','note-cloud')"/></li>
    </ul></details>
  </xsl:fallback></u:once>
</xsl:template>

<xsl:template name="genuine">
  <u:once key="$letter"><xsl:fallback>
  <details class="plain" id="genuine"><summary><h2><xsl:value-of select="key('t','genuine')"/></h2></summary>
    <p><xsl:value-of select="key('t','genuine-text')"/></p>
    <h3><xsl:value-of select="key('t','files')"/></h3><p><xsl:choose><xsl:when test="$letter"><xsl:value-of select="key('t','letter-also')"/></xsl:when><xsl:otherwise><xsl:value-of select="key('t','also')"/></xsl:otherwise></xsl:choose></p></details>
  </xsl:fallback></u:once>
</xsl:template>

<!-- The parts that need the script: the receipt stands beside the page, or below it in a narrow window, and
     never over it. -->
<xsl:template name="dock">
  <u:once key="''"><xsl:fallback>
  <aside class="dock scripted" aria-label="{key('t','receipt')}" hidden="hidden"><div class="in">
    <div class="grow"><progress class="all" value="0" max="1" aria-label="{key('t','progress')}"></progress><p id="told" role="status"><xsl:value-of select="key('t','tick-note')"/></p></div>
    <button type="button" id="undo" hidden="hidden"><xsl:value-of select="key('t','undo')"/></button>
    <form id="receipt" title="{key('t','receipt-text')}">
      <label for="by"><xsl:value-of select="key('t','your-name')"/></label><input type="text" id="by" maxlength="100" autocomplete="name"/>
      <button class="main" type="submit"><xsl:value-of select="key('t','download')"/></button>
    </form>
  </div></aside>
  </xsl:fallback></u:once>
</xsl:template>
<xsl:template name="dialogs">
  <u:once key="''"><xsl:fallback>
  <dialog id="early" aria-label="{key('t','phases')}"><form method="dialog"><p></p>
    <div class="tools"><button class="main" value="no" autofocus="autofocus"><xsl:value-of select="key('t','cancel')"/></button><button value="yes"><xsl:value-of select="key('t','early-yes')"/></button></div></form></dialog>
  <dialog id="own" aria-labelledby="own-title"><h2 id="own-title"></h2><ul class="list few"></ul>
    <form method="dialog" class="tools"><button class="main"><xsl:value-of select="key('t','close')"/></button></form></dialog>
  </xsl:fallback></u:once>
</xsl:template>
</xsl:stylesheet>
