<?xml version="1.0" encoding="UTF-8"?>
<!-- handoff.xml to index.html: one file, no script, nothing loaded from anywhere.
     "Deregistered" speaks of the Windows Autopilot registration only. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:output method="html" encoding="UTF-8" indent="no" doctype-system="about:legacy-compat"/>
<xsl:key name="step" match="catalogue/step" use="@id"/>
<xsl:variable name="c" select="/handoff/counts"/>
<xsl:variable name="total" select="count(/handoff/groups/group/device) + sum(/handoff/groups/group/unlisted/@count)"/>
<xsl:variable name="customer">
  <xsl:choose>
    <xsl:when test="/handoff/@customer-name != ''"><xsl:value-of select="/handoff/@customer-name"/></xsl:when>
    <xsl:when test="/handoff/@customer != ''"><xsl:value-of select="/handoff/@customer"/></xsl:when>
    <xsl:otherwise>devices without a customer</xsl:otherwise>
  </xsl:choose>
</xsl:variable>

<xsl:template name="devices">
  <xsl:param name="n"/>
  <xsl:value-of select="$n"/><xsl:choose><xsl:when test="$n = 1"> device</xsl:when><xsl:otherwise> devices</xsl:otherwise></xsl:choose>
</xsl:template>

<xsl:template match="/handoff">
<html lang="en">
<head>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<meta name="referrer" content="no-referrer"/>
<title>Windows Autopilot: what is left to do, <xsl:value-of select="$customer"/></title>
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
.facts ul{margin:.5rem 0 0;padding-left:1.2rem}
section{margin-top:3rem;padding-top:2rem;border-top:1px solid var(--line)}
.facts section,.facts+section{border-top:0;padding-top:0;margin-top:1.5rem}
.alarm{border-left:.25rem solid var(--warn);background:var(--warn-tint);padding:1rem 1.25rem;border-radius:.25rem}
.scroll{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--soft);padding-bottom:.35rem}
th,td{text-align:left;vertical-align:top;padding:.45rem .9rem .45rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere;min-width:6rem}
th{font-weight:600;color:var(--soft);white-space:nowrap}
td small,.note small{color:var(--soft);font-size:.85em}
.steps{list-style:none;margin:.5rem 0 0;padding:0;counter-reset:step}
.steps>li{counter-increment:step;position:relative;padding:.8rem 0 .8rem 2.6rem;border-bottom:1px solid var(--line);break-inside:avoid}
.steps>li::before{content:counter(step);position:absolute;left:0;top:.8rem;width:1.8rem;text-align:right;color:var(--soft);font-variant-numeric:tabular-nums}
.steps strong{font-weight:600}
.steps p{margin:.2rem 0 0;overflow-wrap:break-word}
.who{color:var(--soft);font-size:.875rem}
.advice{display:inline-block;font-size:.8rem;line-height:1.3;color:var(--mark);border:1px solid currentColor;border-radius:1rem;padding:.05rem .55rem;margin-left:.4rem}
code{font:0.85em ui-monospace,Consolas,Menlo,monospace;color:var(--soft)}
footer{margin-top:3rem;padding-top:1.5rem;border-top:1px solid var(--line);color:var(--soft);font-size:.9rem}
@media (max-width:34rem){.page{padding:1.5rem 1rem 3rem}h1{font-size:1.5rem}.facts{padding:1rem}
 table,tbody,tr,td,caption{display:block;width:100%}thead{display:none}
 tr{border-bottom:1px solid var(--line);padding:.6rem 0}td{border:0;padding:.1rem 0}
 td[data-label]:not(:empty)::before{content:attr(data-label) ": ";color:var(--soft)}td:empty{display:none}
 .steps>li{padding-left:2rem}.steps>li::before{width:1.3rem}}
@media print{:root{--ink:#000;--soft:#333;--line:#999;--paper:#fff;--tint:#fff;--mark:#000;--warn:#000;--warn-tint:#fff}
 .page{max-width:none;padding:0}body{font-size:10.5pt}.facts,.alarm{border:1px solid #999}
 h2,h3{break-after:avoid}thead{display:table-header-group}tr{break-inside:avoid}@page{margin:18mm}}
]]></style>
</head>
<body>
<div class="page">
<header>
  <p class="over">Windows Autopilot hand-off for <xsl:value-of select="$customer"/></p>
  <h1>What is left for you to do</h1>
</header>
<main>
  <xsl:call-template name="top"/>
  <xsl:apply-templates select="groups/group"/>
  <xsl:call-template name="contact"/>
</main>
<footer>
  <p>Run <code><xsl:value-of select="@run"/></code>, written <xsl:value-of select="translate(@generated, 'TZ', '  ')"/> UTC.
  The same list for a ticket system: <code>devices.csv</code>; for programs: <code>handoff.json</code>, <code>handoff.xml</code>.</p>
</footer>
</div>
</body>
</html>
</xsl:template>

<xsl:template name="top">
  <p class="lead">
    <xsl:variable name="who"><xsl:choose>
      <xsl:when test="partner/@name != ''"><xsl:value-of select="partner/@name"/></xsl:when>
      <xsl:otherwise>Your partner</xsl:otherwise></xsl:choose></xsl:variable>
    <xsl:choose>
      <xsl:when test="$c/@deregistered &gt; 0">
        <xsl:value-of select="$who"/> ended the Windows Autopilot registration of
        <xsl:value-of select="$c/@deregistered"/> of <xsl:call-template name="devices"><xsl:with-param name="n" select="$total"/></xsl:call-template>.
      </xsl:when>
      <xsl:otherwise>
        <xsl:value-of select="$who"/> could not confirm the end of the Windows Autopilot registration for any of
        <xsl:call-template name="devices"><xsl:with-param name="n" select="$total"/></xsl:call-template>.
      </xsl:otherwise>
    </xsl:choose>
  </p>
  <p>We have no access to your tenant and changed nothing in it. Deregistering ends the Windows Autopilot
  registration only. It does not unenrol a device from Intune and does not disjoin it from Microsoft Entra ID; records
  there and in AD DS are for you to clean up, in the order below.</p>
  <section class="facts" aria-labelledby="left">
    <h2 id="left">What is left, counted</h2>
    <ul>
      <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@deregistered"/><xsl:with-param name="text">deregistered from Windows Autopilot; clean-up in your tenant is left</xsl:with-param></xsl:call-template>
      <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@not-registered"/><xsl:with-param name="text">not registered under us; clean-up in your tenant is left</xsl:with-param></xsl:call-template>
      <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@not-ours"/><xsl:with-param name="text">registered by another party; to be deregistered in your tenant</xsl:with-param></xsl:call-template>
      <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@not-found + $c/@not-unique"/><xsl:with-param name="text">not identified by the service; to be checked</xsl:with-param></xsl:call-template>
      <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@refused"/><xsl:with-param name="text">refused by the service</xsl:with-param></xsl:call-template>
      <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@pending + $c/@unknown"/><xsl:with-param name="text">with no certain answer yet; check the Windows Autopilot list first</xsl:with-param></xsl:call-template>
      <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@alarm"/><xsl:with-param name="text">stopped for investigation</xsl:with-param></xsl:call-template>
      <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@held + $c/@not-sent"/><xsl:with-param name="text">not asked yet</xsl:with-param></xsl:call-template>
    </ul>
  </section>
  <section aria-labelledby="order">
    <h2 id="order">The order matters</h2>
    <p>Work through the steps of a group from top to bottom. Save the recovery keys before anything is deleted: a later
    step can destroy them. Release firmware locks before a wipe. Steps taken out of order can leave orphaned records, but
    most can still be done now. Steps marked <span class="advice">our advice</span> are our judgement; the others follow Microsoft's
    documentation.</p>
    <p>For the Intune steps the Entra role Intune Administrator is enough. If your organisation uses Multi Admin Approval, a
    second administrator has to approve Delete, Retire and Wipe.</p>
  </section>
</xsl:template>

<xsl:template name="count">
  <xsl:param name="n"/><xsl:param name="text"/>
  <xsl:if test="$n &gt; 0"><li><strong><xsl:value-of select="$n"/></strong><xsl:text> </xsl:text><xsl:value-of select="$text"/></li></xsl:if>
</xsl:template>

<xsl:template match="group">
  <xsl:variable name="id" select="concat('group-', position())"/>
  <section aria-labelledby="{$id}">
    <h2 id="{$id}"><xsl:call-template name="heading"/></h2>
    <p class="note"><xsl:call-template name="situation"/></p>
    <xsl:call-template name="meaning"/>
    <xsl:if test="device">
    <div class="scroll" tabindex="0" role="region" aria-label="Devices of this group">
    <table>
      <caption><xsl:call-template name="devices"><xsl:with-param name="n" select="count(device) + sum(unlisted/@count)"/></xsl:call-template></caption>
      <thead><tr><th scope="col">Serial number</th><th scope="col">Model</th><th scope="col">Product key ID</th><th scope="col">Ticket</th><th scope="col">What happened</th></tr></thead>
      <tbody><xsl:apply-templates select="device"/></tbody>
    </table>
    </div>
    </xsl:if>
    <xsl:if test="unlisted"><p>
      <xsl:value-of select="unlisted/@count"/> more in the same situation: see <code>devices.csv</code>.</p></xsl:if>
    <xsl:if test="steps/step">
      <h3>Steps for these devices</h3>
      <ol class="steps"><xsl:apply-templates select="steps/step"/></ol>
    </xsl:if>
  </section>
</xsl:template>

<xsl:template match="device">
  <tr>
    <td data-label="Serial number"><xsl:value-of select="@serial"/></td>
    <td data-label="Model"><xsl:value-of select="normalize-space(concat(@manufacturer, ' ', @model))"/></td>
    <td data-label="Product key ID"><xsl:value-of select="@product-key-id"/></td>
    <td data-label="Ticket"><xsl:value-of select="@ticket"/></td>
    <td data-label="What happened">
      <xsl:call-template name="happened"/>
      <xsl:if test="@deregistered-at"><br/><small><xsl:value-of select="translate(@deregistered-at, 'TZ', '  ')"/> UTC</small></xsl:if>
      <xsl:if test="@reason != ''"><br/><small><xsl:value-of select="@reason"/></small></xsl:if>
    </td>
  </tr>
</xsl:template>

<xsl:template match="steps/step">
  <xsl:variable name="s" select="key('step', @ref)"/>
  <li>
    <strong><xsl:value-of select="$s/@title"/></strong>
    <xsl:if test="$s/@inference = 'yes'"><span class="advice">our advice</span></xsl:if>
    <p><xsl:value-of select="$s"/></p>
    <p class="who"><code><xsl:value-of select="@ref"/></code> &#183; Who: <xsl:value-of select="$s/@who"/></p>
  </li>
</xsl:template>

<xsl:template name="happened">
  <xsl:choose>
    <xsl:when test="@outcome = 'deregistered'">Autopilot registration ended</xsl:when>
    <xsl:when test="@outcome = 'not-registered'">Not registered under us</xsl:when>
    <xsl:when test="@outcome = 'not-ours'">Registered by another party</xsl:when>
    <xsl:when test="@outcome = 'not-found'">Not found</xsl:when>
    <xsl:when test="@outcome = 'not-unique'">More than one match</xsl:when>
    <xsl:when test="@outcome = 'refused'">Refused</xsl:when>
    <xsl:when test="@outcome = 'alarm'">Stopped, being investigated</xsl:when>
    <xsl:when test="@outcome = 'pending'">No final answer yet</xsl:when>
    <xsl:when test="@outcome = 'unknown'">Not known</xsl:when>
    <xsl:otherwise>Not asked yet</xsl:otherwise>
  </xsl:choose>
</xsl:template>

<xsl:template name="heading">
  <xsl:choose>
    <xsl:when test="@outcome = 'deregistered'">Autopilot registration ended; your clean-up is left</xsl:when>
    <xsl:when test="@outcome = 'not-registered'">Not registered under us; your clean-up is left</xsl:when>
    <xsl:when test="@outcome = 'not-ours'">Registered by another party: deregister in your tenant</xsl:when>
    <xsl:when test="@outcome = 'not-found'">The service does not know these devices</xsl:when>
    <xsl:when test="@outcome = 'not-unique'">The service found more than one match</xsl:when>
    <xsl:when test="@outcome = 'refused'">The service refused to deregister</xsl:when>
    <xsl:when test="@outcome = 'alarm'">Stopped: we are escalating this</xsl:when>
    <xsl:when test="@outcome = 'pending'">Accepted, but no final answer yet</xsl:when>
    <xsl:when test="@outcome = 'unknown'">We do not know what happened</xsl:when>
    <xsl:otherwise>Not asked yet</xsl:otherwise>
  </xsl:choose>
</xsl:template>

<xsl:template name="situation">
  <xsl:choose>
    <xsl:when test="@join = 'entra'">Entra joined; </xsl:when>
    <xsl:when test="@join = 'hybrid'">Entra hybrid joined; </xsl:when>
    <xsl:otherwise>join type unknown; </xsl:otherwise>
  </xsl:choose>
  <xsl:choose>
    <xsl:when test="@mdm = 'intune'">enrolled in Intune; </xsl:when>
    <xsl:when test="@mdm = 'was-intune'">was enrolled in Intune; </xsl:when>
    <xsl:when test="@mdm = 'none'">never enrolled in an MDM; </xsl:when>
    <xsl:when test="@mdm = 'other'">managed by another MDM; </xsl:when>
    <xsl:otherwise>management unknown; </xsl:otherwise>
  </xsl:choose>
  <xsl:choose>
    <xsl:when test="@registered-via = 'customer'">registered by you; </xsl:when>
    <xsl:otherwise>registered by a partner; </xsl:otherwise>
  </xsl:choose>
  <xsl:choose>
    <xsl:when test="@purpose = 'repair'">in repair, comes back to you.</xsl:when>
    <xsl:when test="@purpose = 'retire'">at its end of life.</xsl:when>
    <xsl:otherwise>to be sold to somebody else.</xsl:otherwise>
  </xsl:choose>
  <xsl:text> As given in the list.</xsl:text>
</xsl:template>

<xsl:template name="meaning">
  <xsl:choose>
    <xsl:when test="@outcome = 'alarm'"><p class="alarm" role="note">The service spoke of a registration where we asked for
      the opposite. We stopped and are escalating this. Please do nothing with these devices until you hear from us.</p></xsl:when>
    <xsl:when test="@outcome = 'pending' or @outcome = 'unknown'"><p>Check the Windows Autopilot list first (step 1). If a device is
      absent there, its registration has ended: skip the steps A3 and A4. If it still shows, follow the list as it stands.</p></xsl:when>
    <xsl:when test="@outcome = 'not-ours'"><p>Another party registered these devices, so we cannot deregister them. If that party is
      an OEM or a CSP, the devices can be managed by DFCI: check the firmware settings before a wipe.</p></xsl:when>
    <xsl:when test="@outcome = 'not-registered'"><p>Nothing was registered under us. Somebody else may have registered these
      devices, so please check the Windows Autopilot list all the same.</p></xsl:when>
    <xsl:when test="@outcome = 'not-found' or @outcome = 'not-unique'"><p>The identity is in doubt, or the board is new. We check serial number
      and product key ID again on our side.</p></xsl:when>
    <xsl:when test="@outcome = 'held' or @outcome = 'not-sent'"><p>We have not asked the service about these devices in this run. Nothing
      changed, and there is nothing for you to do yet.</p></xsl:when>
  </xsl:choose>
</xsl:template>

<xsl:template name="contact">
  <xsl:if test="partner/@name != '' or partner/@contact != '' or partner/@support != ''">
    <section aria-labelledby="contact">
      <h2 id="contact">Questions</h2>
      <p>
        <xsl:value-of select="partner/@name"/>
        <xsl:if test="partner/@contact != ''"><br/><xsl:value-of select="partner/@contact"/></xsl:if>
        <xsl:if test="partner/@support != ''"><br/><xsl:value-of select="partner/@support"/></xsl:if>
      </p>
    </section>
  </xsl:if>
</xsl:template>
</xsl:stylesheet>
