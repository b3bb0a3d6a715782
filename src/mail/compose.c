/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/compose.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/xalloc.h"
#include "mail/addr.h"

/* Columns of a line, without its end (RFC 5322 2.1.1: 78 with nothing over). */
#define COMPOSE_COLUMNS 77
#define COMPOSE_FIRST_COLUMN (sizeof("From: ") - 1)
/* Columns of an encoded word, so that one fits behind "From: " too (RFC 2047 2
 * allows 75). */
#define COMPOSE_WORD_MAX (COMPOSE_COLUMNS - COMPOSE_FIRST_COLUMN)

/* --- Message-ID ----------------------------------------------------------- */

static void
compose_random(unsigned char *out, size_t len)
{
	size_t have = 0;
	struct timespec now;

	while (have < len) {
		ssize_t n = getrandom(out + have, len - have, 0);

		if (n > 0)
			have += (size_t)n;
		else if (errno != EINTR)
			break;
	}
	if (have == len)
		return;
	/* A kernel without random numbers: unique on this machine will do. */
	memset(out, 0, len);
	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)snprintf((char *)out, len, "%jx%lx%lx", (uintmax_t)now.tv_sec,
	    now.tv_nsec, (long)getpid());
}

/* domain where it can stand in a Message-ID. */
static const char *
compose_id_domain(const char *domain)
{
	auto_free char *addr = NULL;
	size_t at;

	if (!domain || !*domain)
		return "localhost";
	addr = xasprintf("x@%s", domain);
	if (addr_fault(addr, strlen(addr), &at) ||
	    !text_is_ascii(domain, strlen(domain)))
		return "localhost";
	return domain;
}

char *
compose_token(void)
{
	unsigned char id[16];
	char hex[2 * sizeof(id) + 1];

	compose_random(id, sizeof(id));
	for (size_t i = 0; i < sizeof(id); i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", id[i]);
	return xstrdup(hex);
}

char *
compose_named_id(const char *name, const char *domain)
{
	return xasprintf("<%s@%s>", name, compose_id_domain(domain));
}

char *
compose_message_id(const char *domain)
{
	auto_free char *token = compose_token();

	return compose_named_id(token, domain);
}

/* --- From ----------------------------------------------------------------- */

/* A value being written, which knows its column. */
struct compose_line {
	struct buf out;
	size_t column;
};

/* Adds one word behind a blank, or behind a fold where it would not fit. */
static void
compose_word(struct compose_line *l, const char *word, size_t len)
{
	if (l->out.len && l->column + 1 + len > COMPOSE_COLUMNS) {
		(void)buf_add_str(&l->out, "\n ");
		l->column = 1;
	} else if (l->out.len) {
		(void)buf_add_char(&l->out, ' ');
		l->column++;
	}
	(void)buf_add(&l->out, word, len);
	l->column += len;
}

/* The name without controls, runs of blanks made one; owned. */
static char *
compose_clean(const char *name)
{
	AUTO(buf) struct buf out = BUF_INIT(strlen(name));
	size_t len = strlen(name);
	uint32_t cp;

	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_decode(name + i, len - i, &cp);
		if (n && (cp < 0x20 || (cp >= 0x7f && cp <= 0x9f)) &&
		    cp != '\t')
			continue;
		n = n ? n : 1;
		if (!text_is_blank(name[i]))
			(void)buf_add(&out, name + i, n);
		else if (out.len && out.data[out.len - 1] != ' ')
			(void)buf_add_char(&out, ' ');
	}
	if (out.len && out.data[out.len - 1] == ' ')
		buf_truncate(&out, out.len - 1);
	return buf_detach(&out);
}

/* Whether the name can be written in ASCII, foldable at its blanks. */
static bool
compose_is_plain(const char *name)
{
	size_t word = 0;

	for (const char *s = name; *s; s++) {
		if ((unsigned char)*s >= 0x80)
			return false;
		/* a quoted string may need two octets for one */
		word = *s == ' ' ? 0 : word + (*s == '"' || *s == '\\' ? 2 : 1);
		if (word > COMPOSE_WORD_MAX - 2)
			return false;
	}
	return true;
}

/* Whether its words are atoms (RFC 5322 3.2.3), and none of them could be
 * taken for an encoded word. */
static bool
compose_is_atoms(const char *name)
{
	if (strstr(name, "=?"))
		return false;
	for (const char *s = name; *s; s++)
		if (!text_is_alnum(*s) && !strchr(" !#$%&'*+-/=?^_`{|}~", *s))
			return false;
	return true;
}

static void
compose_plain_name(struct compose_line *l, const char *name)
{
	AUTO(buf) struct buf text = BUF_INIT(2 * strlen(name) + 2);
	const char *quote = compose_is_atoms(name) ? "" : "\"";
	const char *word;

	(void)buf_add_str(&text, quote);
	for (const char *s = name; *s; s++) {
		if (*s == '"' || *s == '\\')
			(void)buf_add_char(&text, '\\');
		(void)buf_add_char(&text, *s);
	}
	(void)buf_add_str(&text, quote);
	word = buf_str(&text);
	for (size_t n; *word; word += n + (word[n] == ' ')) {
		n = strcspn(word, " ");
		compose_word(l, word, n);
	}
}

/* RFC 2047: whole characters of name in as many words as it takes. */
static void
compose_encoded_name(struct compose_line *l, const char *name)
{
	size_t len = strlen(name);
	bool is_utf8 = utf8_is_valid(name, len);
	const char *charset = is_utf8 ? "UTF-8" : "unknown-8bit";
	size_t room = (COMPOSE_WORD_MAX -
			  strlen("=?"
				 "?B?"
				 "?=") -
			  strlen(charset)) /
		      4 * 3;

	for (size_t at = 0, take; at < len; at += take) {
		AUTO(buf) struct buf word = BUF_INIT(COMPOSE_WORD_MAX);

		take = len - at < room ? len - at : room;
		while (is_utf8 && at + take < len &&
		       ((unsigned char)name[at + take] & 0xc0) == 0x80)
			take--;
		(void)buf_printf(&word, "=?%s?B?", charset);
		(void)base64_encode(&word, name + at, take);
		(void)buf_add_str(&word, "?=");
		compose_word(l, word.data, word.len);
	}
}

char *
compose_from(const char *addr, const char *full_name)
{
	auto_free char *name = compose_clean(full_name ? full_name : "");
	auto_free char *angle = NULL;
	struct compose_line l = { BUF_INIT(SIZE_MAX / 2),
		COMPOSE_FIRST_COLUMN };

	if (!*name)
		return xstrdup(addr);
	if (compose_is_plain(name))
		compose_plain_name(&l, name);
	else
		compose_encoded_name(&l, name);
	angle = xasprintf("<%s>", addr);
	compose_word(&l, angle, strlen(angle));
	return buf_detach(&l.out);
}

char *
compose_to(const char *const *addrs, size_t count)
{
	struct compose_line l = { BUF_INIT(SIZE_MAX / 2),
		COMPOSE_FIRST_COLUMN };

	for (size_t i = 0; i < count; i++) {
		auto_free char *word =
		    xasprintf("%s%s", addrs[i], i + 1 < count ? "," : "");

		compose_word(&l, word, strlen(word));
	}
	return buf_detach(&l.out);
}
