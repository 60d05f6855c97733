/*
 * The partner's logo as a data URI, because the page loads nothing. Takes PNG and JPEG files, known
 * by their first bytes, of at most LOGO_MAX bytes. SVG is refused: it can hold scripts.
 */
#ifndef PARTNER_HANDOFF_LOGO_H
#define PARTNER_HANDOFF_LOGO_H

#include "common/base.h"
#include "common/error.h"

/* Every page contains the whole logo, and customers mail pages. */
#define LOGO_MAX ((size_t)256 * 1024)

/* Returns "data:image/png;base64,...", which the caller frees; NULL with *err. */
char *logo_read(const char *path, struct error *err) MUST_CHECK;

#endif
