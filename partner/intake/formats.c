/* The table of known formats. */
#include "partner/intake/formats.h"

#include <string.h>

#include "common/unicode.h"

#define NEEDS_MAX 5
#define NAME_MAX_BYTES 100 /* longer than any name below */

/* The first format whose columns are all present wins. Names in the form of unicode_fold(). */
static const struct {
	const char *name;
	const char *needs[NEEDS_MAX];
	bool utf16;
} formats[] = {
	{"Get-WindowsAutopilotInfo -Partner",
         {"deviceserialnumber", "windowsproductid", "hardwarehash", "manufacturername",
          "devicemodel"},
         true},
	{"Partner Center",
         {"deviceserialnumber", "windowsproductid", "hardwarehash", "manufacturername",
          "devicemodel"},
         false},
	{"Intune import",
         {"deviceserialnumber", "windowsproductid", "hardwarehash", "grouptag", "assigneduser"},
         false},
	{"Get-WindowsAutopilotInfo",
         {"deviceserialnumber", "windowsproductid", "hardwarehash"},
         false},
	{"Intune export", {"serialnumber", "grouptag", "profilestatus", "purchaseorder"}, false},
	{"Graph export", {"serialnumber", "id", "enrolmentstate"}, false},
	{"Graph export", {"serialnumber", "id", "enrollmentstate"}, false},
	{"Graph export", {"serialnumber", "id", "azureactivedirectorydeviceid"}, false},
	{"unpilot", {"serialnumber", "productkeyid"}, false},
	{"unpilot", {"serialnumber", "manufacturer", "model", "customer"}, false},
	{"unpilot", {"productkeyid", "customer"}, false},
};

static bool
has_column(const struct csv_record *header, const char *name)
{
	struct buf text;
	bool found = false;

	buf_init(&text, NAME_MAX_BYTES);
	for (size_t i = 0; i < header->count && !found; i++) {
		buf_reset(&text);
		unicode_fold(&text, header->field[i]);
		found = strcmp(text.data, name) == 0;
	}
	buf_release(&text);
	return found;
}

const char *
format_name(const struct csv_record *header, bool utf16)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		size_t n = 0;

		if (formats[i].utf16 && !utf16)
			continue;
		while (n < NEEDS_MAX && formats[i].needs[n] != NULL &&
		       has_column(header, formats[i].needs[n]))
			n++;
		if (n == NEEDS_MAX || formats[i].needs[n] == NULL)
			return formats[i].name;
	}
	return "columns by name";
}
