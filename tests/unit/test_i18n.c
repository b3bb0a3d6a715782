/* SPDX-License-Identifier: ISC */
/* A message comes out in German, whole and with its values in place. */
#include "config.h"

#if ENABLE_NLS
#include <libintl.h>
#endif
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/xalloc.h"
#include "conf/conf.h"
#include "conf/parse.h"

/* Any locale but "C" will do: LANGUAGE then says which texts are taken. */
static bool
set_german(void)
{
	static const char *const locales[] = { "de_DE.UTF-8", "C.UTF-8",
		"en_US.UTF-8" };

	if (setenv("LANGUAGE", "de", 1) < 0)
		return false;
	for (size_t i = 0; i < sizeof(locales) / sizeof(locales[0]); i++)
		if (setlocale(LC_ALL, locales[i]))
			return true;
	return false;
}

static int
setup(void **state)
{
	(void)state;
#if ENABLE_NLS
	if (!bindtextdomain(PACKAGE, TEST_LOCALEDIR) || !textdomain(PACKAGE) ||
	    !bind_textdomain_codeset(PACKAGE, "UTF-8"))
		return -1;
#endif
	return 0;
}

static void
test_error_in_german(void **state)
{
	AUTO(conf) struct conf c = { 0 };
	AUTO(error) struct error err = ERROR_INIT;
	auto_free char *text = xstrdup("host h\ntls_certchek off\n");
	struct parse_facts facts = { 0 };

	(void)state;
	if (!ENABLE_NLS)
		skip();
	assert_true(set_german());
	assert_int_equal(
	    parse_config(&c, "rc", text, strlen(text), &facts, &err), -1);
	assert_string_equal(
	    err.text, "rc: Zeile 2: unbekannter Befehl tls_certchek");
	assert_string_equal(err.hint, "War tls_certcheck gemeint?");
}

static void
test_help_in_german(void **state)
{
	AUTO(plan) struct plan p = { 0 };
	auto_free char *help = NULL;

	(void)state;
	if (!ENABLE_NLS)
		skip();
	assert_true(set_german());
	p.program = xstrdup("postrider");
	help = help_text(&p);
	assert_non_null(strstr(help, "Aufruf: postrider"));
	assert_non_null(strstr(help, "--file=DATEI"));
	/* the columns count characters, not octets */
	assert_non_null(
	    strstr(help, "      --tls[=on|off]              die Verbindung "
			 "verschl\xc3\xbcsseln\n"));
}

/* What goes into a mail is UTF-8, whatever the terminal is. */
static void
test_utf8_for_mails(void **state)
{
	auto_free char *language = NULL;
	auto_free char *plain = NULL;
	const char *text;

	(void)state;
	if (!ENABLE_NLS)
		skip();
	assert_true(set_german());
	language = i18n_language();
	assert_string_equal(language, "de");
	assert_non_null(setlocale(LC_CTYPE, "C"));
	i18n_use_utf8(false);
	plain = xstrdup(_("the server does not support authentication"));
	assert_true(text_is_ascii(plain, strlen(plain)));
	i18n_use_utf8(true);
	text = _("the server does not support authentication");
	assert_true(utf8_is_valid(text, strlen(text)));
	assert_non_null(strstr(text, "unterst\u00fctzt"));
	assert_true(set_german());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_error_in_german),
		cmocka_unit_test(test_help_in_german),
		cmocka_unit_test(test_utf8_for_mails),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
