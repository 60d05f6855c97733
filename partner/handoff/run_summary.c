/* The summary of a run, for programs that read it. */
#include "partner/handoff/run_summary.h"

#include <stdlib.h>

#include "common/buf.h"
#include "common/file.h"
#include "partner/ledger/gate.h"

#define SUMMARY_MAX ((size_t)64 * 1024)

static struct json *
summary_of(const struct ledger_run *run, const int64_t counts[static OUTCOME_COUNT],
           int64_t waiting)
{
	struct json *summary = json_object(), *words;

	json_add_text(summary, "type", "summary");
	json_add_text(summary, "run", run->name);
	json_add_text(summary, "handoff", run->out);
	words = json_add_object(summary, "counts");
	for (int o = 0; o < OUTCOME_COUNT; o++)
		json_add_number(words, outcome_word((enum outcome)o), counts[o]);
	if (waiting > 0)
		json_add_number(summary, "waiting", waiting);
	json_add_number(summary, "exit_code", run->exit_code);
	return summary;
}

struct json *
run_summary(struct ledger *l, const struct ledger_run *run, struct error *err)
{
	int64_t counts[OUTCOME_COUNT] = {0};
	struct ledger_waiting waiting;

	return ledger_counts(l, run->id, counts, err) == 0 &&
	                       ledger_waiting(l, run->id, &waiting, err) == 0
	               ? summary_of(run, counts, waiting.devices)
	               : NULL;
}

int
run_summary_write(struct ledger *l, const struct ledger_run *run, struct error *err)
{
	struct json *summary = run_summary(l, run, err);
	char *path = file_join(run->out, "summary.json");
	struct buf text;
	int result;

	if (summary == NULL) {
		free(path);
		return -1;
	}
	buf_init(&text, SUMMARY_MAX);
	json_print(summary, &text);
	buf_char(&text, '\n');
	json_free(summary);
	result = file_write(path, FILE_MODE_PUBLIC, text.data, text.len, err);
	free(path);
	buf_release(&text);
	return result;
}
