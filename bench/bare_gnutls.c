/* SPDX-License-Identifier: ISC */
/*
 * bare_gnutls PORT IDENTITY TRUSTFILE|- [CRLFILE]
 *
 * The least that one TLS connection costs with GnuTLS, and what the library
 * says of a chain with the whole store loaded: connects to 127.0.0.1, shakes
 * hands, says one line and reads one.  Exit code 0, 1 when the certificate is
 * refused, 2 when nothing came about.
 */
#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define PRIORITY                                                               \
	"-VERS-TLS1.1:-VERS-TLS1.0:-VERS-DTLS-ALL:-RSA:-DHE-RSA:"              \
	"-AES-128-CBC:-AES-256-CBC:-AES-128-CCM:-AES-256-CCM:"                 \
	"%PROFILE_MEDIUM:%SAFE_RENEGOTIATION"

static gnutls_typed_vdata_st wanted[2] = {
	{ GNUTLS_DT_DNS_HOSTNAME, NULL, 0 },
	{ GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)GNUTLS_KP_TLS_WWW_SERVER,
	    0 },
};

static int
dial(unsigned long port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return -1;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

static int
handshake(gnutls_session_t session, const char *host, int fd)
{
	static unsigned char address[4];
	int rc;

	wanted[0].data = (unsigned char *)host;
	if (inet_pton(AF_INET, host, address) == 1) {
		wanted[0].type = GNUTLS_DT_IP_ADDRESS;
		wanted[0].data = address;
		wanted[0].size = sizeof(address);
	} else {
		(void)gnutls_server_name_set(
		    session, GNUTLS_NAME_DNS, host, strlen(host));
	}
	gnutls_session_set_verify_cert2(session, wanted, 2, 0);
	gnutls_transport_set_int(session, fd);
	do {
		rc = gnutls_handshake(session);
	} while (rc < 0 && !gnutls_error_is_fatal(rc));
	return rc;
}

static int
talk(gnutls_session_t session)
{
	char line[512];
	ssize_t n;

	if (gnutls_record_send(session, "hello\r\n", 7) < 0)
		return 2;
	/* session tickets come first, each as a call that says "again" */
	do {
		n = gnutls_record_recv(session, line, sizeof(line));
	} while (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED);
	if (n < 0)
		return 2;
	(void)gnutls_bye(session, GNUTLS_SHUT_WR);
	return 0;
}

int
main(int argc, char **argv)
{
	gnutls_certificate_credentials_t cred;
	gnutls_session_t session;
	int fd, rc;

	if (argc < 4 || argc > 5 ||
	    (fd = dial(strtoul(argv[1], NULL, 10))) < 0 ||
	    gnutls_global_init() < 0 ||
	    gnutls_certificate_allocate_credentials(&cred) < 0 ||
	    gnutls_init(&session, GNUTLS_CLIENT | GNUTLS_NO_TICKETS) < 0)
		return 2;
	if (strcmp(argv[3], "-") == 0)
		rc = gnutls_certificate_set_x509_system_trust(cred);
	else
		rc = gnutls_certificate_set_x509_trust_file(
		    cred, argv[3], GNUTLS_X509_FMT_PEM);
	if (rc > 0 && argc == 5)
		rc = gnutls_certificate_set_x509_crl_file(
		    cred, argv[4], GNUTLS_X509_FMT_PEM);
	if (rc < 1 ||
	    gnutls_set_default_priority_append(session, PRIORITY, NULL, 0) < 0)
		return 2;
	(void)gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, cred);
	rc = handshake(session, argv[2], fd);
	printf("%s\n", gnutls_strerror(rc));
	if (rc == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR)
		rc = 1;
	else
		rc = rc < 0 ? 2 : talk(session);
	gnutls_deinit(session);
	gnutls_certificate_free_credentials(cred);
	return rc;
}
