<?xml version="1.0" encoding="UTF-8"?>
<!-- Renders handoff.xml to mail.txt: subject and body, plain text, 72 columns, CRLF as mail has it. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:str="http://exslt.org/strings" exclude-result-prefixes="str"
  xmlns:u="urn:unpilot:handoff" extension-element-prefixes="u">
<xsl:output method="text" encoding="UTF-8"/>
<xsl:key name="t" match="texts/text" use="@id"/>
<xsl:variable name="quick" select="function-available('u:wrap')"/>
<xsl:variable name="groups" select="/handoff/groups/group"/>
<xsl:variable name="work" select="$groups[steps/step]"/>
<xsl:variable name="first" select="$work[@outcome = 'pending' or @outcome = 'unknown']"/>
<xsl:variable name="wait" select="not($work) and $c/@alarm &gt; 0"/><!-- there is nothing to do but to wait -->
<xsl:variable name="open" select="/handoff/phases/@open"/><!-- once the customer has answered something -->
<xsl:variable name="keys" select="(sum($work/listed/@count) + sum($work/unlisted/@count)) * not($open) + sum(/handoff/phases/phase[@name = 'keys']/@open)"/>
<xsl:variable name="check" select="(sum($first/listed/@count) + sum($first/unlisted/@count)) * not($open) + sum(/handoff/phases/phase[@name = 'first']/@open)"/>
<xsl:variable name="c" select="/handoff/counts"/>
<xsl:variable name="span" select="/handoff/span"/>
<xsl:variable name="total" select="sum($groups/listed/@count) + sum($groups/unlisted/@count)"/>
<xsl:variable name="customer">
  <xsl:choose>
    <xsl:when test="/handoff/@customer-name != ''"><xsl:value-of select="normalize-space(substring(/handoff/@customer-name, 1, 200))"/></xsl:when>
    <xsl:when test="/handoff/@customer != ''"><xsl:value-of select="normalize-space(substring(/handoff/@customer, 1, 200))"/></xsl:when>
    <xsl:otherwise><xsl:value-of select="key('t','nobody')"/></xsl:otherwise>
  </xsl:choose>
</xsl:variable>
<xsl:variable name="who">
  <xsl:choose>
    <xsl:when test="/handoff/partner/@name != ''"><xsl:value-of select="normalize-space(substring(/handoff/partner/@name, 1, 200))"/></xsl:when>
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
<xsl:template name="devices-of">
  <xsl:param name="of"/>
  <xsl:call-template name="devices"><xsl:with-param name="n" select="sum($of/listed/@count) + sum($of/unlisted/@count)"/></xsl:call-template>
</xsl:template>

<xsl:template name="did">
  <xsl:variable name="b"><xsl:choose>
    <xsl:when test="$c/@deregistered = $total"><xsl:value-of select="$yours"/></xsl:when>
    <xsl:otherwise><xsl:value-of select="str:replace(str:replace(key('t','of'), '{a}', string($c/@deregistered)), '{b}', string($total))"/></xsl:otherwise>
  </xsl:choose></xsl:variable>
  <xsl:variable name="from" select="substring($span/@first, 1, 10)"/>
  <xsl:variable name="to" select="substring($span/@last, 1, 10)"/>
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

<xsl:template match="/handoff">
  <xsl:variable name="text"><xsl:choose>
    <xsl:when test="@kind = 'letter'"><xsl:call-template name="letter"/></xsl:when>
    <xsl:otherwise><xsl:call-template name="mail"/></xsl:otherwise></xsl:choose></xsl:variable>
  <xsl:value-of select="str:replace($text, '&#10;', '&#13;&#10;')"/>
</xsl:template>

<xsl:template name="mail">
  <xsl:variable name="did"><xsl:call-template name="did"/></xsl:variable>
  <xsl:variable name="subject"><xsl:choose><xsl:when test="$wait">mail-wait-subject</xsl:when><xsl:otherwise>mail-subject</xsl:otherwise></xsl:choose></xsl:variable>
  <xsl:value-of select="concat('Subject: ', str:replace(key('t',string($subject)), '{a}', string($customer)), '&#10;&#10;')"/>
  <u:once key="''"><xsl:fallback><xsl:call-template name="wrap"><xsl:with-param name="text" select="key('t','mail-hello')"/></xsl:call-template></xsl:fallback></u:once><xsl:text>&#10;</xsl:text>
  <xsl:call-template name="wrap"><xsl:with-param name="text"><xsl:value-of select="$did"/><xsl:if test="not($wait)"><xsl:value-of select="concat(' ', key('t','untouched'))"/></xsl:if></xsl:with-param></xsl:call-template><xsl:text>&#10;</xsl:text>
  <xsl:if test="$check &gt; 0"><xsl:variable name="n"><xsl:call-template name="devices"><xsl:with-param name="n" select="$check"/></xsl:call-template></xsl:variable>
    <xsl:call-template name="wrap"><xsl:with-param name="text" select="str:replace(key('t','mail-check-first'), '{a}', string($n))"/></xsl:call-template></xsl:if>
  <xsl:if test="$c/@alarm &gt; 0"><xsl:variable name="n"><xsl:call-template name="devices"><xsl:with-param name="n" select="$c/@alarm"/></xsl:call-template></xsl:variable>
    <xsl:call-template name="wrap"><xsl:with-param name="text" select="str:replace(key('t','mail-alarm'), '{a}', string($n))"/></xsl:call-template></xsl:if>
  <xsl:if test="unconfirmed"><xsl:variable name="n"><xsl:call-template name="devices"><xsl:with-param name="n" select="unconfirmed/@count"/></xsl:call-template></xsl:variable>
    <xsl:call-template name="wrap"><xsl:with-param name="text" select="str:replace(key('t','keys-now-text'), '{a}', string($n))"/></xsl:call-template></xsl:if>
  <xsl:if test="$work"><xsl:call-template name="do-first"/>
    <u:once key="''"><xsl:fallback><xsl:call-template name="wrap"><xsl:with-param name="text" select="key('t','mail-entra')"/></xsl:call-template></xsl:fallback></u:once></xsl:if><xsl:text>&#10;</xsl:text>
  <xsl:call-template name="close"/>
  <xsl:call-template name="signature"/>
</xsl:template>

<!-- What the customer reported with the letter. -->
<xsl:template name="before">
  <xsl:value-of select="key('t','before')"/>
  <xsl:for-each select="before">
    <xsl:variable name="n"><xsl:call-template name="devices"><xsl:with-param name="n" select="@devices"/></xsl:call-template></xsl:variable>
    <xsl:variable name="id"><xsl:choose><xsl:when test="@steps = 1">before-one</xsl:when><xsl:otherwise>before-report</xsl:otherwise></xsl:choose></xsl:variable>
    <xsl:value-of select="concat(' ', str:replace(str:replace(str:replace(str:replace(key('t',string($id)), '{d}', string($n)), '{c}', string(@steps)), '{b}', string(@on)), '{a}', normalize-space(@by)))"/>
  </xsl:for-each>
</xsl:template>

<!-- What comes first: of what is answered, only that it is. -->
<xsl:template name="do-first">
  <xsl:if test="before"><xsl:variable name="before"><xsl:call-template name="before"/></xsl:variable>
    <xsl:call-template name="wrap"><xsl:with-param name="text" select="$before"/></xsl:call-template></xsl:if>
  <xsl:choose>
    <xsl:when test="not($open)"><u:once key="''"><xsl:fallback><xsl:call-template name="wrap"><xsl:with-param name="text" select="key('t','mail-first')"/></xsl:call-template></xsl:fallback></u:once></xsl:when>
    <xsl:when test="$open = 0"><xsl:call-template name="wrap"><xsl:with-param name="text" select="key('t','nothing-left')"/></xsl:call-template></xsl:when>
    <xsl:otherwise>
      <xsl:if test="$keys &gt; 0"><xsl:variable name="n"><xsl:call-template name="devices"><xsl:with-param name="n" select="$keys"/></xsl:call-template></xsl:variable>
        <xsl:call-template name="wrap"><xsl:with-param name="text" select="str:replace(key('t','do-first-keys'), '{a}', string($n))"/></xsl:call-template></xsl:if>
      <xsl:if test="/handoff/catalogue/step[@phase = 'firmware'][not(@open = 0)]"><xsl:call-template name="wrap"><xsl:with-param name="text" select="key('t','do-first-firmware')"/></xsl:call-template></xsl:if>
    </xsl:otherwise>
  </xsl:choose>
</xsl:template>

<xsl:template name="close">
  <u:once key="concat($wait, $open = 0)"><xsl:fallback>
    <xsl:variable name="page"><xsl:choose><xsl:when test="$wait">mail-wait-open</xsl:when><xsl:otherwise>mail-open</xsl:otherwise></xsl:choose></xsl:variable>
    <xsl:variable name="text"><xsl:value-of select="concat(key('t',string($page)), ' ', key('t','mail-genuine'))"/><xsl:if test="not($wait or $open = 0)"><xsl:value-of select="concat(' ', key('t','mail-receipt'))"/></xsl:if></xsl:variable>
    <xsl:call-template name="wrap"><xsl:with-param name="text" select="$text"/></xsl:call-template></xsl:fallback></u:once>
</xsl:template>

<xsl:template name="signature">
  <xsl:if test="concat(partner/@name, partner/@contact, partner/@support) != ''"><xsl:text>&#10;</xsl:text>
    <xsl:call-template name="wrap"><xsl:with-param name="text" select="str:replace(key('t','mail-questions'), '{a}', normalize-space(concat(partner/@contact, ' ', partner/@support)))"/></xsl:call-template>
    <xsl:call-template name="wrap"><xsl:with-param name="text" select="partner/@name"/></xsl:call-template>
  </xsl:if>
</xsl:template>

<!-- Before the deregistration: when it happens, and what happens if nothing is done. -->
<xsl:template name="letter">
  <xsl:variable name="when"><xsl:choose>
    <xsl:when test="@until"><xsl:value-of select="str:replace(key('t','letter-when-until'), '{a}', string(@until))"/></xsl:when>
    <xsl:otherwise><xsl:value-of select="key('t',concat('letter-when-', @sends))"/></xsl:otherwise></xsl:choose></xsl:variable>
  <xsl:variable name="nothing"><xsl:choose>
    <xsl:when test="@sends = 'reported' and not(@until)"><xsl:value-of select="key('t','letter-nothing-reported')"/></xsl:when>
    <xsl:otherwise><xsl:value-of select="key('t','letter-nothing')"/></xsl:otherwise></xsl:choose></xsl:variable>
  <xsl:value-of select="concat('Subject: ', str:replace(key('t','mail-letter-subject'), '{a}', string($customer)), '&#10;&#10;')"/>
  <u:once key="''"><xsl:fallback><xsl:call-template name="wrap"><xsl:with-param name="text" select="key('t','mail-hello')"/></xsl:call-template></xsl:fallback></u:once><xsl:text>&#10;</xsl:text>
  <xsl:call-template name="wrap"><xsl:with-param name="text" select="concat(str:replace(str:replace(key('t','letter-lead'), '{b}', string($all)), '{a}', string($who)), ' ', $when, ' ', $nothing)"/></xsl:call-template><xsl:text>&#10;</xsl:text>
  <xsl:call-template name="do-first"/>
  <u:once key="''"><xsl:fallback><xsl:call-template name="wrap"><xsl:with-param name="text" select="key('t','mail-entra')"/></xsl:call-template></xsl:fallback></u:once><xsl:text>&#10;</xsl:text>
  <xsl:call-template name="close"/>
  <xsl:call-template name="signature"/>
</xsl:template>

<!-- A paragraph of at most 71 columns, including up to 3 before it; every line except the first begins
     with the indent. Wrapped by the program, or here in other processors. -->
<xsl:template name="wrap">
  <xsl:param name="text"/><xsl:param name="indent"/>
  <xsl:choose>
    <xsl:when test="$quick"><xsl:value-of select="u:wrap($text, $indent, 68)"/></xsl:when>
    <xsl:otherwise><xsl:call-template name="words">
      <xsl:with-param name="word" select="str:tokenize($text, ' &#10;&#9;')[1]"/>
      <xsl:with-param name="indent" select="$indent"/>
    </xsl:call-template></xsl:otherwise>
  </xsl:choose>
  <xsl:text>&#10;</xsl:text>
</xsl:template>
<xsl:template name="words">
  <xsl:param name="word"/><xsl:param name="indent"/><xsl:param name="column" select="0"/>
  <xsl:if test="$word">
    <xsl:variable name="length" select="string-length($word)"/>
    <xsl:variable name="new" select="$column &gt; 0 and $column + 1 + $length &gt; 68"/>
    <xsl:choose>
      <xsl:when test="$new"><xsl:value-of select="concat('&#10;', $indent, $word)"/></xsl:when>
      <xsl:when test="$column &gt; 0"><xsl:value-of select="concat(' ', $word)"/></xsl:when>
      <xsl:otherwise><xsl:value-of select="$word"/></xsl:otherwise>
    </xsl:choose>
    <xsl:call-template name="words">
      <xsl:with-param name="word" select="$word/following-sibling::*[1]"/><xsl:with-param name="indent" select="$indent"/>
      <xsl:with-param name="column" select="$length + ($column + 1) * ($column &gt; 0 and not($new)) + string-length($indent) * $new"/>
    </xsl:call-template>
  </xsl:if>
</xsl:template>
</xsl:stylesheet>
