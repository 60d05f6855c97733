/*
 * Texts compiled into the program by embed.sh; each is NUL-terminated. The file named in the
 * comment is the single source, so a shipped sample and the built-in default cannot differ.
 */
#ifndef PARTNER_EMBED_H
#define PARTNER_EMBED_H

extern const unsigned char embed_oem_direct_conf[];        /* samples/profiles/oem-direct.conf */
extern const unsigned char embed_oem_direct_request_xsd[]; /* partner/route/ */
/* partner/handoff/stylesheets/ */
extern const unsigned char embed_handoff_xsd[];
extern const unsigned char embed_index_xsl[];
extern const unsigned char embed_mail_xsl[];
extern const unsigned char embed_cleanup_xsl[];
extern const unsigned char embed_markdown_xsl[];
extern const unsigned char embed_letter_xsl[];
/* partner/handoff/messages/ */
extern const unsigned char embed_en_xml[];
extern const unsigned char embed_de_xml[];

#endif
