/* Plays "letter --remind", and judges whom it reminds of what. letters.c knows the letters. */
#include "tests/simulate/reminders.h"

#include <glob.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/simulate/image.h"
#include "tests/simulate/letters.h"
#include "tests/simulate/play.h"
#include "tests/simulate/world.h"

#define PATH_SIZE 400
#define DAY 86400
#define MAIL_MAX 8192
#define SLACK 1 /* seconds: the program's times are whole */

static const char *dir;
static bool are_played;
static int64_t days = -1;               /* of the command that is played; -1: it is another one */
static int64_t reminded[ADDRESSED_MAX]; /* of each known device, as the ledger said last */

void
reminders_begin(const char *directory, uint64_t seed)
{
	dir = directory;
	days = -1;
	memset(reminded, 0, sizeof(reminded));
	/* not in those of older kept seeds (seeds.txt) */
	are_played = world->set.letter != LETTER_NONE && random_mix(seed, 7, 2) % 2 == 0;
}

bool
reminders_are_played(void)
{
	return are_played;
}

void
reminders_write(uint64_t *rng)
{
	int code;

	days = random_below(rng, 5);
	world->sends_nothing = true;
	code = play(false, "letter --remind %d", (int)days);
	world->sends_nothing = false;
	days = -1;
	if (code != PLAY_CRASHED && !world->disk_full && code != 0 && !world->failed)
		broken("letter --remind ended with %d", code);
}

/* ---- the mails ---- */

/* Of a mail, as its customer reads it: for how many devices it asks. 0: it does not say. */
static int
devices_in(const char *path)
{
	static const char words[] = "answers for ";
	char mail[MAIL_MAX], *at;
	FILE *f = fopen(path, "re");
	size_t n = f != NULL ? fread(mail, 1, sizeof(mail) - 1, f) : 0;

	if (f != NULL)
		fclose(f);
	mail[n] = '\0';
	for (char *to = at = mail;; at++) { /* a line may end anywhere */
		if (*at != '\r')
			*to++ = *at != '\n' ? *at : ' ';
		if (*at == '\0')
			break;
	}
	at = strstr(mail, words);
	return at != NULL ? atoi(at + sizeof(words) - 1) : 0;
}

/* 0: there is none. */
static int
find_mail(const char *letter, int customer)
{
	char pattern[PATH_SIZE];
	glob_t found;
	int n = 0;

	snprintf(pattern, sizeof(pattern), "%s/handoff/reminder-*/%s/%s/mail.txt", dir, letter,
	         customer_name(customer));
	if (glob(pattern, 0, NULL, &found) != 0)
		return 0;
	if (found.gl_pathc > 1)
		broken("two reminders of letter %s to %s", letter, customer_name(customer));
	n = devices_in(found.gl_pathv[0]);
	if (n == 0)
		broken("%s does not say how many devices wait", found.gl_pathv[0]);
	unlink(found.gl_pathv[0]);
	globfree(&found);
	return n;
}

/* Nobody else got one. */
static void
judge_no_mail(void)
{
	char pattern[PATH_SIZE];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/handoff/reminder-*/*/*/mail.txt", dir);
	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	broken("nobody is to be reminded by %s", found.gl_pathv[0]);
	globfree(&found);
}

/* ---- the model ---- */

/* slack: seconds by which letter and last reminder are older than they must be. */
static bool
is_due(int device, int64_t slack)
{
	int64_t before = (slack > 0 ? world->begin_ms : world->wall_ms) / 1000 - days * DAY - slack;

	return days >= 0 && letters_want_answers(device) && letters_known(device)->written &&
	       letters_known(device)->started <= before && reminded[device] <= before;
}

/* The devices of a letter to a customer. */
struct counts {
	int must, may, noted;
};

/* The ledger's note of one device. */
static void
judge_note(int device, int64_t now, struct counts *c)
{
	const struct addressed *a = letters_known(device);
	bool may = is_due(device, -SLACK), noted = now != reminded[device];

	c->must += is_due(device, SLACK) ? 1 : 0;
	c->may += may ? 1 : 0;
	c->noted += noted ? 1 : 0;
	if (noted && !may)
		broken("device %d of customer %s is noted as reminded of, and is not due",
		       a->device, customer_name(a->customer));
	if (noted && (now < world->begin_ms / 1000 - SLACK || now > world->wall_ms / 1000 + SLACK))
		broken("the reminder of device %d is noted at another time", a->device);
	reminded[device] = now;
}

static void
judge_letter(const char *letter, int customer, const struct counts *c)
{
	int mail = find_mail(letter, customer);
	bool whole = !world->crashed && !world->disk_full;

	if (mail > 0 && (mail < c->must || mail > c->may))
		broken("a reminder of letter %s to %s names %d devices, and %d are due", letter,
		       customer_name(customer), mail, c->may);
	if (c->noted > 0 && mail != c->noted)
		broken("%d devices of letter %s are noted as reminded of, and the mail to %s names %d",
		       c->noted, letter, customer_name(customer), mail);
	if (whole && c->must > 0 && c->noted == 0)
		broken("%d devices of letter %s wait for %s, who is not reminded", c->must, letter,
		       customer_name(customer));
	if (whole && mail > 0 && c->noted == 0)
		broken("the reminder of letter %s to %s is not noted", letter,
		       customer_name(customer));
}

void
judge_reminders(void)
{
	static const char sql[] =
		"SELECT d.row, d.reminded, u.name, c.key FROM letter_device d"
		" JOIN list_row o ON o.id=d.row JOIN customer c ON c.id=o.customer"
		" JOIN run u ON u.id=c.run ORDER BY u.id, c.id, d.row";
	sqlite3_stmt *s = are_played ? image_statement(sql, sql) : NULL;
	char letter[NAME_SIZE] = "";
	struct counts counts = {0};
	int customer = -1;

	while (s != NULL && sqlite3_step(s) == SQLITE_ROW && !world->failed) {
		const char *name = (const char *)sqlite3_column_text(s, 2);
		int device = letters_find(sqlite3_column_int64(s, 0));
		int to = customer_of((const char *)sqlite3_column_text(s, 3));
		if (customer >= 0 && (strcmp(name, letter) != 0 || to != customer)) {
			judge_letter(letter, customer, &counts);
			counts = (struct counts){0};
		}
		snprintf(letter, sizeof(letter), "%s", name);
		customer = to;
		if (device >= 0)
			judge_note(device, sqlite3_column_int64(s, 1), &counts);
	}
	sqlite3_reset(s);
	if (customer >= 0 && !world->failed)
		judge_letter(letter, customer, &counts);
	if (are_played && !world->failed)
		judge_no_mail();
}
