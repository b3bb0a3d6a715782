/* SPDX-License-Identifier: ISC */
/*
 * The desktop's secret service.  All of it happens in a child (libsecret.c): it
 * may hang, and what the libraries leave in memory goes with it.
 */
#include "config.h"

#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/i18n.h"
#include "base/xalloc.h"
#include "cred/libsecret.h"
#include "cred/sources.h"
#include "io/child.h"

/* Seconds for an answer; for a person who is asked to unlock the keyring. */
#define SERVICE_TIMEOUT_S 5
#define SERVICE_PERSON_S 60

/* The name under which errors speak of it. */
#define SERVICE_NAME "secret service"

/* A bus that runs already, as its address; owned.  NULL where there is none:
 * the library would start one that nobody ends. */
static char *
service_bus(void)
{
	const char *address = getenv("DBUS_SESSION_BUS_ADDRESS");
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	auto_free char *path = NULL;
	struct stat st;

	if (address && *address)
		return strncmp(address, "autolaunch:", 11) == 0
			   ? NULL
			   : xstrdup(address);
	if (!runtime || runtime[0] != '/')
		return NULL;
	path = xasprintf("%s/bus", runtime);
	if (stat(path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return NULL;
	return xasprintf("unix:path=%s", path);
}

static bool
service_has_display(void)
{
	return getenv("WAYLAND_DISPLAY") || getenv("DISPLAY");
}

static int
service_no_bus(struct error *err)
{
	(void)err_set(err, ERR_CREDENTIAL_TEMP,
	    _("the keyring cannot be asked: no session bus runs"));
	return err_hint(err,
	    _("There is none under cron, for example; use password_file or "
	      "passwordeval there."));
}

/* 0 with what the child wrote; -1 with err, whose os_errno is the child's exit
 * status where that says more (see libsecret.h). */
static int
service_call(const struct cred_request *r, enum libsecret_act act,
    const struct secret *input, struct secret *out, struct error *err)
{
	auto_free char *bus = service_bus();
	bool may_unlock = service_has_display();
	struct libsecret_task wanted = { act, bus, r->account->host,
		r->account->user, may_unlock };
	struct child_task task = { SERVICE_NAME, libsecret_main, &wanted,
		input };
	int64_t deadline =
	    deadline_in(may_unlock ? SERVICE_PERSON_S : SERVICE_TIMEOUT_S);

	if (!bus)
		return service_no_bus(err);
	return child_call(&task, deadline_min(deadline, r->deadline), out, err);
}

/* The library is not needed but here: a machine may be without it. */
static int
service_no_library(const char *why, struct error *err)
{
	(void)err_set(
	    err, ERR_OS, _("cannot open the library %s"), LIBSECRET_SONAME);
	(void)err_detail(err, "%s", why);
	return err_hint(err, _("Install the package with this library."));
}

/* What the child said with its exit status. */
static int
service_failed(struct error *err)
{
	enum err_kind kind = err->kind;
	auto_free char *detail = auto_take(err->detail);

	if (kind == ERR_CREDENTIAL_TEMP && !detail)
		return -1; /* too slow */
	if (kind == ERR_OS && detail)
		return service_no_library(detail, err);
	(void)err_set(err, kind,
	    kind == ERR_CREDENTIAL_TEMP ? _("the keyring is locked")
					: _("the keyring does not answer"));
	if (detail)
		(void)err_detail(err, "%s", detail);
	return err_hint(err,
	    _("Unlock it, for example by logging in to the desktop, or use "
	      "password_file or passwordeval."));
}

int
secret_service_find(
    const struct cred_request *r, struct secret *out, struct error *err)
{
	const struct account *a = r->account;
	AUTO(secret) struct secret said = SECRET_INIT;
	auto_free char *bus = NULL;
	bool is_named = a->keyring == KEYRING_SECRET_SERVICE;

	if ((!is_named && a->keyring != KEYRING_UNSET &&
		a->keyring != KEYRING_AUTO) ||
	    !a->host || !a->user)
		return 0;
	bus = service_bus();
	if (!bus && !is_named)
		return 0;
	if (service_call(r, LIBSECRET_FIND, NULL, &said, err) < 0) {
		/* a machine without it, and nobody asked for it */
		if (!is_named && err->kind != ERR_CREDENTIAL_TEMP) {
			error_release(err);
			return 0;
		}
		return bus ? service_failed(err) : -1;
	}
	if (!said.len)
		return 0;
	secret_set(out, said.data, said.len);
	return 1;
}

int
secret_service_store(const struct cred_request *r,
    const struct secret *password, struct error *err)
{
	AUTO(secret) struct secret said = SECRET_INIT;

	if (service_call(r, LIBSECRET_STORE, password, &said, err) < 0)
		return err->detail ? service_failed(err) : -1;
	return 0;
}

int
secret_service_forget(const struct cred_request *r, struct error *err)
{
	AUTO(secret) struct secret said = SECRET_INIT;

	if (service_call(r, LIBSECRET_FORGET, NULL, &said, err) < 0)
		return err->detail ? service_failed(err) : -1;
	if (!said.len)
		return err_set(err, ERR_NO_CREDENTIAL,
		    _("the keyring holds no password for %s at %s"),
		    r->account->user, r->account->host);
	return 0;
}
