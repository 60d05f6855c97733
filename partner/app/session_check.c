/* Loads whatever a run would load, so that a mistake shows before the night. Writes and sends
 * nothing. */
#include "partner/app/session_check.h"

#include <sys/stat.h>
#include <unistd.h>

#include "common/encoding.h"
#include "common/permission.h"
#include "partner/app/exit_code.h"
#include "partner/app/notify.h"
#include "partner/app/session_route.h"
#include "partner/handoff/messages.h"
#include "partner/handoff/render.h"
#include "partner/intake/words.h"
#include "partner/ledger/open.h"

static int
check_words(const struct config *c, struct error *err)
{
	struct words *words;

	if (c->list_encoding[0] != '\0' && !encoding_is_known(c->list_encoding))
		return error_set(err,
		                 "[lists] encoding: \"%s\" is not known: use a name that iconv "
		                 "--list prints, such as WINDOWS-1250",
		                 c->list_encoding);
	words = words_new(c->list_words, err);
	if (words == NULL)
		return error_prefix(err, "[lists] words");
	words_free(words);
	return 0;
}

static int
check_skip_list(const char *path, struct error *err)
{
	struct stat st;

	if (path[0] == '\0')
		return 0;
	if (access(path, R_OK) != 0)
		permission_error(err, PERMISSION_READ, path, "cannot read");
	else if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		error_set(err, "%s: a folder, not a file", path);
	else
		return 0;
	return error_prefix(err, "[limits] skip-list");
}

int
session_check_lists(const struct config *c, struct error *err)
{
	enum purpose purpose;

	if (config_purpose(c, &purpose, err) != 0 || check_skip_list(c->skip_list, err) != 0)
		return -1;
	return check_words(c, err);
}

/* The texts of the configuration that a run reads only later. */
static int
check_texts(const struct config *c, struct error *err)
{
	return session_check_lists(c, err) == 0 ? notify_check_key(c, err) : -1;
}

static int
check_handoff(const struct config *c, struct error *err)
{
	struct messages *messages = messages_load(c->language, c->stylesheets, err);
	struct renderer *pack = NULL, *letter = NULL;
	int rc = -1;

	if (messages != NULL && (pack = render_load(DOCUMENT_PACK, c->stylesheets, err)) != NULL &&
	    (letter = render_load(DOCUMENT_PRINTOUT, c->stylesheets, err)) != NULL)
		rc = 0;
	render_free(letter);
	render_free(pack);
	messages_free(messages);
	return rc;
}

int
session_check(struct session *s, bool route_needed)
{
	struct error err;
	int code = session_open_packs(s);

	if (code == EXIT_CODE_OK && ledger_url_check(s->config.ledger_url, &err) != 0)
		code = exit_code_unusable(&err);
	if (code == EXIT_CODE_OK)
		code = route_needed ? session_route_open(s) : session_route_open_early(s);
	if (code == EXIT_CODE_OK &&
	    (check_texts(&s->config, &err) != 0 || check_handoff(&s->config, &err) != 0))
		code = exit_code_unusable(&err);
	return code;
}
