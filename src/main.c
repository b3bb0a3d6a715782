/* SPDX-License-Identifier: ISC */
/* Locale, a safe process, name and argv -> plan, mode -> command, exit. */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/i18n.h"
#include "cmd/configure.h"
#include "cmd/check.h"
#include "cmd/dryrun.h"
#include "cmd/keyring.h"
#include "cmd/names.h"
#include "cmd/mailq.h"
#include "cmd/print.h"
#include "cmd/queue.h"
#include "cmd/queue_check.h"
#include "cmd/rmqs.h"
#include "cmd/send.h"
#include "cmd/steer.h"
#include "cmd/serverinfo.h"
#include "cmd/words.h"
#include "conf/conf.h"

#if defined(__SANITIZE_ADDRESS__)
#define MAIN_IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MAIN_IS_SANITIZED 1
#endif
#endif
#ifndef MAIN_IS_SANITIZED
#define MAIN_IS_SANITIZED 0
#endif

/*
 * Callers without 0, 1 or 2 exist; a file of ours that took such a number would
 * be written to as standard error.  Standard input is stood in for by something
 * that cannot be read, so that a missing message does not look like an empty
 * one.
 */
static void
main_fill_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == 0 ? O_WRONLY : O_RDWR) < 0)
			_exit(err_table[ERR_OS].exit_code); /* nobody to tell */
#if HAVE_CLOSE_RANGE
	(void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
#endif
}

/* What callers leave behind in signal dispositions does not concern us. */
static void
main_reset_signals(void)
{
	static const int to_ignore[] = { SIGPIPE, SIGXFSZ };
	static const int to_default[] = { SIGCHLD, SIGALRM };
	sigset_t none;

	for (size_t i = 0; i < sizeof(to_ignore) / sizeof(int); i++)
		(void)signal(to_ignore[i], SIG_IGN);
	for (size_t i = 0; i < sizeof(to_default) / sizeof(int); i++)
		(void)signal(to_default[i], SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* No core file and no other process may see a password.  A sanitizer needs to
 * look at its own process from outside. */
static void
main_hide_memory(void)
{
	struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
#ifdef PR_SET_DUMPABLE
	if (!MAIN_IS_SANITIZED)
		(void)prctl(PR_SET_DUMPABLE, 0);
#endif
}

/* Where the TLS library would write session keys to, and how much of what it
 * sees it would tell on standard error (CR-21). */
static void
main_clean_environment(void)
{
	(void)unsetenv("SSLKEYLOGFILE");
	(void)unsetenv("GNUTLS_DEBUG_LEVEL");
}

/* Commands of the user's are run and files of the user's are read: with
 * somebody else's rights that would be a gift. */
static int
main_check_rights(struct error *err)
{
	if (!getauxval(AT_SECURE))
		return 0;
	(void)err_set(err, ERR_CONFIG,
	    _("this program must not run with set-user-ID or set-group-ID"));
	return err_hint(err, _("Remove the bits with chmod ug-s."));
}

static int
main_text(char *text)
{
	bool is_written = fputs(text, stdout) >= 0 && fflush(stdout) == 0;

	free(text);
	return err_table[is_written ? ERR_NONE : ERR_IO].exit_code;
}

static int
main_help(const struct plan *plan)
{
	return main_text(help_text(plan));
}

static int
main_version(const struct plan *plan)
{
	return main_text(version_text(plan));
}

static int (*const main_modes[])(const struct plan *) = {
	[MODE_SEND] = cmd_send,
	[MODE_PRINT] = cmd_print,
	[MODE_CHECK] = cmd_check,
	[MODE_DRY_RUN] = cmd_dryrun,
	[MODE_SERVERINFO] = cmd_serverinfo,
	[MODE_RMQS] = cmd_rmqs,
	[MODE_CONFIGURE] = cmd_configure,
	[MODE_MAILQ] = cmd_mailq,
	[MODE_QUEUE_RUN] = cmd_queue_run,
	[MODE_QUEUE_SHOW] = cmd_steer,
	[MODE_QUEUE_HOLD] = cmd_steer,
	[MODE_QUEUE_RELEASE] = cmd_steer,
	[MODE_QUEUE_RETRY] = cmd_steer,
	[MODE_QUEUE_REMOVE] = cmd_steer,
	[MODE_QUEUE_CHECK] = cmd_queue_check,
	[MODE_STORE_PASSWORD] = cmd_store_password,
	[MODE_FORGET_PASSWORD] = cmd_forget_password,
	[MODE_NEWALIASES] = cmd_newaliases,
	[MODE_VERIFY] = cmd_verify,
	[MODE_HELP] = main_help,
	[MODE_VERSION] = main_version,
};

int
main(int argc, char **argv)
{
	AUTO(plan) struct plan plan;
	AUTO(error) struct error err = ERROR_INIT;

	main_fill_descriptors();
	main_reset_signals();
	/* what we make is ours alone, and ours in full */
	(void)umask(S_IRWXG | S_IRWXO);
	main_hide_memory();
	main_clean_environment();
	i18n_prepare();
	plan_init(&plan);
	if (main_check_rights(&err) < 0 ||
	    cmdline_parse(&plan, argc, argv, &err) < 0) {
		words_error(plan.program ? plan.program : PACKAGE, &err);
		if (plan.personality == PERSONALITY_SENDMAIL)
			cmd_drain_input();
		return err_exit_code(&err);
	}
	if (plan.mode != MODE_SEND)
		i18n_begin(); /* these have something to say */
	return main_modes[plan.mode](&plan);
}
