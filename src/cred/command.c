/* SPDX-License-Identifier: ISC */
/* passwordeval: a command that says the password. */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/i18n.h"
#include "cred/sources.h"
#include "io/child.h"

/* What commands complain of that cannot be seen from where they complain. */
static const struct {
	const char *complaint;
	const char *hint;
} command_hints[] = {
	{ "pinentry",
	    N_("No one can be asked for a passphrase here; unlock the key "
	       "beforehand, or keep the password where no passphrase is "
	       "needed (password_file, keyring).") },
	{ "Inappropriate ioctl for device",
	    N_("No one can be asked for a passphrase here; unlock the key "
	       "beforehand, or keep the password where no passphrase is "
	       "needed (password_file, keyring).") },
	{ "no gpg-agent",
	    N_("No agent runs here, as is usual under cron; start one, or use "
	       "password_file.") },
	{ "No secret key",
	    N_("HOME or GNUPGHOME may differ here from those of your shell; "
	       "set them in the command.") },
	{ "autolaunch D-Bus",
	    N_("There is no session bus here, as is usual under cron; use "
	       "password_file.") },
	{ "not found",
	    N_("PATH may be shorter here than in your shell; write the "
	       "command with its directory.") },
};

/* A profile of the system's that confines us confines the command, too. */
static bool
command_is_confined(void)
{
	char profile[256] = "";
	auto_close int fd =
	    open("/proc/self/attr/current", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, profile, sizeof(profile) - 1) : -1;

	return n > 0 && !strstr(profile, "unconfined") &&
	       (strstr(profile, "(enforce)") || strchr(profile, ':'));
}

static int
command_hint(struct error *err)
{
	if (!err->detail)
		return -1;
	if (strstr(err->detail, "ermission denied") && command_is_confined())
		return err_hint(err,
		    _("A security profile (AppArmor, SELinux) confines this "
		      "program and what it runs; allow the command there, or "
		      "use password_file."));
	for (size_t i = 0; i < sizeof(command_hints) / sizeof(command_hints[0]);
	     i++)
		if (strstr(err->detail, command_hints[i].complaint))
			return err_hint(err, "%s", _(command_hints[i].hint));
	return -1;
}

int
command_find(
    const struct cred_request *r, struct secret *out, struct error *err)
{
	const char *command = r->account->passwordeval;
	AUTO(secret) struct secret said = SECRET_INIT;
	size_t len;

	if (!command)
		return 0;
	if (child_output(command,
		deadline_min(r->deadline, deadline_in(CRED_COMMAND_TIMEOUT_S)),
		&said, err) < 0)
		return command_hint(err);
	len = cred_one_line(&said);
	if (!len) {
		(void)err_set(err, ERR_CREDENTIAL,
		    _("cannot read output of '%s'"), command);
		return err_hint(
		    err, _("It must print the password as one line and nothing "
			   "else."));
	}
	secret_set(out, said.data, len);
	return 1;
}
