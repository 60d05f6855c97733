/* "verify": compares a pack with its manifest, and checks the signature of the manifest. */
#include <fnmatch.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/app/config_check.h"
#include "partner/app/exit_code.h"
#include "partner/app/next_step.h"
#include "partner/app/json_line.h"
#include "partner/cli/cli.h"
#include "partner/handoff/manifest.h"
#include "partner/ledger/letters.h"

static const char *const fault_words[] = {
	[MANIFEST_MISSING] = "missing", [MANIFEST_EXTRA] = "extra", [MANIFEST_DIFFERS] = "differs"};
_Static_assert(ARRAY_SIZE(fault_words) == MANIFEST_FAULT_COUNT, "every fault has its word");

static const char *const state_words[] = {[MANIFEST_UNSIGNED] = "none",
                                          [MANIFEST_TRUSTED] = "trusted",
                                          [MANIFEST_UNVOUCHED] = "untrusted",
                                          [MANIFEST_BAD] = "bad"};

struct checked {
	const struct options *options;
	const char *pack, *trusted; /* trusted: a certificate; NULL: none is given */
	struct manifest_verdict verdict;
	int code;
};

static void
on_fault(void *ctx, enum manifest_fault fault, const char *name)
{
	const struct checked *c = ctx;
	struct json *line;

	log_error("%s: %s: %s", c->pack, name, fault_words[fault]);
	if (!c->options->json)
		return;
	line = json_object();
	json_add_text(line, "type", "file");
	json_add_text(line, "name", name);
	json_add_text(line, "fault", fault_words[fault]);
	json_line_print(line);
}

/* A missing signature is a fault if a signer is expected: somebody may have removed it. */
static void
check_verdict(struct checked *c)
{
	const struct manifest_verdict *v = &c->verdict;

	c->code = v->faults > 0 ? EXIT_CODE_SOME : EXIT_CODE_OK;
	if (v->state == MANIFEST_BAD)
		log_error("%s: the signature does not hold: %s", c->pack, v->why.text);
	if (v->state == MANIFEST_UNSIGNED && c->trusted != NULL)
		log_error("%s: the pack is not signed, but a signature was expected", c->pack);
	if (v->state == MANIFEST_BAD || (v->state == MANIFEST_UNSIGNED && c->trusted != NULL))
		c->code = EXIT_CODE_SOME;
	if (v->state == MANIFEST_UNVOUCHED)
		log_warn("%s: nobody vouches for this signature: give the signer's certificate "
		         "with --signer",
		         c->pack);
}

static void
print(const struct checked *c)
{
	const struct manifest_verdict *v = &c->verdict;
	char stamp[CLOCK_STAMP_SIZE] = "an unknown time";

	if (c->options->quiet)
		return;
	if (v->signature.signed_at != 0)
		clock_stamp(v->signature.signed_at, stamp);
	printf("%s: %zu file%s in the manifest, %zu fault%s\n", c->pack, v->files,
	       text_s((int64_t)v->files), v->faults, text_s((int64_t)v->faults));
	if (v->state == MANIFEST_UNSIGNED)
		puts("not signed");
	else
		printf("signed by %s at %s: %s\n",
		       v->signature.subject[0] != '\0' ? v->signature.subject : "an unknown signer",
		       stamp,
		       v->state == MANIFEST_TRUSTED ? "holds, trusted"
		       : v->state == MANIFEST_BAD
		               ? "does not hold"
		               : "holds, not checked against a trusted certificate");
}

static void
print_json(const struct checked *c)
{
	const struct manifest_verdict *v = &c->verdict;
	struct json *line = json_object();
	char stamp[CLOCK_STAMP_SIZE];

	clock_stamp(v->signature.signed_at, stamp);
	json_add_text(line, "type", "verify");
	json_add_text(line, "pack", c->pack);
	json_add_number(line, "files", (long long)v->files);
	json_add_number(line, "faults", (long long)v->faults);
	json_add_text(line, "signature", state_words[v->state]);
	json_add_text(line, "signer", text_or_null(v->signature.subject));
	json_add_text(line, "signed_at", v->signature.signed_at != 0 ? stamp : NULL);
	json_add_number(line, "exit_code", c->code);
	json_line_print(line);
}

/* Whoever has the ledger writes the pack again; a customer asks for it. */
static void
propose_report(const struct checked *c)
{
	static const char id[] =
		"[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]T[0-9][0-9][0-9][0-9][0-9][0-9]Z-"
		"[0-9a-f][0-9a-f][0-9a-f][0-9a-f]";
	char *path = realpath(c->pack, NULL), *run = path != NULL ? dirname(path) : NULL;

	run = run != NULL ? basename(run) : NULL;
	if (run != NULL && c->options->signer == NULL &&
	    fnmatch(id, run + ledger_letter_prefix(run), 0) == 0)
		next_step_set("report %s", run);
	free(path);
}

static int
verify(const struct options *o, const char *trusted)
{
	struct checked c = {.options = o, .pack = o->arg[0], .trusted = trusted};
	struct error err;

	next_step_set("help verify");
	if (manifest_verify(c.pack, trusted, on_fault, &c, &c.verdict, &err) != 0) {
		return exit_code_unusable(&err);
	}
	check_verdict(&c);
	propose_report(&c);
	if (o->json)
		print_json(&c);
	else
		print(&c);
	return c.code;
}

/* With --signer no configuration is read, because customers have none. */
static int
verify_main(const struct options *o)
{
	struct config config = {0};
	struct error err;
	int code;

	if (o->args != 1) {
		log_error("verify needs one folder: unpilot verify PACK");
		next_step_set("help verify");
		return EXIT_CODE_UNUSABLE;
	}
	if (o->signer != NULL)
		return verify(o, o->signer);
	if (config_check_mode(o->config, &err) != 0 || config_load(&config, o->config, &err) != 0) {
		code = exit_code_unusable(&err);
	} else {
		code = verify(o, text_or_null(config.sign_certificate));
	}
	config_release(&config);
	return code;
}

const struct command command_verify = {
	.name = "verify",
	.args_max = ARGS_ANY,
	.options = FOR_VERIFY,
	.run = verify_main,
	.usage = "verify [OPTION...] PACK",
	.line = "check a pack's manifest and signature",
	.about =
		"Compares the files of a customer's folder with its manifest.sha256, names the files\n"
		"that are missing, extra or different, and checks the signature manifest.p7s. Needs no\n"
		"ledger, and with --signer no configuration. Without --signer it trusts the certificate\n"
		"of [handoff] sign-certificate. Ends with 0 if everything agrees, 1 if a file differs or\n"
		"the signature does not hold, 2 if there is no pack.\n\n"
		"Example:\n"
		"  unpilot verify --signer fabrikam.pem contoso",
};
