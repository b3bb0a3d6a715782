/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/library.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

#include "base/auto.h"
#include "base/i18n.h"
#include "base/xalloc.h"

static bool
library_is_loaded(const struct library *lib)
{
	void *first;

	memcpy(&first, lib->symbols[0].slot, sizeof(first));
	return first;
}

static int
library_unusable(const struct library *lib, struct error *err)
{
	const char *why = dlerror();

	(void)err_set(
	    err, ERR_OS, _("cannot open the library %s"), lib->soname);
	(void)err_detail(err, "%s", why ? why : "?");
	return err_hint(err, _("Install the package with this library."));
}

int
library_load(const struct library *lib, struct error *err)
{
	auto_free void **found = NULL;
	void *handle;

	if (library_is_loaded(lib))
		return 0;
	/* each symbol when it is called: most are not */
	handle = dlopen(lib->soname, RTLD_LAZY | RTLD_LOCAL);
	if (!handle)
		return library_unusable(lib, err);
	found = xcalloc(lib->count, sizeof(*found));
	for (size_t i = 0; i < lib->count; i++) {
		found[i] = dlsym(handle, lib->symbols[i].name);
		if (!found[i])
			return library_unusable(lib, err);
	}
	for (size_t i = 0; i < lib->count; i++)
		memcpy(lib->symbols[i].slot, &found[i], sizeof(found[i]));
	return 0;
}
