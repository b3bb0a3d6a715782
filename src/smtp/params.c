/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "smtp/params.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/host.h"
#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "base/xtext.h"
#include "mail/addr.h"
#include "smtp/session.h"

bool
params_is_wide(const char *addr)
{
	const char *domain = addr_domain(addr);

	return !text_is_ascii(
	    addr, domain ? (size_t)(domain - addr) : strlen(addr));
}

int
params_address(
    struct buf *out, const char *addr, bool is_utf8, struct error *err)
{
	const char *domain = NULL;
	size_t len = strlen(addr);
	auto_free char *form = NULL;

	if (is_utf8 || !text_is_ascii(addr, len))
		domain = addr_domain(addr);
	if (domain && is_utf8) {
		form = host_to_unicode(domain);
	} else if (domain && !text_is_ascii(domain, strlen(domain)) &&
		   host_to_ascii(domain, &form, err) < 0) {
		if (err->kind == ERR_CONFIG)
			err->kind = ERR_ADDRESS;
		return -1;
	}
	/* its owner sees whether it is full */
	(void)buf_add(out, addr, form ? (size_t)(domain - addr) : len);
	if (form)
		(void)buf_add_str(out, form);
	return 0;
}

/* --- wishes --------------------------------------------------------------- */

static int
params_check_one(bool is_wished, const struct ext *ext, unsigned bit,
    const char *keyword, struct error *err)
{
	if (!is_wished || (ext->offered & bit))
		return 0;
	return err_set(
	    err, ERR_UNSUPPORTED, _("the server does not support %s"), keyword);
}

/* What the server says about the times that it can keep. */
static int
params_check_times(
    const struct wishes *w, const struct ext *ext, struct error *err)
{
	const char *by = w->deliver_by;
	const char *hold = w->release;

	if (by && strstr(by, ";R") && strtoull(by, NULL, 10) < ext->by_min_s)
		return err_set(err, ERR_UNSUPPORTED,
		    _("the server does not promise delivery within %" PRIu64
		      " seconds"),
		    (uint64_t)strtoull(by, NULL, 10));
	if (hold && text_has_caseprefix(hold, "HOLDFOR=") && ext->hold_max_s &&
	    strtoull(hold + 8, NULL, 10) > ext->hold_max_s)
		return err_set(err, ERR_UNSUPPORTED,
		    _("the server holds no mail for %s seconds"), hold + 8);
	return 0;
}

/* RFC 3461: of the message, or of one of its recipients. */
static bool
params_wish_dsn(const struct envelope *env)
{
	const struct wishes *w = &env->wishes;

	for (size_t i = 0; i < env->count; i++)
		if (env->rcpts[i].notify && env->rcpts[i].fate == FATE_PENDING)
			return true;
	return w->notify || w->ret || w->envid;
}

int
params_check(
    const struct envelope *env, const struct ext *ext, struct error *err)
{
	const struct wishes *w = &env->wishes;

	if (params_check_one(!w->may_lack_dsn && params_wish_dsn(env), ext,
		SMTP_EXT_DSN, "DSN", err) < 0 ||
	    params_check_one(w->needs_tls, ext, SMTP_EXT_REQUIRETLS,
		"REQUIRETLS", err) < 0 ||
	    params_check_one(
		w->deliver_by, ext, SMTP_EXT_DELIVERBY, "DELIVERBY", err) < 0 ||
	    params_check_one(w->release, ext, SMTP_EXT_FUTURERELEASE,
		"FUTURERELEASE", err) < 0 ||
	    params_check_one(w->priority, ext, SMTP_EXT_MT_PRIORITY,
		"MT-PRIORITY", err) < 0 ||
	    params_check_one(w->auth, ext, SMTP_EXT_AUTH, "AUTH", err) < 0)
		return -1;
	return params_check_times(w, ext, err);
}

static void
params_add(struct buf *out, const char *name, const char *value)
{
	if (value)
		(void)buf_printf(out, " %s%s", name, value);
}

void
params_mail(struct buf *out, const struct transact *t)
{
	const struct wishes *w = &t->env->wishes;

	if (transact_has(t, SMTP_EXT_SIZE))
		(void)buf_printf(out, " SIZE=%" PRIu64, t->size);
	if (t->m->is_binary)
		(void)buf_add_str(out, " BODY=BINARYMIME");
	else if (t->is_8bit && transact_has(t, SMTP_EXT_8BITMIME))
		(void)buf_add_str(out, " BODY=8BITMIME");
	if (t->is_utf8)
		(void)buf_add_str(out, " SMTPUTF8");
	if (transact_has(t, SMTP_EXT_DSN))
		params_add(out, "RET=", w->ret);
	if (w->envid && transact_has(t, SMTP_EXT_DSN)) {
		(void)buf_add_str(out, " ENVID=");
		xtext_add(out, w->envid);
	}
	if (w->needs_tls)
		(void)buf_add_str(out, " REQUIRETLS");
	params_add(out, "BY=", w->deliver_by);
	params_add(out, "", w->release);
	params_add(out, "MT-PRIORITY=", w->priority);
	params_add(out, "AUTH=", w->auth);
}

/* The original recipient (RFC 3461 4.2) goes along where it matters: in
 * reports. */
void
params_rcpt(struct buf *out, const struct transact *t, const struct rcpt *rcpt)
{
	const char *notify =
	    rcpt->notify ? rcpt->notify : t->env->wishes.notify;

	if (!notify || !transact_has(t, SMTP_EXT_DSN))
		return;
	params_add(out, "NOTIFY=", notify);
	if (strcmp(notify, "NEVER") == 0)
		return;
	if (rcpt->orcpt)
		params_add(out, "ORCPT=", rcpt->orcpt);
	else if (text_is_ascii(rcpt->addr, strlen(rcpt->addr))) {
		(void)buf_add_str(out, " ORCPT=rfc822;");
		xtext_add(out, rcpt->addr);
	} else {
		(void)buf_add_str(out, " ORCPT=utf-8;");
		xtext_add_utf8(out, rcpt->addr, t->is_utf8);
	}
}
