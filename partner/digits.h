/*
 * Numbers that a spreadsheet changes when it opens and saves a list: it drops leading zeros, and rounds
 * after fifteen digits. failed.csv therefore notes them as text in a column of its own, "Serial
 * Number=0012345, Customer=0042", and intake compares the values with the note. Pure.
 */
#ifndef PARTNER_DIGITS_H
#define PARTNER_DIGITS_H

#include "common/base.h"
#include "common/buf.h"

#define DIGITS_COLUMN "Digits As Written" /* intake/headers.tsv has the same name */
#define DIGITS_SIZE 65

/* A spreadsheet would change the value. Outer blanks do not count. */
bool digits_at_risk(const char *value);
/* Appends a value at risk to the note. */
void digits_add(struct buf *note, const char *column, const char *value);
/* The value that the note has for the column. false: none, or the text is not such a note. */
bool digits_noted(const char *note, const char *column, char was[static DIGITS_SIZE]);
/* `value` is what a spreadsheet makes of `was`. */
bool digits_lost(const char *was, const char *value);

#endif
