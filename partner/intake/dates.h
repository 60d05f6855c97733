/*
 * Recognises dates and times as spreadsheets write them in eight languages. Pure.
 */
#ifndef PARTNER_INTAKE_DATES_H
#define PARTNER_INTAKE_DATES_H

#include "partner/intake/words.h"

/* The text is a date: "1-Mar", "Mrz 01", "01. Mrz", "01.03.2026", "2026-03-01 00:00:00" ... */
bool date_is_one(const struct words *w, const char *text);

#endif
