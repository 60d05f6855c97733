/*
 * The tables' rows: the program writes the same bytes as the stylesheets, for random and hostile
 * values; and ten thousand devices of a customer take little memory.
 */
#include "tests/unit/fixture_handoff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common/buf.h"
#include "common/file.h"
#include "partner/embed.h"
#include "partner/ledger/receipts.h"
#include "partner/ledger/rows.h"
#include "partner/ledger/runs.h"
#include "partner/ledger/settle.h"
#include "partner/ledger/transaction.h"
#include "tests/unit/fixture_skip.h"

#define ROWS 2000
#define MANY 10000
#define CUSTOMERS 80
#define MEMORY_MAX_KIB (48L * 1024)
#define NAMESPACE "urn:unpilot:handoff"
#define OTHER_NAMESPACE "urn:example:other"

static unsigned
draw(struct handoff_fixture *fx, unsigned below)
{
	fx->seed = fx->seed * 1103515245u + 12345u;
	return fx->seed / 65536u % below;
}

/* A few pieces in a row, most of them with a meaning in one of the formats. */
static void
compose(struct handoff_fixture *fx, struct buf *to)
{
	static const char *const pieces[] = {
		"A",        "Book",
		"07",       "Surface",
		" ",        "  ",
		"\t",       "\n",
		"\r",       "\"",
		"'",        "<",
		">",        "&",
		"&amp;",    "]]>",
		"|",        "`",
		"*",        "_",
		"[",        "]",
		"!",        "~",
		"\\",       "=",
		"+",        "@",
		",",        ";",
		"{a}",      "$(x)",
		"\x01",     "\x1f",
		"\x7f",     "\xff",
		"\xc3",     "é",
		"‘",        "日本",
		"😀",        "\xef\xbf\xbf",
		"\xc2\x85", "\xed\xa0\x80",
		"-->",      "&{x}",
		"word ",    "12 ",
	};

	buf_reset(to);
	for (unsigned n = draw(fx, 7); n > 0; n--)
		buf_str(to, pieces[draw(fx, ARRAY_SIZE(pieces))]);
	for (size_t len = to->len; draw(fx, 40) == 0 && to->len < 4000;)
		for (int i = 0; i < 40; i++)
			buf_printf(to, "%.*s ", (int)len, to->data);
}

static void
mark_done(struct handoff_fixture *fx, int64_t row, const char *step)
{
	struct ledger_receipt receipt = {"run", "contoso", "Ann Lee", row, "digest"};
	struct error err = {""};
	int64_t id = 0;

	if (ledger_receipt_add(fx->ledger, &receipt, &id, &err) == LEDGER_RECEIPT_FAILED)
		fail_msg("%s", err.text);
	fixture_must(ledger_done_add(fx->ledger,
	                             &(struct ledger_done){.row = row,
	                                                   .step = step,
	                                                   .said_at = 1,
	                                                   .receipt = id,
	                                                   .record = ""},
	                             &err),
	             &err);
}

static void
add_random(struct handoff_fixture *fx, long line, enum outcome outcome, enum mdm_state mdm,
           enum purpose purpose)
{
	static const char *const steps[] = {"B1", "F1*", "A2?", "Z1", "I1"};
	struct error err = {""};
	struct buf text[6];
	struct ledger_row row = {.list = fx->list, .customer = fx->customer[0], .line = line};

	for (size_t i = 0; i < ARRAY_SIZE(text); i++) {
		buf_init(&text[i], (size_t)1024 * 1024);
		compose(fx, &text[i]);
	}
	row.device = (struct device_id){text[0].data, text[1].data, text[2].data, text[3].data};
	row.ticket = text[4].data;
	row.reason = text[5].data;
	row.outcome = outcome;
	row.join = (enum join_type)draw(fx, JOIN_COUNT);
	row.mdm = mdm;
	row.via = (enum registrant)draw(fx, VIA_COUNT);
	row.purpose = purpose;
	row.sold_to = row.received_from = row.column = row.raw = "";
	row.decided = 1700000000 + (int64_t)draw(fx, 100000);
	fixture_must(ledger_row_add(fx->ledger, &row, &err), &err);
	for (unsigned n = draw(fx, 3); n > 0; n--)
		mark_done(fx, line, steps[draw(fx, ARRAY_SIZE(steps))]);
	for (size_t i = 0; i < ARRAY_SIZE(text); i++)
		buf_release(&text[i]);
}

static void
add_hostile(struct handoff_fixture *fx, long line)
{
	add_random(fx, line, (enum outcome)draw(fx, OUTCOME_REJECTED), MDM_INTUNE, PURPOSE_RETIRE);
}

static void
add_any(struct handoff_fixture *fx, long line, bool first)
{
	/* a customer needs a device that was sent to get a pack */
	enum outcome outcome = (enum outcome)draw(fx, first ? OUTCOME_NOT_SENT : OUTCOME_REJECTED);

	add_random(fx, line, outcome, (enum mdm_state)draw(fx, MDM_COUNT),
	           (enum purpose)draw(fx, PURPOSE_COUNT));
}

static void
add_plain(struct handoff_fixture *fx, long line)
{
	struct error err = {""};
	char serial[32];
	struct ledger_row row = {.list = fx->list, .customer = fx->customer[0], .line = line};

	snprintf(serial, sizeof(serial), "CT%08ld", line);
	row.device = (struct device_id){serial, serial, "Contoso", "Book 1"};
	row.ticket = "RMA-12345";
	row.sold_to = row.received_from = row.column = row.raw = row.reason = "";
	row.decided = 1700000000;
	fixture_must(ledger_row_add(fx->ledger, &row, &err), &err);
}

static void
begin_list(struct handoff_fixture *fx)
{
	struct ledger_list list = {.path = "a.csv", .header = "Serial Number"};
	struct error err = {""};

	fixture_must(ledger_begin(fx->ledger, &err), &err);
	list.run = fx->run.id;
	fixture_must(ledger_list_add(fx->ledger, &list, &fx->list, &err), &err);
}

static void
begin_customer(struct handoff_fixture *fx, const char *key, const char *name)
{
	struct error err = {""};

	fixture_must(ledger_customer_id(fx->ledger, fx->run.id, key, name, &fx->customer[0], &err),
	             &err);
}

static void
end_list(struct handoff_fixture *fx)
{
	struct error err = {""};

	fixture_must(ledger_settle(fx->ledger, fx->run.id, NULL, &err), &err);
	fixture_must(ledger_commit(fx->ledger, &err), &err);
}

/* A run of so many rows of one customer. */
static void
take_in(struct handoff_fixture *fx, long rows, void (*add)(struct handoff_fixture *fx, long line))
{
	begin_list(fx);
	begin_customer(fx, "contoso", "");
	for (long i = 1; i <= rows; i++)
		add(fx, i);
	end_list(fx);
}

/* Customers with 1 to 4 devices each, and one with more than a hundred. */
static void
take_in_customers(struct handoff_fixture *fx)
{
	char key[32];
	long line = 1;

	begin_list(fx);
	for (long i = 0; i < CUSTOMERS; i++) {
		long devices = i == CUSTOMERS / 2 ? 120 : 1 + (long)draw(fx, 4),
		     end = line + devices;

		snprintf(key, sizeof(key), "c%ld", i);
		begin_customer(fx, key, i % 3 == 0 ? "Contoso & <Sons>" : "");
		for (; line < end; line++)
			add_any(fx, line, line == end - devices);
	}
	end_list(fx);
}

static int
set_up(void **state)
{
	*state = handoff_fixture_open();
	return 0;
}

/* The built-in stylesheets as a partner's own, in which u:rows is not ours: they render the devices
 * themselves. */
static void
save_sheets(const struct handoff_fixture *fx)
{
	static const struct {
		const char *name;
		const unsigned char *text;
	} sheets[] = {
		{"index.xsl", embed_index_xsl},       {"cleanup.xsl", embed_cleanup_xsl},
		{"markdown.xsl", embed_markdown_xsl}, {"letter.xsl", embed_letter_xsl},
		{"mail.xsl", embed_mail_xsl},
	};
	struct error err = {""};

	fixture_must(file_mkdirs(fx->sheets, &err), &err);
	for (size_t i = 0; i < ARRAY_SIZE(sheets); i++) {
		char *text = strdup((const char *)sheets[i].text);
		char *path = file_join(fx->sheets, sheets[i].name);
		char *at = text != NULL ? strstr(text, NAMESPACE) : NULL;

		assert_non_null(at);
		memcpy(at, OTHER_NAMESPACE, strlen(OTHER_NAMESPACE));
		memmove(at + strlen(OTHER_NAMESPACE), at + strlen(NAMESPACE),
		        strlen(at + strlen(NAMESPACE)) + 1);
		fixture_must(file_write(path, FILE_MODE_PUBLIC, text, strlen(text), &err), &err);
		free(path);
		free(text);
	}
}

typedef int write_fn(struct ledger *l, const struct ledger_run *run,
                     const struct handoff_settings *settings, struct error *err);

static int
write_packs(struct ledger *l, const struct ledger_run *run, const struct handoff_settings *settings,
            struct error *err)
{
	return handoff_write(l, run, settings, NULL, err);
}

static struct handoff_parts *loaded; /* for the next packs; NULL: they load their own */

static void
write_into(struct handoff_fixture *fx, const char *dir, const char *sheets, write_fn *write)
{
	struct handoff_settings settings = {.partner_name = "Repairs <&> Ltd",
	                                    .partner_contact = "Ann_Lee",
	                                    .partner_support = "",
	                                    .stylesheets = sheets,
	                                    .language = "en",
	                                    .parts = loaded};
	struct ledger_run run = fx->run;
	struct error err = {""};

	run.out = file_join(fx->dir, dir);
	fixture_must(write(fx->ledger, &run, &settings, &err), &err);
	free(run.out);
}

/* The file without its time of writing: "2026-11-24 03:15:00", to the second. */
static char *
content(const struct handoff_fixture *fx, const char *dir, const char *customer, const char *name)
{
	char path[2 * FIXTURE_PATH_SIZE];
	struct error err = {""};
	struct buf text;
	char *p;

	snprintf(path, sizeof(path), "%s/%s/%s/%s", fx->dir, dir, customer, name);
	buf_init(&text, (size_t)64 * 1024 * 1024);
	fixture_must(file_read(path, &text, &err), &err);
	p = strstr(text.data, ", written 20");
	if (p == NULL)
		p = strstr(text.data, "Written 20");
	if (p != NULL)
		memset(p, '-', strlen(", written 2026-11-24 03:15:00"));
	assert_true(text.len > 0);
	return buf_detach(&text);
}

static void
same(const struct handoff_fixture *fx, const char *customer, const char *name)
{
	char *ours = content(fx, "ours", customer, name);
	char *sheets = content(fx, "theirs", customer, name);
	size_t i = 0;

	while (ours[i] != '\0' && ours[i] == sheets[i])
		i++;
	if (ours[i] != sheets[i])
		fail_msg("%s/%s, byte %zu:\n%.80s\n%.80s", customer, name, i,
		         ours + (i > 40 ? i - 40 : 0), sheets + (i > 40 ? i - 40 : 0));
	free(ours);
	free(sheets);
}

static void
rows_are_those_of_the_stylesheets(void **state)
{
	static const char *const packs[] = {"index.html", "cleanup.ps1", "handoff.md", "mail.txt"};
	static const char *const letters[] = {"letter.html", "letter.txt"};
	struct handoff_fixture *fx = *state;

	take_in(fx, ROWS, add_hostile);
	save_sheets(fx);
	write_into(fx, "ours", NULL, write_packs);
	write_into(fx, "theirs", fx->sheets, write_packs);
	for (size_t i = 0; i < ARRAY_SIZE(packs); i++)
		same(fx, "contoso", packs[i]);
	write_into(fx, "ours", NULL, handoff_write_letters);
	write_into(fx, "theirs", fx->sheets, handoff_write_letters);
	for (size_t i = 0; i < ARRAY_SIZE(letters); i++)
		same(fx, "contoso", letters[i]);
}

/* The program keeps parts of a page for the customers that follow (common/xml_once.h). */
static void
parts_of_one_customer_fit_the_next(void **state)
{
	static const char *const files[] = {"index.html", "cleanup.ps1", "handoff.md", "mail.txt"};
	static const char *const letters[] = {"letter.html", "letter.txt"};
	struct handoff_fixture *fx = *state;
	char key[32];

	take_in_customers(fx);
	save_sheets(fx);
	write_into(fx, "ours", NULL, write_packs);
	write_into(fx, "theirs", fx->sheets, write_packs);
	write_into(fx, "ours", NULL, handoff_write_letters);
	write_into(fx, "theirs", fx->sheets, handoff_write_letters);
	for (long i = 0; i < CUSTOMERS; i++) {
		snprintf(key, sizeof(key), "c%ld", i);
		for (size_t k = 0; k < ARRAY_SIZE(files); k++)
			same(fx, key, files[k]);
		for (size_t k = 0; k < ARRAY_SIZE(letters); k++)
			same(fx, key, letters[k]);
	}
}

/* The parts that were loaded to check them serve one run; the next run loads its own. */
static void
parts_are_loaded_once_a_run(void **state)
{
	const struct handoff_settings settings = {.language = "en"};
	struct handoff_fixture *fx = *state;
	struct error err = {""};

	take_in_customers(fx);
	write_into(fx, "theirs", NULL, write_packs);
	loaded = handoff_load(&settings, &err);
	assert_non_null(loaded);
	for (int run = 0; run < 2; run++) {
		write_into(fx, "ours", NULL, write_packs);
		same(fx, "c0", "index.html");
		same(fx, "c1", "handoff.md");
	}
	handoff_parts_free(loaded);
	loaded = NULL;
}

static void
ten_thousand_devices_take_little_memory(void **state)
{
	struct handoff_fixture *fx = *state;
	struct rusage used;

	take_in(fx, MANY, add_plain);
	write_into(fx, "many", NULL, write_packs);
	assert_int_equal(getrusage(RUSAGE_SELF, &used), 0);
#ifdef __SANITIZE_ADDRESS__ /* the sanitizer's own memory is counted as well */
	SKIP("the sanitizer uses memory of its own");
#endif
	if (used.ru_maxrss > MEMORY_MAX_KIB)
		fail_msg("%ld KiB", used.ru_maxrss);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		/* first, because it measures memory since the process began */
		cmocka_unit_test_setup_teardown(ten_thousand_devices_take_little_memory, set_up,
	                                        handoff_tear_down),
		cmocka_unit_test_setup_teardown(rows_are_those_of_the_stylesheets, set_up,
	                                        handoff_tear_down),
		cmocka_unit_test_setup_teardown(parts_of_one_customer_fit_the_next, set_up,
	                                        handoff_tear_down),
		cmocka_unit_test_setup_teardown(parts_are_loaded_once_a_run, set_up,
	                                        handoff_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
