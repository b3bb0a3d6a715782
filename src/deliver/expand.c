/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/expand.h"

#include <netdb.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "io/file.h"

/* Octets of a mailname file, and of what comes out. */
#define EXPAND_FILE_MAX 4096
#define EXPAND_MAX (64 * 1024)

typedef int expand_part(
    const struct expand *with, char **out, struct error *err);

static const char *
expand_env(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static int
expand_from(const struct expand *with, char **out, struct error *err)
{
	(void)err;
	*out = xstrdup(with->from_addr ? with->from_addr : "");
	return 0;
}

static int
expand_user(const struct expand *with, char **out, struct error *err)
{
	const char *name = expand_env("USER");
	const struct passwd *pw;

	(void)with;
	if (!name)
		name = expand_env("LOGNAME");
	if (!name) {
		pw = getpwuid(geteuid());
		name = pw ? pw->pw_name : NULL;
	}
	if (!name)
		return err_set(
		    err, ERR_CONFIG, _("the user has no name for %%U"));
	*out = xstrdup(name);
	return 0;
}

static int
expand_host(const struct expand *with, char **out, struct error *err)
{
	const char *name = expand_env("HOSTNAME");
	char host[256] = "";

	(void)with;
	if (!name && gethostname(host, sizeof(host) - 1) == 0 && *host)
		name = host;
	if (!name)
		return err_set(
		    err, ERR_CONFIG, _("the host has no name for %%H"));
	*out = xstrdup(name);
	return 0;
}

static int
expand_canonical(const struct expand *with, char **out, struct error *err)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_CANONNAME };
	struct addrinfo *found = NULL;

	if (expand_host(with, out, err) < 0)
		return -1;
	if (getaddrinfo(*out, NULL, &hints, &found) != 0)
		return 0;
	if (found && found->ai_canonname)
		xreplace(out, xstrdup(found->ai_canonname));
	freeaddrinfo(found);
	return 0;
}

static int
expand_mailname(const struct expand *with, char **out, struct error *err)
{
	AUTO(buf) struct buf text = BUF_INIT(EXPAND_FILE_MAX);
	AUTO(error) struct error why = ERROR_INIT;
	auto_free char *line = NULL;

	if (file_read(with->mailname_path, &text, NULL, &why) < 0) {
		(void)err_set(err, ERR_CONFIG, "%s", why.text);
		return err_hint(err,
		    _("%%M stands for the first line of %s; write the mail "
		      "name of this machine there."),
		    with->mailname_path);
	}
	line = xmemdupz(buf_str(&text), strcspn(buf_str(&text), "\n"));
	*out = xstrdup(text_trim(line));
	if (**out)
		return 0;
	xreplace(out, NULL);
	return err_set(err, ERR_CONFIG, _("%s: the first line is empty"),
	    with->mailname_path);
}

static const struct {
	char letter;
	expand_part *part;
} expand_parts[] = {
	{ 'F', expand_from },
	{ 'U', expand_user },
	{ 'H', expand_host },
	{ 'C', expand_canonical },
	{ 'M', expand_mailname },
};

static expand_part *
expand_find(char letter)
{
	for (size_t i = 0; i < sizeof(expand_parts) / sizeof(expand_parts[0]);
	     i++)
		if (expand_parts[i].letter == letter)
			return expand_parts[i].part;
	return NULL;
}

int
expand_text(
    const char *text, const struct expand *with, char **out, struct error *err)
{
	AUTO(buf) struct buf all = BUF_INIT(EXPAND_MAX);

	while (*text) {
		size_t plain = strcspn(text, "%");
		auto_free char *value = NULL;
		expand_part *part;

		(void)buf_add(&all, text, plain);
		text += plain;
		if (!*text)
			break;
		part = expand_find(text[1]);
		if (!part) {
			(void)buf_add_char(&all, *text++);
			continue;
		}
		if (part(with, &value, err) < 0)
			return -1;
		(void)buf_add_str(&all, value);
		text += 2;
	}
	*out = buf_detach(&all);
	return 0;
}
