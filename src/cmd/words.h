/* SPDX-License-Identifier: ISC */
/* What is said to the person in front of the screen; nothing on success. */
#ifndef CMD_WORDS_H
#define CMD_WORDS_H

#include "base/buf.h"
#include "base/error.h"
#include "mail/envelope.h"

/* On standard error, each line sanitised and headed by the program's name: what
 * went wrong; what the server said, or the detail; what to do. */
void words_error(const char *program, const struct error *err);
/* The same, and returns the exit code. */
int words_exit(const char *program, const struct error *err);
/* The same for each recipient that was not reached, with those who were put off
 * or without them; equal reasons once. */
void words_verdicts(
    const char *program, const struct envelope *e, bool tells_deferred);
/* All that out has, on standard output; ERR_IO. */
int words_print(const struct buf *out, struct error *err);
/* One line. */
void words_note(const char *program, const char *text);

#endif
