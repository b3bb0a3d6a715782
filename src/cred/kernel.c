/* SPDX-License-Identifier: ISC */
/* The kernel's keyrings (keyrings(7)): nothing on disk, gone with the user's
 * last session. */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/xalloc.h"
#include "cred/sources.h"

#if defined(__linux__) && defined(SYS_keyctl)
#include <linux/keyctl.h>

/* All for its possessor; looking, reading and changing for its user, whose
 * other sessions do not possess it. */
#define KERNEL_PERMISSIONS 0x3f1f0000UL

static long
kernel_keyctl(int what, unsigned long a, unsigned long b, unsigned long c,
    unsigned long d)
{
	return syscall(SYS_keyctl, what, a, b, c, d);
}

static char *
kernel_name(const struct account *a)
{
	return xasprintf("postrider:%s@%s", a->user, a->host);
}

/* The key's number, or -1 with errno. */
static long
kernel_search(const struct account *a)
{
	static const int rings[] = { KEY_SPEC_SESSION_KEYRING,
		KEY_SPEC_USER_KEYRING };
	auto_free char *name = kernel_name(a);
	long key = -1;

	for (size_t i = 0; key < 0 && i < 2; i++)
		key = kernel_keyctl(KEYCTL_SEARCH, (unsigned long)rings[i],
		    (unsigned long)"user", (unsigned long)name, 0);
	return key;
}

static int
kernel_failed(struct error *err)
{
	bool is_gone =
	    errno == ENOKEY || errno == EKEYEXPIRED || errno == EKEYREVOKED;

	return err_set_os(err, is_gone ? ERR_NO_CREDENTIAL : ERR_CREDENTIAL,
	    errno, _("the kernel's keyring does not give the password"));
}

int
kernel_find(const struct cred_request *r, struct secret *out, struct error *err)
{
	const struct account *a = r->account;
	AUTO(secret) struct secret room = SECRET_INIT;
	long key, len;

	if (a->keyring != KEYRING_KERNEL || !a->host || !a->user)
		return 0;
	key = kernel_search(a);
	if (key < 0 &&
	    (errno == ENOKEY || errno == EKEYEXPIRED || errno == EKEYREVOKED))
		return 0;
	if (key < 0)
		return kernel_failed(err);
	secret_reserve(&room, CRED_SECRET_MAX);
	len = kernel_keyctl(KEYCTL_READ, (unsigned long)key,
	    (unsigned long)room.data, room.len, 0);
	if (len < 0)
		return kernel_failed(err);
	if ((size_t)len > room.len)
		return err_set(err, ERR_CREDENTIAL,
		    _("the password in the keyring is too long"));
	secret_set(out, room.data, (size_t)len);
	return 1;
}

int
kernel_store(const struct cred_request *r, const struct secret *password,
    struct error *err)
{
	auto_free char *name = kernel_name(r->account);
	long key = syscall(SYS_add_key, "user", name, password->data,
	    password->len, KEY_SPEC_USER_KEYRING);

	if (key < 0 || kernel_keyctl(KEYCTL_SETPERM, (unsigned long)key,
			   KERNEL_PERMISSIONS, 0, 0) < 0)
		return err_set_os(err, ERR_CREDENTIAL, errno,
		    _("the kernel's keyring does not take the password"));
	return 0;
}

int
kernel_forget(const struct cred_request *r, struct error *err)
{
	long key = kernel_search(r->account);

	if (key < 0 ||
	    kernel_keyctl(KEYCTL_INVALIDATE, (unsigned long)key, 0, 0, 0) < 0)
		return kernel_failed(err);
	return 0;
}

#else

static int
kernel_missing(struct error *err)
{
	return err_set(
	    err, ERR_CREDENTIAL, _("this system's kernel keeps no passwords"));
}

int
kernel_find(const struct cred_request *r, struct secret *out, struct error *err)
{
	(void)out;
	return r->account->keyring == KEYRING_KERNEL ? kernel_missing(err) : 0;
}

int
kernel_store(const struct cred_request *r, const struct secret *password,
    struct error *err)
{
	(void)r;
	(void)password;
	return kernel_missing(err);
}

int
kernel_forget(const struct cred_request *r, struct error *err)
{
	(void)r;
	return kernel_missing(err);
}

#endif
