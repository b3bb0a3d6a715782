/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/utf8.h"

size_t
utf8_decode(const char *s, size_t len, uint32_t *cp)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t min;
	} forms[] = {
		{ 0x80, 0x00, 0 },
		{ 0xe0, 0xc0, 0x80 },
		{ 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 },
	};
	const unsigned char *u = (const unsigned char *)s;
	uint32_t value;

	*cp = 0xfffd;
	for (size_t n = 0; n < 4 && n < len; n++) {
		if ((u[0] & forms[n].mask) != forms[n].lead)
			continue;
		value = u[0] & (unsigned char)~forms[n].mask;
		for (size_t i = 1; i <= n; i++) {
			if ((u[i] & 0xc0) != 0x80)
				return 0;
			value = value << 6 | (u[i] & 0x3f);
		}
		if (value < forms[n].min || value > 0x10ffff ||
		    (value >= 0xd800 && value <= 0xdfff))
			return 0;
		*cp = value;
		return n + 1;
	}
	return 0;
}

bool
utf8_is_valid(const char *s, size_t len)
{
	uint32_t cp;

	for (size_t pos = 0, n; pos < len; pos += n)
		if (!(n = utf8_decode(s + pos, len - pos, &cp)))
			return false;
	return true;
}

bool
utf8_is_format(uint32_t cp)
{
	return (cp >= 0x80 && cp <= 0x9f) || cp == 0xad || cp == 0x61c ||
	       (cp >= 0x200b && cp <= 0x200f) ||
	       (cp >= 0x2028 && cp <= 0x202e) ||
	       (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff ||
	       (cp >= 0xfff9 && cp <= 0xfffb) ||
	       (cp >= 0xe0000 && cp <= 0xe007f);
}
