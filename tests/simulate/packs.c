/* Compares the packs with the ledger. A pack is read again only after it has changed. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/clock.h"
#include "tests/simulate/image.h"
#include "tests/simulate/world.h"

#define PATH_SIZE 300
#define FILE_MAX ((size_t)1024 * 1024)
#define PACKS_MAX (WORLD_LISTS * (WORLD_CUSTOMERS + 1)) /* and a summary for each run */

struct shown {       /* a device of a pack */
	int device;  /* -1: the row is damaged */
	int outcome; /* OUTCOMES: no word that there is */
	char at[CLOCK_STAMP_SIZE];
	int steps;
};

struct pack {
	char path[PATH_SIZE];
	ino_t file; /* with the next two: its version */
	off_t size;
	struct timespec changed;
	bool new;  /* it has changed since it was looked at last */
	bool read; /* what follows is of this version */
	int count;
	struct shown shown[LIST_ROWS];
	int counts[OUTCOMES]; /* of a summary */
};
static struct pack packs[PACKS_MAX];
static int pack_count;

void
packs_forget(void)
{
	pack_count = 0;
}

static cJSON *
read_json(const char *path)
{
	static char data[FILE_MAX];
	FILE *f = fopen(path, "re");
	size_t n;

	if (f == NULL)
		return NULL;
	n = fread(data, 1, sizeof(data) - 1, f);
	fclose(f);
	return cJSON_ParseWithLength(data, n);
}

static int
outcome_of(const char *word)
{
	int i = 0;

	while (i < OUTCOMES && (word == NULL || strcmp(outcome_words[i], word) != 0))
		i++;
	return i;
}

static const char *
text_of(const cJSON *object, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

	return text != NULL ? text : "";
}

static void
read_device(struct shown *to, const cJSON *device)
{
	to->device = device_of(text_of(device, "serial"));
	to->outcome = outcome_of(text_of(device, "outcome"));
	to->steps = cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(device, "steps"));
	snprintf(to->at, sizeof(to->at), "%s", text_of(device, "deregistered_at"));
}

/* A pack or a summary. */
static void
read_pack(struct pack *p)
{
	cJSON *root = read_json(p->path);
	const cJSON *d, *counts = cJSON_GetObjectItemCaseSensitive(root, "counts");

	p->read = true;
	p->count = 0;
	if (root == NULL)
		broken("%s cannot be read", p->path);
	for (int o = 0; o < OUTCOMES && counts != NULL; o++)
		p->counts[o] = (int)cJSON_GetNumberValue(
			cJSON_GetObjectItemCaseSensitive(counts, outcome_words[o]));
	cJSON_ArrayForEach(d, cJSON_GetObjectItemCaseSensitive(root, "devices"))
	{
		if (p->count == LIST_ROWS) {
			broken("%s has more devices than its list", p->path);
			break;
		}
		read_device(&p->shown[p->count++], d);
	}
	cJSON_Delete(root);
}

/* NULL: there is none. */
static struct pack *
pack_at(const char *path)
{
	struct stat st;
	struct pack *p = packs;

	if (stat(path, &st) != 0)
		return NULL;
	while (p < packs + pack_count && strcmp(p->path, path) != 0)
		p++;
	if (p == packs + PACKS_MAX)
		abort(); /* there are no more customers and lists */
	if (p == packs + pack_count) {
		pack_count++;
		*p = (struct pack){0};
		snprintf(p->path, sizeof(p->path), "%s", path);
	}
	p->new = p->file != st.st_ino || p->size != st.st_size ||
	         p->changed.tv_sec != st.st_mtim.tv_sec || p->changed.tv_nsec != st.st_mtim.tv_nsec;
	p->read = p->read && !p->new;
	p->file = st.st_ino;
	p->size = st.st_size;
	p->changed = st.st_mtim;
	return p;
}

/* The packs of a finished run are there and say what the ledger says. One of an open run says what it said when the
 * command that wrote it ended; a crash may have damaged it. */
static bool
is_judged(const struct pack *p, const struct list *l)
{
	if (!l->open)
		return true;
	return p != NULL && p->new && !world->crashed && !world->disk_full && !world->on_server;
}

/* A device of the customer has an outcome that the service gave. */
static bool
was_asked(const struct list *l, const char *customer)
{
	for (int i = 0; i < l->count && !l->half_erased; i++)
		if (l->now[i] != 0 && l->now[i] - 1 < OUTCOME_ASKED && !l->gone[i] &&
		    strcmp(customer_name(l->customer[i]), customer) == 0)
			return true;
	return false;
}

/* Every row of the customer is held, not sent or rejected. */
static bool
is_nothing(const struct list *l, const char *customer)
{
	for (int i = 0; i < l->count; i++)
		if (strcmp(customer_name(l->customer[i]), customer) == 0 &&
		    (l->gone[i] || l->now[i] - 1 < OUTCOME_NOT_SENT))
			return false;
	return true;
}

static bool
has_device(const struct pack *p, int device)
{
	for (int i = 0; i < p->count; i++)
		if (p->shown[i].device == device)
			return true;
	return false;
}

/* A pack has every device of its customer that has an outcome, and no device of anybody else. */
static void
judge_devices(const struct pack *p, const struct list *l, const char *customer)
{
	for (int i = 0; i < l->count; i++) {
		bool own = strcmp(customer_name(l->customer[i]), customer) == 0;
		if (l->bad[i])
			continue;
		if (own && !l->gone[i] && l->final[i] != 0 && !has_device(p, l->device[i]))
			broken("%s lacks device %d", p->path, l->device[i]);
		if (!own && has_device(p, l->device[i]))
			broken("%s names device %d of customer %s", p->path, l->device[i],
			       customer_name(l->customer[i]));
	}
}

/* Only what the service said closes a device, and only its rows are cleaned up. */
static void
judge_shown(const struct pack *p, const struct shown *d, const struct list *l, int row)
{
	int outcome = l->now[row] - 1;
	char at[CLOCK_STAMP_SIZE] = "";

	if (d->outcome != outcome)
		broken("%s says %s of device %d, the ledger %s", p->path,
		       d->outcome < OUTCOMES ? outcome_words[d->outcome] : "nothing", d->device,
		       outcome_words[outcome]);
	if (outcome == 0)
		clock_stamp(l->decided_ms[row] / 1000, at);
	if (strcmp(d->at, at) != 0)
		broken("%s says that device %d was deregistered at \"%s\", the ledger \"%s\"",
		       p->path, d->device, d->at, at);
	if (outcome >= OUTCOME_NOT_SENT && !l->earlier[row] && d->steps > 0)
		broken("%s has steps for device %d, which is %s", p->path, d->device,
		       outcome_words[outcome]);
}

static int
row_in(const struct list *l, int device)
{
	for (int i = 0; i < l->count; i++)
		if (l->device[i] == device && !l->bad[i] && !l->gone[i] && l->now[i] != 0)
			return i;
	return -1;
}

static void
judge_pack(const char *path, const struct list *l, const char *customer)
{
	struct pack *p = pack_at(path);

	if (!is_judged(p, l))
		return;
	if (p == NULL && was_asked(l, customer))
		broken("run %s is finished, and %s is missing", l->run, path);
	if (p == NULL)
		return;
	if (!p->read)
		read_pack(p);
	if (is_nothing(l, customer))
		broken("%s is there, and its customer has only rows that nobody asked for", path);
	judge_devices(p, l, customer);
	for (int i = 0; i < p->count && !world->failed; i++) {
		const struct shown *d = &p->shown[i];
		int row = d->device >= 0 ? row_in(l, d->device) : -1;
		for (int k = 0; k < i && d->device >= 0; k++)
			if (p->shown[k].device == d->device)
				broken("%s names device %d twice", path, d->device);
		if (row >= 0)
			judge_shown(p, d, l, row);
	}
}

static bool
has_lost_rows(const struct list *l)
{
	for (int i = 0; i < l->count; i++)
		if (l->gone[i])
			return true;
	return l->half_erased;
}

/* The counts of a run that has all its rows. */
static void
judge_summary(const char *out, const struct list *l)
{
	char path[PATH_SIZE];
	int counts[OUTCOMES] = {0};
	struct pack *p;

	snprintf(path, sizeof(path), "%s/summary.json", out);
	p = pack_at(path);
	if (!is_judged(p, l) || has_lost_rows(l))
		return;
	if (p == NULL) {
		broken("run %s is finished, and %s is missing", l->run, path);
		return;
	}
	if (!p->read)
		read_pack(p);
	for (int i = 0; i < l->count; i++)
		counts[l->now[i] - 1]++;
	for (int i = 0; i < l->copies; i++)
		counts[l->now[(int)l->copy_of[i]] - 1]++;
	for (int o = 0; o < OUTCOMES; o++)
		if (p->counts[o] != counts[o])
			broken("%s counts %d rows that are %s, the ledger %d", path, p->counts[o],
			       outcome_words[o], counts[o]);
}

static struct list *
list_of(const char *run)
{
	for (int n = 0; n < world->lists; n++)
		if (strcmp(world->list[n].run, run) == 0)
			return &world->list[n];
	return NULL;
}

/* Every finished run has the packs of its customers. */
void
judge_packs(void)
{
	static const char sql[] =
		"SELECT r.name, r.out, c.folder, c.key FROM run r JOIN customer c ON c.run=r.id"
		" WHERE r.state IN (1,2) AND r.out IS NOT NULL ORDER BY r.id";
	sqlite3_stmt *s = image_statement(sql, sql);
	const struct list *last = NULL;
	char path[PATH_SIZE];

	while (s != NULL && sqlite3_step(s) == SQLITE_ROW && !world->failed) {
		const struct list *l = list_of((const char *)sqlite3_column_text(s, 0));
		const char *out = (const char *)sqlite3_column_text(s, 1);
		if (l == NULL || l->forgotten)
			continue;
		snprintf(path, sizeof(path), "%s/%s/handoff.json", out,
		         (const char *)sqlite3_column_text(s, 2));
		judge_pack(path, l, (const char *)sqlite3_column_text(s, 3));
		if (l != last)
			judge_summary(out, l);
		last = l;
	}
	sqlite3_reset(s);
}
