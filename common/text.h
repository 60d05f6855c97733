/*
 * Functions over strings. Pure; they use ASCII rules and never the locale's.
 */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include "common/base.h"

/* ASCII folding. */
static inline char
text_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static inline bool
text_is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (text_lower(c) >= 'a' && text_lower(c) <= 'z');
}

static inline bool
text_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Copies and always terminates; false if src was cut to fit. */
bool text_copy(char *dst, size_t size, const char *src);
/* The text, or NULL if it is empty or NULL (JSON then has null). */
const char *text_or_null(const char *text);
bool text_equal_nocase(const char *a, const char *b); /* ignores ASCII case */
bool text_contains_nocase(const char *text, const char *part);
/* Cuts spaces and tabs at both ends in place; returns the new start. */
char *text_trim(char *text);
bool text_has_outer_blank(const char *text);
bool text_is_utf8(const char *text, size_t len); /* no surrogates, no overlong forms */
/* Length of the UTF-8 byte order mark at the start of text, 0 if there is none: editors on Windows,
 * spreadsheets and some services put one first. */
size_t text_mark_length(const char *text, size_t len);
/* Length of the UTF-8 sequence at text, 0 if it is invalid. left: readable bytes, at least 1. */
size_t text_utf8_length(const char *text, size_t left);
/* Bytes before the first CR or LF; len if there is none. */
size_t text_line_length(const char *text, size_t len);
size_t text_scheme_length(const char *url);         /* characters that a URL's scheme may have */
bool text_is_plain(const char *text, size_t len);   /* ASCII, no byte below 0x20 */
bool text_is_visible(const char *text, size_t len); /* plain, and no byte 0x7f */
bool text_has_control(const char *text);            /* a byte below 0x20, or 0x7f */
bool text_all_of(const char *text, const char *allowed); /* non-empty, only these characters */
/* Length of the control character at text, 0 if there is another: DEL, C1, line and paragraph
 * separators, and those that change the direction of text, so that a person reads another order than a
 * program. Not those below 0x20. left: readable bytes, at least 1; *ret_code: its code point. */
size_t text_control_length(const char *text, size_t left, unsigned *ret_code);
/* Copies for a terminal or a log: control characters and invalid UTF-8 become '?'. Cuts to fit. */
void text_printable(char *dst, size_t size, const char *src);
/* The whole string as a decimal number from min to max; false otherwise. */
bool text_number(const char *text, long long min, long long max, long long *ret_value);
/* "30s", "5m", "2h", "14d", "200ms" or "0" in milliseconds; at most 366 days. */
bool text_duration(const char *text, long long *ret_ms);
/* "5" or "0.5" (at most three decimals) in thousandths; at most TEXT_RATE_MAX. */
#define TEXT_RATE_MAX 1000000LL
bool text_rate(const char *text, long long *ret_thousandths);
bool text_yes(const char *text, bool *ret); /* yes, true, on, 1; no, false, off, 0 */
/* The plural's ending of a word that takes one: "1 row", "2 rows". */
static inline const char *
text_s(int64_t count)
{
	return count == 1 ? "" : "s";
}
/* "1,234,567", for people. count is not negative. */
#define TEXT_GROUPED_SIZE 32
void text_grouped(int64_t count, char dst[static TEXT_GROUPED_SIZE]);
/* 64-bit FNV-1a. seed: TEXT_HASH_START, or a hash to continue. */
#define TEXT_HASH_START 14695981039346656037ULL
uint64_t text_hash(uint64_t seed, const char *text, size_t len);

#endif
