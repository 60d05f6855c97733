/* Asks for the values of a first configuration, one question a line of a table. */
#include "partner/cli/interview.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/file.h"
#include "common/ini.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/app/config_path.h"
#include "partner/app/exit_code.h"
#include "partner/app/next_step.h"
#include "partner/cli/config_sample.h"
#include "partner/cli/interview_questions.h"
#include "partner/doctor/doctor.h"

struct interview {
	struct session session; /* its configuration grows by each answer */
	const char *path;       /* of the file to be written */
	const char *data;       /* folder that the defaults of other folders are in */
	bool ended;             /* standard input has ended */
};

/* Reads a line without outer blanks. NULL: the input has ended. The caller frees it. */
static char *
read_line(struct interview *in)
{
	char *line = NULL, *text;
	size_t size = 0;

	fflush(stdout);
	if (getline(&line, &size, stdin) < 0) {
		in->ended = true;
		free(line);
		return NULL;
	}
	line[strcspn(line, "\r\n")] = '\0';
	text = xstrdup(text_trim(line));
	free(line);
	return text;
}

static bool
read_yes(struct interview *in, const char *text)
{
	char *line;
	bool yes;

	printf("%s [y/N] ", text);
	line = read_line(in);
	yes = line != NULL && (text_equal_nocase(line, "y") || text_equal_nocase(line, "yes"));
	free(line);
	return yes;
}

/* Whether the line of the file would be read as it was typed. */
static int
check_text(const struct question *q, const char *value, struct error *err)
{
	if (q->needed && value[0] == '\0')
		return error_set(err, "an answer is needed");
	if (text_has_control(value) || !text_is_utf8(value, strlen(value)) ||
	    strstr(value, " ;") != NULL || strlen(q->key) + strlen(value) + 3 > INI_LINE_MAX)
		return error_set(err, "a line of the configuration cannot hold this");
	return 0;
}

struct sought {
	const struct question *question;
	char *text; /* owned */
};

static int
on_config_value(void *ctx, const struct config_value *v)
{
	struct sought *s = ctx;

	if (strcmp(v->section, s->question->section) != 0 || strcmp(v->key, s->question->key) != 0)
		return 0;
	s->text = xstrdup(v->text);
	return 1;
}

/* The caller frees it. */
static char *
value_of(const struct interview *in, const struct question *q)
{
	struct sought s = {.question = q};

	(void)config_each(&in->session.config, on_config_value, &s);
	return s.text;
}

/* The caller frees it. */
static char *
default_of(const struct interview *in, const struct question *q)
{
	char *path, *url;

	if (q->sub == NULL)
		return value_of(in, q);
	path = file_join(in->data, q->sub);
	if (strcmp(q->section, "ledger") != 0)
		return path;
	url = xasprintf("%s%s", INTERVIEW_SQLITE, path);
	free(path);
	return url;
}

static int
set_answer(struct interview *in, const struct question *q, const char *answer, struct error *err)
{
	bool path = strcmp(q->section, "ledger") == 0 && answer[0] == '/';
	char *value = xasprintf("%s%s", path ? INTERVIEW_SQLITE : "", answer), *set;
	int rc = config_override(&in->session.config, q->section, q->key, value, err);

	free(value);
	set = rc == 0 ? value_of(in, q) : NULL;
	if (rc == 0)
		rc = check_text(q, set, err);
	if (rc == 0 && q->test != NULL)
		rc = q->test(&in->session, set, err);
	free(set);
	return rc;
}

/* Checks the file alone, because the other files are not known yet. */
static bool
try_part(struct interview *in, const struct question *q)
{
	static const char *const dates[] = {"client expiry", NULL};
	struct crypto_form certificate, key;

	interview_forms(&in->session, &certificate, &key);
	if (key.encrypted && (q->part == PART_KEY || certificate.pkcs12)) {
		printf("  it needs a passphrase\n");
		return true;
	}
	if (doctor_try(&in->session, dates))
		return read_yes(in, "  Keep this answer?");
	printf("  read, and valid today\n");
	return true;
}

/* true: the answer stands. */
static bool
try_answer(struct interview *in, const struct question *q, const char *answer)
{
	struct error err;

	if (set_answer(in, q, answer, &err) != 0) {
		printf("  %s\n", err.text);
		return false;
	}
	if (q->optional && answer[0] == '\0')
		return true;
	if (!interview_is_last(&in->session, q))
		return try_part(in, q);
	if (q->checks[0] != NULL && doctor_try(&in->session, q->checks))
		return read_yes(in, "  Keep this answer?");
	if (q->good != NULL && (answer[0] != '\0' || q->part != PART_NONE))
		printf("  %s\n", q->good);
	return true;
}

static void
ask(struct interview *in, const struct question *q)
{
	char *usual = default_of(in, q), *line = NULL;
	bool done = false;

	while (!done && !in->ended) {
		printf("%s%s%s%s: ", q->text, usual[0] != '\0' ? " [" : "", usual,
		       usual[0] != '\0' ? "]" : "");
		line = read_line(in);
		if (line != NULL)
			done = try_answer(in, q, line[0] != '\0' ? line : usual);
		free(line);
	}
	free(usual);
}

static int
write_file(const struct interview *in, struct error *err)
{
	char *folder = config_path_folder(in->path);
	struct file_writer w;
	int rc = file_mkdirs(folder, err);

	free(folder);
	if (rc != 0 || file_begin(&w, in->path, FILE_MODE_PRIVATE, err) != 0)
		return -1;
	config_sample_write(&in->session.config, in->path, w.stream);
	return file_commit(&w, err);
}

static int
finish(const struct interview *in)
{
	char *init, *doctor;
	struct error err;

	if (in->ended) {
		printf("\n");
		log_error("the answers have ended: nothing is written");
		next_step_set(NEXT_STEP_SAME);
		return EXIT_CODE_UNUSABLE;
	}
	if (write_file(in, &err) != 0)
		return exit_code_unusable(&err);
	init = next_step_command("init");
	doctor = next_step_command("doctor");
	printf("\n%s is written, mode 0600.\nnext: %s\nthen: %s\n", in->path, init, doctor);
	free(doctor);
	free(init);
	return EXIT_CODE_OK;
}

static int
interview(struct interview *in)
{
	struct error err;

	if (config_defaults(&in->session.config, &err) != 0 ||
	    profile_load(&in->session.profile, NULL, &err) != 0)
		return exit_code_unusable(&err);
	in->session.config.path = xstrdup(in->path);
	printf("The answers become %s. Each is tested when it is given. An empty answer\n"
	       "takes the value in brackets; Ctrl-C ends and writes nothing.\n\n",
	       in->path);
	for (size_t i = 0; i < interview_question_count && !in->ended; i++)
		if (interview_is_wanted(&in->session, &interview_questions[i]))
			ask(in, &interview_questions[i]);
	return finish(in);
}

/* Before anything is asked. */
static int
check_place(const char *path, struct error *err)
{
	if (isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0)
		return error_set(err,
		                 "--interactive asks on a terminal, and here is none: nothing is "
		                 "asked; \"unpilot config generate > unpilot.conf\" writes a "
		                 "sample to fill in");
	if (access(path, F_OK) == 0)
		return error_set(
			err, "%s exists already, and is not replaced: name another file with -c",
			path);
	return 0;
}

int
interview_run(const struct options *o)
{
	struct interview in = {.session.options = o,
	                       .path = o->config != NULL ? o->config : CONFIG_DEFAULT_PATH};
	char *folder = config_path_folder(in.path);
	struct error err;
	int code;

	in.data = access("/var/lib", W_OK) == 0 ? "/var/lib/unpilot" : folder;
	next_step_set("help config");
	if (check_place(in.path, &err) != 0 ||
	    interview_test_place(&in.session, in.path, &err) != 0)
		code = exit_code_unusable(&err);
	else
		code = interview(&in);
	session_close(&in.session);
	free(folder);
	return code;
}
