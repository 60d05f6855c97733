/*
 * The partner's logo: a PNG or JPEG file, known by its first bytes, as a data URI for the page,
 * which loads nothing. No SVG: that is a document that can hold scripts. At most LOGO_MAX bytes.
 */
#ifndef PARTNER_HANDOFF_LOGO_H
#define PARTNER_HANDOFF_LOGO_H

#include "common/base.h"
#include "common/error.h"

/* Every page holds it whole, and a page must pass through mail. */
#define LOGO_MAX ((size_t)256 * 1024)

/* "data:image/png;base64,...", freed by the caller; NULL with *err. */
char *logo_read(const char *path, struct error *err) MUST_CHECK;

#endif
