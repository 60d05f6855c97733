/* Counts remarks and puts them into sentences. */
#include "partner/intake/remarks.h"

#include "partner/intake/secrets.h"

static const struct {
	const char *sentence; /* NULL: padded columns, which share one */
	enum column example;  /* COLUMN_COUNT: none */
} remarks[] = {
	[REMARK_ABOVE_HEADER] = {"lines above the header are skipped", COLUMN_COUNT},
	[REMARK_RULER] = {"lines of dashes are skipped", COLUMN_COUNT},
	[REMARK_UNWRAPPED] = {"whole lines in quotation marks are read without these marks",
                              COLUMN_COUNT},
	[REMARK_QUOTES] = {"quotation marks around values are dropped", COLUMN_COUNT},
	[REMARK_TAIL] = {"foreign delimiters at the ends of lines are dropped", COLUMN_COUNT},
	[REMARK_PAD_SERIAL] = {NULL, COLUMN_SERIAL},
	[REMARK_PAD_MANUFACTURER] = {NULL, COLUMN_MANUFACTURER},
	[REMARK_PAD_MODEL] = {NULL, COLUMN_MODEL},
	[REMARK_SHORT_NUMBER] = {"Serial Number has fewer digits than its neighbours, so leading "
                                 "zeros may be lost; it is sent as given",
                                 COLUMN_SERIAL},
	[REMARK_OS_PRODUCT_ID] =
		{"the value under Product Key ID is the id of an installed Windows, "
                 "so it is ignored: serial number, manufacturer and model name "
                 "the device",
                 COLUMN_PKID},
	[REMARK_NO_PKID] =
		{"the value under Product Key ID says that there is none: serial number, "
                 "manufacturer and model name the device",
                 COLUMN_PKID},
	[REMARK_NO_HASH] = {"the value under Hardware Hash is not a hash, so it is ignored",
                            COLUMN_COUNT},
	[REMARK_DEFAULT_NAME] =
		{"manufacturer or model is the default of unfinished firmware; it is "
                 "sent as given",
                 COLUMN_MODEL},
	[REMARK_NO_NAME] = {"the value under Customer Name says that there is none",
                            COLUMN_CUSTOMER_NAME},
};
_Static_assert(ARRAY_SIZE(remarks) == REMARK_COUNT, "every remark has a sentence");

enum column
remark_column(enum remark remark)
{
	return remarks[remark].example;
}

void
remarks_add(struct remarks *r, enum remark remark, long line, const char *example)
{
	if (r->of[remark].rows++ > 0)
		return;
	r->of[remark].line = line;
	secret_printable(r->of[remark].example, sizeof(r->of[remark].example), example);
}

static const enum remark padding[] = {REMARK_PAD_SERIAL, REMARK_PAD_MANUFACTURER, REMARK_PAD_MODEL};

static void
say_padding(const struct remarks *r, struct buf *to, long *ret_line)
{
	int64_t rows = 0;

	for (size_t i = 0; i < ARRAY_SIZE(padding); i++) {
		enum remark p = padding[i];
		if (r->of[p].rows == 0)
			continue;
		buf_printf(to, "%s%s", rows > 0 ? ", " : "", column_name(remarks[p].example));
		*ret_line = rows == 0 || r->of[p].line < *ret_line ? r->of[p].line : *ret_line;
		rows = r->of[p].rows > rows ? r->of[p].rows : rows;
	}
	buf_printf(to, ": a value begins or ends with a blank and is sent exactly so: %lld row%s",
	           (long long)rows, rows == 1 ? "" : "s");
}

static bool
is_padded(const struct remarks *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(padding); i++)
		if (r->of[padding[i]].rows > 0)
			return true;
	return false;
}

bool
remarks_say(const struct remarks *r, enum remark remark, struct buf *to, long *ret_line)
{
	int64_t rows = r->of[remark].rows;

	if (remark == REMARK_PAD_SERIAL && is_padded(r)) {
		say_padding(r, to, ret_line);
		return true;
	}
	if (rows == 0 || remarks[remark].sentence == NULL)
		return false;
	*ret_line = r->of[remark].line;
	buf_printf(to, "%s: %lld %s%s", remarks[remark].sentence, (long long)rows,
	           remark == REMARK_ABOVE_HEADER || remark == REMARK_RULER ? "line" : "row",
	           rows == 1 ? "" : "s");
	if (r->of[remark].example[0] != '\0')
		buf_printf(to, ", for example \"%s\"", r->of[remark].example);
	return true;
}
