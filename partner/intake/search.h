/*
 * Searches the first lines of a list for its header: titles, "#TYPE" and empty lines may come
 * before it. Keeps the lines until it is found or until SEARCH_LINES have passed. Owns copies of
 * the lines.
 */
#ifndef PARTNER_INTAKE_SEARCH_H
#define PARTNER_INTAKE_SEARCH_H

#include "common/base.h"
#include "common/error.h"
#include "common/records.h"
#include "partner/intake/sniff.h"

#define SEARCH_LINES 20

enum search_result { SEARCH_MORE, SEARCH_HEADER, SEARCH_NONE, SEARCH_FAILED };

struct search; /* opaque */
struct search *search_new(const struct words *w);
void search_free(struct search *s); /* accepts NULL */
/* Takes the next record. SEARCH_HEADER: search_header() is the header. SEARCH_NONE: there is none in
 * the first lines. SEARCH_FAILED: the file is not a list; err says what it looks like. */
enum search_result
search_add(struct search *s, const struct record *record, struct error *err) MUST_CHECK;
/* The same at the end of the file: SEARCH_HEADER or SEARCH_NONE. */
enum search_result search_end(const struct search *s);
/* The header's index among the records that were kept. */
size_t search_header(const struct search *s);
/* The delimiter, and whether whole lines are wrapped: by the header, or without one by the line with
 * the most values. */
struct sniffed search_sniffed(const struct search *s);
/* The records so far that are not empty, and not "sep=": their number, and each of them. */
size_t search_count(const struct search *s);
struct record search_record(const struct search *s, size_t i);
/* Appends for people the values of the line that is most like a header, without secrets. */
long search_seen(const struct search *s, struct buf *to);

#endif
