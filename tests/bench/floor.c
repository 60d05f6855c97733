/*
 * floor LIST URL DIR WORK [BYTES FILES] measures the floor (see floor.h). BYTES and FILES: also
 * writes FILES files with BYTES bytes in all, and computes their digests, as a run does with its
 * packs.
 *
 * LIST comes from samples/make-fleet.sh. DIR has the certificates of the practice service at URL.
 * The folder WORK gets the database and the files. Prints lines "NAME VALUE": processor seconds
 * of each part, and the number of devices for each error code.
 */
#include <csv.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/floor.h"

#define CHUNK ((size_t)64 * 1024)

static const char *const part_name[] = {"csv",     "insert", "json_out", "handshakes", "tls",
                                        "json_in", "update", "packs",    "again"};
_Static_assert(sizeof(part_name) / sizeof(part_name[0]) == PART_COUNT, "every part has a name");

void
floor_die(const char *what)
{
	fprintf(stderr, "floor: %s\n", what);
	exit(1);
}

enum part
floor_turn_to(struct floor *f, enum part part)
{
	enum part before = f->part;
	struct timespec t;
	double now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	now = (double)t.tv_sec + (double)t.tv_nsec / 1e9;
	f->spent[before] += now - f->since;
	f->since = now;
	f->part = part;
	return before;
}

static void
on_field(void *data, size_t len, void *ctx)
{
	struct floor *f = ctx;
	struct rows *r = &f->rows;

	if (r->column >= COLUMN_COUNT || r->used + len + 1 > sizeof(r->text))
		floor_die("the list is not one of samples/make-fleet.sh");
	r->field[r->count][r->column++] = memcpy(r->text + r->used, data, len);
	r->used += len;
	r->text[r->used++] = '\0';
}

static void
take_rows(struct floor *f)
{
	if (f->rows.count == 0)
		return;
	f->take(f);
	f->batches++;
	f->rows.count = f->rows.used = 0;
}

static void
on_row(int end, void *ctx)
{
	struct floor *f = ctx;
	struct rows *r = &f->rows;

	(void)end;
	r->column = 0;
	if (++r->line == 1)
		r->used = 0; /* the header */
	else if (++r->count == BATCH)
		take_rows(f);
}

static void
read_list(struct floor *f, const char *path, enum part reading, void (*take)(struct floor *f))
{
	FILE *in = fopen(path, "re");
	char *chunk = malloc(CHUNK);
	struct csv_parser p;
	size_t n;

	if (in == NULL || chunk == NULL || csv_init(&p, CSV_STRICT) != 0)
		floor_die(path);
	floor_turn_to(f, reading);
	f->take = take;
	f->rows.line = f->batches = 0;
	while ((n = fread(chunk, 1, CHUNK, in)) > 0)
		if (csv_parse(&p, chunk, n, on_field, on_row, f) != n)
			floor_die(csv_strerror(csv_error(&p)));
	if (csv_fini(&p, on_field, on_row, f) != 0)
		floor_die("the list ends inside a field");
	take_rows(f);
	csv_free(&p);
	free(chunk);
	fclose(in);
}

static void
write_file(const char *path, const char *temporary, const char *data, size_t len)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, data, len) != (ssize_t)len || fsync(fd) != 0 || close(fd) != 0 ||
	    rename(temporary, path) != 0 ||
	    EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL) != 1)
		floor_die(path);
}

static void
write_packs(struct floor *f, const char *work, double bytes, long files)
{
	size_t len = (size_t)(bytes / (double)files);
	char *data = malloc(len), path[PATH_SIZE], temporary[PATH_SIZE];

	floor_turn_to(f, PACKS);
	if (data == NULL)
		floor_die("out of memory");
	memset(data, 'p', len);
	for (long i = 0; i < files; i++) {
		snprintf(path, sizeof(path), "%s/pack%ld", work, i);
		snprintf(temporary, sizeof(temporary), "%s/pack%ld.tmp", work, i);
		write_file(path, temporary, data, len);
	}
	free(data);
}

static void
print_figures(const struct floor *f)
{
	struct rusage used;

	for (int p = 0; p < PART_COUNT; p++)
		printf("%s %.6f\n", part_name[p], f->spent[p]);
	printf("handshake_count %ld\nbytes_out %.0f\nbytes_in %.0f\n", f->handshakes, f->bytes_out,
	       f->bytes_in);
	for (int i = 0; i < CODE_MAX; i++)
		if (f->outcome[i] > 0)
			printf("outcome_%d %ld\n", i, f->outcome[i]);
	getrusage(RUSAGE_SELF, &used);
	printf("peak_kib %ld\n", used.ru_maxrss);
}

int
main(int argc, char **argv)
{
	struct floor *f = calloc(1, sizeof(*f));

	if (f == NULL || (argc != 5 && argc != 7)) {
		fprintf(stderr, "usage: floor LIST URL DIR WORK [BYTES FILES]\n");
		return 2;
	}
	floor_ledger_open(f, argv[4]);
	read_list(f, argv[1], CSV, floor_ledger_insert);
	floor_ledger_commit(f);
	floor_wire_open(f, argv[2], argv[3]);
	read_list(f, argv[1], AGAIN, floor_wire_send);
	floor_ledger_close(f);
	floor_wire_close(f);
	if (argc == 7)
		write_packs(f, argv[4], strtod(argv[5], NULL), strtol(argv[6], NULL, 10));
	floor_turn_to(f, AGAIN);
	print_figures(f);
	free(f);
	return 0;
}
