/*
 * The questions of "config generate --interactive", in their order, with the tests of their answers.
 * Constant; owns nothing. The configuration of the session grows by each answer.
 */
#ifndef PARTNER_CLI_INTERVIEW_QUESTIONS_H
#define PARTNER_CLI_INTERVIEW_QUESTIONS_H

#include "common/crypto.h"
#include "common/error.h"
#include "partner/app/session.h"

#define INTERVIEW_SQLITE "sqlite:"

/* Returns an error in err, or 0. For the value as the configuration has it. */
typedef int test_fn(struct session *s, const char *value, struct error *err);

/* The files of an identity: whichever is asked for last has the checks of all of them. */
enum part { PART_NONE, PART_CERTIFICATE, PART_KEY, PART_PASSPHRASE };

struct question {
	unsigned routes;
	enum part part;
	const char *section, *key, *text;
	const char
		*sub;  /* its default: this name in the folder of the data; NULL: that of the key */
	bool needed;   /* no empty answer */
	bool optional; /* an empty answer is not checked */
	test_fn *test; /* or NULL */
	const char *checks[7]; /* of doctor, made after the test */
	const char *good;      /* printed if all are good, or NULL */
};

extern const struct question interview_questions[];
extern const size_t interview_question_count;

/* Whether the question follows from the earlier answers. */
bool interview_is_wanted(const struct session *s, const struct question *q);
/* Whether no other file of the identity is asked for after this one. */
bool interview_is_last(const struct session *s, const struct question *q);
/* The forms of the certificate that was given and of the file with its key. A file that cannot be read
 * counts as PEM, because the checks report it. */
void
interview_forms(const struct session *s, struct crypto_form *certificate, struct crypto_form *key);
/* Whether this user can write the folder of the file. */
int interview_test_place(struct session *s, const char *path, struct error *err) MUST_CHECK;

#endif
