/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "auth/gsasl.h"

GSASL_SYMBOLS(LIBRARY_SLOT)

LIBRARY_NOTE(sasl, "authentication", "required", LIBRARY_GSASL);

int
gsasl_load(struct error *err)
{
	static const struct library_symbol symbols[] = { GSASL_SYMBOLS(
	    LIBRARY_SYMBOL) };
	static const struct library lib = { LIBRARY_GSASL, symbols,
		sizeof(symbols) / sizeof(symbols[0]) };

	return library_load(&lib, err);
}
