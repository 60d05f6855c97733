/*
 * The judgement of one record in progress. Only for values.c and identity.c.
 */
#ifndef PARTNER_INTAKE_JUDGE_H
#define PARTNER_INTAKE_JUDGE_H

#include "common/csv.h"
#include "partner/intake/damage.h"
#include "partner/intake/sound.h"
#include "partner/intake/values.h"

/* One record. */
struct judge {
	const struct values_rule *rule;
	const struct column_map *map;
	const struct csv_record *record;
	struct sound *sound;
	struct ledger_row *row;
	struct values_verdict *verdict;
	bool plain; /* the record is printable ASCII, so tests for other bytes can be skipped */
};

/* Keeps the first fault. The text ends in ": " and what to do. */
void judge_reject(struct judge *j, const char *column, const char *format, ...) PRINTFLIKE(3, 4);
/* The same: the value in quotation marks, and its damage. */
void judge_reject_damage(struct judge *j, enum column c, const char *damage);
void judge_remark(struct judge *j, enum remark r);

static inline const char *
judge_field(const struct judge *j, enum column c)
{
	return column_field(j->map, j->record, c);
}

static inline size_t
judge_length(const struct judge *j, enum column c)
{
	return j->map->at[c] < j->record->count ? j->record->len[j->map->at[c]] : 0;
}

/* There is nothing to judge: the value is empty, or an earlier row with the same value had no fault. */
static inline bool
judge_is_sound(const struct judge *j, enum column c, enum sound_as as)
{
	size_t len = judge_length(j, c);

	return len == 0 || sound_knows(j->sound, as, judge_field(j, c), len);
}

static inline void
judge_remember(const struct judge *j, enum column c, enum sound_as as)
{
	sound_add(j->sound, as, judge_field(j, c), judge_length(j, c));
}

#define JUDGE_TRIM_MAX 300 /* longer than any accepted value */
/* A value as damage.h takes it; outer blanks must not hide its damage. */
struct trimmed {
	struct damage_value value;
	char copy[JUDGE_TRIM_MAX];
};

void judge_trim(const struct judge *j, enum column c, struct trimmed *t);

/* Fills row->device; judges PKID, serial number, manufacturer and model. */
void judge_identity(struct judge *j);

#endif
