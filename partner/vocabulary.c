/* The words of each enum, and the synonyms that people write. */
#include "partner/vocabulary.h"

#include <string.h>

#include "common/text.h"

static const char *const outcomes[] = {
	[OUTCOME_DEREGISTERED] = "deregistered",
	[OUTCOME_NOT_REGISTERED] = "not-registered",
	[OUTCOME_NOT_OURS] = "not-ours",
	[OUTCOME_NOT_FOUND] = "not-found",
	[OUTCOME_NOT_UNIQUE] = "not-unique",
	[OUTCOME_REFUSED] = "refused",
	[OUTCOME_ALARM] = "alarm",
	[OUTCOME_PENDING] = "pending",
	[OUTCOME_UNKNOWN] = "unknown",
	[OUTCOME_NOT_SENT] = "not-sent",
	[OUTCOME_HELD] = "held",
	[OUTCOME_REJECTED] = "rejected",
};
_Static_assert(ARRAY_SIZE(outcomes) == OUTCOME_COUNT, "every outcome has a word");

static const char *const joins[] = {
	[JOIN_UNKNOWN] = "unknown", [JOIN_ENTRA] = "entra", [JOIN_HYBRID] = "hybrid"};
_Static_assert(ARRAY_SIZE(joins) == JOIN_COUNT, "every join type has a word");

static const char *const mdms[] = {
	[MDM_UNKNOWN] = "unknown", [MDM_INTUNE] = "intune", [MDM_WAS_INTUNE] = "was-intune",
	[MDM_NONE] = "none",       [MDM_OTHER] = "other",
};
_Static_assert(ARRAY_SIZE(mdms) == MDM_COUNT, "every MDM state has a word");

static const char *const vias[] = {[VIA_PARTNER] = "partner", [VIA_CUSTOMER] = "customer"};
_Static_assert(ARRAY_SIZE(vias) == VIA_COUNT, "every registrant has a word");

static const char *const purposes[] = {
	[PURPOSE_REPAIR] = "repair", [PURPOSE_RETIRE] = "retire", [PURPOSE_RESELL] = "resell"};
_Static_assert(ARRAY_SIZE(purposes) == PURPOSE_COUNT, "every purpose has a word");

/*
 * The synonyms, in lower case; one blank stands for any run of blanks, hyphens and underscores.
 * Ambiguous words are missing on purpose: they are rejected, not guessed.
 */
struct synonym {
	const char *text;
	int value;
};

#define SYNONYM_MAX 64 /* no synonym is longer */

static const struct synonym join_synonyms[] = {
	{"", JOIN_UNKNOWN},
	{"unknown", JOIN_UNKNOWN},
	{"not known", JOIN_UNKNOWN},
	{"?", JOIN_UNKNOWN},
	{"entra", JOIN_ENTRA},
	{"entra id", JOIN_ENTRA},
	{"entra join", JOIN_ENTRA},
	{"entra joined", JOIN_ENTRA},
	{"entra id join", JOIN_ENTRA},
	{"entra id joined", JOIN_ENTRA},
	{"microsoft entra", JOIN_ENTRA},
	{"microsoft entra id", JOIN_ENTRA},
	{"microsoft entra join", JOIN_ENTRA},
	{"microsoft entra joined", JOIN_ENTRA},
	{"azure ad", JOIN_ENTRA},
	{"azure ad join", JOIN_ENTRA},
	{"azure ad joined", JOIN_ENTRA},
	{"azure active directory joined", JOIN_ENTRA},
	{"azuread", JOIN_ENTRA},
	{"azuread joined", JOIN_ENTRA},
	{"azureadjoined", JOIN_ENTRA},
	{"aad", JOIN_ENTRA},
	{"aadj", JOIN_ENTRA},
	{"aad joined", JOIN_ENTRA},
	{"hybrid", JOIN_HYBRID},
	{"hybrid join", JOIN_HYBRID},
	{"hybrid joined", JOIN_HYBRID},
	{"hybrid entra", JOIN_HYBRID},
	{"hybrid entra joined", JOIN_HYBRID},
	{"hybrid entra id joined", JOIN_HYBRID},
	{"entra hybrid", JOIN_HYBRID},
	{"entra hybrid join", JOIN_HYBRID},
	{"entra hybrid joined", JOIN_HYBRID},
	{"microsoft entra hybrid join", JOIN_HYBRID},
	{"microsoft entra hybrid joined", JOIN_HYBRID},
	{"hybrid azure ad", JOIN_HYBRID},
	{"hybrid azure ad join", JOIN_HYBRID},
	{"hybrid azure ad joined", JOIN_HYBRID},
	{"hybrid azuread joined", JOIN_HYBRID},
	{"hybrid aad joined", JOIN_HYBRID},
	{"hybridazureadjoined", JOIN_HYBRID},
	{"haad", JOIN_HYBRID},
	{"haadj", JOIN_HYBRID},
	{NULL, 0},
};

static const struct synonym mdm_synonyms[] = {
	{"", MDM_UNKNOWN},
	{"unknown", MDM_UNKNOWN},
	{"not known", MDM_UNKNOWN},
	{"?", MDM_UNKNOWN},
	{"intune", MDM_INTUNE},
	{"microsoft intune", MDM_INTUNE},
	{"ms intune", MDM_INTUNE},
	{"was intune", MDM_WAS_INTUNE},
	{"formerly intune", MDM_WAS_INTUNE},
	{"previously intune", MDM_WAS_INTUNE},
	{"removed from intune", MDM_WAS_INTUNE},
	{"none", MDM_NONE},
	{"no mdm", MDM_NONE},
	{"not enrolled", MDM_NONE},
	{"not managed", MDM_NONE},
	{"unmanaged", MDM_NONE},
	{"other", MDM_OTHER},
	{"other mdm", MDM_OTHER},
	{"third party", MDM_OTHER},
	{"3rd party", MDM_OTHER},
	{"workspace one", MDM_OTHER},
	{"airwatch", MDM_OTHER},
	{"mobileiron", MDM_OTHER},
	{NULL, 0},
};

static const struct synonym via_synonyms[] = {
	{"", VIA_PARTNER},
	{"unknown", VIA_PARTNER},
	{"not known", VIA_PARTNER},
	{"?", VIA_PARTNER},
	{"partner", VIA_PARTNER},
	{"oem", VIA_PARTNER},
	{"oem direct", VIA_PARTNER},
	{"manufacturer", VIA_PARTNER},
	{"csp", VIA_PARTNER},
	{"reseller", VIA_PARTNER},
	{"partner center", VIA_PARTNER},
	{"partner centre", VIA_PARTNER},
	{"customer", VIA_CUSTOMER},
	{"intune", VIA_CUSTOMER},
	{"customer intune", VIA_CUSTOMER},
	{NULL, 0},
};

static const struct synonym purpose_synonyms[] = {
	{"repair", PURPOSE_REPAIR},      {"rma", PURPOSE_REPAIR},
	{"warranty", PURPOSE_REPAIR},    {"warranty repair", PURPOSE_REPAIR},
	{"retire", PURPOSE_RETIRE},      {"retired", PURPOSE_RETIRE},
	{"end of life", PURPOSE_RETIRE}, {"eol", PURPOSE_RETIRE},
	{"scrap", PURPOSE_RETIRE},       {"scrapped", PURPOSE_RETIRE},
	{"recycle", PURPOSE_RETIRE},     {"recycling", PURPOSE_RETIRE},
	{"disposal", PURPOSE_RETIRE},    {"resell", PURPOSE_RESELL},
	{"resale", PURPOSE_RESELL},      {"sale", PURPOSE_RESELL},
	{"sold", PURPOSE_RESELL},        {NULL, 0},
};

/* false: text is longer than any synonym. */
static bool
normalise(char dst[static SYNONYM_MAX], const char *text)
{
	size_t n = 0;
	bool gap = false;

	for (; *text != '\0' && n + 2 < SYNONYM_MAX; text++) {
		if (*text == ' ' || *text == '\t' || *text == '-' || *text == '_') {
			gap = n > 0;
			continue;
		}
		if (gap)
			dst[n++] = ' ';
		gap = false;
		dst[n++] = text_lower(*text);
	}
	dst[n] = '\0';
	return *text == '\0';
}

static bool
synonym_find(const struct synonym *table, const char *word, int *ret)
{
	for (; table->text != NULL; table++)
		if (strcmp(table->text, word) == 0) {
			*ret = table->value;
			return true;
		}
	return false;
}

/* Tries the words themselves first, because most lists use them; words[i] means i. Lists without the
 * column have empty texts, which are no words but synonyms. */
static bool
synonym_parse(const char *const *words, int count, const struct synonym *table, const char *text,
              int *ret)
{
	char word[SYNONYM_MAX];

	for (*ret = 0; text[0] != '\0' && *ret < count; ++*ret)
		if (strcmp(words[*ret], text) == 0)
			return true;
	return normalise(word, text) && synonym_find(table, word, ret);
}

const char *
outcome_word(enum outcome o)
{
	return outcomes[o];
}

const char *
join_word(enum join_type j)
{
	return joins[j];
}

const char *
mdm_word(enum mdm_state m)
{
	return mdms[m];
}

const char *
registrant_word(enum registrant v)
{
	return vias[v];
}

const char *
purpose_word(enum purpose p)
{
	return purposes[p];
}

bool
join_parse(const char *text, enum join_type *ret)
{
	int value;

	if (!synonym_parse(joins, JOIN_COUNT, join_synonyms, text, &value))
		return false;
	*ret = (enum join_type)value;
	return true;
}

bool
mdm_parse(const char *text, enum mdm_state *ret)
{
	int value;

	if (!synonym_parse(mdms, MDM_COUNT, mdm_synonyms, text, &value))
		return false;
	*ret = (enum mdm_state)value;
	return true;
}

bool
registrant_parse(const char *text, enum registrant *ret)
{
	int value;

	if (!synonym_parse(vias, VIA_COUNT, via_synonyms, text, &value))
		return false;
	*ret = (enum registrant)value;
	return true;
}

bool
purpose_parse(const char *text, enum purpose *ret)
{
	int value;

	if (!synonym_parse(purposes, PURPOSE_COUNT, purpose_synonyms, text, &value))
		return false;
	*ret = (enum purpose)value;
	return true;
}

bool
manufacturer_is_not_dell(const char *manufacturer)
{
	return manufacturer[0] != '\0' && !text_contains_nocase(manufacturer, "dell");
}

bool
outcome_is_good(enum outcome o)
{
	return o == OUTCOME_DEREGISTERED || o == OUTCOME_NOT_REGISTERED;
}
