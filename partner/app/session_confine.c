/* Confines the process to the files that its command needs. */
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/confine.h"
#include "common/file.h"
#include "partner/app/config_path.h"
#include "partner/app/session.h"
#include "partner/ledger/ledger.h"
#include "partner/ledger/runs.h"

/* The working directory and the root contain too many other files. */
static bool
is_too_wide(const char *dir)
{
	char *here = config_path_here();
	bool wide = strcmp(dir, "/") == 0 || strcmp(dir, ".") == 0 || strcmp(dir, here) == 0;

	free(here);
	return wide;
}

/* A file that may be replaced by rename during a run needs its directory as well. */
static void
allow_replaceable(struct confine *c, const char *path)
{
	char *copy = xstrdup(path);
	const char *dir = dirname(copy);

	confine_allow(c, CONFINE_READ, path);
	if (path[0] != '\0' && !is_too_wide(dir))
		confine_allow(c, CONFINE_READ, dir);
	free(copy);
}

static void
allow_configured(struct confine *c, const struct config *config)
{
	const struct config_identity *ids[] = {&config->oem_direct_identity,
	                                       &config->partner_center_identity};
	const char *texts[] = {config->profile,
	                       config->skip_list,
	                       config->list_words,
	                       config->sign_certificate,
	                       config->sign_key,
	                       config->client_secret_file,
	                       config->partner_logo,
	                       config->notify_key_file,
	                       config->path != NULL ? config->path : ""};
	const char *granted = config_path_granted_folder();

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		allow_replaceable(c, ids[i]->certificate);
		allow_replaceable(c, ids[i]->key);
		allow_replaceable(c, ids[i]->key_passphrase_file);
		allow_replaceable(c, ids[i]->ca_file);
	}
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		allow_replaceable(c, texts[i]);
	confine_allow(c, CONFINE_READ, config->stylesheets);
	if (granted != NULL)
		confine_allow(c, CONFINE_READ, granted);
}

/* Creates the directory now, because a confined process cannot. Writing the packs reports a failure. */
static void
allow_created(struct confine *c, const char *dir)
{
	struct error ignored;

	if (file_mkdirs(dir, &ignored) == 0)
		confine_allow(c, CONFINE_WRITE, dir);
}

/* Each run keeps its packs where it first wrote them; an open run may have written none yet. */
static void
allow_folder(void *ctx, const struct ledger_run *run)
{
	char *copy = xstrdup(run->out);
	const char *dir = dirname(copy);

	if (run->state == RUN_OPEN)
		allow_created(ctx, dir);
	else
		confine_allow(ctx, CONFINE_WRITE, dir);
	free(copy);
}

/* Files that are replaced by rename, or created again after a rotation. */
static void
allow_rewritten(struct confine *c, const struct config *config)
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
	struct error ignored;

	if (ledger_path(l) != NULL)
		confine_allow_beside(c, CONFINE_WRITE, ledger_path(l));
	ledger_each_file(l, allow_ledger_file, c);
	if (ledger_each_folder(l, allow_folder, c, &ignored) != 0)
		return; /* writing the packs reports a failure */
}

/* The file is replaced in its real folder, because the name may be a symbolic link. */
static void
allow_refresh_token(struct confine *c, const char *path)
{
	char *real = path[0] != '\0' ? realpath(path, NULL) : NULL;

	if (path[0] != '\0')
		confine_allow_beside(c, CONFINE_WRITE, path);
	if (real != NULL)
		confine_allow_beside(c, CONFINE_WRITE, real);
	free(real);
}

void
session_confine(struct session *s, unsigned files)
{
	const struct options *o = s->options;
	struct confine *c = confine_new();

	allow_configured(c, &s->config);
	allow_rewritten(c, &s->config);
	for (size_t i = 0; (files & SESSION_READS_ARGUMENTS) != 0 && i < o->args; i++)
		confine_allow(c, CONFINE_READ, o->arg[i]);
	if (o->not_in != NULL)
		confine_allow(c, CONFINE_READ, o->not_in);
	if (((files & SESSION_WRITES_PACKS) != 0 && !o->dry_run) ||
	    ((files & SESSION_WRITES_PLAN) != 0 && s->config.run_page != 0))
		allow_created(c, s->config.handoff_directory);
	if (s->config.spool_directory[0] != '\0')
		allow_created(c, s->config.spool_directory);
	allow_refresh_token(c, s->config.refresh_token_file);
	if (s->ledger != NULL)
		allow_ledger(c, s->ledger);
	confine_apply(c);
}
