/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cred/libsecret.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#ifdef HAVE_LIBSECRET

#include <libsecret/secret.h>

#include "base/library.h"

#define LIBSECRET_INPUT_MAX (64 * 1024)

/* Every function that is used; those of glib come with it. */
#define LIBSECRET_SYMBOLS(X)                                                   \
	X(g_hash_table_get_keys)                                               \
	X(g_hash_table_insert)                                                 \
	X(g_hash_table_new)                                                    \
	X(g_hash_table_unref)                                                  \
	X(g_list_free)                                                         \
	X(g_str_equal)                                                         \
	X(g_str_hash)                                                          \
	X(secret_error_get_quark)                                              \
	X(secret_item_get_attributes)                                          \
	X(secret_item_get_locked)                                              \
	X(secret_item_get_modified)                                            \
	X(secret_item_get_secret)                                              \
	X(secret_password_clearv_sync)                                         \
	X(secret_password_storev_sync)                                         \
	X(secret_service_search_sync)                                          \
	X(secret_value_get)

#define LIBSECRET_STATIC(name) static LIBRARY_SLOT(name)
LIBSECRET_SYMBOLS(LIBSECRET_STATIC)

LIBRARY_NOTE(secret, "keyring", "suggested", LIBSECRET_SONAME);

static void
libsecret_open(void)
{
	static const struct library_symbol symbols[] = { LIBSECRET_SYMBOLS(
	    LIBRARY_SYMBOL) };
	static const struct library lib = { LIBSECRET_SONAME, symbols,
		sizeof(symbols) / sizeof(symbols[0]) };
	AUTO(error) struct error err = ERROR_INIT;

	if (library_load(&lib, &err) == 0)
		return;
	(void)fprintf(stderr, "%s\n", err.detail ? err.detail : err.text);
	_exit(EX_OSFILE);
}

/* The attributes by which msmtp finds what was kept with secret-tool, with the
 * name of the schema out of the question; and what it found before those. */
static const char *const libsecret_names[][3] = {
	{ "host", "service", "user" },
	{ "server", "protocol", "user" },
};
#define LIBSECRET_WAYS 2

static GHashTable *
libsecret_attributes(const struct libsecret_task *t, int way)
{
	GHashTable *table =
	    lib_g_hash_table_new(lib_g_str_hash, (GEqualFunc)lib_g_str_equal);
	const char *values[3] = { t->host, "smtp", t->user };

	for (int i = 0; i < 3; i++)
		(void)lib_g_hash_table_insert(table,
		    (gpointer)libsecret_names[way][i], (gpointer)values[i]);
	return table;
}

/* Whether an item has just these attributes: one with more of them is about
 * something else (a token, say), whoever made it. */
static bool
libsecret_is_exact(SecretItem *item, int way)
{
	GHashTable *table = lib_secret_item_get_attributes(item);
	GList *keys = lib_g_hash_table_get_keys(table);
	bool is_exact = true;

	for (const GList *k = keys; k; k = k->next) {
		const char *name = k->data;

		is_exact = is_exact &&
			   (strcmp(name, libsecret_names[way][0]) == 0 ||
			       strcmp(name, libsecret_names[way][1]) == 0 ||
			       strcmp(name, libsecret_names[way][2]) == 0 ||
			       strncmp(name, "xdg:", 4) == 0 ||
			       strncmp(name, "gkr:", 4) == 0);
	}
	lib_g_list_free(keys);
	lib_g_hash_table_unref(table);
	return is_exact;
}

static int
libsecret_failed(const GError *error)
{
	bool is_locked = error &&
			 error->domain == lib_secret_error_get_quark() &&
			 error->code == SECRET_ERROR_IS_LOCKED;

	(void)fprintf(stderr, "%s\n", error ? error->message : "no answer");
	return is_locked ? EX_TEMPFAIL : EX_UNAVAILABLE;
}

/* Of several the one that was changed last. */
static SecretItem *
libsecret_newest(const GList *items, int way)
{
	SecretItem *best = NULL;

	for (const GList *i = items; i; i = i->next) {
		SecretItem *item = i->data;

		if (!libsecret_is_exact(item, way))
			continue;
		if (!best || lib_secret_item_get_modified(item) >
				 lib_secret_item_get_modified(best))
			best = item;
	}
	return best;
}

static int
libsecret_say(SecretItem *item)
{
	SecretValue *value = lib_secret_item_get_secret(item);
	gsize len = 0;
	const char *text = value ? lib_secret_value_get(value, &len) : NULL;

	if (lib_secret_item_get_locked(item) || !text) {
		(void)fprintf(stderr, "the item is locked\n");
		return EX_TEMPFAIL;
	}
	while (len > 0) {
		ssize_t n = write(STDOUT_FILENO, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return EX_IOERR;
		text += n;
		len -= (gsize)n;
	}
	return 0;
}

static int
libsecret_find(const struct libsecret_task *t)
{
	int flags = SECRET_SEARCH_ALL | SECRET_SEARCH_LOAD_SECRETS |
		    (t->may_unlock ? SECRET_SEARCH_UNLOCK : 0);

	for (int way = 0; way < LIBSECRET_WAYS; way++) {
		GHashTable *wanted = libsecret_attributes(t, way);
		GError *error = NULL;
		GList *items = lib_secret_service_search_sync(
		    NULL, NULL, wanted, (SecretSearchFlags)flags, NULL, &error);
		SecretItem *item = libsecret_newest(items, way);

		if (error)
			return libsecret_failed(error);
		if (item)
			return libsecret_say(item);
	}
	return 0;
}

static const SecretSchema libsecret_schema = { "org.postrider.password",
	SECRET_SCHEMA_DONT_MATCH_NAME,
	{
	    { "host", SECRET_SCHEMA_ATTRIBUTE_STRING },
	    { "service", SECRET_SCHEMA_ATTRIBUTE_STRING },
	    { "user", SECRET_SCHEMA_ATTRIBUTE_STRING },
	    { NULL, SECRET_SCHEMA_ATTRIBUTE_STRING },
	},
	0, NULL, NULL, NULL, NULL, NULL, NULL, NULL };

static int
libsecret_store(const struct libsecret_task *t)
{
	static char password[LIBSECRET_INPUT_MAX];
	char label[300];
	size_t len = 0;
	ssize_t n;
	GError *error = NULL;

	while ((n = read(STDIN_FILENO, password + len,
		    sizeof(password) - 1 - len)) > 0 ||
	       (n < 0 && errno == EINTR))
		len += n > 0 ? (size_t)n : 0;
	(void)snprintf(
	    label, sizeof(label), "postrider: %s at %s", t->user, t->host);
	if (lib_secret_password_storev_sync(&libsecret_schema,
		libsecret_attributes(t, 0), SECRET_COLLECTION_DEFAULT, label,
		password, NULL, &error))
		return 0;
	return libsecret_failed(error);
}

static int
libsecret_forget(const struct libsecret_task *t)
{
	GError *error = NULL;
	gboolean was_there = lib_secret_password_clearv_sync(
	    &libsecret_schema, libsecret_attributes(t, 0), NULL, &error);

	if (error)
		return libsecret_failed(error);
	if (was_there && write(STDOUT_FILENO, "1", 1) != 1)
		return EX_IOERR;
	return 0;
}

int
libsecret_main(void *task)
{
	static int (*const acts[])(const struct libsecret_task *t) = {
		[LIBSECRET_FIND] = libsecret_find,
		[LIBSECRET_STORE] = libsecret_store,
		[LIBSECRET_FORGET] = libsecret_forget,
	};
	const struct libsecret_task *t = task;

	if (setenv("DBUS_SESSION_BUS_ADDRESS", t->bus, 1) < 0)
		return EX_OSERR;
	libsecret_open();
	return acts[t->act](t);
}

#else

int
libsecret_main(void *task)
{
	(void)task;
	(void)fprintf(stderr, "built without it\n");
	return EX_OSFILE;
}

#endif
