/*
 * The route that a run goes by, opened from the configuration: credentials are looked at, nothing
 * is sent. A session has one route open at a time; a run goes on by the one it was begun with.
 * Functions that open print what is wrong and return the exit code to leave with (0: go on).
 */
#ifndef PARTNER_APP_SESSION_ROUTE_H
#define PARTNER_APP_SESSION_ROUTE_H

#include "common/http.h"
#include "partner/app/session.h"
#include "partner/ledger/runs.h"

const char *session_route_word(enum route_kind kind);
bool session_route_parse(const char *word, enum route_kind *ret);
/* The one that --route or the configuration names. */
int session_route_open(struct session *d) MUST_CHECK;
/* The run's own; refused where --route names another one. */
int session_route_open_for(struct session *d, const struct ledger_run *run) MUST_CHECK;
/* As session_route_open(), where the configuration has what it needs; the run's own may be another one. */
int session_route_open_early(struct session *d) MUST_CHECK;
/* Pace and patience of the route that is open. */
const struct config_sending *session_route_sending(const struct session *d);
void session_route_close(struct session *d);
/* For a look at the way to the service: its address, and how the open route connects. */
const char *session_route_address(const struct session *d);
int session_route_check_address(const struct session *d, struct error *err) MUST_CHECK;
const struct config_identity *session_route_identity(const struct session *d);
struct http_settings session_route_http(const struct session *d);

#endif
