/*
 * Strings: pure functions, ASCII rules (never the locale's). Own nothing.
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

/* Copies and always terminates; false when it did not fit (then dst holds what fitted). */
bool text_copy(char *dst, size_t size, const char *src);
/* The text, or NULL where it is empty or NULL: JSON writes null then. */
const char *text_or_null(const char *text);
bool text_equal_nocase(const char *a, const char *b); /* ASCII folding */
/* Cuts outer spaces and tabs in place; returns the first kept character. */
char *text_trim(char *text);
bool text_has_outer_blank(const char *text);
bool text_is_utf8(const char *text, size_t len); /* no surrogates, no overlong forms */
/* Bytes of the UTF-8 sequence at text (left > 0 bytes are there), 0 where there is none. */
size_t text_utf8_length(const char *text, size_t left);
/* Bytes before the first CR or LF; len where there is none. */
size_t text_line_length(const char *text, size_t len);
bool text_is_plain(const char *text, size_t len);        /* ASCII without a byte below 0x20 */
bool text_is_visible(const char *text, size_t len);      /* plain, and no 0x7f */
bool text_has_control(const char *text);                 /* any byte below 0x20 or 0x7f */
bool text_all_of(const char *text, const char *allowed); /* non-empty, only these characters */
/* A copy safe for a terminal or a log: control bytes become '?'. Writes at most size-1 bytes. */
void text_printable(char *dst, size_t size, const char *src);
/* Whole string as a decimal number in [min, max]; false otherwise. */
bool text_number(const char *text, long long min, long long max, long long *ret_value);
/* "30s", "5m", "2h", "14d", "200ms" or a bare "0", to milliseconds; at most 366 days. */
bool text_duration(const char *text, long long *ret_ms);
/* "5" or "0.5" (three decimals at most), to thousandths; at most TEXT_RATE_MAX of them. */
#define TEXT_RATE_MAX 1000000LL
bool text_rate(const char *text, long long *ret_thousandths);
bool text_yes(const char *text, bool *ret); /* yes, true, on, 1; no, false, off, 0 */
/* 64-bit FNV-1a, chained: start with TEXT_HASH_START. */
#define TEXT_HASH_START 14695981039346656037ULL
uint64_t text_hash(uint64_t seed, const char *text, size_t len);

#endif
