/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/trigger.h"

#include <dirent.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/xalloc.h"
#include "io/file.h"

/* Lines of a file for cron that are looked at, and octets of them. */
#define TRIGGER_CRON_LINES 1000
#define TRIGGER_CRON_LINE 1024

/* Where `systemctl enable` leaves its links, in directories named so. */
static const char trigger_system[] = "/etc/systemd/system";
static const char *const trigger_user[] = {
	"/etc/systemd/user",
	"~/.config/systemd/user",
};
static const char trigger_cron[] = "/etc/cron.d";
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

/* --- cron ----------------------------------------------------------------- */

/* Whether a line of a file for cron, which is changed, is for this user: five
 * fields or @word, a name, the command. */
static bool
trigger_line_is_for(char *line, const char *user)
{
	static const char blanks[] = " \t\n";
	char *p = line + strspn(line, blanks);
	int fields = *p == '@' ? 1 : 5;

	if (*p == '#')
		return false;
	for (int i = 0; i < fields; i++) {
		p += strcspn(p, blanks);
		p += strspn(p, blanks);
	}
	p[strcspn(p, blanks)] = '\0';
	return strcmp(p, user) == 0;
}

static bool
trigger_file_is_for(const char *path, const char *user)
{
	FILE *f = fopen(path, "re");
	char line[TRIGGER_CRON_LINE];
	bool is_found = false;

	for (int i = 0; f && !is_found && i < TRIGGER_CRON_LINES &&
			fgets(line, sizeof(line), f);
	     i++)
		is_found = trigger_line_is_for(line, user);
	if (f)
		(void)fclose(f); /* only to be read */
	return is_found;
}

static bool
trigger_in_cron(uid_t owner)
{
	const struct passwd *pw = getpwuid(owner);
	DIR *dir = pw ? opendir(trigger_cron) : NULL;
	const struct dirent *d;
	bool found = false;

	while (dir && !found && (d = readdir(dir))) {
		auto_free char *path = NULL;

		if (!is_ours(d->d_name))
			continue;
		path = xasprintf("%s/%s", trigger_cron, d->d_name);
		found = trigger_file_is_for(path, pw->pw_name);
	}
	if (dir)
		(void)closedir(dir); /* only read */
	return found;
}

/* --- all of them ---------------------------------------------------------- */

static bool
trigger_of_user(void)
{
	for (size_t i = 0; i < sizeof(trigger_user) / sizeof(trigger_user[0]);
	     i++) {
		auto_free char *path = file_expand_home(trigger_user[i]);

		if (trigger_is_wanted(path))
			return true;
	}
	return trigger_in_xdg();
}

bool
trigger_is_installed(const char *path)
{
	struct stat st = { .st_uid = geteuid() };

	(void)stat(path, &st); /* one that is not there will be ours */
	return (strcmp(path, SPOOLDIR) == 0 &&
		   trigger_is_wanted(trigger_system)) ||
	       trigger_of_user() || trigger_in_cron(st.st_uid);
}

bool
trigger_is_alive(const char *path)
{
	auto_free char *manager = NULL;

	if (!trigger_is_installed(path))
		return false;
	if (strcmp(path, SPOOLDIR) == 0 || trigger_in_cron(geteuid()))
		return true;
	manager = xasprintf("/run/user/%u/systemd", (unsigned)geteuid());
	return access(manager, F_OK) == 0;
}
