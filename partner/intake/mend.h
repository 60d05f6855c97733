/*
 * Text that may be anything, made fit to be stored and written: what is no UTF-8, NULs and control
 * characters (but tab and line ends) become U+FFFD, which no value of a device may hold. So what
 * was broken is broken still when it is fed back uncorrected.
 */
#ifndef PARTNER_INTAKE_MEND_H
#define PARTNER_INTAKE_MEND_H

#include "common/base.h"
#include "common/buf.h"

#define MEND_LOST "\357\277\275" /* U+FFFD in UTF-8 */

/* Replaces out's content. */
void mend_text(struct buf *out, const char *text, size_t len);

#endif
