/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <locale.h>

#include "base/i18n.h"

int
main(void)
{
	(void)setlocale(LC_ALL, "");
#if ENABLE_NLS
	(void)bindtextdomain(PACKAGE, LOCALEDIR);
	(void)textdomain(PACKAGE);
#endif
	return 0;
}
