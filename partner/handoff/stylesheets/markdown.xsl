<?xml version="1.0" encoding="UTF-8"?>
<!-- handoff.xml to handoff.md. What comes from a list or the configuration is made inert: no markup
     of Markdown and no HTML survives in it. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:str="http://exslt.org/strings" exclude-result-prefixes="str"
  xmlns:u="urn:unpilot:handoff" extension-element-prefixes="u">
<xsl:output method="text" encoding="UTF-8"/>
<xsl:key name="step" match="catalogue/step" use="@id"/>
<xsl:key name="t" match="texts/text" use="@id"/>
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
<xsl:variable name="quick" select="function-available('u:inert')"/>
<xsl:variable name="did"><xsl:choose>
  <xsl:when test="$c/@deregistered = $total"><xsl:value-of select="str:replace(str:replace(key('t','did'), '{b}', string($all)), '{a}', string($who))"/></xsl:when>
  <xsl:when test="$c/@deregistered &gt; 0"><xsl:value-of select="str:replace(str:replace(key('t','did'), '{b}',
    str:replace(str:replace(key('t','of'), '{a}', string($c/@deregistered)), '{b}', string($all))), '{a}', string($who))"/></xsl:when>
  <xsl:otherwise><xsl:value-of select="str:replace(str:replace(key('t','did-none'), '{b}', string($all)), '{a}', string($who))"/></xsl:otherwise>
</xsl:choose></xsl:variable>

<xsl:template match="/handoff">
  <xsl:text># </xsl:text><xsl:call-template name="inert"><xsl:with-param name="text" select="key('t','title')"/></xsl:call-template>
  <xsl:text>&#10;&#10;**</xsl:text><xsl:call-template name="inert"><xsl:with-param name="text" select="$customer"/></xsl:call-template><xsl:text>**&#10;&#10;</xsl:text>
  <xsl:call-template name="inert"><xsl:with-param name="text" select="$did"/></xsl:call-template>
  <xsl:value-of select="concat(' ', key('t','untouched'), ' ', key('t','scope'), '&#10;&#10;## ', key('t','left'), '&#10;&#10;')"/>
  <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@deregistered"/><xsl:with-param name="id" select="'count-deregistered'"/></xsl:call-template>
  <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@not-registered"/><xsl:with-param name="id" select="'count-not-registered'"/></xsl:call-template>
  <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@not-ours"/><xsl:with-param name="id" select="'count-not-ours'"/></xsl:call-template>
  <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@not-found + $c/@not-unique"/><xsl:with-param name="id" select="'count-not-found'"/></xsl:call-template>
  <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@refused"/><xsl:with-param name="id" select="'count-refused'"/></xsl:call-template>
  <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@pending + $c/@unknown"/><xsl:with-param name="id" select="'count-unknown'"/></xsl:call-template>
  <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@alarm"/><xsl:with-param name="id" select="'count-alarm'"/></xsl:call-template>
  <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@held + $c/@not-sent"/><xsl:with-param name="id" select="'count-held'"/></xsl:call-template>
  <xsl:value-of select="concat('&#10;## ', key('t','order'), '&#10;&#10;', key('t','order-text'), ' ', key('t','roles'), '&#10;')"/>
  <xsl:apply-templates select="groups/group"/>
  <xsl:value-of select="concat('&#10;## ', key('t','notes'), '&#10;&#10;- ', key('t','note-dead'), '&#10;- ', key('t','note-co-managed'), '&#10;- ',
    key('t','note-self-deploying'), '&#10;- ', key('t','note-preparation'), '&#10;- ', key('t','note-registered'), '&#10;- ', key('t','note-cloud'), '&#10;')"/>
  <xsl:if test="concat(partner/@name, partner/@contact, partner/@support) != ''">
    <xsl:value-of select="concat('&#10;## ', key('t','questions'), '&#10;&#10;')"/>
    <xsl:call-template name="inert"><xsl:with-param name="text" select="concat(partner/@name, ' ', partner/@contact, ' ', partner/@support)"/></xsl:call-template>
    <xsl:text>&#10;</xsl:text>
  </xsl:if>
</xsl:template>

<xsl:template name="count">
  <xsl:param name="n"/><xsl:param name="id"/>
  <xsl:if test="$n &gt; 0"><xsl:value-of select="concat('- **', $n, '** ', key('t',$id), '&#10;')"/></xsl:if>
</xsl:template>

<xsl:template match="group">
  <xsl:value-of select="concat('&#10;## ', key('t',concat('group-',@outcome)), '&#10;&#10;', key('t',concat('join-',@join)), '; ', key('t',concat('mdm-',@mdm)), '; ',
    key('t',concat('via-',@registered-via)), '; ', key('t',concat('purpose-',@purpose)), ' (', key('t','as-given'), ').&#10;')"/>
  <xsl:if test="key('t',concat('meaning-',@outcome))"><xsl:value-of select="concat('&#10;', key('t',concat('meaning-',@outcome)), '&#10;')"/></xsl:if>
  <xsl:if test="steps/step and @join = 'hybrid'"><xsl:value-of select="concat('&#10;', key('t','note-hybrid'), '&#10;')"/></xsl:if>
  <xsl:if test="steps/step"><xsl:value-of select="concat('&#10;### ', key('t','steps'), '&#10;&#10;')"/></xsl:if>
  <xsl:for-each select="steps/step">
    <xsl:variable name="s" select="key('step', @ref)"/>
    <xsl:value-of select="concat(position(), '. `', @ref, '` **', $s/@title, '** (', $s/@who)"/>
    <xsl:if test="$s/@inference = 'yes'"><xsl:value-of select="concat('; ', key('t','advice'))"/></xsl:if>
    <xsl:text>)  &#10;   </xsl:text>
    <xsl:call-template name="inert"><xsl:with-param name="text" select="concat($s/@if, ' ', $s)"/></xsl:call-template>
    <xsl:if test="$s/@where"><xsl:text>  &#10;   </xsl:text><xsl:call-template name="inert"><xsl:with-param name="text" select="concat(key('t','where'), ': ', $s/@where)"/></xsl:call-template></xsl:if>
    <xsl:if test="$s/@check"><xsl:text>  &#10;   </xsl:text><xsl:call-template name="inert"><xsl:with-param name="text" select="concat(key('t','check'), ': ', $s/@check)"/></xsl:call-template></xsl:if>
    <xsl:text>&#10;</xsl:text>
  </xsl:for-each>
  <xsl:if test="listed">
    <xsl:value-of select="concat('&#10;| ', key('t','serial'), ' | ', key('t','model'), ' | ', key('t','pkid'), ' | ', key('t','ticket'), ' | ', key('t','happened'), ' | ', key('t','done'), ' |&#10;|---|---|---|---|---|---|&#10;')"/>
    <u:rows><xsl:fallback><xsl:apply-templates select="device"/></xsl:fallback></u:rows>
  </xsl:if>
  <xsl:if test="unlisted"><xsl:value-of select="concat('&#10;', str:replace(key('t','more'), '{a}', string(unlisted/@count)), '&#10;')"/></xsl:if>
</xsl:template>

<!-- The same rows as u:rows, for other XSLT processors. -->
<xsl:template match="device">
  <xsl:text>| </xsl:text><xsl:call-template name="inert"><xsl:with-param name="text" select="@serial"/></xsl:call-template>
  <xsl:text> | </xsl:text><xsl:call-template name="inert"><xsl:with-param name="text" select="concat(@manufacturer, ' ', @model)"/></xsl:call-template>
  <xsl:text> | </xsl:text><xsl:call-template name="inert"><xsl:with-param name="text" select="@product-key-id"/></xsl:call-template>
  <xsl:text> | </xsl:text><xsl:call-template name="inert"><xsl:with-param name="text" select="@ticket"/></xsl:call-template>
  <xsl:value-of select="concat(' | ', key('t',concat('outcome-',../@outcome)), ' ', @deregistered-at, ' ')"/>
  <xsl:call-template name="inert"><xsl:with-param name="text" select="@reason"/></xsl:call-template>
  <xsl:text> | </xsl:text><xsl:call-template name="inert"><xsl:with-param name="text" select="@done"/></xsl:call-template><xsl:text> |&#10;</xsl:text>
</xsl:template>

<!-- By the program, or here in other processors. Replace the ampersand first, because the others become character
     references. -->
<xsl:template name="inert">
  <xsl:param name="text"/>
  <xsl:choose>
    <xsl:when test="$quick"><xsl:value-of select="u:inert($text)"/></xsl:when>
    <xsl:otherwise><xsl:value-of select="str:replace(str:replace(str:replace(str:replace(str:replace(str:replace(str:replace(str:replace(str:replace(str:replace(str:replace(str:replace(normalize-space($text), '&amp;', '&amp;amp;'), '&lt;', '&amp;lt;'), '&gt;', '&amp;gt;'), '|', '&amp;#124;'), '`', '&amp;#96;'), '*', '&amp;#42;'), '_', '&amp;#95;'), '[', '&amp;#91;'), ']', '&amp;#93;'), '!', '&amp;#33;'), '\', '&amp;#92;'), '~', '&amp;#126;')"/></xsl:otherwise>
  </xsl:choose>
</xsl:template>
</xsl:stylesheet>
