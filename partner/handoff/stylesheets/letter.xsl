<?xml version="1.0" encoding="UTF-8"?>
<!-- Renders the document of a letter to letter.txt: plain text, 72 columns, by phase. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:str="http://exslt.org/strings" exclude-result-prefixes="str"
  xmlns:u="urn:unpilot:handoff" extension-element-prefixes="u">
<xsl:output method="text" encoding="UTF-8"/>
<xsl:key name="step" match="catalogue/step" use="@id"/>
<xsl:key name="has" match="groups/group" use="steps/step/@ref"/>
<xsl:key name="t" match="texts/text" use="@id"/>
<xsl:variable name="quick" select="function-available('u:wrap')"/>
<xsl:variable name="groups" select="/handoff/groups/group"/>
<xsl:variable name="work" select="$groups[steps/step]"/>
<xsl:variable name="first" select="$work[@outcome = 'pending' or @outcome = 'unknown']"/>
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
<xsl:variable name="all"><xsl:call-template name="devices"><xsl:with-param name="n" select="$total"/></xsl:call-template></xsl:variable>

<xsl:template name="devices">
  <xsl:param name="n"/>
  <xsl:choose>
    <xsl:when test="$n = 1"><xsl:value-of select="key('t','one')"/></xsl:when>
    <xsl:otherwise><xsl:value-of select="str:replace(key('t','many'), '{a}', string($n))"/></xsl:otherwise>
  </xsl:choose>
</xsl:template>
<xsl:template name="devices-of">
  <xsl:param name="of"/>
  <xsl:call-template name="devices"><xsl:with-param name="n" select="sum($of/listed/@count) + sum($of/unlisted/@count)"/></xsl:call-template>
</xsl:template>

<!-- The groups that a step is for; nothing if it is for all. -->
<xsl:template name="for">
  <xsl:param name="of"/>
  <xsl:if test="count($of) &lt; count($work)">
    <xsl:variable name="list"><xsl:for-each select="$of"><xsl:if test="position() &gt; 1">, </xsl:if><xsl:value-of select="1 + count(preceding-sibling::group[steps/step])"/></xsl:for-each></xsl:variable>
    <xsl:variable name="words"><xsl:choose>
      <xsl:when test="count($of) = 1"><xsl:value-of select="str:replace(key('t','group'), '{a}', string($list))"/></xsl:when>
      <xsl:otherwise><xsl:value-of select="str:replace(key('t','groups'), '{a}', string($list))"/></xsl:otherwise></xsl:choose></xsl:variable>
    <xsl:value-of select="concat(str:replace(key('t','only'), '{a}', string($words)), ': ')"/>
  </xsl:if>
</xsl:template>
<xsl:template name="situation">
  <xsl:value-of select="concat(key('t',concat('join-',@join)), '; ', key('t',concat('mdm-',@mdm)), '; ', key('t',concat('via-',@registered-via)), '; ', key('t',concat('purpose-',@purpose)))"/>
</xsl:template>
<xsl:template name="where">
  <xsl:param name="s"/>
  <xsl:if test="$s/@url"><xsl:choose>
    <xsl:when test="contains($s/@url, 'entra.microsoft.com')"><xsl:value-of select="key('t','portal-entra')"/></xsl:when>
    <xsl:otherwise><xsl:value-of select="key('t','portal-intune')"/></xsl:otherwise></xsl:choose></xsl:if>
  <xsl:if test="$s/@url and $s/@where"> &gt; </xsl:if>
  <xsl:value-of select="$s/@where"/>
</xsl:template>

<xsl:template match="/handoff">
  <xsl:call-template name="wrap"><xsl:with-param name="text" select="str:replace(key('t','letter-heading'), '{a}', string($all))"/></xsl:call-template><xsl:text>&#10;</xsl:text>
  <xsl:call-template name="wrap"><xsl:with-param name="text" select="concat(str:replace(str:replace(key('t','letter-lead'), '{b}', string($all)), '{a}', string($who)), ' ', key('t','letter-text'))"/></xsl:call-template><xsl:text>&#10;</xsl:text>
  <xsl:call-template name="wrap"><xsl:with-param name="text" select="key('t','why-at-all')"/></xsl:call-template><xsl:text>&#10;</xsl:text>
  <xsl:call-template name="wrap"><xsl:with-param name="text" select="concat(key('t','do-not'), ': ', key('t','do-not-entra'))"/></xsl:call-template>
  <xsl:call-template name="rule"/>
  <xsl:call-template name="wrap"><xsl:with-param name="text" select="concat(key('t','letter-devices'), ':')"/></xsl:call-template>
  <xsl:apply-templates select="$groups"/>
  <xsl:call-template name="rule"/>
  <xsl:call-template name="wrap"><xsl:with-param name="text" select="concat(key('t','letter-before'), ':')"/></xsl:call-template>
  <xsl:call-template name="phase"><xsl:with-param name="name" select="'find'"/></xsl:call-template>
  <xsl:call-template name="phase"><xsl:with-param name="name" select="'keys'"/></xsl:call-template>
  <xsl:call-template name="phase"><xsl:with-param name="name" select="'firmware'"/></xsl:call-template>
  <xsl:call-template name="phase"><xsl:with-param name="name" select="'data'"/></xsl:call-template>
  <xsl:call-template name="phase"><xsl:with-param name="name" select="'intune'"/></xsl:call-template>
  <xsl:text>&#10;</xsl:text><xsl:call-template name="wrap"><xsl:with-param name="text" select="key('t','letter-tell')"/></xsl:call-template>
  <xsl:if test="catalogue/step[@phase = 'ad']"><xsl:call-template name="rule"/>
    <xsl:call-template name="wrap"><xsl:with-param name="text" select="concat(key('t','letter-after'), ':')"/></xsl:call-template>
    <xsl:call-template name="phase"><xsl:with-param name="name" select="'ad'"/></xsl:call-template></xsl:if>
  <xsl:text>&#10;</xsl:text><xsl:call-template name="wrap"><xsl:with-param name="text" select="key('t','roles')"/></xsl:call-template>
  <xsl:if test="concat(partner/@name, partner/@contact, partner/@support) != ''"><xsl:text>&#10;</xsl:text>
    <xsl:call-template name="wrap"><xsl:with-param name="text" select="str:replace(key('t','mail-questions'), '{a}', normalize-space(concat(partner/@contact, ' ', partner/@support)))"/></xsl:call-template>
    <xsl:call-template name="wrap"><xsl:with-param name="text" select="partner/@name"/></xsl:call-template>
  </xsl:if>
  <xsl:text>&#10;</xsl:text><xsl:call-template name="wrap"><xsl:with-param name="text" select="str:replace(key('t','letter-written'), '{a}', translate(@generated, 'TZ', ' '))"/></xsl:call-template>
</xsl:template>

<xsl:template name="rule"><xsl:text>&#10;------------------------------------------------------------------------&#10;</xsl:text></xsl:template>

<xsl:template match="group">
  <xsl:text>&#10;</xsl:text>
  <xsl:variable name="situation"><xsl:call-template name="situation"/></xsl:variable>
  <xsl:call-template name="wrap"><xsl:with-param name="text" select="concat(str:replace(key('t','group'), '{a}', string(position())), ': ', $situation)"/></xsl:call-template>
  <u:rows><xsl:fallback><xsl:for-each select="device"><xsl:call-template name="wrap"><xsl:with-param name="text" select="concat('- ', @serial, ' ', @product-key-id, ' ', substring(@manufacturer, 1, 100), ' ', substring(@model, 1, 100), ' ', @ticket)"/><xsl:with-param name="indent" select="'  '"/></xsl:call-template></xsl:for-each></xsl:fallback></u:rows>
  <xsl:if test="unlisted"><xsl:call-template name="wrap"><xsl:with-param name="text" select="concat('- ... ', unlisted/@count)"/></xsl:call-template></xsl:if>
</xsl:template>

<xsl:template name="phase">
  <xsl:param name="name"/>
  <xsl:variable name="steps" select="/handoff/catalogue/step[@phase = $name and @kind != 'know' and @kind != 'ours']"/>
  <xsl:if test="$steps">
    <xsl:text>&#10;</xsl:text><xsl:call-template name="wrap"><xsl:with-param name="text" select="key('t',concat('phase-', $name))"/></xsl:call-template>
    <xsl:for-each select="$steps">
      <xsl:variable name="for"><xsl:call-template name="for"><xsl:with-param name="of" select="key('has', @id)"/></xsl:call-template></xsl:variable>
      <xsl:variable name="advice"><xsl:if test="@inference = 'yes'"><xsl:value-of select="concat('(', key('t','advice'), ') ')"/></xsl:if></xsl:variable>
      <xsl:variable name="where"><xsl:call-template name="where"><xsl:with-param name="s" select="."/></xsl:call-template></xsl:variable>
      <xsl:text>&#10;</xsl:text><xsl:call-template name="wrap"><xsl:with-param name="text" select="concat('[ ] ', @title)"/><xsl:with-param name="indent" select="'    '"/></xsl:call-template>
      <xsl:text>   </xsl:text><xsl:call-template name="wrap"><xsl:with-param name="text" select="normalize-space(concat($advice, $for, @if, ' ', ., ' ', @more, ' ', @why, ' ', @expect, ' ', @check))"/><xsl:with-param name="indent" select="'   '"/></xsl:call-template>
      <xsl:if test="$where != ''"><xsl:text>   </xsl:text><xsl:call-template name="wrap"><xsl:with-param name="text" select="$where"/><xsl:with-param name="indent" select="'   '"/></xsl:call-template></xsl:if>
    </xsl:for-each>
  </xsl:if>
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
