#include "base/limits.h"
#include "crypto/x509_internal.h"

namespace parley {
namespace {

Status Refuse(const std::string& why) { return Unauthenticated("peer certificate: " + why); }
Status Refuse(const Status& status) { return Refuse(MessageOf(status)); }

Status CheckDates(const CertificateInfo& info, std::string_view whose, TimeMs now) {
  if (now < info.not_before)
    return Refuse(fmt::format("{} is not valid before {}, and it is {}", whose,
                              FormatTime(info.not_before), FormatTime(now)));
  if (now >= info.not_after)
    return Refuse(fmt::format("{} expired at {}, and it is {}", whose, FormatTime(info.not_after),
                              FormatTime(now)));
  return absl::OkStatus();
}

// RFC 5280 path validation by OpenSSL with this one CA as the only trust anchor.
Status CheckPath(const x509::Parsed& leaf, const x509::Parsed& ca, TimeMs now) {
  const x509::Store store(X509_STORE_new());
  const x509::StoreContext context(X509_STORE_CTX_new());
  if (store == nullptr || context == nullptr ||
      X509_STORE_add_cert(store.get(), ca.certificate.get()) != 1 ||
      X509_STORE_CTX_init(context.get(), store.get(), leaf.certificate.get(), nullptr) != 1)
    return Refuse("OpenSSL: " + x509::TakeError());
  X509_VERIFY_PARAM* const param = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
  X509_VERIFY_PARAM_set_depth(param, 0);  // no certificates between the leaf and the anchor
  X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_CLIENT);
  X509_VERIFY_PARAM_set_time(param, static_cast<time_t>(ToInt(now) / 1000));
  if (X509_verify_cert(context.get()) == 1) return absl::OkStatus();
  const int code = X509_STORE_CTX_get_error(context.get());
  x509::TakeError();
  return Refuse(fmt::format("the CA of '{}' does not vouch for it: {}", ca.info.ca_member,
                            X509_verify_cert_error_string(code)));
}

}  // namespace

StatusOr<Identity> VerifyPeerChain(std::string_view pem_chain, const CaLookup& ca_of,
                                   std::string_view expected_origin, TimeMs now) {
  const auto chain = x509::SplitPem(pem_chain, 2);
  if (!chain.ok()) return Refuse(chain.status());
  const auto leaf = x509::Parse(chain->front());
  if (!leaf.ok()) return Refuse(leaf.status());
  if (!leaf->info.identity) return Refuse("the first certificate is a CA's, not a peer's");
  const Identity& who = *leaf->info.identity;
  if (who.origin != expected_origin)
    return Refuse(
        fmt::format("it is for the accord '{}', this is '{}'", who.origin, expected_origin));
  // The one rule that keeps members apart: the CA is that of the member in the URI, never another.
  const Bytes* const ca_der = ca_of(who.member);
  if (ca_der == nullptr) return Refuse(fmt::format("there is no member '{}'", who.member));
  const auto ca = x509::ParseCa(*ca_der, expected_origin, who.member);
  if (!ca.ok()) return Refuse(ca.status());
  if (chain->size() == 2 && chain->back() != *ca_der)
    return Refuse(fmt::format("the second certificate is not the CA of '{}'", who.member));
  RETURN_IF_ERROR(CheckDates(leaf->info, "it", now));
  RETURN_IF_ERROR(CheckDates(ca->info, fmt::format("the CA of '{}'", who.member), now));
  RETURN_IF_ERROR(CheckPath(*leaf, *ca, now));
  return who;
}

}  // namespace parley
