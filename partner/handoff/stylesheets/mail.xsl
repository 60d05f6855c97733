<?xml version="1.0" encoding="UTF-8"?>
<!-- handoff.xml to mail.txt: subject and body, plain text, 72 columns. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:str="http://exslt.org/strings" exclude-result-prefixes="str"
  xmlns:u="urn:unpilot:handoff" extension-element-prefixes="u">
<xsl:output method="text" encoding="UTF-8"/>
<xsl:key name="step" match="catalogue/step" use="@id"/>
<xsl:key name="t" match="texts/text" use="@id"/>
<xsl:variable name="quick" select="function-available('u:wrap')"/>
<xsl:variable name="total" select="sum(/handoff/groups/group/listed/@count) + sum(/handoff/groups/group/unlisted/@count)"/>
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
<xsl:variable name="all"><xsl:choose>
  <xsl:when test="$total = 1"><xsl:value-of select="key('t','one')"/></xsl:when>
  <xsl:otherwise><xsl:value-of select="str:replace(key('t','many'), '{a}', string($total))"/></xsl:otherwise>
</xsl:choose></xsl:variable>
<xsl:variable name="c" select="/handoff/counts"/>
<xsl:variable name="did"><xsl:choose>
  <xsl:when test="$c/@deregistered = $total"><xsl:value-of select="str:replace(str:replace(key('t','did'), '{b}', string($all)), '{a}', string($who))"/></xsl:when>
  <xsl:when test="$c/@deregistered &gt; 0"><xsl:value-of select="str:replace(str:replace(key('t','did'), '{b}',
    str:replace(str:replace(key('t','of'), '{a}', string($c/@deregistered)), '{b}', string($all))), '{a}', string($who))"/></xsl:when>
  <xsl:otherwise><xsl:value-of select="str:replace(str:replace(key('t','did-none'), '{b}', string($all)), '{a}', string($who))"/></xsl:otherwise>
</xsl:choose></xsl:variable>

<xsl:template match="/handoff">
  <xsl:text>Subject: </xsl:text><xsl:value-of select="str:replace(key('t','mail-subject'), '{a}', string($customer))"/><xsl:text>&#10;</xsl:text><xsl:text>&#10;</xsl:text>
  <xsl:call-template name="wrap"><xsl:with-param name="text" select="key('t','mail-hello')"/></xsl:call-template><xsl:text>&#10;</xsl:text>
  <xsl:call-template name="wrap"><xsl:with-param name="text" select="concat($did, ' ', key('t','untouched'))"/></xsl:call-template><xsl:text>&#10;</xsl:text>
  <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@deregistered"/><xsl:with-param name="id" select="'count-deregistered'"/></xsl:call-template>
  <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@not-registered"/><xsl:with-param name="id" select="'count-not-registered'"/></xsl:call-template>
  <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@not-ours"/><xsl:with-param name="id" select="'count-not-ours'"/></xsl:call-template>
  <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@not-found + $c/@not-unique"/><xsl:with-param name="id" select="'count-not-found'"/></xsl:call-template>
  <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@refused"/><xsl:with-param name="id" select="'count-refused'"/></xsl:call-template>
  <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@pending + $c/@unknown"/><xsl:with-param name="id" select="'count-unknown'"/></xsl:call-template>
  <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@alarm"/><xsl:with-param name="id" select="'count-alarm'"/></xsl:call-template>
  <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@held + $c/@not-sent"/><xsl:with-param name="id" select="'count-held'"/></xsl:call-template>
  <xsl:text>&#10;</xsl:text>
  <xsl:call-template name="wrap"><xsl:with-param name="text" select="concat(key('t','mail-what'), ' ', key('t','mail-entra'), ' ', key('t','mail-receipt'))"/></xsl:call-template>
  <xsl:if test="concat(partner/@name, partner/@contact, partner/@support) != ''"><xsl:text>&#10;</xsl:text>
    <xsl:call-template name="wrap"><xsl:with-param name="text" select="str:replace(key('t','mail-questions'), '{a}', normalize-space(concat(partner/@contact, ' ', partner/@support)))"/></xsl:call-template>
    <xsl:call-template name="wrap"><xsl:with-param name="text" select="partner/@name"/></xsl:call-template>
  </xsl:if>
</xsl:template>

<xsl:template name="count">
  <xsl:param name="n"/><xsl:param name="id"/>
  <xsl:if test="$n &gt; 0"><xsl:call-template name="wrap"><xsl:with-param name="text" select="concat('- ', $n, ' ', key('t',$id))"/><xsl:with-param name="indent" select="'  '"/></xsl:call-template></xsl:if>
</xsl:template>

<!-- A paragraph of at most 72 columns; every line but the first begins with the indent.
     By the program, or here by another processor. -->
<xsl:template name="wrap">
  <xsl:param name="text"/><xsl:param name="indent"/>
  <xsl:choose>
    <xsl:when test="$quick"><xsl:value-of select="u:wrap($text, $indent, 72)"/></xsl:when>
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
    <xsl:variable name="new" select="$column &gt; 0 and $column + 1 + $length &gt; 72"/>
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
