#include "partner/intake/intake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/csv.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/intake/columns.h"
#include "partner/intake/values.h"

#define CHUNK (64 * 1024)
#define WARNINGS_MAX 10 /* a list, then one line with the rest's count */
#define PKID_RULE_PLAIN "^[0-9]{13}$"

/* The batch being filled for one pair of customer numbers. */
struct group {
	char *sold_to, *received_from;
	int64_t batch;
	unsigned filled;
};

struct intake {
	struct ledger *ledger;
	int64_t run;
	struct values_rule rule;
	unsigned batch_size;
	struct group *group;
	size_t groups;
};

/* One list in progress. */
struct reading {
	struct intake *in;
	const char *path;
	int64_t list;
	struct column_map map;
	bool has_header;
	long warnings;
	struct intake_result *result;
	struct buf raw;
};

/* What a file that is no list begins with. */
static const struct {
	const char *magic;
	size_t len;
	const char *what;
} not_lists[] = {
	{"PK\003\004", 4, "an Excel workbook or ZIP archive: save it as CSV UTF-8"},
	{"\320\317\021\340", 4, "an old Excel workbook: save it as CSV UTF-8"},
	{"%PDF", 4, "a PDF document: a CSV list is needed"},
	{"<", 1, "a web page or XML document: a CSV list is needed"},
	{"{", 1, "a JSON document: a CSV list is needed"},
	{"\377\376", 2, "UTF-16 text: save it as CSV UTF-8"},
	{"\376\377", 2, "UTF-16 text: save it as CSV UTF-8"},
	{"\037\213", 2, "a gzip archive: unpack it first"},
};

struct intake *
intake_new(struct ledger *l, int64_t run, const struct intake_settings *settings, struct error *err)
{
	struct intake *in = xcalloc(1, sizeof(*in));

	in->ledger = l;
	in->run = run;
	in->batch_size = settings->batch_size;
	in->rule.purpose = settings->purpose;
	in->rule.sold_to = settings->sold_to;
	in->rule.received_from = settings->received_from;
	in->rule.ticket_required = settings->ticket_required;
	in->rule.pkid_plain = strcmp(settings->pkid_rule, PKID_RULE_PLAIN) == 0;
	if (regcomp(&in->rule.pkid, settings->pkid_rule, REG_EXTENDED | REG_NOSUB) != 0) {
		error_set(err, "the profile's PKID rule \"%s\" is no regular expression",
		          settings->pkid_rule);
		free(in);
		return NULL;
	}
	return in;
}

void
intake_free(struct intake *in)
{
	if (in == NULL)
		return;
	for (size_t i = 0; i < in->groups; i++) {
		free(in->group[i].sold_to);
		free(in->group[i].received_from);
	}
	free(in->group);
	regfree(&in->rule.pkid);
	free(in);
}

static struct group *
group_for(struct intake *in, const struct ledger_row *row, struct error *err)
{
	struct group *g;

	for (size_t i = in->groups; i-- > 0;)
		if (strcmp(in->group[i].sold_to, row->sold_to) == 0 &&
		    strcmp(in->group[i].received_from, row->received_from) == 0)
			return &in->group[i];
	if (in->groups == INTAKE_GROUPS_MAX) {
		error_set(err, "more than %d pairs of Sold To and Received From in one run",
		          INTAKE_GROUPS_MAX);
		return NULL;
	}
	in->group = xreallocarray(in->group, in->groups + 1, sizeof(*in->group));
	g = &in->group[in->groups++];
	*g = (struct group){xstrdup(row->sold_to), xstrdup(row->received_from), 0, 0};
	return g;
}

/* Rows of one pair of customer numbers share a request (wire facts, section 6.3). */
static int
assign_batch(struct intake *in, struct ledger_row *row, struct error *err)
{
	struct group *g = group_for(in, row, err);

	if (g == NULL)
		return -1;
	if (g->batch == 0 || g->filled == in->batch_size) {
		if (ledger_batch_add(in->ledger, in->run, g->sold_to, g->received_from, &g->batch,
		                     err) != 0)
			return -1;
		g->filled = 0;
	}
	g->filled++;
	row->batch = g->batch;
	return 0;
}

/* The record as CSV again, without what must not be kept: hashes and product keys. */
static const char *
raw_text(struct reading *r, const struct csv_record *record)
{
	buf_reset(&r->raw);
	for (size_t i = 0; i < record->count; i++) {
		bool secret = i == r->map.at[COLUMN_HASH] || i == r->map.at[COLUMN_PRODUCT_KEY] ||
		              values_is_product_key(record->field[i]);
		csv_put(&r->raw, secret ? "" : record->field[i], i == 0);
	}
	return r->raw.data;
}

/* A rejected row is stored for its reports; its values stand in `raw` alone where they are unfit.
 */
static void
blank_unfit(struct ledger_row *row)
{
	const char **value[] = {&row->device.pkid, &row->device.serial, &row->device.manufacturer,
	                        &row->device.model, &row->ticket};

	for (size_t i = 0; i < ARRAY_SIZE(value); i++)
		if (*value[i] == NULL || values_unfit(*value[i]))
			*value[i] = "";
}

/* A rejected row names its customer in our own reports where the key is fit to be stored. */
static int
customer_of(struct reading *r, const struct csv_record *record, struct ledger_row *row,
            struct error *err)
{
	const char *key = column_field(&r->map, record, COLUMN_CUSTOMER);
	const char *name = column_field(&r->map, record, COLUMN_CUSTOMER_NAME);

	if (row->outcome == OUTCOME_REJECTED) {
		name = "";
		if (values_unfit(key))
			key = "";
	}
	return ledger_customer_id(r->in->ledger, r->in->run, key, name, &row->customer, err);
}

static void
warn_row(struct reading *r, long line, const char *text)
{
	if (r->warnings++ < WARNINGS_MAX)
		log_warn("%s:%ld: %s", r->path, line, text);
}

static void
warn_rejected(struct reading *r, long line, const struct values_verdict *v)
{
	char *text = xasprintf("rejected: %s%s%s", v->column, v->column[0] != '\0' ? ": " : "",
	                       v->reason);

	warn_row(r, line, text);
	free(text);
}

static int
take_row(struct reading *r, const struct csv_record *record, struct error *err)
{
	struct ledger_row row = {
		.list = r->list, .line = record->line, .outcome = OUTCOME_NOT_SENT};
	struct values_verdict verdict;

	values_judge(&r->in->rule, &r->map, record, &row, &verdict);
	row.reason = verdict.reason;
	row.column = verdict.column;
	row.raw = raw_text(r, record);
	r->result->rows++;
	if (verdict.warning[0] != '\0')
		warn_row(r, record->line, verdict.warning);
	if (row.outcome == OUTCOME_REJECTED) {
		r->result->rejected++;
		blank_unfit(&row);
		warn_rejected(r, record->line, &verdict);
	} else if (assign_batch(r->in, &row, err) != 0) {
		return -1;
	}
	if (customer_of(r, record, &row, err) != 0)
		return -1;
	return ledger_row_add(r->in->ledger, &row, err);
}

static int
on_record(void *ctx, const struct csv_record *record, struct error *err)
{
	struct reading *r = ctx;
	bool blank = true;

	for (size_t i = 0; i < record->count; i++)
		blank = blank && record->len[i] == 0;
	if (blank)
		return 0;
	if (r->has_header)
		return column_map_repeats(&r->map, record) ? 0 : take_row(r, record, err);
	if (column_map_read(&r->map, record, err) != 0)
		return -1;
	r->has_header = true;
	struct ledger_list list = {.path = r->path, .header = r->map.header, .run = r->in->run};
	return ledger_list_add(r->in->ledger, &list, &r->list, err);
}

static int
look_at_start(const char *data, size_t len, struct error *err)
{
	if (len == 0)
		return error_set(err, "the file is empty");
	for (size_t i = 0; i < ARRAY_SIZE(not_lists); i++)
		if (len >= not_lists[i].len &&
		    memcmp(data, not_lists[i].magic, not_lists[i].len) == 0)
			return error_set(err, "this looks like %s", not_lists[i].what);
	if (memchr(data, '\0', len) != NULL)
		return error_set(err, "this is a binary file or UTF-16 text: save it as CSV UTF-8");
	return 0;
}

/* The delimiter that the first line uses most outside quotation marks. */
static char
find_delimiter(const char *data, size_t len)
{
	static const char candidates[] = ",;\t";
	size_t count[sizeof(candidates)] = {0};
	size_t best = 0;
	bool quoted = false;

	for (size_t i = 0; i < len && (quoted || (data[i] != '\n' && data[i] != '\r')); i++) {
		const char *c = strchr(candidates, data[i]);
		if (data[i] == '"')
			quoted = !quoted;
		else if (!quoted && data[i] != '\0' && c != NULL)
			count[c - candidates]++;
	}
	for (size_t i = 1; candidates[i] != '\0'; i++)
		if (count[i] > count[best])
			best = i;
	return candidates[best];
}

static int
stream(struct reading *r, FILE *f, struct crypto_sha256 *digest, struct error *err)
{
	static const char bom[] = "\357\273\277";
	char *chunk = xmalloc(CHUNK);
	struct csv_reader *csv = NULL;
	size_t n, skip;
	int rc = -1;

	while ((n = fread(chunk, 1, CHUNK, f)) > 0 || csv == NULL) {
		crypto_sha256_add(digest, chunk, n);
		skip = 0;
		if (csv == NULL) {
			skip = n >= 3 && memcmp(chunk, bom, 3) == 0 ? 3 : 0;
			if (ferror(f) || look_at_start(chunk + skip, n - skip, err) != 0)
				goto out;
			csv = csv_reader_new(find_delimiter(chunk + skip, n - skip), on_record, r);
		}
		if (csv_feed(csv, chunk + skip, n - skip, err) != 0)
			goto out;
	}
	if (!ferror(f) && csv_finish(csv, err) == 0)
		rc = 0;
out:
	if (ferror(f))
		error_errno(err, "cannot read");
	csv_reader_free(csv);
	free(chunk);
	return rc;
}

static int
read_file(struct reading *r, struct error *err)
{
	FILE *f = fopen(r->path, "rbe");
	struct crypto_sha256 *digest;
	int rc;

	if (f == NULL)
		return error_errno(err, "cannot open");
	digest = crypto_sha256_new();
	rc = stream(r, f, digest, err);
	crypto_sha256_end(digest, r->result->digest);
	fclose(f);
	if (rc != 0)
		return -1;
	if (r->result->rows == 0)
		return error_set(err, "the list holds no device");
	r->result->list = r->list;
	return ledger_list_set_digest(r->in->ledger, r->list, r->result->digest, err);
}

int
intake_list(struct intake *in, const char *path, struct intake_result *ret, struct error *err)
{
	struct reading r = {.in = in, .path = path, .result = ret};
	int rc;

	*ret = (struct intake_result){0};
	buf_init(&r.raw, CSV_RECORD_MAX * 3);
	rc = read_file(&r, err);
	if (rc != 0)
		error_prefix(err, "%s", path);
	if (r.warnings > WARNINGS_MAX)
		log_warn("%s: %ld more warnings", path, r.warnings - WARNINGS_MAX);
	column_map_release(&r.map);
	buf_release(&r.raw);
	return rc;
}
