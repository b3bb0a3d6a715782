/* SPDX-License-Identifier: ISC */
/* A file that holds the password and nothing else: one that the account names,
 * or one that the service manager has laid ready (systemd.exec(5),
 * Credentials).
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/xalloc.h"
#include "cred/sources.h"
#include "io/file.h"

/* Reads the one line of path into *out.  1, or -1 with err; 0 when there is no
 * such file. */
static int
file_line(
    const char *path, struct stat *st, struct secret *out, struct error *err)
{
	AUTO(buf) struct buf text = BUF_INIT(CRED_SECRET_MAX + 2);
	AUTO(secret) struct secret said = SECRET_INIT;
	size_t len = 0;
	int rc;

	/* all at once: growing would leave copies of the secret behind */
	(void)buf_reserve(&text, text.max);
	rc = file_read(path, &text, st, err);
	if (rc == 0)
		secret_set(&said, buf_str(&text), text.len);
	if (text.data)
		secret_wipe(text.data, text.cap);
	if (rc < 0) {
		if (err->os_errno == ENOENT)
			return 0;
		err->kind = ERR_CREDENTIAL;
		return -1;
	}
	len = cred_one_line(&said);
	if (!len) {
		(void)err_set(err, ERR_CREDENTIAL,
		    _("%s does not hold a password"), path);
		return err_hint(
		    err, _("It must hold the password as one line and nothing "
			   "else."));
	}
	secret_set(out, said.data, len);
	return 1;
}

int
file_find(const struct cred_request *r, struct secret *out, struct error *err)
{
	const char *path = r->account->password_file;
	AUTO(secret) struct secret found = SECRET_INIT;
	struct stat st;
	int rc;

	if (!path)
		return 0;
	rc = file_line(path, &st, &found, err);
	if (rc == 0)
		err->kind = ERR_CREDENTIAL; /* it was named */
	if (rc <= 0)
		return -1;
	if (st.st_mode & (S_IROTH | S_IWOTH | S_IWGRP)) {
		(void)err_set(err, ERR_CONFIG,
		    _("%s can be read by others, or changed"), path);
		return err_hint(err, _("Run chmod 600 %s."), path);
	}
	secret_copy(out, &found);
	return 1;
}

int
credential_find(
    const struct cred_request *r, struct secret *out, struct error *err)
{
	const struct account *a = r->account;
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	auto_free char *path = NULL;
	struct stat st;
	int rc;

	if (!a->password_credential && (!directory || !a->name))
		return 0;
	if (!directory || directory[0] != '/') {
		(void)err_set(err, ERR_CREDENTIAL,
		    _("there is no credential %s"), a->password_credential);
		return err_hint(err,
		    _("Run this from a unit with LoadCredential= or "
		      "LoadCredentialEncrypted=: CREDENTIALS_DIRECTORY is not "
		      "set."));
	}
	if (strchr(
		a->password_credential ? a->password_credential : a->name, '/'))
		return !a->password_credential
			   ? 0
			   : err_set(err, ERR_CONFIG,
				 _("the name of a credential holds a '/'"));
	if (a->password_credential)
		path = xasprintf("%s/%s", directory, a->password_credential);
	else
		path =
		    xasprintf("%s/postrider.%s.password", directory, a->name);
	rc = file_line(path, &st, out, err);
	if (rc == 0 && a->password_credential) {
		err->kind = ERR_CREDENTIAL;
		return err_hint(err,
		    _("Check LoadCredential= of the unit: it must give the "
		      "credential this name."));
	}
	if (rc == 0)
		error_release(err);
	return rc;
}
