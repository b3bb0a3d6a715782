/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "conf/opts.h"

static const struct opt_legacy opt_legacies[] = {
	{ "connect_timeout", "connect-timeout", OPT_TIMEOUT, NULL, NULL },
	{ "keepbcc", "keepbcc", OPT_REMOVE_BCC_HEADERS, "off", "on" },
	{ "add_missing_from_header", "add-missing-from-header",
	    OPT_SET_FROM_HEADER, "auto", "off" },
	{ "add_missing_date_header", "add-missing-date-header",
	    OPT_SET_DATE_HEADER, "auto", "off" },
	{ "undisclosed_recipients", "undisclosed-recipients", OPT_SET_TO_HEADER,
	    "undisclosed_recipients", "off" },
	{ "tls_nocertcheck", NULL, OPT_TLS_CERTCHECK, "off", NULL },
	{ "tls_nostarttls", NULL, OPT_TLS_STARTTLS, "off", NULL },
	/* for a protocol that nobody speaks any more; msmtp ignores it too */
	{ "tls_force_sslv3", "tls-force-sslv3", OPT_COUNT, NULL, NULL },
};
#define LEGACY_COUNT (sizeof(opt_legacies) / sizeof(opt_legacies[0]))
_Static_assert(LEGACY_COUNT <= OPT_LEGACY_MAX, "OPT_LEGACY_MAX");

const struct opt_legacy *
opt_legacy(size_t i)
{
	return i < LEGACY_COUNT ? &opt_legacies[i] : NULL;
}

const struct opt_legacy *
opt_legacy_find(const char *name)
{
	for (size_t i = 0; i < LEGACY_COUNT; i++)
		if (strcmp(opt_legacies[i].name, name) == 0)
			return &opt_legacies[i];
	return NULL;
}

int
opt_legacy_value(const struct opt_legacy *l, const char *value,
    const char **out, struct error *err)
{
	bool is_bare = !value || !*value;

	if (!l->on) {
		*out = value;
	} else if (is_bare || (l->off && strcmp(value, "on") == 0)) {
		*out = l->on;
	} else if (!l->off) {
		return err_set(
		    err, ERR_CONFIG, _("%s takes no value"), l->name);
	} else if (strcmp(value, "off") == 0) {
		*out = l->off;
	} else {
		auto_free char *shown = text_escaped(value);

		(void)err_set(err, ERR_CONFIG, _("invalid value \"%s\" for %s"),
		    shown, l->name);
		return err_hint(err, _("Write one of %s."), "on|off");
	}
	return 0;
}
