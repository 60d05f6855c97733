/*
 * Remarks that concern many rows of a list: counted here and printed once, with the number of rows
 * and an example. Pure; memory does not depend on the length of the list.
 */
#ifndef PARTNER_INTAKE_REMARKS_H
#define PARTNER_INTAKE_REMARKS_H

#include "common/base.h"
#include "common/buf.h"
#include "partner/intake/words.h"

/* Bits of one row's remarks are 1 << REMARK_... */
enum remark {
	REMARK_ABOVE_HEADER,
	REMARK_RULER,
	REMARK_UNWRAPPED,
	REMARK_QUOTES,
	REMARK_TAIL,
	REMARK_PAD_SERIAL,
	REMARK_PAD_MANUFACTURER,
	REMARK_PAD_MODEL,
	REMARK_SHORT_NUMBER,
	REMARK_OS_PRODUCT_ID,
	REMARK_NO_PKID,
	REMARK_NO_HASH,
	REMARK_DEFAULT_NAME,
	REMARK_NO_NAME,
	REMARK_COUNT
};

#define REMARK_EXAMPLE_SIZE 64

struct remarks {
	struct {
		int64_t rows;
		long line; /* of the first */
		char example[REMARK_EXAMPLE_SIZE];
	} of[REMARK_COUNT];
};

/* The column whose value is an example of the remark; COLUMN_COUNT: none. */
enum column remark_column(enum remark remark);
/* Counts a row. example: a value of the row, or "". */
void remarks_add(struct remarks *r, enum remark remark, long line, const char *example);
/* Appends the sentence for a remark that has rows; padded columns share one. false: nothing to say. */
bool remarks_say(const struct remarks *r, enum remark remark, struct buf *to, long *ret_line);

#endif
