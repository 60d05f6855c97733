/* Compares the packs with the ledger. A pack is read again only after it has changed. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/simulate/image.h"
#include "tests/simulate/world.h"

#define PATH_SIZE 300
#define FILE_MAX ((size_t)1024 * 1024)
#define PACKS_MAX (WORLD_LISTS * WORLD_CUSTOMERS)

struct pack {
	char path[PATH_SIZE];
	ino_t file; /* with the next two: its version */
	off_t size;
	struct timespec changed;
	int count;
	int device[LIST_ROWS];
	int outcome[LIST_ROWS]; /* OUTCOMES: no word that there is */
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

static void
read_pack(struct pack *p)
{
	cJSON *root = read_json(p->path);
	const cJSON *d;

	p->count = 0;
	if (root == NULL)
		broken("%s cannot be read", p->path);
	cJSON_ArrayForEach(d, cJSON_GetObjectItemCaseSensitive(root, "devices"))
	{
		if (p->count == LIST_ROWS) {
			broken("%s has more devices than its list", p->path);
			break;
		}
		p->device[p->count] = device_of(
			cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(d, "serial")));
		p->outcome[p->count++] = outcome_of(
			cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(d, "outcome")));
	}
	cJSON_Delete(root);
}

/* NULL: there is none. */
static const struct pack *
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
		snprintf(p->path, sizeof(p->path), "%s", path);
	} else if (p->file == st.st_ino && p->size == st.st_size &&
	           p->changed.tv_sec == st.st_mtim.tv_sec &&
	           p->changed.tv_nsec == st.st_mtim.tv_nsec) {
		return p;
	}
	p->file = st.st_ino;
	p->size = st.st_size;
	p->changed = st.st_mtim;
	read_pack(p);
	return p;
}

static int
outcome_in(const struct list *l, int device)
{
	for (int i = 0; i < l->count; i++)
		if (l->device[i] == device && l->final[i] != 0)
			return l->final[i] - 1;
	return -1;
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

static bool
has_device(const struct pack *p, int device)
{
	for (int i = 0; i < p->count; i++)
		if (p->device[i] == device)
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

static void
judge_pack(const char *path, const struct list *l, const char *customer)
{
	const struct pack *p = pack_at(path);

	if (p == NULL && was_asked(l, customer))
		broken("run %s is finished, and %s is missing", l->run, path);
	if (p != NULL)
		judge_devices(p, l, customer);
	for (int i = 0; p != NULL && i < p->count; i++) {
		int outcome = outcome_in(l, p->device[i]);
		if (outcome >= 0 && p->outcome[i] != outcome)
			broken("%s says %s of device %d, the ledger %s", path,
			       p->outcome[i] < OUTCOMES ? outcome_words[p->outcome[i]] : "nothing",
			       p->device[i], outcome_words[outcome]);
	}
}

/* Every finished run has the packs of its customers. */
void
judge_packs(void)
{
	static const char sql[] =
		"SELECT r.name, r.out, c.folder, c.key FROM run r JOIN customer c ON c.run=r.id"
		" WHERE r.state=2";
	sqlite3_stmt *s = image_statement(sql, sql);
	char path[PATH_SIZE];

	while (s != NULL && sqlite3_step(s) == SQLITE_ROW && !world->failed)
		for (int n = 0; n < world->lists; n++) {
			const struct list *l = &world->list[n];
			if (strcmp(l->run, (const char *)sqlite3_column_text(s, 0)) != 0 ||
			    l->forgotten)
				continue;
			snprintf(path, sizeof(path), "%s/%s/handoff.json",
			         (const char *)sqlite3_column_text(s, 1),
			         (const char *)sqlite3_column_text(s, 2));
			judge_pack(path, l, (const char *)sqlite3_column_text(s, 3));
		}
	sqlite3_reset(s);
}
