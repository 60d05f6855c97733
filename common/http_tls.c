/* Gives libcurl's connections their roots and the client certificate, also one renewed on disk. */
#include "common/http_tls.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/alloc.h"
#include "common/crypto_tls.h"
#include "common/file.h"
#include "common/http_proxy.h"
#include "common/wipe.h"

#define CERTIFICATE_FILE_MAX ((size_t)256 * 1024)

/* Tells a replaced or rewritten file from the one that was read. */
struct stamp {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec written, changed;
};

struct http_tls {
	const struct http_settings *set;
	bool pem;
	/* used by every connection; NULL: libcurl reads the files */
	struct crypto_tls *shown;
	struct crypto_roots *trusted;
	struct stamp read[2]; /* of the certificate's and the key's file */
	bool renewed;
};

/* An HTTPS proxy must not see the client certificate that is meant for the service. libcurl
 * separates the two only if it reads the files itself. */
static bool
is_proxy_tls(const char *proxy)
{
	const char *variable = http_proxy_variable();

	if (proxy == NULL && variable != NULL)
		proxy = getenv(variable);
	return proxy != NULL && strcasestr(proxy, "https:") != NULL;
}

static int
detect_certificate_form(struct http_tls *t, struct error *err)
{
	struct buf b;
	int rc;

	if (t->set->certificate == NULL)
		return 0;
	buf_init(&b, CERTIFICATE_FILE_MAX);
	rc = file_read(t->set->certificate, &b, err);
	t->pem = memmem(b.data, b.len, "-----BEGIN", 10) != NULL;
	wipe(b.data, b.len); /* the file may also hold the key */
	buf_release(&b);
	return rc;
}

/* All zero for a file that is not there at this moment. */
static struct stamp
stamp_of(const char *path)
{
	struct stat st;

	if (path == NULL || stat(path, &st) != 0)
		return (struct stamp){.size = 0};
	return (struct stamp){.device = st.st_dev,
	                      .inode = st.st_ino,
	                      .size = st.st_size,
	                      .written = st.st_mtim,
	                      .changed = st.st_ctim};
}

static bool
is_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool
is_same_file(const struct stamp *a, const struct stamp *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       is_same_time(&a->written, &b->written) && is_same_time(&a->changed, &b->changed);
}

static void
stamp_files(const struct http_tls *t, struct stamp stamps[2])
{
	stamps[0] = stamp_of(t->set->certificate);
	stamps[1] = stamp_of(t->set->key);
}

static struct crypto_tls *
read_shown(const struct http_tls *t)
{
	return crypto_tls_open(t->set->certificate, t->set->key, t->set->passphrase, t->trusted);
}

static void
decode(struct http_tls *t)
{
	const struct http_settings *set = t->set;
	const curl_version_info_data *system = curl_version_info(CURLVERSION_NOW);

	stamp_files(t, t->read);
	if (is_proxy_tls(set->proxy))
		return;
	if (set->ca_file != NULL)
		t->trusted = crypto_roots_open(set->ca_file,
		                               set->system_roots ? system->capath : NULL);
	else if (system->cainfo != NULL)
		t->trusted = crypto_roots_open(system->cainfo, system->capath);
	if (set->certificate != NULL)
		t->shown = read_shown(t);
}

struct http_tls *
http_tls_open(const struct http_settings *set, struct error *err)
{
	struct http_tls *t = xcalloc(1, sizeof(*t));

	t->set = set;
	if (detect_certificate_form(t, err) != 0) {
		http_tls_free(t);
		return NULL;
	}
	decode(t);
	return t;
}

void
http_tls_free(struct http_tls *t)
{
	if (t == NULL)
		return;
	crypto_tls_free(t->shown);
	crypto_roots_free(t->trusted);
	free(t);
}

/* libcurl calls it for every new connection. */
static CURLcode
on_ssl_ctx(CURL *easy UNUSED, void *ssl_ctx, void *user)
{
	const struct http_tls *t = user;

	if (t->trusted != NULL && !crypto_roots_use(t->trusted, ssl_ctx))
		return CURLE_SSL_CACERT_BADFILE;
	if (t->shown != NULL && !crypto_tls_use(t->shown, ssl_ctx))
		return CURLE_SSL_CERTPROBLEM;
	return CURLE_OK;
}

#define SET(easy, option, value) (void)curl_easy_setopt(easy, option, value)

static void
name_files(const struct http_tls *t, CURL *easy)
{
	const struct http_settings *set = t->set;

	SET(easy, CURLOPT_SSLCERT, set->certificate);
	SET(easy, CURLOPT_SSLCERTTYPE, t->pem ? "PEM" : "P12");
	if (t->pem) {
		SET(easy, CURLOPT_SSLKEY, set->key != NULL ? set->key : set->certificate);
		SET(easy, CURLOPT_SSLKEYTYPE, "PEM");
	}
	/* an empty passphrase, because without one libcurl would ask on the terminal */
	SET(easy, CURLOPT_KEYPASSWD, set->passphrase != NULL ? set->passphrase : "");
}

void
http_tls_apply(struct http_tls *t, CURL *easy)
{
	const struct http_settings *set = t->set;

	SET(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	SET(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	if (set->ca_file != NULL)
		SET(easy, CURLOPT_CAINFO, set->ca_file);
	/* do not add the system's folder: either ca_file replaces it, or the roots include it and
	 * libcurl need not read it for every connection */
	if ((set->ca_file != NULL && !set->system_roots) || t->trusted != NULL)
		SET(easy, CURLOPT_CAPATH, NULL);
	if (t->shown == NULL && set->certificate != NULL)
		name_files(t, easy);
	if (t->shown != NULL || t->trusted != NULL) {
		SET(easy, CURLOPT_SSL_CTX_FUNCTION, on_ssl_ctx);
		SET(easy, CURLOPT_SSL_CTX_DATA, t);
	}
}

/* Takes the stamps before it reads the files, so that it sees a change meanwhile at the next request. */
static void
read_renewed(struct http_tls *t)
{
	struct stamp now[2];
	struct crypto_tls *renewed = NULL;

	stamp_files(t, now);
	if (is_same_file(&now[0], &t->read[0]) && is_same_file(&now[1], &t->read[1]))
		return;
	if (t->shown != NULL && (renewed = read_shown(t)) == NULL)
		return;
	crypto_tls_free(t->shown); /* each connection keeps a reference of its own */
	t->shown = renewed;
	memcpy(t->read, now, sizeof(now));
	t->renewed = true;
}

void
http_tls_refresh(struct http_tls *t, CURL *easy)
{
	if (t->set->certificate == NULL)
		return;
	read_renewed(t);
	SET(easy, CURLOPT_SSL_SESSIONID_CACHE, t->renewed ? 0L : 1L);
}
