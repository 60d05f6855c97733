/*
 * Recognises dates and times as spreadsheets write them in eight languages. Pure.
 */
#ifndef PARTNER_INTAKE_DATES_H
#define PARTNER_INTAKE_DATES_H

#include "partner/intake/words.h"

enum date {
	DATE_NONE,
	DATE_PERHAPS, /* only numbers, without a year: "01.03.26", "9:15" */
	DATE_SURE     /* "1-Mar", "Mrz 01", "01. Mrz", "01.03.2026", "2026-03-01 00:00:00" ... */
};
enum date date_is_one(const struct words *w, const char *text);

#endif
