/*
 * Texts of tables for people: they fit 80 columns, and times are local on a terminal. Standard output
 * only. Control characters become '?'.
 */
#ifndef PARTNER_APP_SHOWN_H
#define PARTNER_APP_SHOWN_H

#include "common/base.h"

#define SHOWN_COLUMNS 80
#define SHOWN_SIZE 512 /* a cell */

bool shown_on_terminal(void);
/* "2026-11-24 03:49" on a terminal, else UTC with a "Z". 0: "-". */
void shown_time(int64_t seconds, char dst[static SHOWN_SIZE]);
/* At most so many columns of a terminal, padded with blanks; a longer text ends with "...". "": "(none)" */
void shown_cell(const char *text, size_t columns, char dst[static SHOWN_SIZE]);
/* Prints a text with a line end. On a terminal it is wrapped, its further lines indented more. */
void shown_text(size_t indent, const char *text);

#endif
