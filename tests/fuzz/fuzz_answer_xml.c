/*
 * Hostile XML answers: checks the promises of tests/fuzz/answer.h, and that an accepted BatchId is
 * short and printable.
 */
#include "partner/route/oem_direct/answer_xml.h"

#include "tests/fuzz/answer.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct answer_readers readers = {
		answer_xml_read_devices, answer_xml_read_batch_id, answer_xml_error_text};

	return answer_try(&readers, data, size, memchr(data, '&', size) != NULL);
}
