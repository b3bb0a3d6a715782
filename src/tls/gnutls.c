/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tls/gnutls.h"

#include "base/i18n.h"

GNUTLS_SYMBOLS(LIBRARY_SLOT)

LIBRARY_NOTE(tls, "TLS", "required", LIBRARY_GNUTLS);

int
gnutls_load(struct error *err)
{
	static const struct library_symbol symbols[] = { GNUTLS_SYMBOLS(
	    LIBRARY_SYMBOL) };
	static const struct library lib = { LIBRARY_GNUTLS, symbols,
		sizeof(symbols) / sizeof(symbols[0]) };

	int rc;

	if (library_load(&lib, err) < 0)
		return -1;
	rc = gnutls_global_init();
	if (rc >= 0)
		return 0;
	(void)err_set(err, ERR_SOFTWARE, _("cannot set up TLS"));
	return err_detail(err, "%s", gnutls_strerror(rc));
}
