/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cred/command.h"

#include <string.h>

#include "base/deadline.h"
#include "base/i18n.h"
#include "cred/cred.h"
#include "io/child.h"

/* The octets of the one line in said, or 0 where it is not just that. */
static size_t
command_line(const struct secret *said)
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

int
command_password(const char *command, int64_t deadline, struct secret *out,
    struct error *err)
{
	AUTO(secret) struct secret said = SECRET_INIT;
	size_t len;

	deadline = deadline_min(deadline, deadline_in(CRED_COMMAND_TIMEOUT_S));
	if (child_output(command, deadline, &said, err) < 0)
		return -1;
	len = command_line(&said);
	if (!len) {
		(void)err_set(err, ERR_CREDENTIAL,
		    _("cannot read output of '%s'"), command);
		return err_hint(
		    err, _("It must print the password as one line and nothing "
			   "else."));
	}
	secret_set(out, said.data, len);
	return 0;
}
