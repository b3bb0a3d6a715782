/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cred/cred.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "cred/sources.h"

static cred_source password_find;

/* In the order in which they are asked. */
static const struct cred_row {
	const char *source;
	cred_source *find;
} cred_table[] = {
	{ "password", password_find },
	{ "passwordeval", command_find },
	{ "password_file", file_find },
	{ "credential", credential_find },
	{ "secret service", secret_service_find },
	{ "kernel keyring", kernel_find },
	{ "netrc", netrc_find },
	{ "terminal", prompt_find },
};

static int
password_find(
    const struct cred_request *r, struct secret *out, struct error *err)
{
	(void)err; /* cannot fail */
	if (!r->account->password.data)
		return 0;
	secret_copy(out, &r->account->password);
	return 1;
}

size_t
cred_one_line(const struct secret *said)
{
	size_t len = said->len;

	if (len && said->data[len - 1] == '\n') {
		len--;
		if (len && said->data[len - 1] == '\r')
			len--;
	}
	for (size_t i = 0; i < len; i++)
		if (strchr("\r\n", said->data[i])) /* NUL, too */
			return 0;
	return len;
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
cred_find(const struct cred_request *r, struct secret *out, const char **source,
    struct error *err)
{
	for (size_t i = 0; i < sizeof(cred_table) / sizeof(cred_table[0]);
	     i++) {
		AUTO(secret) struct secret found = SECRET_INIT;
		const struct cred_row *row = &cred_table[i];
		int rc = row->find(r, &found, err);

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
	    _("Set passwordeval (a command that prints it), password_file or "
	      "password for the account, or keep it in the keyring with "
	      "--store-password."));
}

int
cred_prompt(const struct cred_request *r, struct secret *out)
{
	AUTO(error) struct error none = ERROR_INIT; /* it cannot fail */

	return prompt_find(r, out, &none);
}

int
cred_read(int fd, struct secret *out, struct error *err)
{
	AUTO(secret) struct secret said = SECRET_INIT;
	size_t len = 0;
	ssize_t n;

	secret_reserve(&said, CRED_SECRET_MAX);
	while ((n = read(fd, said.data + len, said.len - len)) > 0 ||
	       (n < 0 && errno == EINTR))
		len += n > 0 ? (size_t)n : 0;
	said.len = len;
	len = n < 0 ? 0 : cred_one_line(&said);
	if (!len) {
		(void)err_set(err, ERR_CREDENTIAL,
		    _("standard input does not hold a password"));
		return err_hint(
		    err, _("It must hold the password as one line and nothing "
			   "else."));
	}
	secret_set(out, said.data, len);
	return 0;
}

/* --- keeping it ----------------------------------------------------------- */

/* Under what it is kept. */
static int
cred_check_name(const struct cred_request *r, struct error *err)
{
	const struct account *a = r->account;

	if (a->host && a->user)
		return 0;
	(void)err_set(err, ERR_CONFIG, _("account %s has no %s"),
	    a->name ? a->name : "", a->host ? "user" : "host");
	return err_hint(err, _("A password is kept for a host and a user."));
}

int
cred_store(const struct cred_request *r, const struct secret *password,
    struct error *err)
{
	if (cred_check_name(r, err) < 0 ||
	    cred_check(password, "--store-password", err) < 0)
		return -1;
	if (!password->len)
		return err_set(err, ERR_CREDENTIAL, _("the password is empty"));
	return r->account->keyring == KEYRING_KERNEL
		   ? kernel_store(r, password, err)
		   : secret_service_store(r, password, err);
}

int
cred_forget(const struct cred_request *r, struct error *err)
{
	if (cred_check_name(r, err) < 0)
		return -1;
	return r->account->keyring == KEYRING_KERNEL
		   ? kernel_forget(r, err)
		   : secret_service_forget(r, err);
}
