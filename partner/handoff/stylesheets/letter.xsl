<?xml version="1.0" encoding="UTF-8"?>
<!-- A letter's document to letter.txt: plain text, 72 columns. -->
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

<xsl:template match="/handoff">
  <xsl:call-template name="wrap"><xsl:with-param name="text" select="key('t','letter-title')"/></xsl:call-template><xsl:text>&#10;</xsl:text>
  <xsl:call-template name="wrap"><xsl:with-param name="text" select="str:replace(str:replace(key('t','letter-lead'), '{b}', string($all)), '{a}', string($who))"/></xsl:call-template><xsl:text>&#10;</xsl:text>
  <xsl:call-template name="wrap"><xsl:with-param name="text" select="key('t','letter-text')"/></xsl:call-template><xsl:text>&#10;</xsl:text>
  <xsl:call-template name="wrap"><xsl:with-param name="text" select="key('t','letter-tell')"/></xsl:call-template>
  <xsl:apply-templates select="groups/group"/>
  <xsl:text>&#10;</xsl:text><xsl:call-template name="wrap"><xsl:with-param name="text" select="key('t','roles')"/></xsl:call-template>
  <xsl:if test="concat(partner/@name, partner/@contact, partner/@support) != ''"><xsl:text>&#10;</xsl:text>
    <xsl:call-template name="wrap"><xsl:with-param name="text" select="str:replace(key('t','mail-questions'), '{a}', normalize-space(concat(partner/@contact, ' ', partner/@support)))"/></xsl:call-template>
    <xsl:call-template name="wrap"><xsl:with-param name="text" select="partner/@name"/></xsl:call-template>
  </xsl:if>
  <xsl:text>&#10;</xsl:text><xsl:call-template name="wrap"><xsl:with-param name="text" select="str:replace(key('t','letter-written'), '{a}', translate(@generated, 'TZ', ' '))"/></xsl:call-template>
</xsl:template>

<xsl:template match="group">
  <xsl:text>&#10;------------------------------------------------------------------------&#10;</xsl:text>
  <xsl:call-template name="wrap"><xsl:with-param name="text" select="concat(key('t','letter-group'), ': ', key('t',concat('join-',@join)), '; ', key('t',concat('mdm-',@mdm)), '; ', key('t',concat('via-',@registered-via)), '; ', key('t',concat('purpose-',@purpose)), ' (', key('t','as-given'), ')')"/></xsl:call-template><xsl:text>&#10;</xsl:text>
  <u:rows><xsl:fallback><xsl:for-each select="device"><xsl:call-template name="wrap"><xsl:with-param name="text" select="concat('- ', @serial, ' ', @product-key-id, ' ', substring(@manufacturer, 1, 100), ' ', substring(@model, 1, 100), ' ', @ticket)"/><xsl:with-param name="indent" select="'  '"/></xsl:call-template></xsl:for-each></xsl:fallback></u:rows>
  <xsl:if test="unlisted"><xsl:call-template name="wrap"><xsl:with-param name="text" select="concat('- ... ', unlisted/@count)"/></xsl:call-template></xsl:if>
  <xsl:text>&#10;</xsl:text><xsl:call-template name="wrap"><xsl:with-param name="text" select="concat(key('t','letter-before'), ':')"/></xsl:call-template>
  <xsl:apply-templates select="steps/step[not(@after)]"/>
  <xsl:text>&#10;</xsl:text><xsl:call-template name="wrap"><xsl:with-param name="text" select="key('t','letter-tell')"/></xsl:call-template><xsl:text>&#10;</xsl:text>
  <xsl:call-template name="wrap"><xsl:with-param name="text" select="concat(key('t','letter-after'), ':')"/></xsl:call-template>
  <xsl:apply-templates select="steps/step[@after]"/>
</xsl:template>

<xsl:template match="steps/step">
  <xsl:variable name="s" select="key('step', @ref)"/>
  <xsl:text>&#10;</xsl:text>
  <xsl:call-template name="wrap"><xsl:with-param name="text" select="concat(@ref, ' ', $s/@title, ' (', $s/@who, ')')"/><xsl:with-param name="indent" select="'   '"/></xsl:call-template>
  <xsl:text>   </xsl:text><xsl:call-template name="wrap"><xsl:with-param name="text" select="normalize-space(concat($s/@if, ' ', $s))"/><xsl:with-param name="indent" select="'   '"/></xsl:call-template>
  <xsl:if test="$s/@where"><xsl:text>   </xsl:text><xsl:call-template name="wrap"><xsl:with-param name="text" select="concat(key('t','where'), ': ', $s/@where)"/><xsl:with-param name="indent" select="'   '"/></xsl:call-template></xsl:if>
</xsl:template>

<!-- A paragraph of at most 72 columns, of which 3 may stand before it; every line but the first begins with the indent.
     By the program, or here by another processor. -->
<xsl:template name="wrap">
  <xsl:param name="text"/><xsl:param name="indent"/>
  <xsl:choose>
    <xsl:when test="$quick"><xsl:value-of select="u:wrap($text, $indent, 69)"/></xsl:when>
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
    <xsl:variable name="new" select="$column &gt; 0 and $column + 1 + $length &gt; 69"/>
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
