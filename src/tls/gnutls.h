/* SPDX-License-Identifier: ISC */
/* GnuTLS, opened when it is needed: see base/library.h. */
#ifndef TLS_GNUTLS_H
#define TLS_GNUTLS_H

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/ocsp.h>
#include <gnutls/x509.h>

#include "base/library.h"

/* clang-format off */
#define GNUTLS_SYMBOLS(row)                                                    \
	row(gnutls_alert_get)                                                  \
	row(gnutls_alert_get_name)                                             \
	row(gnutls_alert_send_appropriate)                                     \
	row(gnutls_bye)                                                        \
	row(gnutls_certificate_activation_time_peers)                          \
	row(gnutls_certificate_allocate_credentials)                           \
	row(gnutls_certificate_expiration_time_peers)                          \
	row(gnutls_certificate_free_credentials)                               \
	row(gnutls_certificate_get_peers)                                      \
	row(gnutls_certificate_set_retrieve_function3)                         \
	row(gnutls_certificate_set_trust_list)                                 \
	row(gnutls_certificate_set_verify_flags)                               \
	row(gnutls_certificate_set_verify_function)                            \
	row(gnutls_certificate_set_x509_key_mem2)                              \
	row(gnutls_certificate_type_get)                                       \
	row(gnutls_certificate_verification_status_print)                      \
	row(gnutls_certificate_verify_peers)                                   \
	row(gnutls_check_version)                                              \
	row(gnutls_credentials_set)                                            \
	row(gnutls_deinit)                                                     \
	row(gnutls_dh_set_prime_bits)                                          \
	row(gnutls_error_is_fatal)                                             \
	row(gnutls_free)                                                       \
	row(gnutls_global_init)                                                \
	row(gnutls_handshake)                                                  \
	row(gnutls_handshake_set_max_packet_length)                            \
	row(gnutls_hash_fast)                                                  \
	row(gnutls_hmac_fast)                                                  \
	row(gnutls_init)                                                       \
	row(gnutls_ocsp_resp_check_crt)                                        \
	row(gnutls_ocsp_resp_deinit)                                           \
	row(gnutls_ocsp_resp_get_single)                                       \
	row(gnutls_ocsp_resp_get_status)                                       \
	row(gnutls_ocsp_resp_import)                                           \
	row(gnutls_ocsp_resp_init)                                             \
	row(gnutls_ocsp_status_request_get)                                    \
	row(gnutls_pbkdf2)                                                     \
	row(gnutls_pcert_deinit)                                               \
	row(gnutls_pcert_list_import_x509_file)                                \
	row(gnutls_pk_get_name)                                                \
	row(gnutls_priority_deinit)                                            \
	row(gnutls_priority_init)                                              \
	row(gnutls_priority_protocol_list)                                     \
	row(gnutls_priority_set_direct)                                        \
	row(gnutls_privkey_deinit)                                             \
	row(gnutls_privkey_import_url)                                         \
	row(gnutls_privkey_init)                                               \
	row(gnutls_privkey_set_pin_function)                                   \
	row(gnutls_protocol_get_version)                                       \
	row(gnutls_record_recv)                                                \
	row(gnutls_record_send)                                                \
	row(gnutls_server_name_set)                                            \
	row(gnutls_session_channel_binding)                                    \
	row(gnutls_session_get_desc)                                           \
	row(gnutls_session_get_flags)                                          \
	row(gnutls_session_get_ptr)                                            \
	row(gnutls_session_set_keylog_function)                                \
	row(gnutls_session_set_ptr)                                            \
	row(gnutls_set_default_priority_append)                                \
	row(gnutls_sign_get_name)                                              \
	row(gnutls_strerror)                                                   \
	row(gnutls_transport_set_errno)                                        \
	row(gnutls_transport_set_ptr)                                          \
	row(gnutls_transport_set_pull_function)                                \
	row(gnutls_transport_set_push_function)                                \
	row(gnutls_x509_crl_deinit)                                            \
	row(gnutls_x509_crl_get_issuer_dn3)                                    \
	row(gnutls_x509_crl_get_next_update)                                   \
	row(gnutls_x509_crl_get_raw_issuer_dn)                                 \
	row(gnutls_x509_crl_get_this_update)                                   \
	row(gnutls_x509_crl_list_import2)                                      \
	row(gnutls_x509_crt_check_revocation)                                  \
	row(gnutls_x509_crt_deinit)                                            \
	row(gnutls_x509_crt_get_activation_time)                               \
	row(gnutls_x509_crt_get_dn3)                                           \
	row(gnutls_x509_crt_get_expiration_time)                               \
	row(gnutls_x509_crt_get_issuer_dn3)                                    \
	row(gnutls_x509_crt_get_pk_algorithm)                                  \
	row(gnutls_x509_crt_get_signature_algorithm)                           \
	row(gnutls_x509_crt_import)                                            \
	row(gnutls_x509_crt_init)                                              \
	row(gnutls_x509_trust_list_add_cas)                                    \
	row(gnutls_x509_trust_list_add_crls)                                   \
	row(gnutls_x509_trust_list_add_system_trust)                           \
	row(gnutls_x509_trust_list_deinit)                                     \
	row(gnutls_x509_trust_list_init)
/* clang-format on */

GNUTLS_SYMBOLS(LIBRARY_EXTERN)

#define gnutls_alert_get (*lib_gnutls_alert_get)
#define gnutls_alert_get_name (*lib_gnutls_alert_get_name)
#define gnutls_alert_send_appropriate (*lib_gnutls_alert_send_appropriate)
#define gnutls_bye (*lib_gnutls_bye)
#define gnutls_certificate_activation_time_peers                               \
	(*lib_gnutls_certificate_activation_time_peers)
#define gnutls_certificate_allocate_credentials                                \
	(*lib_gnutls_certificate_allocate_credentials)
#define gnutls_certificate_expiration_time_peers                               \
	(*lib_gnutls_certificate_expiration_time_peers)
#define gnutls_certificate_free_credentials                                    \
	(*lib_gnutls_certificate_free_credentials)
#define gnutls_certificate_get_peers (*lib_gnutls_certificate_get_peers)
#define gnutls_certificate_set_retrieve_function3                              \
	(*lib_gnutls_certificate_set_retrieve_function3)
#define gnutls_certificate_set_trust_list                                      \
	(*lib_gnutls_certificate_set_trust_list)
#define gnutls_certificate_set_verify_flags                                    \
	(*lib_gnutls_certificate_set_verify_flags)
#define gnutls_certificate_set_verify_function                                 \
	(*lib_gnutls_certificate_set_verify_function)
#define gnutls_certificate_set_x509_key_mem2                                   \
	(*lib_gnutls_certificate_set_x509_key_mem2)
#define gnutls_certificate_type_get (*lib_gnutls_certificate_type_get)
#define gnutls_certificate_verification_status_print                           \
	(*lib_gnutls_certificate_verification_status_print)
#define gnutls_certificate_verify_peers (*lib_gnutls_certificate_verify_peers)
#define gnutls_check_version (*lib_gnutls_check_version)
#define gnutls_credentials_set (*lib_gnutls_credentials_set)
#define gnutls_deinit (*lib_gnutls_deinit)
#define gnutls_dh_set_prime_bits (*lib_gnutls_dh_set_prime_bits)
#define gnutls_error_is_fatal (*lib_gnutls_error_is_fatal)
#define gnutls_free (*lib_gnutls_free)
#define gnutls_global_init (*lib_gnutls_global_init)
#define gnutls_handshake (*lib_gnutls_handshake)
#define gnutls_handshake_set_max_packet_length                                 \
	(*lib_gnutls_handshake_set_max_packet_length)
#define gnutls_hash_fast (*lib_gnutls_hash_fast)
#define gnutls_hmac_fast (*lib_gnutls_hmac_fast)
#define gnutls_init (*lib_gnutls_init)
#define gnutls_ocsp_resp_check_crt (*lib_gnutls_ocsp_resp_check_crt)
#define gnutls_ocsp_resp_deinit (*lib_gnutls_ocsp_resp_deinit)
#define gnutls_ocsp_resp_get_single (*lib_gnutls_ocsp_resp_get_single)
#define gnutls_ocsp_resp_get_status (*lib_gnutls_ocsp_resp_get_status)
#define gnutls_ocsp_resp_import (*lib_gnutls_ocsp_resp_import)
#define gnutls_ocsp_resp_init (*lib_gnutls_ocsp_resp_init)
#define gnutls_ocsp_status_request_get (*lib_gnutls_ocsp_status_request_get)
#define gnutls_pbkdf2 (*lib_gnutls_pbkdf2)
#define gnutls_pcert_deinit (*lib_gnutls_pcert_deinit)
#define gnutls_pcert_list_import_x509_file                                     \
	(*lib_gnutls_pcert_list_import_x509_file)
#define gnutls_pk_get_name (*lib_gnutls_pk_get_name)
#define gnutls_priority_deinit (*lib_gnutls_priority_deinit)
#define gnutls_priority_init (*lib_gnutls_priority_init)
#define gnutls_priority_protocol_list (*lib_gnutls_priority_protocol_list)
#define gnutls_priority_set_direct (*lib_gnutls_priority_set_direct)
#define gnutls_privkey_deinit (*lib_gnutls_privkey_deinit)
#define gnutls_privkey_import_url (*lib_gnutls_privkey_import_url)
#define gnutls_privkey_init (*lib_gnutls_privkey_init)
#define gnutls_privkey_set_pin_function (*lib_gnutls_privkey_set_pin_function)
#define gnutls_protocol_get_version (*lib_gnutls_protocol_get_version)
#define gnutls_record_recv (*lib_gnutls_record_recv)
#define gnutls_record_send (*lib_gnutls_record_send)
#define gnutls_server_name_set (*lib_gnutls_server_name_set)
#define gnutls_session_channel_binding (*lib_gnutls_session_channel_binding)
#define gnutls_session_get_desc (*lib_gnutls_session_get_desc)
#define gnutls_session_get_flags (*lib_gnutls_session_get_flags)
#define gnutls_session_get_ptr (*lib_gnutls_session_get_ptr)
#define gnutls_session_set_keylog_function                                     \
	(*lib_gnutls_session_set_keylog_function)
#define gnutls_session_set_ptr (*lib_gnutls_session_set_ptr)
#define gnutls_set_default_priority_append                                     \
	(*lib_gnutls_set_default_priority_append)
#define gnutls_sign_get_name (*lib_gnutls_sign_get_name)
#define gnutls_strerror (*lib_gnutls_strerror)
#define gnutls_transport_set_errno (*lib_gnutls_transport_set_errno)
#define gnutls_transport_set_ptr (*lib_gnutls_transport_set_ptr)
#define gnutls_transport_set_pull_function                                     \
	(*lib_gnutls_transport_set_pull_function)
#define gnutls_transport_set_push_function                                     \
	(*lib_gnutls_transport_set_push_function)
#define gnutls_x509_crl_deinit (*lib_gnutls_x509_crl_deinit)
#define gnutls_x509_crl_get_issuer_dn3 (*lib_gnutls_x509_crl_get_issuer_dn3)
#define gnutls_x509_crl_get_next_update (*lib_gnutls_x509_crl_get_next_update)
#define gnutls_x509_crl_get_raw_issuer_dn                                      \
	(*lib_gnutls_x509_crl_get_raw_issuer_dn)
#define gnutls_x509_crl_get_this_update (*lib_gnutls_x509_crl_get_this_update)
#define gnutls_x509_crl_list_import2 (*lib_gnutls_x509_crl_list_import2)
#define gnutls_x509_crt_check_revocation (*lib_gnutls_x509_crt_check_revocation)
#define gnutls_x509_crt_deinit (*lib_gnutls_x509_crt_deinit)
#define gnutls_x509_crt_get_activation_time                                    \
	(*lib_gnutls_x509_crt_get_activation_time)
#define gnutls_x509_crt_get_dn3 (*lib_gnutls_x509_crt_get_dn3)
#define gnutls_x509_crt_get_expiration_time                                    \
	(*lib_gnutls_x509_crt_get_expiration_time)
#define gnutls_x509_crt_get_issuer_dn3 (*lib_gnutls_x509_crt_get_issuer_dn3)
#define gnutls_x509_crt_get_pk_algorithm (*lib_gnutls_x509_crt_get_pk_algorithm)
#define gnutls_x509_crt_get_signature_algorithm                                \
	(*lib_gnutls_x509_crt_get_signature_algorithm)
#define gnutls_x509_crt_import (*lib_gnutls_x509_crt_import)
#define gnutls_x509_crt_init (*lib_gnutls_x509_crt_init)
#define gnutls_x509_trust_list_add_cas (*lib_gnutls_x509_trust_list_add_cas)
#define gnutls_x509_trust_list_add_crls (*lib_gnutls_x509_trust_list_add_crls)
#define gnutls_x509_trust_list_add_system_trust                                \
	(*lib_gnutls_x509_trust_list_add_system_trust)
#define gnutls_x509_trust_list_deinit (*lib_gnutls_x509_trust_list_deinit)
#define gnutls_x509_trust_list_init (*lib_gnutls_x509_trust_list_init)

/* Before anything else of the library is called.  ERR_OS, or ERR_SOFTWARE when
 * it does not start. */
int gnutls_load(struct error *err);

#endif
