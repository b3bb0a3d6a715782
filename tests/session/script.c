/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "io/file.h"

/* --- words and escapes ---------------------------------------------------- */

static int
script_hex(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c ? strchr(digits, c | 0x20) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Appends text with its escapes resolved; -1 for one that is unknown. */
static int
script_unescape(struct buf *out, const char *text)
{
	for (; *text; text++) {
		char c = *text;

		if (c == '\\') {
			switch (*++text) {
			case 'r':
				c = '\r';
				break;
			case 'n':
				c = '\n';
				break;
			case 't':
				c = '\t';
				break;
			case '0':
				c = '\0';
				break;
			case '\\':
				break;
			case 'x':
				if (script_hex(text[1]) < 0 ||
				    script_hex(text[2]) < 0)
					return -1;
				c = (char)(script_hex(text[1]) * 16 +
					   script_hex(text[2]));
				text += 2;
				break;
			default:
				return -1;
			}
		}
		if (buf_add_char(out, c) < 0)
			return -1;
	}
	return 0;
}

/* Cuts the first word off *rest; "" at the end. */
static char *
script_word(char **rest)
{
	char *word = *rest + strspn(*rest, " ");
	size_t n = strcspn(word, " ");

	*rest = word + n + (word[n] == ' ');
	word[n] = '\0';
	return word;
}

/* --- settings ------------------------------------------------------------- */

static int
script_message(struct script *s, const char *text)
{
	struct buf b = BUF_INIT(SCRIPT_OCTETS_MAX);

	if (script_unescape(&b, text) < 0)
		return -1;
	s->message_len = b.len;
	xreplace(&s->message, buf_detach(&b));
	return 0;
}

static int
script_repeat(struct script *s, char *text)
{
	long times = strtol(script_word(&text), NULL, 10);
	struct buf b = BUF_INIT(SCRIPT_OCTETS_MAX);

	(void)buf_add(&b, s->message, s->message_len);
	for (long i = 0; i < times; i++)
		if (script_unescape(&b, text) < 0)
			return -1;
	s->message_len = b.len;
	xreplace(&s->message, buf_detach(&b));
	return 0;
}

static int
script_answer(struct script *s, const char *text)
{
	struct buf b = BUF_INIT(SCRIPT_OCTETS_MAX);

	if (s->nanswers == SCRIPT_MAX)
		return -1;
	if (strcmp(text, "-") != 0 && script_unescape(&b, text) < 0)
		return -1;
	s->answers[s->nanswers++] = buf_detach(&b);
	return 0;
}

static int
script_setting(struct script *s, const char *key, char *rest)
{
	if (strcmp(key, "from") == 0) {
		xreplace(&s->from, xstrdup(rest));
	} else if (strcmp(key, "rcpt") == 0 && s->nrcpts < SCRIPT_MAX) {
		s->rcpts[s->nrcpts++] = xstrdup(rest);
	} else if (strcmp(key, "message") == 0) {
		return script_message(s, rest);
	} else if (strcmp(key, "repeat") == 0) {
		return script_repeat(s, rest);
	} else if (strcmp(key, "lmtp") == 0) {
		s->is_lmtp = true;
	} else if (strcmp(key, "wish") == 0 && s->nwishes < SCRIPT_MAX) {
		s->wish_names[s->nwishes] = xstrdup(script_word(&rest));
		s->wishes[s->nwishes++] = xstrdup(rest);
	} else if (strcmp(key, "chunking") == 0) {
		xreplace(&s->chunking, xstrdup(rest));
	} else if (strcmp(key, "steps") == 0) {
		xreplace(&s->steps, xstrdup(rest));
	} else if (strcmp(key, "domain") == 0) {
		xreplace(&s->domain, xstrdup(rest));
	} else if (strcmp(key, "timeout") == 0) {
		s->timeout_s = strtol(rest, NULL, 10);
	} else if (strcmp(key, "auth") == 0) {
		xreplace(&s->mech, xstrdup(script_word(&rest)));
		xreplace(&s->user, xstrdup(script_word(&rest)));
		xreplace(&s->password, xstrdup(rest));
	} else if (strcmp(key, "sasl") == 0) {
		xreplace(&s->mech, xstrdup(rest));
		s->is_scripted = true;
	} else if (strcmp(key, "first") == 0) {
		s->speaks_first = true;
	} else if (strcmp(key, "answer") == 0) {
		return script_answer(s, rest);
	} else if (strcmp(key, "fail") == 0) {
		s->fail_at = s->nanswers + 1;
	} else if (strcmp(key, "done") == 0) {
		s->done_after = (size_t)strtol(rest, NULL, 10);
	} else if (strcmp(key, "short-body") == 0) {
		s->has_short_body = true;
	} else if (strcmp(key, "split") == 0) {
		s->no_split = strcmp(rest, "no") == 0;
		s->some_splits = !s->no_split;
	} else if (strcmp(key, "socket") == 0) {
		s->no_socket = true;
	} else {
		return -1;
	}
	return 0;
}

/* --- turns ---------------------------------------------------------------- */

/* The turn that is added to: one who speaks twice speaks once. */
static struct turn *
script_turn(struct script *s, enum turn_kind kind)
{
	struct turn *t = s->nturns ? &s->turns[s->nturns - 1] : NULL;

	if (t && t->kind == kind && kind <= TURN_CLIENT)
		return t;
	if (s->nturns == SCRIPT_MAX * 4)
		return NULL;
	t = &s->turns[s->nturns++];
	t->kind = kind;
	buf_init(&t->text, SCRIPT_OCTETS_MAX);
	return t;
}

static int
script_say(struct script *s, char who, char how, char *text)
{
	enum turn_kind kind = who == 'S' ? TURN_SERVER : TURN_CLIENT;
	struct turn *t = script_turn(s, kind);
	long times = 1;

	if (!t)
		return -1;
	if (how == '*' || how == '=')
		times = strtol(script_word(&text), NULL, 10);
	for (long i = 0; i < times; i++) {
		size_t before = t->text.len;

		if (script_unescape(&t->text, text) < 0 ||
		    (how != '>' && how != '=' &&
			buf_add_str(&t->text, "\r\n") < 0))
			return -1;
		if (kind == TURN_SERVER)
			s->server_octets += t->text.len - before;
	}
	return 0;
}

static int
script_line(struct script *s, char *line)
{
	static const struct {
		const char *word;
		enum turn_kind kind;
	} rows[] = { { "close", TURN_CLOSE }, { "reset", TURN_RESET },
		{ "stall", TURN_STALL }, { "drip", TURN_DRIP } };

	if ((line[0] == 'S' || line[0] == 'C') && line[1] &&
	    strchr(":>*=", line[1]))
		return script_say(
		    s, line[0], line[1], line + 2 + (line[2] == ' '));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct turn *t;

		if (!text_has_caseprefix(line, rows[i].word))
			continue;
		t = script_turn(s, rows[i].kind);
		if (!t)
			return -1;
		line += strlen(rows[i].word);
		return script_unescape(&t->text, line + (*line == ' '));
	}
	return -1;
}

/* --- what must come out --------------------------------------------------- */

static int
script_expect(struct script *s, const char *key, char *rest)
{
	if (strcmp(key, "error") == 0) {
		xreplace(&s->error, xstrdup(script_word(&rest)));
		xreplace(&s->error_step, xstrdup(script_word(&rest)));
	} else if (strcmp(key, "text") == 0) {
		xreplace(&s->text, xstrdup(rest));
	} else if (strcmp(key, "hint") == 0) {
		xreplace(&s->hint, xstrdup(rest));
	} else if (strcmp(key, "rcpt") == 0 && s->nwant < SCRIPT_MAX) {
		struct expected_rcpt *w = &s->want[s->nwant++];

		w->fate = xstrdup(script_word(&rest));
		w->kind = xstrdup(script_word(&rest));
		w->code = (int)strtol(script_word(&rest), NULL, 10);
	} else if (strcmp(key, "exit") == 0) {
		s->exit_code = strtol(rest, NULL, 10);
	} else if (strcmp(key, "writes") == 0) {
		s->writes = strtol(rest, NULL, 10);
	} else if (strcmp(key, "absent") == 0 && s->nabsent < SCRIPT_MAX) {
		s->absent[s->nabsent++] = xstrdup(rest);
	} else {
		return -1;
	}
	return 0;
}

/* --- the file ------------------------------------------------------------- */

static int
script_parse_line(struct script *s, int section, char *line)
{
	char *rest = line;
	const char *key;

	if (section == 1)
		return script_line(s, line);
	key = script_word(&rest);
	return section == 0 ? script_setting(s, key, rest)
			    : script_expect(s, key, rest);
}

static void
script_defaults(struct script *s)
{
	*s = (struct script){ .exit_code = -1 };
	s->from = xstrdup("a@example.org");
	s->domain = xstrdup("client.example");
	s->steps = xstrdup("greet hello transact quit");
	(void)script_message(s, "Subject: x\\n\\nhello\\n");
}

int
script_read(struct script *s, const char *path)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(buf) struct buf text = BUF_INIT(1 << 20);
	int section = 0, number = 0;
	char *line, *next;

	script_defaults(s);
	if (file_read(path, &text, NULL, &err) < 0) {
		fprintf(stderr, "%s: %s\n", path, err.text);
		return -1;
	}
	for (line = text.data; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		number++;
		if (strcmp(line, "--") == 0)
			section++;
		else if (*line && *line != '#' &&
			 script_parse_line(s, section, line) < 0) {
			fprintf(stderr, "%s:%d: %s\n", path, number, line);
			return -1;
		}
	}
	if (section != 2 || s->exit_code < 0 || !s->error) {
		fprintf(stderr,
		    "%s: needs three parts, an error line and an "
		    "exit code\n",
		    path);
		return -1;
	}
	if (!s->nrcpts)
		s->rcpts[s->nrcpts++] = xstrdup("b@example.org");
	return 0;
}

static void
script_free_all(char **items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(items[i]);
}

void
script_release(struct script *s)
{
	char *single[] = { s->from, s->message, s->domain, s->chunking,
		s->steps, s->mech, s->user, s->password, s->error,
		s->error_step, s->text, s->hint };

	script_free_all(single, sizeof(single) / sizeof(single[0]));
	script_free_all(s->rcpts, s->nrcpts);
	script_free_all(s->answers, s->nanswers);
	script_free_all(s->absent, s->nabsent);
	script_free_all(s->wish_names, s->nwishes);
	script_free_all(s->wishes, s->nwishes);
	for (size_t i = 0; i < s->nwant; i++) {
		free(s->want[i].fate);
		free(s->want[i].kind);
	}
	for (size_t i = 0; i < s->nturns; i++)
		buf_release(&s->turns[i].text);
}
