/*
 * Explains an answer that could not be parsed, for people: often it is not the service that answers
 * but a login page, a maintenance page or a proxy. Pure. Quotes nothing of the answer.
 */
#ifndef PARTNER_ROUTE_UNREADABLE_H
#define PARTNER_ROUTE_UNREADABLE_H

#include "common/base.h"
#include "common/error.h"

/* Replaces the parser's message in err if there is a clearer one. expected: "JSON" or "XML". */
void unreadable_explain(struct error *err, const char *expected, const char *body, size_t len);
/* The body begins like an HTML page. */
bool unreadable_is_html(const char *body, size_t len);
/* By its type or its body: a login page, a maintenance page or a captive portal answered instead. */
bool unreadable_is_web_page(const char *content_type, const char *body, size_t len);

#endif
