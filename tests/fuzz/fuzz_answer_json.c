/*
 * Hostile JSON answers: checks the promises of tests/fuzz/answer.h, and that an accepted BatchId is
 * short and printable.
 */
#include "partner/route/oem_direct/answer_json.h"

#include "tests/fuzz/answer.h"

/* Escapes and numbers such as 1e12 or 1.5 spell a name in other bytes. */
static bool
is_escaped(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (data[i] == '\\' || (i > 0 && data[i - 1] >= '0' && data[i - 1] <= '9' &&
		                        (data[i] == '.' || data[i] == 'e' || data[i] == 'E')))
			return true;
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct answer_readers readers = {
		answer_json_read_devices, answer_json_read_batch_id, answer_json_error_text};

	return answer_try(&readers, data, size, is_escaped(data, size));
}
