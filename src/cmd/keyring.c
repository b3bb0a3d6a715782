/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cmd/keyring.h"

#include <unistd.h>

#include "base/deadline.h"
#include "base/i18n.h"
#include "cmd/words.h"
#include "cred/cred.h"

static int
keyring_account(
    const struct plan *plan, struct account **account, struct error *err)
{
	AUTO(conf) struct conf conf = { 0 };
	int rc = conf_load(&conf, plan, err);

	if (rc == 0)
		rc = conf_choose(&conf, plan, NULL, NULL, account, err);
	return rc;
}

static int
keyring_read(
    const struct cred_request *r, struct secret *password, struct error *err)
{
	if (!isatty(STDIN_FILENO))
		return cred_read(STDIN_FILENO, password, err);
	if (cred_prompt(r, password))
		return 0;
	return err_set(err, ERR_CREDENTIAL, _("the password is empty"));
}

static int
keyring_end(const struct plan *plan, struct account *account, int rc,
    const struct error *err)
{
	account_free(account);
	if (rc == 0)
		return err_table[ERR_NONE].exit_code;
	return words_exit(plan->program, err);
}

int
cmd_store_password(const struct plan *plan)
{
	struct account *account = NULL;
	AUTO(secret) struct secret password = SECRET_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	int rc = keyring_account(plan, &account, &err);
	struct cred_request r = { account, DEADLINE_NONE, true };

	if (rc == 0)
		rc = keyring_read(&r, &password, &err);
	if (rc == 0)
		rc = cred_store(&r, &password, &err);
	return keyring_end(plan, account, rc, &err);
}

int
cmd_forget_password(const struct plan *plan)
{
	struct account *account = NULL;
	AUTO(error) struct error err = ERROR_INIT;
	int rc = keyring_account(plan, &account, &err);
	struct cred_request r = { account, DEADLINE_NONE, false };

	if (rc == 0)
		rc = cred_forget(&r, &err);
	return keyring_end(plan, account, rc, &err);
}
