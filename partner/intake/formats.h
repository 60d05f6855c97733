/*
 * The formats that lists come in, recognised by their headers (list facts, section 1). The name is
 * for people, in the log and in a plan: what a column means is decided by its name alone.
 */
#ifndef PARTNER_INTAKE_FORMATS_H
#define PARTNER_INTAKE_FORMATS_H

#include "common/base.h"
#include "common/csv.h"

/* utf16: what Windows PowerShell writes tells its script from the upload form of the same header. */
const char *format_name(const struct csv_record *header, bool utf16);

#endif
