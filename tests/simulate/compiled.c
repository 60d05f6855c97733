/* Keeps what was compiled. What was not prepared is compiled and freed as always. */
#include "tests/simulate/compiled.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/confine.h"
#include "common/crypto.h"
#include "common/crypto_identity.h"
#include "common/file.h"
#include "common/xml.h"
#include "partner/embed.h"
#include "partner/handoff/messages.h"
#include "partner/handoff/render.h"
#include "tests/simulate/world.h"

#define TEXTS_MAX 16
#define IDENTITY_MAX ((size_t)64 * 1024)

/* A text with what it was compiled to. The text must live as long as the process. */
struct compiled {
	const char *text;
	size_t len;
	void *made;
};
static struct compiled sheets[TEXTS_MAX], schemas[TEXTS_MAX];
static struct messages *catalogue; /* English, built in */
static struct {
	struct buf text; /* of the file; empty: not prepared */
	struct crypto_identity made;
} identity;
static bool preparing;

struct xml_sheet *__real_xml_sheet_parse(const char *data, size_t len, const char *name,
                                         const char *ns, struct error *err);
struct xml_sheet *__wrap_xml_sheet_parse(const char *data, size_t len, const char *name,
                                         const char *ns, struct error *err);
void __real_xml_sheet_free(struct xml_sheet *s);
void __wrap_xml_sheet_free(struct xml_sheet *s);
struct xml_schema *
__real_xml_schema_parse(const char *data, size_t len, const char *name, struct error *err);
struct xml_schema *
__wrap_xml_schema_parse(const char *data, size_t len, const char *name, struct error *err);
void __real_xml_schema_free(struct xml_schema *s);
void __wrap_xml_schema_free(struct xml_schema *s);
struct messages *__real_messages_load(const char *language, const char *dir, struct error *err);
struct messages *__wrap_messages_load(const char *language, const char *dir, struct error *err);
void __real_messages_free(struct messages *m);
void __wrap_messages_free(struct messages *m);
int __real_render_write(const struct renderer *r, const char *folder, const struct xml_doc *doc,
                        const struct render_source *source, struct error *err);
int __wrap_render_write(const struct renderer *r, const char *folder, const struct xml_doc *doc,
                        const struct render_source *source, struct error *err);
struct xml_doc *
__real_xml_doc_parse(const char *data, size_t len, const char *name, struct error *err);
struct xml_doc *
__wrap_xml_doc_parse(const char *data, size_t len, const char *name, struct error *err);
int __real_crypto_identity_read(const char *certificate, const char *key, const char *passphrase,
                                struct crypto_identity *ret, struct error *err);
int __wrap_crypto_identity_read(const char *certificate, const char *key, const char *passphrase,
                                struct crypto_identity *ret, struct error *err);

void __real_confine_apply(struct confine *c);
void __wrap_confine_apply(struct confine *c);

static void *
find(const struct compiled *c, const char *text, size_t len)
{
	for (size_t i = 0; i < TEXTS_MAX && c[i].text != NULL; i++)
		if (c[i].len == len && memcmp(c[i].text, text, len) == 0)
			return c[i].made;
	return NULL;
}

static bool
is_kept(const struct compiled *c, const void *made)
{
	for (size_t i = 0; i < TEXTS_MAX && c[i].text != NULL; i++)
		if (c[i].made == made)
			return true;
	return false;
}

static void
keep(struct compiled *c, const char *text, size_t len, void *made)
{
	size_t i = 0;

	while (i < TEXTS_MAX && c[i].text != NULL)
		i++;
	if (i < TEXTS_MAX && made != NULL)
		c[i] = (struct compiled){text, len, made};
}

struct xml_sheet *
__wrap_xml_sheet_parse(const char *data, size_t len, const char *name, const char *ns,
                       struct error *err)
{
	struct xml_sheet *s = find(sheets, data, len);

	if (s != NULL)
		return s;
	s = __real_xml_sheet_parse(data, len, name, ns, err);
	if (preparing)
		keep(sheets, data, len, s);
	return s;
}

void
__wrap_xml_sheet_free(struct xml_sheet *s)
{
	if (!is_kept(sheets, s))
		__real_xml_sheet_free(s);
}

struct xml_schema *
__wrap_xml_schema_parse(const char *data, size_t len, const char *name, struct error *err)
{
	struct xml_schema *s = find(schemas, data, len);

	if (s != NULL)
		return s;
	s = __real_xml_schema_parse(data, len, name, err);
	if (preparing)
		keep(schemas, data, len, s);
	return s;
}

void
__wrap_xml_schema_free(struct xml_schema *s)
{
	if (!is_kept(schemas, s))
		__real_xml_schema_free(s);
}

struct messages *
__wrap_messages_load(const char *language, const char *dir, struct error *err)
{
	if (catalogue != NULL && strcmp(language, "en") == 0)
		return catalogue;
	return __real_messages_load(language, dir, err);
}

void
__wrap_messages_free(struct messages *m)
{
	if (m != catalogue)
		__real_messages_free(m);
}

/* Most worlds write no pages, because these cost more than everything else. */
int
__wrap_render_write(const struct renderer *r, const char *folder, const struct xml_doc *doc,
                    const struct render_source *source, struct error *err)
{
	return world->full_packs ? __real_render_write(r, folder, doc, source, err) : 0;
}

/* The document is parsed for its pages alone. */
struct xml_doc *
__wrap_xml_doc_parse(const char *data, size_t len, const char *name, struct error *err)
{
	static const char none[] = "<handoff/>";

	if (world->full_packs || strcmp(name, "handoff.xml") != 0)
		return __real_xml_doc_parse(data, len, name, err);
	return __real_xml_doc_parse(none, sizeof(none) - 1, name, err);
}

static bool
is_kept_identity(const char *path)
{
	struct buf text;
	struct error err;
	bool same;

	buf_init(&text, IDENTITY_MAX);
	same = identity.text.len > 0 && file_read(path, &text, &err) == 0 &&
	       text.len == identity.text.len &&
	       memcmp(text.data, identity.text.data, text.len) == 0;
	buf_release(&text);
	return same;
}

/* Hands out further references. Whether key and certificate fit and are in time is checked as always. */
int
__wrap_crypto_identity_read(const char *certificate, const char *key, const char *passphrase,
                            struct crypto_identity *ret, struct error *err)
{
	if (ret->chain != NULL || key == NULL || strcmp(certificate, key) != 0 ||
	    !is_kept_identity(certificate))
		return __real_crypto_identity_read(certificate, key, passphrase, ret, err);
	if (X509_up_ref(identity.made.cert) != 1 || EVP_PKEY_up_ref(identity.made.key) != 1)
		abort();
	*ret = identity.made;
	return 0;
}

/* The page of a run has a stylesheet of its own. */
static int
prepare_texts(struct error *err)
{
	const char *run = (const char *)embed_run_xsl;
	bool good;

	preparing = true;
	good = render_load(DOCUMENT_PACK, NULL, err) != NULL &&
	       render_load(DOCUMENT_LETTER, NULL, err) != NULL &&
	       render_load(DOCUMENT_PRINTOUT, NULL, err) != NULL &&
	       xml_sheet_parse(run, strlen(run), "run.xsl", "urn:unpilot:run", err) != NULL;
	preparing = false;
	catalogue = __real_messages_load("en", NULL, err);
	return good && catalogue != NULL ? 0 : -1;
}

static int
prepare_identity(const char *path, struct error *err)
{
	buf_init(&identity.text, IDENTITY_MAX);
	if (__real_crypto_identity_read(path, path, NULL, &identity.made, err) != 0)
		return -1;
	return file_read(path, &identity.text, err);
}

void
compiled_prepare(const char *identity_path)
{
	char digest[CRYPTO_HEX_SIZE];
	struct error err = {0};

	crypto_sha256_end(crypto_sha256_new(), digest); /* loads OpenSSL's provider */
	if (prepare_texts(&err) == 0 && prepare_identity(identity_path, &err) == 0)
		return;
	fprintf(stderr, "simulate: %s\n", err.text);
	exit(2);
}

/* The filter of system calls slows every call of the kernel. The worlds that begin with "init" have it. */
void
__wrap_confine_apply(struct confine *c)
{
	if (world->in_memory || world->on_server)
		confine_free(c);
	else
		__real_confine_apply(c);
}
