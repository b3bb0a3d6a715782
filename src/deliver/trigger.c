/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/trigger.h"

#include <glob.h>
#include <stdlib.h>

#include "base/auto.h"
#include "base/xalloc.h"
#include "io/file.h"

/* Where `systemctl enable` leaves its links, and where cron reads. */
static const char *const trigger_places[] = {
	"/etc/systemd/system/*.wants/" PACKAGE "*.timer",
	"/etc/systemd/system/*.wants/" PACKAGE "*.path",
	"/etc/systemd/user/*.wants/" PACKAGE "*.timer",
	"/etc/systemd/user/*.wants/" PACKAGE "*.path",
	"/etc/cron.d/" PACKAGE "*",
	"~/.config/systemd/user/*.wants/" PACKAGE "*.timer",
	"~/.config/systemd/user/*.wants/" PACKAGE "*.path",
};

static bool
trigger_exists(const char *pattern)
{
	auto_free char *path = file_expand_home(pattern);
	glob_t found = { 0 };
	bool is_there = glob(path, GLOB_NOSORT, NULL, &found) == 0;

	globfree(&found);
	return is_there;
}

static bool
trigger_in_xdg(const char *kind)
{
	const char *xdg = getenv("XDG_CONFIG_HOME");
	auto_free char *pattern = NULL;

	if (!xdg || xdg[0] != '/')
		return false;
	pattern =
	    xasprintf("%s/systemd/user/*.wants/" PACKAGE "*.%s", xdg, kind);
	return trigger_exists(pattern);
}

bool
trigger_is_installed(void)
{
	for (size_t i = 0;
	     i < sizeof(trigger_places) / sizeof(trigger_places[0]); i++)
		if (trigger_exists(trigger_places[i]))
			return true;
	return trigger_in_xdg("timer") || trigger_in_xdg("path");
}
