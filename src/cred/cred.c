/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cred/cred.h"

#include <string.h>

#include "base/i18n.h"
#include "cred/command.h"

static int cred_password(const struct account *a, int64_t deadline,
    struct secret *out, struct error *err);
static int cred_passwordeval(const struct account *a, int64_t deadline,
    struct secret *out, struct error *err);

/* The sources, in the order in which they are asked.  1: answered; 0: it was
 * not named, or does not know; -1: it was named and failed. */
static const struct cred_row {
	const char *source;
	int (*ask)(const struct account *a, int64_t deadline,
	    struct secret *out, struct error *err);
} cred_table[] = {
	{ "password", cred_password },
	{ "passwordeval", cred_passwordeval },
};

static int
cred_password(const struct account *a, int64_t deadline, struct secret *out,
    struct error *err)
{
	(void)deadline;
	(void)err; /* cannot fail */
	if (!a->password.data)
		return 0;
	secret_copy(out, &a->password);
	return 1;
}

static int
cred_passwordeval(const struct account *a, int64_t deadline, struct secret *out,
    struct error *err)
{
	if (!a->passwordeval)
		return 0;
	return command_password(a->passwordeval, deadline, out, err) < 0 ? -1
									 : 1;
}

/* No mechanism carries these, and a line end would be a command of its own
 * somewhere (CR-02). */
static int
cred_check(const struct secret *s, const char *source, struct error *err)
{
	for (size_t i = 0; i < s->len; i++) {
		if (!strchr("\r\n", s->data[i])) /* NUL, too */
			continue;
		(void)err_set(err, ERR_CREDENTIAL,
		    _("the password holds a line end or a NUL character"));
		return err_detail(err, "%s", source);
	}
	return 0;
}

int
cred_find(const struct account *a, int64_t deadline, struct secret *out,
    const char **source, struct error *err)
{
	for (size_t i = 0; i < sizeof(cred_table) / sizeof(cred_table[0]);
	     i++) {
		AUTO(secret) struct secret found = SECRET_INIT;
		const struct cred_row *row = &cred_table[i];
		int rc = row->ask(a, deadline, &found, err);

		if (rc == 0)
			continue;
		if (rc < 0 || cred_check(&found, row->source, err) < 0)
			return -1;
		secret_release(out);
		*out = found;
		found = (struct secret)SECRET_INIT;
		*source = row->source;
		return 0;
	}
	(void)err_set(err, ERR_NO_CREDENTIAL, _("there is no password"));
	return err_hint(err,
	    _("Set passwordeval (a command that prints it) or password for "
	      "the account."));
}
