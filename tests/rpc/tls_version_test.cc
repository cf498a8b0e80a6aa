// TLS 1.3 is demanded, by server and client: a client that offers TLS 1.2 only gets no handshake.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>

#include "tests/rpc/test_node.h"

namespace parley::rpc::testing {
namespace {

template <typename T, void (*Free)(T*)>
using Owned = std::unique_ptr<T, std::integral_constant<decltype(Free), Free>>;

int ConnectTo(const std::string& address) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  return fd;
}

// Whether a handshake with exactly this version succeeds, with a good client certificate.
bool Handshake(const std::string& address, const Person& person, int version) {
  const Owned<SSL_CTX, SSL_CTX_free> context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_security_level(context.get(), 1);
  SSL_CTX_set_min_proto_version(context.get(), version);
  SSL_CTX_set_max_proto_version(context.get(), version);
  const Owned<BIO, BIO_vfree> certificate_bio(BIO_new_mem_buf(person.certificate_pem.data(), -1));
  const Owned<X509, X509_free> certificate(
      PEM_read_bio_X509(certificate_bio.get(), nullptr, nullptr, nullptr));
  const std::string key_pem = PrivateKeyPem(person.key);
  const Owned<BIO, BIO_vfree> key_bio(BIO_new_mem_buf(key_pem.data(), -1));
  const Owned<EVP_PKEY, EVP_PKEY_free> key(
      PEM_read_bio_PrivateKey(key_bio.get(), nullptr, nullptr, nullptr));
  SSL_CTX_use_certificate(context.get(), certificate.get());
  SSL_CTX_use_PrivateKey(context.get(), key.get());
  const Owned<SSL, SSL_free> ssl(SSL_new(context.get()));
  const unsigned char h2[] = {2, 'h', '2'};
  SSL_set_alpn_protos(ssl.get(), h2, sizeof h2);
  const int fd = ConnectTo(address);
  SSL_set_fd(ssl.get(), fd);
  const bool ok = SSL_connect(ssl.get()) == 1;
  ::close(fd);
  return ok;
}

TEST(TlsVersionTest, OnlyTls13IsSpoken) {
  const TestAccord accord;
  TestNode north(accord, "north");
  const Person anna = accord.Issue("north", Role::kOfficer, "anna");
  EXPECT_TRUE(Handshake(north.address(), anna, TLS1_3_VERSION));
  EXPECT_FALSE(Handshake(north.address(), anna, TLS1_2_VERSION));
}

}  // namespace
}  // namespace parley::rpc::testing
