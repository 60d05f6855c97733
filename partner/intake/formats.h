/*
 * Names the format of a list by its header (doc/lists.md, section 1). The name is only for people,
 * in the log and in a plan; columns.h decides what the columns mean.
 */
#ifndef PARTNER_INTAKE_FORMATS_H
#define PARTNER_INTAKE_FORMATS_H

#include "common/base.h"
#include "common/csv.h"

/* utf16: two formats have the same header; the one in UTF-16 was written by Windows PowerShell. */
const char *format_name(const struct csv_record *header, bool utf16);

#endif
