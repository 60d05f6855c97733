/* Which files a command may still open once its session is laid out. */
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/confine.h"
#include "common/file.h"
#include "partner/app/session.h"
#include "partner/ledger/ledger.h"
#include "partner/ledger/runs.h"

/* What may be renewed by rename while a run goes on is allowed with its directory; not where that
 * is the working directory or the root, which hold too much else. */
static void
allow_kept(struct confine *c, const char *path)
{
	char *copy = xstrdup(path);
	const char *dir = dirname(copy);

	confine_allow(c, CONFINE_READ, path);
	if (path[0] != '\0' && strcmp(dir, ".") != 0 && strcmp(dir, "/") != 0)
		confine_allow(c, CONFINE_READ, dir);
	free(copy);
}

static void
allow_named(struct confine *c, const struct config *config)
{
	const struct config_identity *ids[] = {&config->oem_direct_identity,
	                                       &config->partner_center_identity};
	const char *texts[] = {config->profile,
	                       config->skip_list,
	                       config->sign_certificate,
	                       config->sign_key,
	                       config->client_secret_file,
	                       config->partner_logo,
	                       config->path != NULL ? config->path : ""};
	const char *granted = getenv("CREDENTIALS_DIRECTORY");

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		allow_kept(c, ids[i]->certificate);
		allow_kept(c, ids[i]->key);
		allow_kept(c, ids[i]->key_passphrase_file);
		allow_kept(c, ids[i]->ca_file);
	}
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		allow_kept(c, texts[i]);
	confine_allow(c, CONFINE_READ, config->stylesheets);
	if (granted != NULL)
		confine_allow(c, CONFINE_READ, granted);
}

/* Packs of earlier runs stand where those were told to put them. An open one's directory has to be
 * there: it could not be made later. */
static void
allow_runs(struct confine *c, struct ledger *l)
{
	for (enum run_state state = 0; state < RUN_STATE_COUNT; state++) {
		struct ledger_run run;
		struct error ignored;
		int64_t after = 0;

		while (ledger_run_next(l, state, after, &run, &ignored) == 1) {
			char *copy = xstrdup(run.out);
			const char *dir = dirname(copy);

			after = run.id;
			if (state == RUN_OPEN && file_mkdirs(dir, &ignored) != 0)
				after = run.id; /* writing the packs will say so */
			confine_allow(c, CONFINE_WRITE, dir);
			free(copy);
			ledger_run_release(&run);
		}
	}
}

/* What is written anew beside itself, or made again after a rotation. */
static void
allow_watched(struct confine *c, const struct config *config)
{
	const char *paths[] = {config->log_file, config->metrics_file, config->status_file};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (paths[i][0] != '\0')
			confine_allow_beside(c, CONFINE_WRITE, paths[i]);
}

static void
allow_ledger_file(void *ctx, const char *path)
{
	confine_allow(ctx, CONFINE_READ, path);
}

static void
allow_ledger(struct confine *c, struct ledger *l)
{
	if (ledger_path(l) != NULL)
		confine_allow_beside(c, CONFINE_WRITE, ledger_path(l));
	ledger_each_file(l, allow_ledger_file, c);
	allow_runs(c, l);
}

void
session_confine(struct session *d, unsigned files)
{
	const struct options *o = d->options;
	const char *out = d->config.handoff_directory;
	struct confine *c = confine_new();
	struct error ignored;

	allow_named(c, &d->config);
	allow_watched(c, &d->config);
	for (size_t i = 0; (files & SESSION_READS_ARGUMENTS) != 0 && i < o->args; i++)
		confine_allow(c, CONFINE_READ, o->arg[i]);
	/* made now, for it cannot be made later; where that fails, writing the packs will say so */
	if ((files & SESSION_WRITES_PACKS) != 0 && !o->dry_run && file_mkdirs(out, &ignored) == 0)
		confine_allow(c, CONFINE_WRITE, out);
	if (d->config.spool_directory[0] != '\0' &&
	    file_mkdirs(d->config.spool_directory, &ignored) == 0)
		confine_allow(c, CONFINE_WRITE, d->config.spool_directory);
	if (d->config.refresh_token_file[0] != '\0')
		confine_allow_beside(c, CONFINE_WRITE, d->config.refresh_token_file);
	if (d->ledger != NULL)
		allow_ledger(c, d->ledger);
	confine_apply(c);
}
