/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/idn2.h"

IDN2_SYMBOLS(LIBRARY_SLOT)

LIBRARY_NOTE(idn, "internationalized host names", "required", LIBRARY_IDN2);

int
idn2_load(struct error *err)
{
	static const struct library_symbol symbols[] = { IDN2_SYMBOLS(
	    LIBRARY_SYMBOL) };
	static const struct library lib = { LIBRARY_IDN2, symbols,
		sizeof(symbols) / sizeof(symbols[0]) };

	return library_load(&lib, err);
}
