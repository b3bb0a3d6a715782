/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/place.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/xalloc.h"
#include "io/file.h"

#define PLACE_SYSTEM SPOOLDIR

/* The system's queue is that of the user who owns it. */
static bool
place_has_system(void)
{
	struct stat st;

	return lstat(PLACE_SYSTEM, &st) == 0 && S_ISDIR(st.st_mode) &&
	       st.st_uid == geteuid();
}

/* A queue_dir of a file that somebody else wrote, and a directory that is
 * somebody else's: the system's configuration names the system's queue, which
 * is not for everybody who reads it.  Root, who may write to both, is no owner
 * of a queue that belongs to a user of its own. */
static bool
place_is_foreign(const struct account *a)
{
	const struct origin *o = &a->origin[OPT_QUEUE_DIR];
	uid_t own = geteuid();
	struct stat st;

	if (o->kind != ORIGIN_FILE || !o->file ||
	    (own != 0 && (stat(o->file, &st) < 0 || st.st_uid == own)))
		return false;
	if (lstat(a->queue_dir, &st) < 0)
		return errno == EACCES;
	return S_ISDIR(st.st_mode) && st.st_uid != own;
}

int
place_of(const struct account *a, char **out, struct error *err)
{
	const char *xdg = getenv("XDG_STATE_HOME");
	auto_free char *home = NULL;

	if (a && a->queue_dir && !place_is_foreign(a)) {
		*out = xstrdup(a->queue_dir);
		return 0;
	}
	if (place_has_system()) {
		*out = xstrdup(PLACE_SYSTEM);
		return 0;
	}
	if (xdg && xdg[0] == '/') {
		*out = xasprintf("%s/postrider/queue", xdg);
		return 0;
	}
	home = file_home();
	if (home && home[0] == '/' && home[1]) {
		*out = xasprintf("%s/.local/state/postrider/queue", home);
		return 0;
	}
	(void)err_set(err, ERR_QUEUE_PLACE,
	    _("there is no home directory to keep a queue in"));
	return err_hint(err, _("Name a directory with queue_dir."));
}

void
places_release(struct places *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->count; i++)
		free(p->paths[i]);
	free(p->paths);
	*p = (struct places){ 0 };
}

/* Takes path. */
static void
places_add(struct places *p, char *path)
{
	assert(path);
	for (size_t i = 0; i < p->count; i++)
		if (strcmp(p->paths[i], path) == 0) {
			free(path);
			return;
		}
	p->paths = xreallocarray(p->paths, p->count + 1, sizeof(char *));
	p->paths[p->count++] = path;
}

int
places_find(struct places *p, const struct plan *plan, const struct conf *conf,
    struct error *err)
{
	char *path = NULL;

	if (plan->overrides.is_own[OPT_QUEUE_DIR]) {
		if (place_of(&plan->overrides, &path, err) < 0)
			return -1;
		places_add(p, path);
		return 0;
	}
	if (place_of(NULL, &path, err) == 0)
		places_add(p, path);
	/* root acts on those of others, too, with their rights */
	for (size_t i = 0; i < conf->count; i++) {
		const struct account *a = conf->accounts[i];

		if (a->queue_dir && (geteuid() == 0 || !place_is_foreign(a)))
			places_add(p, xstrdup(a->queue_dir));
	}
	if (!p->count)
		return -1;
	error_release(err);
	return 0;
}

int
places_see(struct places *p, const struct plan *plan, const struct conf *conf,
    struct error *err)
{
	struct stat st;

	if (places_find(p, plan, conf, err) < 0)
		return -1;
	if (geteuid() == 0 && !plan->overrides.is_own[OPT_QUEUE_DIR] &&
	    lstat(PLACE_SYSTEM, &st) == 0)
		places_add(p, xstrdup(PLACE_SYSTEM));
	return 0;
}

struct place_rights
place_take_rights(const char *path)
{
	struct place_rights r = { false };
	struct stat st;

	if (geteuid() != 0 || lstat(path, &st) < 0 || !S_ISDIR(st.st_mode) ||
	    st.st_uid == 0)
		return r;
	/* where that fails the queue is not root's, which will be said */
	r.is_lent = setegid(st.st_gid) == 0 && seteuid(st.st_uid) == 0;
	return r;
}

void
place_rights_release(struct place_rights *r)
{
	if (r->is_lent && (seteuid(0) < 0 || setegid(getgid()) < 0))
		abort(); /* half of somebody else */
	r->is_lent = false;
}
