/*
 * Texts that embed.sh compiles into the program, each with a NUL at its end. A built-in default and
 * the shipped sample come from the same file, so they cannot differ.
 */
#ifndef PARTNER_EMBED_H
#define PARTNER_EMBED_H

extern const unsigned char embed_oem_direct_conf[];        /* samples/profiles/oem-direct.conf */
extern const unsigned char embed_oem_direct_request_xsd[]; /* partner/route/ */
/* partner/intake/ */
extern const unsigned char embed_headers_tsv[];
extern const unsigned char embed_values_tsv[];
/* partner/handoff/stylesheets/ */
extern const unsigned char embed_handoff_xsd[];
extern const unsigned char embed_index_xsl[];
extern const unsigned char embed_mail_xsl[];
extern const unsigned char embed_cleanup_xsl[];
extern const unsigned char embed_markdown_xsl[];
extern const unsigned char embed_letter_xsl[];
extern const unsigned char embed_run_xsl[];
/* partner/handoff/messages/ */
extern const unsigned char embed_en_xml[];
extern const unsigned char embed_de_xml[];

#endif
