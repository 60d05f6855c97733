/* Names for the folders of customers: readable, safe as file names, and unique in a run. */
#include "partner/ledger/folder.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/text.h"

#define FOLDER_MAX 64
#define SLUG_MAX 40
_Static_assert(FOLDER_SIZE >= FOLDER_MAX + SLUG_MAX, "the longest slug with its suffixes fits");

static const char safe_bytes[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

/* Taken by the run's own files and by rows without a customer. */
static const char *const reserved[] = {"unassigned", "summary.json", "rejects.csv", "failed.csv",
                                       "index.html"};

/* Windows reserves these names for devices, with any extension. */
static bool
is_windows_device(const char *key)
{
	static const char *const names[] = {"con", "prn", "aux", "nul"};
	char name[8];

	text_copy(name, sizeof(name), key);
	name[strcspn(name, ".")] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (text_equal_nocase(name, names[i]))
			return true;
	return strlen(name) == 4 && strchr("0123456789", name[3]) != NULL &&
	       (strncasecmp(name, "com", 3) == 0 || strncasecmp(name, "lpt", 3) == 0);
}

/* Packs are copied to Windows shares, which drop a trailing dot. Tools read a name with a leading hyphen
 * as an option. */
static bool
is_plain_folder(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
		if (text_equal_nocase(key, reserved[i]))
			return false;
	return text_all_of(key, safe_bytes) && key[0] != '.' && key[0] != '-' &&
	       strlen(key) <= FOLDER_MAX && key[strlen(key) - 1] != '.' && !is_windows_device(key);
}

void
folder_name(const char *key, int attempt, char *dst, size_t size)
{
	char slug[SLUG_MAX + 1], again[16] = "";
	size_t n = 0;

	if (attempt > 0)
		snprintf(again, sizeof(again), "-%d", attempt + 1);
	if (key[0] == '\0') {
		snprintf(dst, size, "unassigned%s", again);
		return;
	}
	if (is_plain_folder(key) && attempt == 0) {
		text_copy(dst, size, key);
		return;
	}
	for (const char *p = key; *p != '\0' && n < SLUG_MAX; p++) {
		bool safe = strchr(safe_bytes, *p) != NULL && !(n == 0 && (*p == '.' || *p == '-'));
		if (safe)
			slug[n++] = *p;
		else if (n > 0 && slug[n - 1] != '-')
			slug[n++] = '-';
	}
	slug[n] = '\0';
	if (n == 0)
		text_copy(slug, sizeof(slug), "customer-");
	if (is_windows_device(slug) && strchr(slug, '.') != NULL)
		*strchr(slug, '.') = '-';
	n = strlen(slug);
	snprintf(dst, size, "%s%s%08x%s", slug, slug[n - 1] != '-' ? "-" : "",
	         (unsigned)text_hash(TEXT_HASH_START, key, strlen(key)), again);
}
