/* Translates codes of refusals, and removes tokens from texts. request.c interprets the
 * refusals. */
#include "partner/route/partner_center/refusal.h"

#include <stdio.h>
#include <string.h>

#include "common/crypto.h"
#include "common/log.h"

#define SHORTEST_TOKEN 20 /* bytes; words of a language are shorter */
#define TOKEN_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~+/=%\\-"

static const struct {
	long status;
	const char *code, *means; /* code NULL: any */
} known[] = {
	{400, "900118", "the service does not take this customer id"},
	{401, "800001", "the access token is missing"},
	{401, REFUSAL_MFA, "the token lacks MFA: consent once more with MFA, or use app-only"},
	{401, NULL, "the service refuses the access token"},
	{403, "20002", "no reseller relationship with this customer"},
	{403, "900123", "the partner agreement is not accepted"},
	{403, "900124", "the partner agreement is not accepted"},
	{403, "900150", "the user's role lacks the rights"},
	{403, NULL,
         "access denied (no reseller relationship, or a GDAP role is missing? indirect resellers "
         "cannot use this API)"},
	{404, "60003", "the service does not know this customer"},
	{404, NULL, "the service does not find it"},
	{405, NULL, "the service does not allow this for the registration"},
	{206, NULL, "the answer is only a part of one"},
	{408, NULL, "the service did not finish in time"},
	{429, NULL, "the service throttles"},
	{500, NULL, "the service failed"},
	{502, NULL, "the service failed"},
	{503, NULL, "the service is not available"},
	{504, NULL, "the service did not finish in time"},
};

void
refusal_describe(long status, const struct page_error *e, char *dst, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].status == status &&
		    (known[i].code == NULL || strcmp(known[i].code, e->code) == 0)) {
			snprintf(dst, size, "HTTP %ld%s%s: %s", status,
			         known[i].code != NULL ? " " : "",
			         known[i].code != NULL ? known[i].code : "", known[i].means);
			return;
		}
	snprintf(dst, size, "the service refused: HTTP %ld", status);
}

static bool
is_guid(const char *at, size_t len)
{
	return len == CRYPTO_GUID_SIZE - 1 && strspn(at, "0123456789abcdefABCDEF-") == len &&
	       at[8] == '-' && at[13] == '-' && at[18] == '-' && at[23] == '-';
}

void
refusal_redact(char *text)
{
	static const char mark[] = "[removed]";
	char *to = text;
	bool bearer = false;

	for (const char *at = text; *at != '\0';) {
		size_t n = strspn(at, TOKEN_BYTES);
		bool blank = n == 0 && strchr(" :\"'", *at) != NULL;

		if (n >= sizeof(mark) && (bearer || (n >= SHORTEST_TOKEN && !is_guid(at, n)))) {
			memcpy(to, mark, sizeof(mark) - 1);
			to += sizeof(mark) - 1;
		} else if (!bearer || n == 0) {
			memmove(to, at, n > 0 ? n : 1);
			to += n > 0 ? n : 1;
		}
		bearer = (n == 6 && strncasecmp(at, "Bearer", 6) == 0) || (bearer && blank);
		at += n > 0 ? n : 1;
	}
	*to = '\0';
}

void
refusal_log(const char *trace, long status, const char *text)
{
	char said[sizeof(((struct page_error *)0)->text)];

	snprintf(said, sizeof(said), "%s", text);
	refusal_redact(said);
	log_debug("Partner Center: HTTP %ld (%s): %s", status, trace,
	          said[0] != '\0' ? said : "no reason given");
}
