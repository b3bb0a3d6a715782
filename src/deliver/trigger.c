/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/trigger.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/xalloc.h"
#include "io/file.h"

/* Where `systemctl enable` leaves its links, in directories named so. */
static const char *const trigger_units[] = {
	"/etc/systemd/system",
	"/etc/systemd/user",
	"~/.config/systemd/user",
};
static const char trigger_wants[] = ".wants";
static const char *const trigger_kinds[] = { ".timer", ".path" };

static bool
ends_in(const char *name, const char *end)
{
	size_t len = strlen(name), end_len = strlen(end);

	return len >= end_len && strcmp(name + len - end_len, end) == 0;
}

static bool
is_ours(const char *name)
{
	return strncmp(name, PACKAGE, sizeof(PACKAGE) - 1) == 0;
}

static bool
is_our_unit(const char *name)
{
	return is_ours(name) && (ends_in(name, trigger_kinds[0]) ||
				    ends_in(name, trigger_kinds[1]));
}

/* Whether there is such a name in that directory.  Not glob(): where memory is
 * short, glibc's frees what it has freed. */
static bool
trigger_is_in(const char *path, bool (*is_one)(const char *name))
{
	DIR *dir = opendir(path);
	const struct dirent *d;
	bool found = false;

	while (dir && !found && (d = readdir(dir)))
		found = is_one(d->d_name);
	if (dir)
		(void)closedir(dir); /* only read */
	return found;
}

/* In one of the directories NAME.wants there. */
static bool
trigger_is_wanted(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *d;
	bool found = false;

	while (dir && !found && (d = readdir(dir))) {
		auto_free char *wants = NULL;

		if (!ends_in(d->d_name, trigger_wants))
			continue;
		wants = xasprintf("%s/%s", path, d->d_name);
		found = trigger_is_in(wants, is_our_unit);
	}
	if (dir)
		(void)closedir(dir); /* only read */
	return found;
}

static bool
trigger_in_xdg(void)
{
	const char *xdg = getenv("XDG_CONFIG_HOME");
	auto_free char *path = NULL;

	if (!xdg || xdg[0] != '/')
		return false;
	path = xasprintf("%s/systemd/user", xdg);
	return trigger_is_wanted(path);
}

bool
trigger_is_installed(void)
{
	for (size_t i = 0; i < sizeof(trigger_units) / sizeof(trigger_units[0]);
	     i++) {
		auto_free char *path = file_expand_home(trigger_units[i]);

		if (trigger_is_wanted(path))
			return true;
	}
	return trigger_is_in("/etc/cron.d", is_ours) || trigger_in_xdg();
}
