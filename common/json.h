/*
 * JSON over cJSON. Reading is strict. It refuses text that cJSON accepts but another program could
 * read differently: duplicate keys (also in another letter case), \u0000, numbers such as 01,
 * nesting past JSON_DEPTH_MAX, bytes after the value, and anything that is not UTF-8.
 * A struct json is a node of a tree; json_free() on the root frees the tree.
 * Getters never fail: for a missing member or one of another type they return NULL or the default.
 */
#ifndef COMMON_JSON_H
#define COMMON_JSON_H

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"

#define JSON_DEPTH_MAX 32 /* our documents use 4 */

struct json; /* opaque: a cJSON node */

struct json *json_parse(const char *data, size_t len, struct error *err) MUST_CHECK;
void json_free(struct json *root); /* accepts NULL */

/* ---- a large tree whose nodes lie together and are freed at once ---- */
struct json_pool {
	struct json_piece *last; /* initialise with {0} */
};
/* The tree lives until json_pool_release(); do not call json_free(). One tree for each pool. */
struct json *
json_parse_in(struct json_pool *pool, const char *data, size_t len, struct error *err) MUST_CHECK;
void json_pool_release(struct json_pool *pool);

bool json_is_object(const struct json *j);
bool json_is_array(const struct json *j);
bool json_is_string(const struct json *j);
bool json_is_number(const struct json *j);
bool json_is_null(const struct json *j);
const struct json *json_get(const struct json *object, const char *key); /* exact case */
const struct json *json_get_nocase(const struct json *object, const char *key);
/* The same in fewer comparisons, if the keys are asked for in about the order of the object. *from, at first
 * NULL, is where the search begins; it goes all the way round. */
const struct json *
json_get_nocase_from(const struct json *object, const struct json **from, const char *key);
const char *json_text(const struct json *j);         /* string value or NULL */
double json_number(const struct json *j);            /* 0 if it is not a number */
size_t json_count(const struct json *j);             /* members or elements */
const struct json *json_first(const struct json *j); /* first member or element */
const struct json *json_next(const struct json *j);
const char *json_key(const struct json *j); /* a member's name */

struct json *json_object(void);
struct json *json_add_object(struct json *object, const char *key);
struct json *json_add_array(struct json *object, const char *key);
struct json *json_append_object(struct json *array);
void json_append_text(struct json *array, const char *text);
void json_add_text(struct json *object, const char *key, const char *text); /* NULL: null */
void json_add_null(struct json *object, const char *key);
void json_add_number(struct json *object, const char *key, long long value); /* below 2^53 */
void json_add_bool(struct json *object, const char *key, bool value);
/* On one line, without newline; every control character (common/text.h) is escaped. */
void json_print(const struct json *j, struct buf *b);

/* ---- writing an object without a tree; the caller writes the braces ----
 * Writes the same bytes as json_print(). Keys are not escaped. */
void json_put_text(struct buf *b, const char *text); /* NULL: null */
void
json_put_key(struct buf *b, const char *key); /* with a comma before it, except after a brace */
void json_put_member(struct buf *b, const char *key, const char *text);

#endif
