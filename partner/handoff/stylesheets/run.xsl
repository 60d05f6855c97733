<?xml version="1.0" encoding="UTF-8"?>
<!-- Renders the figures of a run (run_page.c) to the operator's page: one file that loads nothing, for this
     machine only. Charts are boxes and inline SVG with a text beside them. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:output method="html" encoding="UTF-8" indent="no" doctype-system="about:legacy-compat"/>
<xsl:variable name="c" select="/run/counts"/>
<xsl:variable name="devices" select="/run/now/@good + /run/now/@other"/>
<xsl:variable name="most"><xsl:for-each select="/run/past | /run/now"><xsl:sort select="@good + @other" data-type="number" order="descending"/><xsl:if test="position() = 1"><xsl:value-of select="@good + @other"/></xsl:if></xsl:for-each></xsl:variable>

<xsl:template match="/run">
<html lang="en">
<head>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<meta name="referrer" content="no-referrer"/>
<title>Run <xsl:value-of select="@name"/></title>
<style><![CDATA[
:root{--ink:#1b2430;--soft:#4d5866;--line:#d5dae1;--paper:#fff;--tint:#f4f6f8;--mark:#0b5c8a;--warn:#9a3412;--warn-tint:#fdf3ec;
 --c-good:#1a6b3c;--c-none:#6f9f83;--c-need:#9a3412;--c-wait:#5b5fc7;--c-not:#8a95a1}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ed;--soft:#a9b3bf;--line:#38424e;--paper:#14191f;--tint:#1c232b;--mark:#7cc4ee;--warn:#f4a57a;--warn-tint:#2b201a;
 --c-good:#4caf78;--c-none:#9cc7ae;--c-need:#e58a62;--c-wait:#9b9ef0;--c-not:#8a95a1}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:72rem;margin:0 auto;padding:1.4rem 1.5rem 3rem}
h1{font-size:1.7rem;line-height:1.2;margin:0}h2{font-size:1.15rem;margin:1.8rem 0 .4rem}
p{margin:.3rem 0}a{color:var(--mark)}.note{color:var(--soft)}
.keys{display:flex;flex-wrap:wrap;gap:.8rem;margin:1rem 0;padding:0;list-style:none}
.keys li{flex:1 1 9rem;border:1px solid var(--line);border-radius:.4rem;padding:.5rem .9rem}
.keys b{display:block;font-size:1.6rem;font-variant-numeric:tabular-nums}.keys .need{border-color:var(--warn);background:var(--warn-tint)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;vertical-align:top;padding:.35rem .9rem .35rem 0;border-bottom:1px solid var(--line)}
td{overflow-wrap:break-word}td.text{overflow-wrap:anywhere;min-width:9rem}
thead th{color:var(--soft);font-weight:600}
.bar{display:flex;gap:1px;height:.8rem;min-width:6rem;forced-color-adjust:none}.bar span{min-width:.25rem;border-radius:1px}
.good{background:var(--c-good)}.none{background:var(--c-none)}.person{background:var(--c-need)}.wait{background:var(--c-wait)}.not{background:var(--c-not)}
ul.why{list-style:none;margin:0;padding:0}ul.why li{margin:.1rem 0}
code{font:.88em ui-monospace,Consolas,Menlo,monospace;background:var(--tint);padding:.05rem .3rem;border-radius:.2rem;overflow-wrap:anywhere}
svg{width:100%;max-width:56rem;height:9rem;display:block;forced-color-adjust:none}svg .g{fill:var(--c-good)}svg .o{fill:var(--c-need)}svg line{stroke:var(--soft)}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;list-style:none;padding:0;margin:.4rem 0;font-size:.925rem}.dot{display:inline-block;width:.75rem;height:.75rem;border-radius:2px;margin-right:.35rem;forced-color-adjust:none}
:focus-visible{outline:3px solid var(--mark);outline-offset:2px}
@media print{:root{--ink:#000;--soft:#333;--line:#999;--paper:#fff;--tint:#fff;--mark:#000;--warn:#000;--warn-tint:#fff}@page{margin:14mm}html{font-size:9pt}main{max-width:none;padding:0}
 .bar span,.dot,svg *{print-color-adjust:exact;-webkit-print-color-adjust:exact}thead{display:table-header-group;break-inside:avoid}tr,h2{break-inside:avoid}h2{break-after:avoid}.scroll{overflow:visible}}
]]></style>
</head>
<body><main>
<h1><xsl:choose><xsl:when test="@planned">Plan of </xsl:when><xsl:otherwise>Run of </xsl:otherwise></xsl:choose><xsl:value-of select="substring(@started, 1, 10)"/></h1>
<xsl:if test="@planned"><p><strong>Nothing was sent.</strong><xsl:if test="@apply"> To send it: <code><xsl:value-of select="@apply"/></code></xsl:if></p></xsl:if>
<p class="note"><xsl:value-of select="concat('run ', @name, ' · ', @route, ' · ', 'customers: ', count(customer) + now/@unlisted-customers, ' · devices: ', $devices, ' · started ', substring(translate(@started, 'T', ' '), 1, 16), ' UTC, written ', substring(translate(@generated, 'T', ' '), 1, 16), ' UTC · exit code ', @exit-code)"/></p>
<p class="note">For the operator only: this page names all customers. Do not send it.</p>
<ul class="keys">
  <xsl:if test="@planned"><li><b><xsl:value-of select="sum($c/@not-sent) - @waiting"/></b>would be sent</li></xsl:if>
  <xsl:if test="@waiting &gt; 0"><li class="need"><b><xsl:value-of select="@waiting"/></b>wait for their customers’ answers to the letter</li></xsl:if>
  <li><b><xsl:value-of select="sum($c/@deregistered)"/></b>deregistered</li>
  <li><b><xsl:value-of select="sum($c/@not-registered)"/></b>not registered</li>
  <li><xsl:if test="now/@other &gt; 0"><xsl:attribute name="class">need</xsl:attribute></xsl:if><b><xsl:value-of select="now/@other"/></b>need a person</li>
  <xsl:if test="$c/@held"><li><b><xsl:value-of select="$c/@held"/></b>held by guards</li></xsl:if>
  <xsl:if test="$c/@pending"><li><b><xsl:value-of select="$c/@pending"/></b>pending: <code><xsl:value-of select="@resume"/></code></li></xsl:if>
  <li><b><xsl:value-of select="sum(customer/@open-devices)"/></b>devices whose clean-up is open</li>
</ul>
<h2 id="customers">Customers, those who need a person first</h2>
<ul class="legend" aria-label="Colours of the bars">
  <li><span class="dot good"></span>deregistered</li><li><span class="dot none"></span>not registered</li><li><span class="dot person"></span>needs a person</li>
  <li><span class="dot wait"></span>pending or unknown</li><li><span class="dot not"></span>not asked</li></ul>
<div class="scroll" tabindex="0" role="region" aria-labelledby="customers"><table>
<thead><tr><th scope="col">Customer</th><th scope="col">Devices</th><th scope="col">Outcomes</th><th scope="col">Needs a person, and the command that helps</th><th scope="col">Clean-up open</th><th scope="col">Since</th><th scope="col">Pack</th></tr></thead>
<tbody><xsl:apply-templates select="customer"/></tbody></table></div>
<xsl:if test="now/@unlisted-customers &gt; 0"><p>Further customers, not listed here: <xsl:value-of select="now/@unlisted-customers"/>.</p></xsl:if>
<xsl:if test="not(@planned)"><p class="note">Rows to correct: <a href="failed.csv">failed.csv</a>, <a href="rejects.csv">rejects.csv</a>. Figures for programs: <a href="summary.json">summary.json</a>.</p></xsl:if>
<xsl:if test="work">
  <h2 id="work">Work of the repair facility</h2>
  <ul><xsl:for-each select="step"><li><strong><xsl:value-of select="@title"/></strong>: <xsl:value-of select="."/><xsl:if test="@id = 'A3'"><xsl:call-template name="follow-up"/></xsl:if></li></xsl:for-each></ul>
  <div class="scroll" tabindex="0" role="region" aria-labelledby="work"><table>
  <thead><tr><th scope="col">Ticket</th><th scope="col">Device</th><th scope="col">Customer</th><th scope="col">To do</th></tr></thead>
  <tbody><xsl:for-each select="work"><xsl:sort select="@ticket"/><tr><td><xsl:value-of select="@ticket"/></td><td><xsl:value-of select="@serial"/></td><td><xsl:value-of select="@customer"/></td>
    <td><xsl:for-each select="do"><xsl:if test="position() &gt; 1">; </xsl:if><xsl:value-of select="@title"/></xsl:for-each></td></tr></xsl:for-each></tbody></table></div>
  <xsl:if test="now/@unlisted-work &gt; 0"><p>Further devices: <xsl:value-of select="now/@unlisted-work"/>.</p></xsl:if>
</xsl:if>
<h2 id="runs">The last runs</h2>
<xsl:call-template name="chart"/>
</main></body></html>
</xsl:template>

<!-- Ways for the partner only: no pack names them. -->
<xsl:template name="follow-up">
  <xsl:text> </xsl:text><xsl:choose>
    <xsl:when test="/run/@route = 'partner-center'">Without the API: <a href="https://partner.microsoft.com" rel="noreferrer">Partner Center</a> &gt; Customers &gt; the customer &gt; Devices &gt; select the device &gt; Delete device. Microsoft: the help of Partner Center.</xsl:when>
    <xsl:otherwise>Microsoft: msoemops@microsoft.com, with the serial number or Product Key ID.</xsl:otherwise></xsl:choose>
  <xsl:text> If somebody else registered the device, ask them.</xsl:text>
</xsl:template>

<xsl:template match="customer">
  <tr><td><xsl:choose><xsl:when test="@name != ''"><xsl:value-of select="@name"/><br/><span class="note"><xsl:value-of select="@key"/></span></xsl:when>
      <xsl:when test="@key != ''"><xsl:value-of select="@key"/></xsl:when><xsl:otherwise>(no customer)</xsl:otherwise></xsl:choose></td>
    <td><xsl:value-of select="@devices"/></td>
    <td><xsl:call-template name="bar"/></td>
    <td class="text"><xsl:choose><xsl:when test="@need = 0">none</xsl:when><xsl:otherwise><ul class="why"><xsl:apply-templates select="reason"/></ul></xsl:otherwise></xsl:choose></td>
    <td><xsl:choose><xsl:when test="@open-devices = 0">none</xsl:when><xsl:otherwise><xsl:value-of select="concat(@open-devices, ' devices, ', @open-actions, ' actions')"/></xsl:otherwise></xsl:choose>
      <xsl:if test="@verified"><br/><xsl:value-of select="concat(@verified, &quot; verified by the customer's Graph on &quot;, @verified-on)"/></xsl:if></td>
    <td><xsl:value-of select="@age"/></td>
    <td><xsl:choose><xsl:when test="@folder"><a href="{@folder}/index.html">page</a><xsl:if test="@mail"> · <a href="{@folder}/mail.txt">mail</a></xsl:if></xsl:when><xsl:when test="/run/@planned">none yet</xsl:when><xsl:otherwise>none: nothing was asked</xsl:otherwise></xsl:choose></td></tr>
</xsl:template>

<xsl:template match="reason">
  <li><xsl:value-of select="concat(@count, ' ', @outcome)"/><xsl:if test="@text != ''"><xsl:value-of select="concat(': ', @text)"/></xsl:if>
    <xsl:choose><xsl:when test="@command != ''"><xsl:text> </xsl:text><code><xsl:value-of select="@command"/></code></xsl:when>
      <xsl:when test="@outcome = 'not-ours'"> (the customer deregisters: see the pack)</xsl:when></xsl:choose></li>
</xsl:template>

<xsl:template name="bar">
  <xsl:variable name="n" select="counts"/>
  <xsl:variable name="person" select="sum($n/@not-ours) + sum($n/@not-found) + sum($n/@not-unique) + sum($n/@refused) + sum($n/@alarm)"/>
  <xsl:variable name="wait" select="sum($n/@pending) + sum($n/@unknown)"/>
  <xsl:variable name="not" select="sum($n/@held) + sum($n/@not-sent) + sum($n/@rejected)"/>
  <div class="bar" role="img" aria-label="{concat(sum($n/@deregistered), ' deregistered, ', sum($n/@not-registered), ' not registered, ', $person, ' need a person, ', $wait, ' pending or unknown, ', $not, ' not asked')}">
    <xsl:if test="$n/@deregistered"><span class="good" style="flex:{$n/@deregistered}"></span></xsl:if>
    <xsl:if test="$n/@not-registered"><span class="none" style="flex:{$n/@not-registered}"></span></xsl:if>
    <xsl:if test="$person &gt; 0"><span class="person" style="flex:{$person}"></span></xsl:if>
    <xsl:if test="$wait &gt; 0"><span class="wait" style="flex:{$wait}"></span></xsl:if>
    <xsl:if test="$not &gt; 0"><span class="not" style="flex:{$not}"></span></xsl:if>
  </div>
</xsl:template>

<!-- One column a run, 64 wide; 120 units are the highest. The table says the same. -->
<xsl:template name="chart">
  <svg viewBox="0 0 900 140" role="img" aria-label="Devices of the last runs; the figures are in the table below">
    <xsl:for-each select="past | now">
      <xsl:sort select="@run = ''" data-type="number"/>
      <xsl:call-template name="column"><xsl:with-param name="x" select="(count(preceding-sibling::past) * (name() = 'past') + count(/run/past) * (name() = 'now')) * 64 + 8"/></xsl:call-template>
    </xsl:for-each>
    <line x1="0" y1="130" x2="900" y2="130"/>
  </svg>
  <ul class="legend"><li><span class="dot good"></span>need nobody</li><li><span class="dot person"></span>need a person</li></ul>
  <div class="scroll" tabindex="0" role="region" aria-labelledby="runs"><table>
    <thead><tr><th scope="col">Run</th><th scope="col">Need nobody</th><th scope="col">Need a person</th></tr></thead><tbody>
    <xsl:for-each select="past"><tr><td><a href="../{@run}/index.html"><xsl:value-of select="@run"/></a></td><td><xsl:value-of select="@good"/></td><td><xsl:value-of select="@other"/></td></tr></xsl:for-each>
    <tr><td><strong><xsl:value-of select="/run/@name"/></strong></td><td><xsl:value-of select="now/@good"/></td><td><xsl:value-of select="now/@other"/></td></tr></tbody></table></div>
</xsl:template>

<xsl:template name="column">
  <xsl:param name="x"/>
  <xsl:variable name="scale" select="120 div ($most + ($most = 0))"/>
  <xsl:variable name="good" select="@good * $scale"/>
  <xsl:variable name="other" select="@other * $scale"/>
  <rect class="g" x="{$x}" y="{format-number(130 - $good, '0.0')}" width="48" height="{format-number($good, '0.0')}"/>
  <rect class="o" x="{$x}" y="{format-number(130 - $good - $other, '0.0')}" width="48" height="{format-number($other, '0.0')}"/>
</xsl:template>
</xsl:stylesheet>
