/*
 * The route of a session, opened from the configuration. Opening checks the credentials and sends
 * nothing. A session has one route open at a time; resuming a run switches to the route that the run
 * began with. Functions that open print their error and return the exit code to end with.
 */
#ifndef PARTNER_APP_SESSION_ROUTE_H
#define PARTNER_APP_SESSION_ROUTE_H

#include "common/http.h"
#include "partner/app/session.h"

const char *session_route_word(enum route_kind kind);
bool session_route_parse(const char *word, enum route_kind *ret);

/* The route that --route or [run] route names. */
int session_route_open(struct session *s) MUST_CHECK;
/* The same before the runs are known, if the route is configured: wrong credentials end the command
 * before it locks the ledger. */
int session_route_open_early(struct session *s) MUST_CHECK;
/* The run's own route. Refused if --route names another one. */
int session_route_open_for(struct session *s, const struct ledger_run *run) MUST_CHECK;
void session_route_close(struct session *s);

/* The configuration of the session's kind of route. */
const struct config_sending *session_route_sending(const struct session *s);
const struct config_identity *session_route_identity(const struct session *s);
const char *session_route_address(const struct session *s);
int session_route_check_address(const struct session *s, struct error *err) MUST_CHECK;
/* How the open route connects. */
struct http_settings session_route_http(const struct session *s);

#endif
