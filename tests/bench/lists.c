/*
 * lists [ROWS]: makes up a list in memory whose rows have a hash of 4,000 characters each, and
 * reads it in UTF-16LE, as scripts write it, and in UTF-8; then reads it in UTF-8 with libcsv
 * alone. Prints megabytes per second of processor time, and the memory peak.
 */
#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "common/alloc.h"
#include "partner/intake/list.h"

#define CHUNK (64 * 1024)
#define HASH 4000
#define ROW_MAX (HASH + 200)

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long
peak_kib(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

typedef void feed_fn(void *ctx, const char *data, size_t len);

/* Feeds the text in chunks, with width bytes a character. Returns the number of bytes.
 * *ret_seconds does not include the time for making the text. */
static double
make_list(long rows, size_t width, feed_fn *feed, void *ctx, double *ret_seconds)
{
	static const char header[] =
		"Device Serial Number,Windows Product ID,Hardware Hash,Manufacturer name,Device model\r\n";
	static const char base64[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *chunk = xcalloc(1, CHUNK), row[ROW_MAX];
	size_t at = 0;
	double bytes = 0, start;

	*ret_seconds = 0;
	for (long r = -1; r < rows; r++) {
		int n = r < 0 ? snprintf(row, sizeof(row), "%s", header)
		              : snprintf(row, sizeof(row), "FB%08ld,,T0", r);
		if (r >= 0) {
			for (int i = 2; i < HASH; i++)
				row[n++] = base64[(r * 31 + i * 17) & 63];
			n += snprintf(row + n, 40, ",Fabrikam,Book %ld\r\n", r % 9);
		}
		for (int i = 0; i < n; i++) {
			chunk[at] = row[i];
			at += width;
			if (at < CHUNK)
				continue;
			start = seconds();
			feed(ctx, chunk, at);
			*ret_seconds += seconds() - start;
			bytes += (double)at;
			at = 0;
		}
	}
	start = seconds();
	feed(ctx, chunk, at);
	feed(ctx, NULL, 0);
	*ret_seconds += seconds() - start;
	free(chunk);
	return bytes + (double)at;
}

static void
feed_list(void *ctx, const char *data, size_t len)
{
	struct error err = {""};
	int rc = data != NULL ? list_feed(ctx, data, len, &err) : list_finish(ctx, &err);

	if (rc != 0) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
}

static void
on_field(void *data, size_t len, void *ctx)
{
	(void)data;
	*(size_t *)ctx += len;
}

static void
feed_libcsv(void *ctx, const char *data, size_t len)
{
	static size_t sum;

	if (data != NULL && csv_parse(ctx, data, len, on_field, NULL, &sum) != len)
		exit(1);
}

static int
on_header(void *ctx UNUSED, const char *header UNUSED, struct error *err UNUSED)
{
	return 0;
}

static int
on_row(void *ctx, const struct list_row *row UNUSED, struct error *err UNUSED)
{
	++*(long *)ctx;
	return 0;
}

static void
on_note(void *ctx UNUSED, long line UNUSED, const char *text UNUSED)
{
}

static double
measure_list(long rows, size_t width, const char *name)
{
	static const struct list_events events = {on_header, on_row, on_note};
	static struct values_rule rule = {.sold_to = "1", .received_from = "1"};
	/* a million rows are larger than a list may be */
	const struct list_settings settings = {.rule = &rule, .bytes_max = INT64_MAX};
	long seen = 0;

	struct error err;

	rule.words = words_new(NULL, &err);
	if (rule.words == NULL || values_set_pkid(&rule, "^[0-9]{13}$", &err) != 0)
		exit(1);
	struct list *l = list_new(&settings, &events, &seen);
	double taken, bytes = make_list(rows, width, feed_list, l, &taken);

	printf("%-28s %8.0f MB/s  %6.1f s  %ld rows (%lld rejected), peak %ld KiB\n", name,
	       bytes / 1e6 / taken, taken, seen, (long long)list_facts(l)->rejected, peak_kib());
	list_free(l);
	values_release_pkid(&rule);
	return taken;
}

int
main(int argc, char **argv)
{
	long rows = argc > 1 ? strtol(argv[1], NULL, 10) : 100000;
	struct csv_parser p;
	double taken, bytes, list;

	list = measure_list(rows, 2, "list, UTF-16LE");
	measure_list(rows, 1, "list, UTF-8");
	csv_init(&p, CSV_APPEND_NULL);
	csv_set_blk_size(&p, CHUNK);
	bytes = make_list(rows, 1, feed_libcsv, &p, &taken);
	csv_free(&p);
	printf("%-28s %8.0f MB/s  %6.1f s\n", "libcsv alone, UTF-8", bytes / 1e6 / taken, taken);
	printf("UTF-16LE list / libcsv alone: %.2f times the time\n", list / taken);
	return 0;
}
