#pragma once

// Ed25519 X.509 certificates (RFC 5280, RFC 8410) for mutual TLS. Each member has one CA, whose
// certificate lies in the charter; it signs certificates of the member's own nodes, officers and
// auditors, directly, with no intermediate CAs. Every node trusts all members' CAs for the
// handshake, so the handshake alone lets one member's CA name another member's people. Only
// VerifyPeerChain says who a peer is: every call must go through it.
//
// Certificates are DER as bytes or one PEM text; the texts inside them (subject names) are for
// people only, programs read keys and URIs. Functions are thread-safe and own nothing afterwards.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "base/time.h"
#include "crypto/bytes.h"
#include "crypto/identity.h"
#include "crypto/sign.h"

namespace parley {

// Valid from not_before until, and not at, not_after (as OpenSSL reads it). Certificates know whole
// seconds, so both are rounded down to them.
struct Validity {
  TimeMs not_before;
  TimeMs not_after;
};

// A self-signed CA certificate, as DER: CA:TRUE with path length 0, keyCertSign, the URI
// "parley-ca://<origin>/<member>". valid_years is 1 to 50.
StatusOr<Bytes> MakeCaCertificate(const SecretKey& ca_key, std::string_view origin,
                                  std::string_view member, TimeMs valid_from, int valid_years);

// A certificate of one node, officer or auditor, as PEM. The CA certificate must be the ca_key's
// and name the identity's origin and member; the validity must lie within the CA's; the subject's
// key must be another key than the CA's. Nodes get serverAuth and clientAuth and their DNS name,
// officers and auditors clientAuth only.
StatusOr<std::string> IssueCertificate(const SecretKey& ca_key, ByteSpan ca_der,
                                       const PublicKey& subject_key, const Identity& identity,
                                       Validity validity);

// What a certificate says. Nothing here is verified against any CA.
struct CertificateInfo {
  bool is_ca;
  std::optional<Identity> identity;  // of a node, officer or auditor; absent in a CA's
  std::string ca_origin;             // of a CA; empty otherwise
  std::string ca_member;
  std::string subject;  // for people: "O=..., CN=..."
  std::string serial;   // hex
  TimeMs not_before;
  TimeMs not_after;
  PublicKey public_key;
};

// INVALID_ARGUMENT unless it is one certificate of the form made here, and nothing behind it.
StatusOr<CertificateInfo> InspectCertificate(ByteSpan der);

// Whole days from now until the certificate ends; negative when it has ended.
int64_t DaysLeft(const CertificateInfo& info, TimeMs now);

// Checks a CA certificate that a charter names for a member: form, self-signature, origin and
// member. Dates are not checked: that is the business of each handshake.
StatusOr<CertificateInfo> CheckCaCertificate(ByteSpan der, std::string_view origin,
                                             std::string_view member);

// Finds the DER of a member's CA certificate; null when there is no such member. The bytes must
// live until VerifyPeerChain returns.
using CaLookup = std::function<const Bytes*(std::string_view member)>;

// Who the peer is, or UNAUTHENTICATED with the reason. pem_chain is the peer's certificate first
// and, optionally, its CA's second; at most limits::kCertificateChainBytesMax. Accepted exactly
// when
//  - the leaf has one URI, of the form of crypto/identity.h, with the expected origin,
//  - the CA of the very member that the URI names signed it (Ed25519), and the second certificate,
//    if there is one, is that CA's byte for byte,
//  - that CA certificate is a CA's, names the same origin and member, and verifies itself,
//  - both are valid at `now`,
//  - the leaf is no CA and carries the key usages and DNS names of its role, no others.
StatusOr<Identity> VerifyPeerChain(std::string_view pem_chain, const CaLookup& ca_of,
                                   std::string_view expected_origin, TimeMs now);

// DER to PEM and back; PemToDer wants exactly one certificate, in the layout OpenSSL writes.
std::string CertificatePem(ByteSpan der);
StatusOr<Bytes> CertificateDer(std::string_view pem);

// PKCS#8 PEM of a TLS key, for gRPC's credentials. Secret: keep it short-lived and wipe it
// (WipeString); never write it to disk.
std::string PrivateKeyPem(const SecretKey& key);
void WipeString(std::string& secret);

}  // namespace parley
