/* Reads list files in chunks, assigns their rows to batches, and logs warnings. */
#include "partner/intake/intake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/encoding.h"
#include "common/log.h"
#include "common/permission.h"
#include "common/text.h"
#include "partner/intake/columns.h"
#include "partner/intake/customers.h"
#include "partner/intake/list.h"
#include "partner/intake/secrets.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/rows.h"

#define CHUNK (64 * 1024)
#define WARNINGS_MAX 10 /* for one list; then one line counts the rest */

/* The batch that is being filled for one pair of customer numbers (and one tenant, if the route has
 * tenants). */
struct group {
	char *sold_to, *received_from, *tenant;
	int64_t batch;
	unsigned filled;
};

struct intake {
	struct ledger *ledger;
	int64_t run;
	struct words *words;
	struct values_rule rule;
	const char *columns, *encoding;
	struct column_names names;
	unsigned batch_size;
	bool spooled;
	intake_read_fn *on_read;
	void *on_read_ctx;
	struct customers *customers, *own_customers; /* own: NULL if it is borrowed */
	struct group *group;
	size_t groups;
};

/* One list in progress. */
struct reading {
	struct intake *in;
	const char *path;
	/* ids of its headers in the ledger; more than one if lists were joined */
	int64_t first_id, id;
	long warnings;
	intake_device_fn *device; /* of intake_scan() */
	void *ctx;
	bool similar, other_case; /* warnings about customers that were given */
	int64_t renamed;          /* rows rejected because their customer has several names */
};

/* Checks the names before the first list, so that a mistake does not stop a night halfway. */
static int
check_columns(const struct words *words, const char *columns, struct error *err)
{
	struct column_map map;

	if (columns == NULL || columns[0] == '\0')
		return 0;
	if (column_map_parse(&map, words, columns, err) != 0)
		return error_prefix(err, "columns \"%s\"", columns);
	column_map_release(&map);
	return 0;
}

static int
check_encoding(const char *encoding, struct error *err)
{
	if (encoding == NULL || encoding[0] == '\0' || encoding_is_known(encoding))
		return 0;
	return error_set(err,
	                 "[lists] encoding: \"%s\" is not known: use a name that iconv --list "
	                 "prints, such as WINDOWS-1250",
	                 encoding);
}

struct intake *
intake_new(struct ledger *l, int64_t run, const struct intake_settings *settings, struct error *err)
{
	struct words *words = words_new(settings->words, err);
	struct intake *in = xcalloc(1, sizeof(*in));

	if (words == NULL || check_columns(words, settings->columns, err) != 0 ||
	    check_encoding(settings->encoding, err) != 0 ||
	    values_set_pkid(&in->rule, settings->pkid_rule, err) != 0) {
		words_free(words);
		free(in);
		return NULL;
	}
	in->ledger = l;
	in->run = run;
	in->batch_size = settings->batch_size;
	in->spooled = settings->spooled;
	in->on_read = settings->on_read;
	in->on_read_ctx = settings->on_read_ctx;
	in->columns = settings->columns;
	in->encoding = settings->encoding;
	in->words = words;
	in->rule.words = words;
	in->rule.purpose = settings->purpose;
	in->rule.sold_to = settings->sold_to;
	in->rule.received_from = settings->received_from;
	in->rule.by_customer = settings->by_customer;
	in->rule.ticket_required = settings->ticket_required;
	if (settings->customers == NULL)
		in->own_customers = customers_new();
	in->customers = settings->customers != NULL ? settings->customers : in->own_customers;
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
		free(in->group[i].tenant);
	}
	free(in->group);
	column_names_release(&in->names);
	values_release_pkid(&in->rule);
	customers_free(in->own_customers);
	words_free(in->words);
	free(in);
}

static struct group *
group_for(struct intake *in, const struct list_row *list, struct error *err)
{
	const struct ledger_row *row = &list->row;
	struct group *g;

	for (size_t i = in->groups; i-- > 0;)
		if (strcmp(in->group[i].sold_to, row->sold_to) == 0 &&
		    strcmp(in->group[i].received_from, row->received_from) == 0 &&
		    strcmp(in->group[i].tenant, list->tenant) == 0)
			return &in->group[i];
	if (in->groups == INTAKE_GROUPS_MAX) {
		error_set(
			err,
			"more than %d combinations of Sold To, Received From and tenant in one run: split the list",
			INTAKE_GROUPS_MAX);
		return NULL;
	}
	in->group = xreallocarray(in->group, in->groups + 1, sizeof(*in->group));
	g = &in->group[in->groups++];
	*g = (struct group){.sold_to = xstrdup(row->sold_to),
	                    .received_from = xstrdup(row->received_from),
	                    .tenant = xstrdup(list->tenant)};
	return g;
}

/* Only rows with the same customer numbers may share a request (doc/wire.md, section 6.3). */
static int
assign_batch(struct intake *in, const struct list_row *list, struct ledger_row *row,
             struct error *err)
{
	struct group *g = group_for(in, list, err);
	struct ledger_batch batch;

	if (g == NULL)
		return -1;
	if (g->batch == 0 || g->filled == in->batch_size) {
		batch = (struct ledger_batch){.run = in->run,
		                              .sold_to = g->sold_to,
		                              .received_from = g->received_from,
		                              .tenant = g->tenant};
		if (ledger_batch_add(in->ledger, &batch, &g->batch, err) != 0)
			return -1;
		g->filled = 0;
	}
	g->filled++;
	row->batch = g->batch;
	return 0;
}

/* All warnings about a list's values pass here, so that no secret among them is logged. */
static void
warn(const struct reading *r, long line, const char *text)
{
	char *shown = secret_withheld(text);

	if (line > 0)
		log_warn("%s:%ld: %s", r->path, line, shown);
	else
		log_warn("%s: %s", r->path, shown);
	free(shown);
}

static void
warn_row(struct reading *r, long line, const char *text)
{
	if (r->warnings++ < WARNINGS_MAX)
		warn(r, line, text);
}

static void
warn_rejected(struct reading *r, const struct ledger_row *row)
{
	char *text = xasprintf("rejected: %s%s%s", row->column, row->column[0] != '\0' ? ": " : "",
	                       row->reason);

	warn_row(r, row->line, text);
	free(text);
}

static int
on_header(void *ctx, const char *header, struct error *err)
{
	struct reading *r = ctx;
	struct ledger_list list = {.path = r->path, .header = header, .run = r->in->run};

	if (ledger_list_add(r->in->ledger, &list, &r->id, err) != 0)
		return -1;
	if (r->first_id == 0)
		r->first_id = r->id;
	return 0;
}

/* Says once for a list that two names look alike, and once that two keys do. */
static void
watch_customer(struct reading *r, long line, int64_t customer, const struct list_row *in)
{
	const char *other = NULL;
	enum customers_name name = customers_add(r->in->customers, customer, in->customer,
	                                         in->customer_name, &other);
	char *text = NULL;

	if (name == CUSTOMERS_SIMILAR && !r->similar) {
		r->similar = true;
		text = xasprintf(
			"customer \"%s\" has the names \"%s\" and \"%s\": the first is used",
			in->customer, other, in->customer_name);
	} else if (name == CUSTOMERS_CASE && !r->other_case) {
		r->other_case = true;
		text = xasprintf("customers \"%s\" and \"%s\" differ in letter case only: they get "
		                 "two packs",
		                 other, in->customer);
	}
	if (text != NULL)
		warn(r, line, text);
	free(text);
}

static int
reject_customer(struct reading *r, const struct customers_conflict *c, bool new, struct error *err)
{
	struct intake *in = r->in;
	char *reason = xasprintf("one customer has the names \"%s\" and \"%s\": only one can be "
	                         "right, or the customers need different keys",
	                         c->first, c->second);
	int64_t rows = 0, before = 0;
	int rc = ledger_customer_reject(in->ledger, in->run, r->first_id, c->customer, reason,
	                                &rows, err);

	if (rc == 0 && new)
		rc = ledger_customer_reject(in->ledger, in->run, 0, c->customer, reason, &before,
		                            err);
	if (rows > 0)
		log_warn("%s: rejected %lld row%s: %s", r->path, (long long)rows, text_s(rows),
		         reason);
	if (before > 0)
		log_warn("%s: rejected %lld row%s of the lists before: %s", r->path,
		         (long long)before, text_s(before), reason);
	free(reason);
	r->renamed += rows;
	return rc;
}

/* Rejects all rows of a customer with several names, even the first, because its pack would mix two
 * customers. */
static int
reject_renamed(struct reading *r, struct error *err)
{
	size_t new, count;
	const struct customers_conflict *c = customers_conflicts(r->in->customers, &new, &count);

	for (size_t i = 0; i < count; i++)
		if (reject_customer(r, &c[i], i >= new, err) != 0)
			return -1;
	return 0;
}

static int
on_row(void *ctx, const struct list_row *in, struct error *err)
{
	struct reading *r = ctx;
	struct ledger_row row = in->row;

	row.list = r->id;
	if (row.outcome == OUTCOME_REJECTED)
		warn_rejected(r, &row);
	else if (assign_batch(r->in, in, &row, err) != 0)
		return -1;
	if (ledger_customer_id(r->in->ledger, r->in->run, in->customer,
	                       row.outcome == OUTCOME_REJECTED ? "" : in->customer_name,
	                       &row.customer, err) != 0)
		return -1;
	if (row.outcome != OUTCOME_REJECTED && in->customer[0] != '\0')
		watch_customer(r, row.line, row.customer, in);
	return ledger_row_add(r->in->ledger, &row, err);
}

/* Not counted as a warning about a row: there are only a few for each list. */
static void
on_note(void *ctx, long line, const char *text)
{
	warn(ctx, line, text);
}

static int
stream(const struct intake *in, struct list *list, FILE *f, struct crypto_sha256 *digest,
       struct error *err)
{
	char *chunk = xmalloc(CHUNK);
	size_t n;
	int rc = 0;

	while (rc == 0 && (n = fread(chunk, 1, CHUNK, f)) > 0) {
		crypto_sha256_add(digest, chunk, n);
		rc = list_feed(list, chunk, n, err);
		if (in->on_read != NULL)
			in->on_read(in->on_read_ctx, list_rows(list));
	}
	if (ferror(f))
		rc = error_errno(err, "cannot read");
	free(chunk);
	return rc == 0 ? list_finish(list, err) : -1;
}

static int
set_digest(const struct reading *r, const char *digest, struct error *err)
{
	for (int64_t id = r->first_id; id <= r->id; id++)
		if (ledger_list_set_digest(r->in->ledger, id, digest, err) != 0)
			return -1;
	return 0;
}

static void
fill_result(struct intake_result *ret, const struct list_facts *facts)
{
	ret->format = facts->format;
	ret->encoding = facts->encoding;
	ret->delimiter = facts->delimiter;
	ret->rows = facts->rows;
	ret->rejected = facts->rejected;
	ret->header_line = facts->header_line;
	(void)text_copy(ret->columns, sizeof(ret->columns), facts->columns);
	(void)text_copy(ret->carried, sizeof(ret->carried), facts->carried);
}

static void
log_columns(const char *path, const struct intake_result *r)
{
	if (r->header_line > 0)
		log_info("%s:%ld: columns: %s%s%s", path, r->header_line, r->columns,
		         r->carried[0] != '\0' ? "; carried along: " : "", r->carried);
}

static int
cannot_open(struct error *err)
{
	int why = errno;

	error_errno(err, "cannot open");
	return why;
}

/* Another user may have put a link or a pipe in the place of a list of the spool since it was listed. A
 * person who names a list may name a pipe, or "-": standard input. */
static FILE *
open_list(const char *path, bool spooled, struct error *err)
{
	int flags = spooled ? O_NOFOLLOW | O_NONBLOCK | O_NOCTTY : 0;
	bool input = !spooled && strcmp(path, "-") == 0;
	int fd = input ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC | flags);
	struct stat st;
	FILE *f = NULL;

	bool irregular = fd < 0 ? errno == ELOOP || errno == ENXIO
	                        : spooled && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode));

	if (irregular)
		error_set(err, "not a regular file");
	else if (fd < 0 || (f = fdopen(fd, "rb")) == NULL)
		permission_explain(err, PERMISSION_READ, path, cannot_open(err));
	if (f == NULL && fd >= 0)
		close(fd);
	return f;
}

static int
read_file(struct reading *r, const struct list_events *events, struct intake_result *ret,
          struct error *err)
{
	const struct list_settings settings = {.rule = &r->in->rule,
	                                       .columns = r->in->columns,
	                                       .encoding = r->in->encoding,
	                                       .names = &r->in->names};
	FILE *f = open_list(r->path, r->in->spooled, err);
	struct crypto_sha256 *digest;
	struct list *list;
	int rc;

	if (f == NULL)
		return -1;
	setvbuf(f, NULL, _IONBF, 0); /* chunks are large */
	digest = crypto_sha256_new();
	list = list_new(&settings, events, r);
	rc = stream(r->in, list, f, digest, err);
	crypto_sha256_end(digest, ret->digest);
	fclose(f);
	fill_result(ret, list_facts(list));
	ret->list = r->first_id;
	list_free(list);
	return rc;
}

static int
read_into_ledger(struct reading *r, struct intake_result *ret, struct error *err)
{
	static const struct list_events events = {on_header, on_row, on_note};

	if (read_file(r, &events, ret, err) != 0)
		return -1;
	if (reject_renamed(r, err) != 0)
		return -1;
	ret->rejected += r->renamed;
	return set_digest(r, ret->digest, err);
}

int
intake_list(struct intake *in, const char *path, struct intake_result *ret, struct error *err)
{
	struct reading r = {.in = in, .path = path};
	int rc;

	customers_begin_list(in->customers);
	*ret = (struct intake_result){0};
	rc = read_into_ledger(&r, ret, err);
	if (rc != 0)
		error_prefix(err, "%s", path);
	else
		log_columns(path, ret);
	if (r.warnings > WARNINGS_MAX)
		log_warn("%s: %ld more warnings", path, r.warnings - WARNINGS_MAX);
	return rc;
}

static int
on_scanned_header(void *ctx UNUSED, const char *header UNUSED, struct error *err UNUSED)
{
	return 0;
}

static int
on_scanned_row(void *ctx, const struct list_row *in, struct error *err)
{
	struct reading *r = ctx;

	if (in->row.outcome == OUTCOME_REJECTED) {
		warn_rejected(r, &in->row);
		return 0;
	}
	return r->device(r->ctx, in->tenant, &in->row.device, err);
}

int
intake_scan(const char *path, const struct intake_settings *settings, intake_device_fn *fn,
            void *ctx, struct intake_result *ret, struct error *err)
{
	static const struct list_events events = {on_scanned_header, on_scanned_row, on_note};
	struct reading r = {
		.in = intake_new(NULL, 0, settings, err), .path = path, .device = fn, .ctx = ctx};
	int rc;

	*ret = (struct intake_result){0};
	if (r.in == NULL)
		return -1;
	rc = read_file(&r, &events, ret, err);
	if (rc != 0)
		error_prefix(err, "%s", path);
	intake_free(r.in);
	return rc;
}
