/* SPDX-License-Identifier: ISC */
/* The sources of cred.c's table; each is what cred_source says. */
#ifndef CRED_SOURCES_H
#define CRED_SOURCES_H

#include "cred/cred.h"

/* cred/command.c: passwordeval */
cred_source command_find;
/* cred/files.c: password_file; $CREDENTIALS_DIRECTORY/NAME, where NAME is
 * password_credential, else postrider.ACCOUNT.password */
cred_source file_find, credential_find;
/* cred/secret_service.c: the items host, service (smtp) and user, as msmtp and
 * secret-tool keep them */
cred_source secret_service_find;
/* cred/kernel.c: the key postrider:USER@HOST of type user */
cred_source kernel_find;
/* cred/netrc.c: ~/.netrc and SYSCONFDIR/netrc */
cred_source netrc_find;
/* cred/prompt.c */
cred_source prompt_find;

/* The one line in said without its end, LF or CRLF or none: its octets, or 0
 * where it is not just that. */
size_t cred_one_line(const struct secret *said);

/* Keyrings that can be written. */
int secret_service_store(const struct cred_request *r,
    const struct secret *password, struct error *err);
int secret_service_forget(const struct cred_request *r, struct error *err);
int kernel_store(const struct cred_request *r, const struct secret *password,
    struct error *err);
int kernel_forget(const struct cred_request *r, struct error *err);

#endif
