/* SPDX-License-Identifier: ISC */
/*
 * tlsprobe HOST PORT IDENTITY TRUSTFILE|- required|report|off SECONDS
 *	[SETTING=VALUE ...]
 *
 * Dials HOST, shakes hands as IDENTITY, says one line and reads one.  Prints
 * what came of it as key=value lines; exits with the error's exit code.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/error.h"
#include "net/dial.h"
#include "tls/tls.h"

static int
probe_failed(const char *step, const struct error *err)
{
	printf("step=%s\nkind=%s\ntext=%s\ndetail=%s\nhint=%s\n", step,
	    err_table[err->kind].name, err->text ? err->text : "",
	    err->detail ? err->detail : "", err->hint ? err->hint : "");
	return err_exit_code(err);
}

static enum tls_verify
probe_mode(const char *word)
{
	if (strcmp(word, "report") == 0)
		return TLS_VERIFY_REPORT;
	return strcmp(word, "off") == 0 ? TLS_VERIFY_OFF : TLS_VERIFY_REQUIRED;
}

/* "pin=pin-sha256:..." and the like; false for an unknown one. */
static bool
probe_setting(struct tls_params *p, const char *word)
{
	const struct {
		const char *name;
		const char **value;
	} settings[] = {
		{ "fingerprint", &p->pins.fingerprint },
		{ "pin", &p->pins.keys },
		{ "pin_mode", &p->pins.mode },
		{ "cert_file", &p->client.cert },
		{ "key_file", &p->client.key },
		{ "crl_file", &p->crl_file },
		{ "priorities", &p->priority.list },
		{ "min_dh_prime_bits", &p->priority.min_dh_bits },
	};

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		size_t len = strlen(settings[i].name);

		if (strncmp(word, settings[i].name, len) == 0 &&
		    word[len] == '=') {
			*settings[i].value = word + len + 1;
			return true;
		}
	}
	return false;
}

static void
probe_show_binding(const struct stream *s)
{
	AUTO(buf) struct buf exporter = BUF_INIT(256);
	AUTO(buf) struct buf unique = BUF_INIT(256);

	printf("exporter=%d\n",
	    tls_channel_binding(s, TLS_BINDING_EXPORTER, &exporter) == 0
		? (int)exporter.len
		: -1);
	printf("unique=%d\n",
	    tls_channel_binding(s, TLS_BINDING_UNIQUE, &unique) == 0
		? (int)unique.len
		: -1);
}

static int
probe_talk(struct stream *s, struct error *err)
{
	char line[512];
	ssize_t n;

	if (stream_write(s, "hello\r\n", 7, err) < 0)
		return probe_failed("write", err);
	n = stream_read(s, line, sizeof(line), err);
	if (n < 0)
		return probe_failed("read", err);
	printf("read=%d\n", (int)n);
	return 0;
}

int
main(int argc, char **argv)
{
	AUTO(peer) struct peer peer = PEER_INIT;
	AUTO(tls_info) struct tls_info info = TLS_INFO_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	struct tls_params params = { .verify = TLS_VERIFY_REQUIRED };
	struct way way = { .family = AF_UNSPEC };
	struct stream *stream = NULL, *top = NULL;
	int rc;

	if (argc < 7)
		return 64;
	for (int i = 7; i < argc; i++)
		if (!probe_setting(&params, argv[i]))
			return 64;
	params.host = argv[3];
	params.trust_file = strcmp(argv[4], "-") == 0 ? NULL : argv[4];
	params.verify = probe_mode(argv[5]);
	if (tls_check(&params, &err) < 0)
		return probe_failed("check", &err);
	way.host = argv[1];
	way.port = (uint16_t)strtoul(argv[2], NULL, 10);
	if (net_dial(&way, deadline_in(strtol(argv[6], NULL, 10)), &peer,
		&stream, &err) < 0)
		return probe_failed("dial", &err);
	printf("peer=%s\nloopback=%d\n", peer.address, peer.is_loopback);
	if (tls_wrap(stream, &params, &info, &top, &err) < 0) {
		stream_free(stream);
		return probe_failed("tls", &err);
	}
	printf("verified=%d\nsession=%s\nproblem=%s\n", info.is_verified,
	    info.description, info.problem.text ? info.problem.text : "");
	printf("warning=%s\n", info.warning ? info.warning : "");
	probe_show_binding(top);
	rc = probe_talk(top, &err);
	stream_free(top);
	return rc;
}
