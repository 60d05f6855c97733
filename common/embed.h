/*
 * Texts compiled into the program by embed.sh; each is NUL-terminated. The file named in the
 * comment is the single source, so a shipped sample and the built-in default cannot differ.
 */
#ifndef COMMON_EMBED_H
#define COMMON_EMBED_H

extern const unsigned char embed_oem_direct_conf[]; /* samples/profiles/oem-direct.conf */
extern const unsigned char embed_index_xsl[];       /* partner/handoff/stylesheets/index.xsl */

#endif
