/* SPDX-License-Identifier: ISC */
/* What can be known of a transaction before anything is said. */
#include "config.h"

#include "smtp/transact.h"

#include <inttypes.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "mail/addr.h"
#include "mail/envelope.h"
#include "mail/message.h"
#include "smtp/params.h"
#include "smtp/session.h"

/* Whether addr can go to this server; looked at once more just before it is
 * written, wherever it came from. */
static int
transact_check_address(
    struct transact *t, const char *addr, bool allow_null, struct error *err)
{
	size_t len = strlen(addr);
	AUTO(buf) struct buf ascii = BUF_INIT(PARAMS_MAX);

	if (addr_validate(addr, len, allow_null, N_("the envelope"), err) < 0)
		return -1;
	if (text_is_ascii(addr, len))
		return 0;
	if (!params_is_wide(addr))
		return params_address(&ascii, addr, false, err);
	if (!transact_has(t, SMTP_EXT_SMTPUTF8))
		return err_set(err, ERR_SMTPUTF8,
		    _("the server does not support internationalized "
		      "addresses: %s"),
		    addr);
	t->is_utf8 = true;
	return 0;
}

/* RFC 1870: what is too big for the server is not offered to it. */
static int
transact_check_size(const struct transact *t, struct error *err)
{
	uint64_t max;

	if (!smtp_size_max(t->s, &max) || t->size <= max)
		return 0;
	(void)err_set(
	    err, ERR_TOO_BIG, _("the message is too big for the server"));
	return err_detail(
	    err, "%" PRIu64 " octets, SIZE %" PRIu64, t->size, max);
}

int
transact_check(struct transact *t, struct error *err)
{
	AUTO(error) struct error why = ERROR_INIT;

	t->is_utf8 = t->m->needs_smtputf8;
	if (t->is_utf8 && !transact_has(t, SMTP_EXT_SMTPUTF8))
		return err_set(err, ERR_SMTPUTF8,
		    _("the server does not support internationalized mail"));
	if (transact_check_address(t, t->env->from, true, err) < 0)
		return -1;
	for (size_t i = 0; i < t->env->count; i++) {
		struct rcpt *rcpt = &t->env->rcpts[i];

		if (rcpt->fate == FATE_PENDING &&
		    transact_check_address(t, rcpt->addr, false, &why) < 0)
			transact_rule_rcpt(rcpt, &why);
	}
	if (t->s->chunking == SMTP_CHUNKING_ON &&
	    !transact_has(t, SMTP_EXT_CHUNKING))
		return err_set(err, ERR_UNSUPPORTED,
		    _("the server does not support %s"), "CHUNKING");
	/* RFC 3030 3: never behind DATA */
	if (t->m->is_binary && (t->s->chunking == SMTP_CHUNKING_OFF ||
				   !transact_has(t, SMTP_EXT_CHUNKING) ||
				   !transact_has(t, SMTP_EXT_BINARYMIME)))
		return err_set(err, ERR_UNSUPPORTED,
		    _("the server does not support %s"), "BINARYMIME");
	if (params_check(t->env, &t->s->ext, err) < 0)
		return -1;
	return transact_check_size(t, err);
}
