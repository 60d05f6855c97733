<?xml version="1.0" encoding="UTF-8"?>
<!-- Renders handoff.xml to handoff.md, for a wiki; it also reads as plain text. Values of a list carry no markup. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:str="http://exslt.org/strings" exclude-result-prefixes="str"
  xmlns:u="urn:unpilot:handoff" extension-element-prefixes="u">
<xsl:output method="text" encoding="UTF-8"/>
<xsl:key name="in" match="catalogue/step" use="@phase"/>
<xsl:key name="t" match="texts/text" use="@id"/>
<xsl:key name="s" match="catalogue/step/@*" use="concat(../@id, ' ', name())"/>
<xsl:key name="s" match="catalogue/step" use="concat(@id, ' do')"/>
<xsl:variable name="quick" select="function-available('u:inert')"/>
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

<!-- What the customer reported with the letter. -->
<xsl:template name="before">
  <xsl:value-of select="key('t','before')"/>
  <xsl:for-each select="before">
    <xsl:variable name="n"><xsl:call-template name="devices"><xsl:with-param name="n" select="@devices"/></xsl:call-template></xsl:variable>
    <xsl:variable name="id"><xsl:choose><xsl:when test="@steps = 1">before-one</xsl:when><xsl:otherwise>before-report</xsl:otherwise></xsl:choose></xsl:variable>
    <xsl:value-of select="concat(' ', str:replace(str:replace(str:replace(str:replace(key('t',string($id)), '{d}', string($n)), '{c}', string(@steps)), '{b}', string(@on)), '{a}', normalize-space(@by)))"/>
  </xsl:for-each>
</xsl:template>

<!-- The groups that a step is for; nothing if it is for all. -->
<xsl:template name="for">
  <xsl:if test="not(@all)">
    <xsl:variable name="words"><xsl:choose>
      <xsl:when test="not(contains(@groups, ','))"><xsl:value-of select="str:replace(key('t','group'), '{a}', string(@groups))"/></xsl:when>
      <xsl:otherwise><xsl:value-of select="str:replace(key('t','groups'), '{a}', string(@groups))"/></xsl:otherwise></xsl:choose></xsl:variable>
    <xsl:value-of select="concat(str:replace(key('t','only'), '{a}', string($words)), ': ')"/>
  </xsl:if>
</xsl:template>
<xsl:template name="situation">
  <u:once of="join mdm registered-via purpose"><xsl:fallback>
  <xsl:value-of select="concat(key('t',concat('join-',@join)), '; ', key('t',concat('mdm-',@mdm)), '; ', key('t',concat('via-',@registered-via)), '; ', key('t',concat('purpose-',@purpose)))"/>
  </xsl:fallback></u:once>
</xsl:template>
<xsl:template name="where">
  <xsl:param name="s"/>
  <xsl:if test="$s/@url"><xsl:choose>
    <xsl:when test="contains($s/@url, 'entra.microsoft.com')"><xsl:value-of select="key('t','portal-entra')"/></xsl:when>
    <xsl:otherwise><xsl:value-of select="key('t','portal-intune')"/></xsl:otherwise></xsl:choose></xsl:if>
  <xsl:variable name="where" select="key('s', concat($s/@id, ' where'))"/>
  <xsl:if test="$s/@url and $where"> &gt; </xsl:if>
  <xsl:value-of select="$where"/>
</xsl:template>

<xsl:template match="/handoff">
  <xsl:variable name="did"><xsl:call-template name="did"/></xsl:variable>
  <xsl:variable name="heading"><xsl:if test="$wait">wait-</xsl:if>heading</xsl:variable>
  <xsl:value-of select="concat('# ', str:replace(key('t',string($heading)), '{a}', string($all)), '&#10;&#10;')"/>
  <xsl:call-template name="inert"><xsl:with-param name="text" select="$customer"/></xsl:call-template><xsl:text>&#10;&#10;</xsl:text>
  <xsl:call-template name="inert"><xsl:with-param name="text" select="$did"/></xsl:call-template>
  <xsl:if test="not($wait)"><xsl:value-of select="concat(' ', key('t','untouched'), ' ', key('t','why-at-all'))"/></xsl:if><xsl:text>&#10;&#10;</xsl:text>
  <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@deregistered"/><xsl:with-param name="id" select="'count-deregistered'"/></xsl:call-template>
  <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@not-registered"/><xsl:with-param name="id" select="'count-not-registered'"/></xsl:call-template>
  <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@not-ours"/><xsl:with-param name="id" select="'count-not-ours'"/></xsl:call-template>
  <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@not-found + $c/@not-unique"/><xsl:with-param name="id" select="'count-not-found'"/></xsl:call-template>
  <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@refused"/><xsl:with-param name="id" select="'count-refused'"/></xsl:call-template>
  <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@pending + $c/@unknown"/><xsl:with-param name="id" select="'count-unknown'"/></xsl:call-template>
  <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@alarm"/><xsl:with-param name="id" select="'count-alarm'"/></xsl:call-template>
  <xsl:call-template name="count"><xsl:with-param name="n" select="$c/@held + $c/@not-sent + $c/@rejected"/><xsl:with-param name="id" select="'count-held'"/></xsl:call-template>
  <xsl:if test="unconfirmed"><xsl:variable name="n"><xsl:call-template name="devices"><xsl:with-param name="n" select="unconfirmed/@count"/></xsl:call-template></xsl:variable>
    <xsl:value-of select="concat('&#10;**', key('t','keys-now'), ':** ', str:replace(key('t','keys-now-text'), '{a}', string($n)), '&#10;')"/></xsl:if>
  <xsl:if test="$c/@alarm &gt; 0"><xsl:variable name="n"><xsl:call-template name="devices"><xsl:with-param name="n" select="$c/@alarm"/></xsl:call-template></xsl:variable>
    <xsl:value-of select="concat('&#10;**', key('t','alarm'), ':** ', str:replace(key('t','alarm-text'), '{a}', string($n)), '&#10;')"/>
    <xsl:apply-templates select="$groups[@outcome = 'alarm']"/></xsl:if>
  <xsl:if test="$work">
    <u:once key="''"><xsl:fallback><xsl:value-of select="concat('&#10;**', key('t','do-not'), ':** ', key('t','do-not-entra'), ' ', key('t','do-not-order'), '&#10;')"/></xsl:fallback></u:once>
    <xsl:value-of select="concat('&#10;**', key('t','do-first'), ':** ')"/>
    <xsl:if test="$check &gt; 0"><xsl:variable name="n"><xsl:call-template name="devices"><xsl:with-param name="n" select="$check"/></xsl:call-template></xsl:variable>
      <xsl:value-of select="concat(str:replace(key('t','do-first-check'), '{a}', string($n)), ' ', key('t','first-text'), ' ')"/></xsl:if>
    <xsl:if test="$keys &gt; 0"><xsl:variable name="some"><xsl:call-template name="devices"><xsl:with-param name="n" select="$keys"/></xsl:call-template></xsl:variable>
      <xsl:value-of select="str:replace(key('t','do-first-keys'), '{a}', string($some))"/><xsl:if test="$open"><xsl:text> </xsl:text></xsl:if></xsl:if>
    <xsl:if test="$open and /handoff/catalogue/step[@phase = 'firmware'][not(@open = 0)]"><xsl:value-of select="concat(key('t','do-first-firmware'), ' ')"/></xsl:if>
    <xsl:choose>
      <xsl:when test="$open = 0"><xsl:value-of select="key('t','nothing-left')"/></xsl:when>
      <xsl:when test="$open"><xsl:value-of select="key('t','do-first-rest')"/></xsl:when></xsl:choose>
    <xsl:text>&#10;</xsl:text>
    <xsl:if test="before"><xsl:text>&#10;</xsl:text><xsl:variable name="before"><xsl:call-template name="before"/></xsl:variable>
      <xsl:call-template name="inert"><xsl:with-param name="text" select="$before"/></xsl:call-template><xsl:text>&#10;</xsl:text></xsl:if>
  <xsl:apply-templates select="phases/phase[@name != 'first']"/>
  </xsl:if>
  <xsl:if test="$groups[@outcome != 'alarm']"><xsl:value-of select="concat('&#10;## ', key('t','devices'), '&#10;')"/></xsl:if>
  <xsl:apply-templates select="$work"/>
  <xsl:apply-templates select="$groups[not(steps/step)][@outcome != 'alarm']"/>
  <xsl:call-template name="meanings"/>
  <xsl:if test="not($wait)"><u:once key="''"><xsl:fallback><xsl:value-of select="concat('&#10;## ', key('t','notes'), '&#10;&#10;- ', key('t','roles'), '&#10;- ', key('t','note-limits'), '&#10;- ', key('t','note-consent'), '&#10;- ', key('t','note-m365'), '&#10;- ', key('t','note-dead'), '&#10;')"/></xsl:fallback></u:once></xsl:if>
  <xsl:if test="concat(partner/@name, partner/@contact, partner/@support) != ''">
    <xsl:value-of select="concat('&#10;## ', key('t','questions'), '&#10;&#10;')"/>
    <xsl:call-template name="inert"><xsl:with-param name="text" select="concat(partner/@name, ' ', partner/@contact, ' ', partner/@support)"/></xsl:call-template>
    <xsl:text>&#10;</xsl:text>
  </xsl:if>
</xsl:template>

<xsl:template name="count">
  <xsl:param name="n"/><xsl:param name="id"/>
  <xsl:if test="$n &gt; 0"><xsl:value-of select="concat('- ', $n, ' ', key('t',$id), '&#10;')"/></xsl:if>
</xsl:template>

<xsl:template match="phases/phase">
  <u:once of="name"><xsl:fallback><xsl:value-of select="concat('&#10;## ', key('t',concat('phase-', @name)), '&#10;&#10;')"/></xsl:fallback></u:once>
  <xsl:for-each select="key('in', @name)[@id != 'E1']">
    <!-- the check before all others is one of A1, too; asked only once the customer has answered something -->
    <u:once of="id kind all groups open" key="$open and @open &lt; sum(@devices) + sum(/handoff/phases/phase[@name = 'first']/@devices) * (@id = 'A1')"><xsl:fallback>
    <xsl:variable name="for"><xsl:call-template name="for"/></xsl:variable>
    <xsl:variable name="title"><xsl:value-of select="key('s', concat(@id, ' title'))"/></xsl:variable>
    <xsl:variable name="advice"><xsl:if test="@inference = 'yes'"><xsl:value-of select="concat(' (', key('t','advice'), ')')"/></xsl:if></xsl:variable>
    <xsl:variable name="devices" select="sum(@devices) + sum(/handoff/phases/phase[@name = 'first']/@devices) * (@id = 'A1')"/>
    <xsl:variable name="tick"><xsl:choose><xsl:when test="@open = 0">x</xsl:when><xsl:otherwise><xsl:text> </xsl:text></xsl:otherwise></xsl:choose></xsl:variable>
    <xsl:variable name="left"><xsl:if test="@open &gt; 0 and @open &lt; $devices"><xsl:variable name="n"><xsl:call-template name="devices"><xsl:with-param name="n" select="@open"/></xsl:call-template></xsl:variable>
      <xsl:value-of select="concat(' (', str:replace(key('t','open-for'), '{a}', string($n)), ')')"/></xsl:if></xsl:variable>
    <xsl:variable name="do" select="key('s', concat(@id, ' do'))"/>
    <xsl:variable name="path" select="key('s', concat(@id, ' where'))"/>
    <xsl:variable name="where"><xsl:call-template name="where"><xsl:with-param name="s" select="."/></xsl:call-template></xsl:variable>
    <xsl:choose>
      <xsl:when test="@kind = 'ours'"><xsl:value-of select="concat('- ', $for, $do, '&#10;')"/></xsl:when>
      <xsl:when test="@kind = 'know'"><xsl:value-of select="concat('- ', $title, $advice, ': ', $for, $do, '&#10;')"/></xsl:when>
      <xsl:otherwise><xsl:value-of select="concat('- [', $tick, '] **', $title, '**', $advice, $left, '. ', $for, normalize-space(concat(key('s', concat(@id, ' if')), ' ', $do, ' ', key('s', concat(@id, ' more')), ' ', key('s', concat(@id, ' why')), ' ', key('s', concat(@id, ' expect')), ' ', key('s', concat(@id, ' check')))))"/>
        <xsl:if test="$where != ''"><xsl:choose>
          <xsl:when test="@url"><xsl:value-of select="concat(' [', substring-before(concat($where, ' &gt; '), ' &gt; '), '](', @url, ')')"/><xsl:if test="$path"><xsl:value-of select="concat(' > ', $path)"/></xsl:if></xsl:when>
          <xsl:otherwise><xsl:value-of select="concat(' ', $where)"/></xsl:otherwise></xsl:choose></xsl:if>
        <xsl:text>&#10;</xsl:text></xsl:otherwise>
    </xsl:choose>
    </xsl:fallback></u:once>
  </xsl:for-each>
  <xsl:if test="@name = 'after' and $work[@join = 'entra']"><xsl:value-of select="concat('- ', key('t','entra-nothing'), '&#10;')"/></xsl:if>
</xsl:template>

<!-- An outcome of which there are some, with what it means. -->
<xsl:template name="meaning">
  <xsl:param name="n"/><xsl:param name="id"/>
  <xsl:if test="$n &gt; 0"><xsl:value-of select="concat('- ', key('t',concat('outcome-', $id)), ': ', key('t',concat('meaning-', $id)), '&#10;')"/></xsl:if>
</xsl:template>
<xsl:template name="meanings">
  <u:once key="concat($c/@not-registered &gt; 0, $c/@not-ours &gt; 0, $c/@not-found &gt; 0, $c/@not-unique &gt; 0, $c/@refused &gt; 0)"><xsl:fallback>
  <xsl:if test="$c/@not-registered + $c/@not-ours + $c/@not-found + $c/@not-unique + $c/@refused &gt; 0">
    <xsl:value-of select="concat('&#10;## ', key('t','meanings'), '&#10;&#10;')"/>
    <xsl:call-template name="meaning"><xsl:with-param name="n" select="$c/@not-registered"/><xsl:with-param name="id" select="'not-registered'"/></xsl:call-template>
    <xsl:call-template name="meaning"><xsl:with-param name="n" select="$c/@not-ours"/><xsl:with-param name="id" select="'not-ours'"/></xsl:call-template>
    <xsl:call-template name="meaning"><xsl:with-param name="n" select="$c/@not-found"/><xsl:with-param name="id" select="'not-found'"/></xsl:call-template>
    <xsl:call-template name="meaning"><xsl:with-param name="n" select="$c/@not-unique"/><xsl:with-param name="id" select="'not-unique'"/></xsl:call-template>
    <xsl:call-template name="meaning"><xsl:with-param name="n" select="$c/@refused"/><xsl:with-param name="id" select="'refused'"/></xsl:call-template>
  </xsl:if>
  </xsl:fallback></u:once>
</xsl:template>

<xsl:template match="group">
  <xsl:text>&#10;</xsl:text>
  <xsl:choose>
    <xsl:when test="steps/step"><xsl:value-of select="concat(str:replace(key('t','group'), '{a}', string(@number)), ': ')"/><xsl:call-template name="situation"/></xsl:when>
    <xsl:otherwise><xsl:value-of select="key('t',concat('reason-',@outcome))"/></xsl:otherwise></xsl:choose>
  <xsl:text>&#10;</xsl:text>
  <xsl:if test="listed">
    <u:once key="''"><xsl:fallback><xsl:value-of select="concat('&#10;| ', key('t','serial'), ' | ', key('t','model'), ' | ', key('t','pkid'), ' | ', key('t','ticket'), ' | ', key('t','happened'), ' | ', key('t','done'), ' |&#10;|---|---|---|---|---|---|&#10;')"/></xsl:fallback></u:once>
    <u:rows><xsl:fallback><xsl:apply-templates select="device"/></xsl:fallback></u:rows>
  </xsl:if>
  <xsl:if test="unlisted"><xsl:value-of select="concat('&#10;', str:replace(key('t','more-devices'), '{a}', string(unlisted/@count)), '&#10;')"/></xsl:if>
</xsl:template>

<!-- The same rows as u:rows, for other XSLT processors. -->
<xsl:template match="device">
  <xsl:text>| </xsl:text><xsl:call-template name="inert"><xsl:with-param name="text" select="@serial"/></xsl:call-template>
  <xsl:text> | </xsl:text><xsl:call-template name="inert"><xsl:with-param name="text" select="concat(@manufacturer, ' ', @model)"/></xsl:call-template>
  <xsl:text> | </xsl:text><xsl:call-template name="inert"><xsl:with-param name="text" select="@product-key-id"/></xsl:call-template>
  <xsl:text> | </xsl:text><xsl:call-template name="inert"><xsl:with-param name="text" select="@ticket"/></xsl:call-template>
  <xsl:text> | </xsl:text><xsl:choose><xsl:when test="../@earlier"><xsl:value-of select="key('t','earlier')"/></xsl:when><xsl:otherwise><xsl:value-of select="key('t',concat('outcome-',../@outcome))"/></xsl:otherwise></xsl:choose>
  <xsl:value-of select="concat(' ', @deregistered-at, @earlier, ' | ', count(str:tokenize(@done, ' ')), '/', count(../steps/step[@kind = 'do' or @kind = 'if' or @kind = 'check'][not(@ref = preceding-sibling::step/@ref)]), ' |&#10;')"/>
</xsl:template>

<!-- Escaped by the program, or here in other processors. The backslash first, because the others add some.
     An ampersand before a blank begins no entity. -->
<xsl:template name="inert">
  <xsl:param name="text"/>
  <xsl:choose>
    <xsl:when test="$quick"><xsl:value-of select="u:inert($text)"/></xsl:when>
    <xsl:otherwise><xsl:value-of select="str:replace(str:replace(str:replace(str:replace(str:replace(str:replace(str:replace(str:replace(str:replace(str:replace(normalize-space($text), '\', '\\'), '&amp;', '\&amp;'), '\&amp; ', '&amp; '), '&lt;', '\&lt;'), '|', '\|'), '`', '\`'), '*', '\*'), '_', '\_'), '[', '\['), '~', '\~')"/></xsl:otherwise>
  </xsl:choose>
</xsl:template>
</xsl:stylesheet>
