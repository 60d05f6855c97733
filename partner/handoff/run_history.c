/* Finds the folders of the last runs by name and reads their summaries. */
#include "partner/handoff/run_history.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/file.h"
#include "common/json.h"
#include "common/text.h"
#include "partner/vocabulary.h"

#define SUMMARY_MAX ((size_t)64 * 1024)
#define NAME_SIZE LEDGER_RUN_ID_SIZE

struct names { /* the newest ones, ascending */
	char name[RUN_HISTORY_MAX][NAME_SIZE];
	size_t count, most;
};

/* "20261129T031500Z-4f2a" */
static bool
is_run(const char *name)
{
	return strlen(name) == strlen("20261129T031500Z-4f2a") && name[8] == 'T' &&
	       name[15] == 'Z' && name[16] == '-';
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Replaces the oldest name when all places are taken. */
static void
keep_newest(struct names *n, const char *name)
{
	if (n->count < n->most)
		text_copy(n->name[n->count++], NAME_SIZE, name);
	else if (n->most > 0 && strcmp(name, n->name[0]) > 0)
		text_copy(n->name[0], NAME_SIZE, name);
	else
		return;
	qsort(n->name, n->count, sizeof(n->name[0]), by_name);
}

static void
list_runs(const char *dir, const char *before, struct names *n)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL)
		if (is_run(e->d_name) && strcmp(e->d_name, before) < 0)
			keep_newest(n, e->d_name);
	closedir(d);
}

static int64_t
count_of(const struct json *counts, enum outcome o)
{
	const struct json *n = json_get(counts, outcome_word(o));

	return n != NULL ? (int64_t)json_number(n) : 0;
}

static bool
is_good(enum outcome o)
{
	return o == OUTCOME_DEREGISTERED || o == OUTCOME_NOT_REGISTERED || o == OUTCOME_PENDING;
}

static void
read_summary(const char *dir, const char *name, run_figures_fn *fn, void *ctx)
{
	char *folder = file_join(dir, name), *path = file_join(folder, "summary.json");
	struct run_figures f = {.run = name};
	struct error err;
	struct json *root = NULL;
	struct buf text;

	buf_init(&text, SUMMARY_MAX);
	if (file_read(path, &text, &err) == 0)
		root = json_parse(text.data, text.len, &err);
	for (enum outcome o = 0; o < OUTCOME_COUNT && root != NULL; o++)
		*(is_good(o) ? &f.good : &f.other) += count_of(json_get(root, "counts"), o);
	if (root != NULL)
		fn(ctx, &f);
	json_free(root);
	buf_release(&text);
	free(path);
	free(folder);
}

void
run_history_each(const struct ledger_run *run, size_t most, run_figures_fn *fn, void *ctx)
{
	char *dir = file_join(run->out, "..");
	struct names n = {.most = most < RUN_HISTORY_MAX ? most : RUN_HISTORY_MAX};

	list_runs(dir, run->name, &n);
	for (size_t i = 0; i < n.count; i++)
		read_summary(dir, n.name[i], fn, ctx);
	free(dir);
}
