/* SPDX-License-Identifier: ISC */
/*
 * Shared libraries that are opened by whoever needs them first.
 *
 * The loader's work for GnuTLS, libgsasl and what stands behind them is three
 * quarters of what the program does for a mail that needs neither.  So nothing
 * is linked with them.  The header that stands for one lists its symbols once
 * more as LIBRARY_SLOTs and gives each its usual name by a #define: the code
 * reads as if it were linked, and a symbol that was forgotten is an error when
 * the program is linked.  The slots are empty until library_load().
 */
#ifndef BASE_LIBRARY_H
#define BASE_LIBRARY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct library_symbol {
	const char *name;
	void *slot; /* of the pointer to it */
};

struct library {
	const char *soname;
	const struct library_symbol *symbols;
	size_t count; /* at least 1 */
};

/* A slot for a function or variable that a header has declared. */
#define LIBRARY_SLOT(name) __typeof__(name) *lib_##name;
#define LIBRARY_EXTERN(name) extern LIBRARY_SLOT(name)
/* Its row in library.symbols. */
#define LIBRARY_SYMBOL(name) { #name, &lib_##name },

/*
 * Tells those who make packages of the program what it opens
 * (uapi-group.org, ELF dlopen metadata): dh_dlopenlibdeps makes a dependency
 * of it.
 */
#define LIBRARY_NOTE(feature, words, priority, soname)                         \
	LIBRARY_NOTE_JSON(feature,                                             \
	    "[{\"feature\":\"" #feature "\",\"description\":\"" words          \
	    "\",\"priority\":\"" priority "\",\"soname\":[\"" soname "\"]}]")
#define LIBRARY_NOTE_JSON(feature, json)                                       \
	static const struct {                                                  \
		uint32_t name_size, json_size, type;                           \
		char name[4];                                                  \
		char text[(sizeof(json) + 3) / 4 * 4];                         \
	} library_note_##feature                                               \
	    __attribute__((used, aligned(4), section(".note.dlopen"))) = { 4,  \
		    sizeof(json), 0x407c0c0a, "FDO", json }

/* Opens the library, which stays open, and fills all slots, once.  ERR_OS with
 * a hint when it or a symbol of it is missing: no slot is filled then. */
int library_load(const struct library *lib, struct error *err);

#endif
