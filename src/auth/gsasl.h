/* SPDX-License-Identifier: ISC */
/* GNU SASL, opened when it is needed: see base/library.h. */
#ifndef AUTH_GSASL_H
#define AUTH_GSASL_H

#include <gsasl.h>

#include "base/library.h"

/* clang-format off */
#define GSASL_SYMBOLS(row)                                                     \
	row(gsasl_callback_set)                                                \
	row(gsasl_client_start)                                                \
	row(gsasl_done)                                                        \
	row(gsasl_finish)                                                      \
	row(gsasl_free)                                                        \
	row(gsasl_init)                                                        \
	row(gsasl_property_fast)                                               \
	row(gsasl_property_set)                                                \
	row(gsasl_saslprep)                                                    \
	row(gsasl_session_hook_get)                                            \
	row(gsasl_session_hook_set)                                            \
	row(gsasl_step)                                                        \
	row(gsasl_strerror)
/* clang-format on */

GSASL_SYMBOLS(LIBRARY_EXTERN)

#define gsasl_callback_set (*lib_gsasl_callback_set)
#define gsasl_client_start (*lib_gsasl_client_start)
#define gsasl_done (*lib_gsasl_done)
#define gsasl_finish (*lib_gsasl_finish)
#define gsasl_free (*lib_gsasl_free)
#define gsasl_init (*lib_gsasl_init)
#define gsasl_property_fast (*lib_gsasl_property_fast)
#define gsasl_property_set (*lib_gsasl_property_set)
#define gsasl_saslprep (*lib_gsasl_saslprep)
#define gsasl_session_hook_get (*lib_gsasl_session_hook_get)
#define gsasl_session_hook_set (*lib_gsasl_session_hook_set)
#define gsasl_step (*lib_gsasl_step)
#define gsasl_strerror (*lib_gsasl_strerror)

/* Before anything else of the library is called; ERR_OS. */
int gsasl_load(struct error *err);

#endif
