/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/fit.h"

#include "base/host.h"
#include "base/i18n.h"
#include "base/xalloc.h"
#include "mail/transcode.h"
#include "smtp/session.h"

/* RFC 6531 3.1: who offers SMTPUTF8 offers 8BITMIME. */
static bool
fit_has_smtputf8(unsigned extensions)
{
	return (extensions & SMTP_EXT_SMTPUTF8) &&
	       (extensions & SMTP_EXT_8BITMIME);
}

/* RFC 3030 3: binary octets go in chunks alone; the rest of such a message may
 * be 8bit. */
static bool
fit_has_binarymime(
    unsigned extensions, const struct account *a, const struct message *m)
{
	const unsigned all =
	    SMTP_EXT_BINARYMIME | SMTP_EXT_CHUNKING | SMTP_EXT_8BITMIME;

	return (extensions & all) == all && a->chunking != TOGGLE_OFF &&
	       !m->wants_7bit;
}

/* Needs that are met as one option says: what is left to be converted. */
static int
fit_choose(unsigned needs, enum content choice, const char *what,
    unsigned *convert, struct error *err)
{
	if (!needs || choice == CONTENT_SEND)
		return 0;
	if (choice == CONTENT_REJECT)
		return err_set(err, ERR_CONVERT, "%s", _(what));
	*convert |= needs;
	return 0;
}

/* The needs of the header: SMTPUTF8 wants UTF-8, all else wants ASCII. */
static unsigned
fit_header_needs(
    unsigned found, const struct account *a, unsigned extensions, bool *is_utf8)
{
	*is_utf8 = a->headers_8bit == CONTENT_SMTPUTF8 &&
		   (found & NEED_HEADER_7BIT) && fit_has_smtputf8(extensions);
	return found & (*is_utf8 ? NEED_HEADER_UTF8 : NEED_HEADER_7BIT);
}

static int
fit_refuse_wide(struct error *err)
{
	/* it may be a domain alone that nobody could convert just now */
	if (host_can_convert(err) < 0)
		return -1;
	(void)err_set(err, ERR_SMTPUTF8,
	    _("the server does not support internationalized addresses, and "
	      "the header holds one"));
	return err_hint(
	    err, _("Before the @ of an address only ASCII can be sent to this "
		   "server."));
}

/* What the log says of a conversion: one word for each kind of need. */
static const struct fit_word {
	unsigned needs;
	const char *text;
} fit_words[] = {
	{ NEED_HEADER_7BIT | NEED_HEADER_UTF8, N_("8-bit header") },
	{ NEED_BODY_7BIT, N_("8-bit body") },
	{ NEED_BODY_LINES | NEED_HEADER_LINES, N_("long lines") },
	{ NEED_BODY_BINARY, N_("binary part") },
	{ NEED_BODY_LABEL, N_("missing label") },
};

static char *
fit_remark(unsigned needs)
{
	AUTO(buf) struct buf words = BUF_INIT(1024);

	for (size_t i = 0; i < sizeof(fit_words) / sizeof(fit_words[0]); i++) {
		const struct fit_word *word = &fit_words[i];

		if (needs & word->needs)
			(void)buf_printf(&words, "%s%s", words.len ? ", " : "",
			    _(word->text));
	}
	return xasprintf(
	    _("content was converted for the server: %s"), buf_str(&words));
}

int
fit_message(struct message **m, const struct account *a, unsigned extensions,
    struct message *fitted, char **remark, struct error *err)
{
	struct transcode_opts opts = { .charset = a->charset };
	AUTO(survey) struct survey survey = SURVEY_INIT;
	enum content body_8bit = a->body_8bit;
	unsigned needs = 0, found, body;
	bool is_utf8;

	*remark = NULL;
	if (message_survey(*m, &opts, &survey, err) < 0)
		return -1;
	opts.keeps_binary = survey.has_binary && !survey.is_beyond &&
			    fit_has_binarymime(extensions, a, *m);
	found = opts.keeps_binary ? survey.needs_beside : survey.needs;
	body = found & NEED_BODY_7BIT;
	if ((extensions & SMTP_EXT_8BITMIME) && (*m)->wants_7bit)
		body_8bit = CONTENT_CONVERT;
	else if (extensions & SMTP_EXT_8BITMIME)
		body = 0;
	/* what is no lines is never safe */
	body |= found & NEED_BODY_BINARY;
	if (fit_choose(body, body_8bit,
		N_("the body is not ASCII, and the server takes nothing else"),
		&needs, err) < 0 ||
	    fit_choose(fit_header_needs(found, a, extensions, &is_utf8),
		a->headers_8bit, N_("the header is not ASCII"), &needs,
		err) < 0 ||
	    fit_choose(found & (NEED_BODY_LINES | NEED_HEADER_LINES),
		a->long_lines, N_("a line is longer than 998 octets"), &needs,
		err) < 0)
		return -1;
	if (a->body_8bit != CONTENT_SEND)
		needs |= found & NEED_BODY_LABEL;
	if (survey.is_wide && a->headers_8bit != CONTENT_SEND &&
	    !fit_has_smtputf8(extensions))
		return fit_refuse_wide(err);
	if (needs || opts.keeps_binary) {
		if (message_transcode(*m, &survey, needs, &opts, fitted, err) <
		    0)
			return -1;
		*m = fitted;
		if (needs)
			*remark = fit_remark(needs);
	}
	(*m)->needs_smtputf8 =
	    fit_has_smtputf8(extensions) && (is_utf8 || survey.is_wide);
	return 0;
}
