#include "partner/handoff/faces.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/embed.h"
#include "common/file.h"

#define SHEET_MAX ((size_t)1024 * 1024) /* the built-in ones have a twentieth of that */

static const struct {
	enum document_kind kind;
	const char *file, *sheet;
	const unsigned char *built_in;
} faces[] = {
	{DOCUMENT_PACK, "index.html", "index.xsl", embed_index_xsl},
	{DOCUMENT_PACK, "mail.txt", "mail.xsl", embed_mail_xsl},
	{DOCUMENT_PACK, "cleanup.ps1", "cleanup.xsl", embed_cleanup_xsl},
	{DOCUMENT_PACK, "handoff.md", "markdown.xsl", embed_markdown_xsl},
	{DOCUMENT_LETTER, "letter.html", "index.xsl", embed_index_xsl},
	{DOCUMENT_LETTER, "letter.txt", "letter.xsl", embed_letter_xsl},
};

struct faces {
	struct xml_schema *schema;
	struct xml_sheet *sheet[ARRAY_SIZE(faces)]; /* NULL: of another kind of document */
};

/* The partner's own stylesheet where there is one; the built-in one otherwise. */
static struct xml_sheet *
load_sheet(size_t i, const char *dir, struct error *err)
{
	char *path = dir != NULL && dir[0] != '\0' ? file_join(dir, faces[i].sheet) : NULL;
	const char *own = (const char *)faces[i].built_in;
	struct xml_sheet *sheet = NULL;
	struct buf text;

	if (path == NULL || access(path, F_OK) != 0) {
		free(path);
		return xml_sheet_parse(own, strlen(own), faces[i].sheet, err);
	}
	buf_init(&text, SHEET_MAX);
	if (file_read(path, &text, err) == 0)
		sheet = xml_sheet_parse(text.data, text.len, path, err);
	buf_release(&text);
	free(path);
	return sheet;
}

struct faces *
faces_load(enum document_kind kind, const char *dir, struct error *err)
{
	const char *schema = (const char *)embed_handoff_xsd;
	struct faces *f = xcalloc(1, sizeof(*f));

	f->schema = xml_schema_parse(schema, strlen(schema), "handoff.xsd", err);
	for (size_t i = 0; i < ARRAY_SIZE(faces) && f->schema != NULL; i++) {
		if (faces[i].kind != kind)
			continue;
		f->sheet[i] = load_sheet(i, dir, err);
		if (f->sheet[i] == NULL) {
			faces_free(f);
			return NULL;
		}
	}
	if (f->schema != NULL)
		return f;
	faces_free(f);
	return NULL;
}

void
faces_free(struct faces *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(f->sheet); i++)
		xml_sheet_free(f->sheet[i]);
	xml_schema_free(f->schema);
	free(f);
}

static int
write_face(const struct faces *f, size_t i, const char *folder, const struct xml_doc *doc,
           struct error *err)
{
	char *path = file_join(folder, faces[i].file);
	struct file_writer out;
	int result = file_begin(&out, path, FILE_MODE_PUBLIC, err);

	free(path);
	if (result != 0)
		return -1;
	if (xml_sheet_apply(f->sheet[i], doc, out.stream, err) == 0)
		return file_commit(&out, err);
	file_abandon(&out);
	return -1;
}

int
faces_write(const struct faces *f, const char *folder, const struct xml_doc *doc, struct error *err)
{
	int result = xml_schema_check(f->schema, doc, err);

	for (size_t i = 0; i < ARRAY_SIZE(faces) && result == 0; i++)
		if (f->sheet[i] != NULL)
			result = write_face(f, i, folder, doc, err);
	return result;
}
