#pragma once

// Client: calls LedgerService of one node, over TLS 1.3 with certificates on both sides. For tools;
// it depends on nothing of the node but the protocol.
//
// Who is at the other end: the only root that is trusted is the CA certificate of the member that
// is dialled, and the node's certificate must carry the DNS name "node.<member>.parley.invalid". No
// other member can pose as it, whatever address it answers on.
//
//   ASSIGN_OR_RETURN(auto client, Client::Connect(options, tls_key));
//   ASSIGN_OR_RETURN(const v1::GetStatusResponse status, client->GetStatus());
//
// Every call has a deadline. Reads are repeated on UNAVAILABLE, with growing pauses and jitter,
// until their deadline; so is Submit, because a record that is known already is accepted again. No
// other code is retried. Errors are the node's own (base/status.h), with "node of north at
// host:port: " in front; UNAVAILABLE also when nobody answers, and then says what the failure means
// (another member's node, no node at all, nobody listens) beside how it showed.
//
// Thread-safe; calls block the calling thread.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "crypto/bytes.h"
#include "crypto/sign.h"
#include "parley/v1/ledger_service.pb.h"

namespace parley::rpc {

struct ClientOptions {
  std::string address;          // host:port
  std::string member;           // whose node that is
  Bytes member_ca;              // DER of that member's CA certificate, from the charter
  std::string certificate_pem;  // the caller's own certificate
  std::chrono::milliseconds timeout{10'000};  // of each call, all its attempts together
};

class Client {
 public:
  // Checks the options; dials with the first call. INVALID_ARGUMENT when an option is malformed or
  // the key is not the certificate's. The key is copied for as long as the client lives.
  static StatusOr<std::unique_ptr<Client>> Connect(const ClientOptions& options,
                                                   const SecretKey& tls_key);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Waits at most `timeout` until the connection stands; UNAVAILABLE otherwise. Optional.
  Status WaitUntilReady(std::chrono::milliseconds timeout);

  // `timeout` replaces the options' one: with wait_final the node answers shortly before it ends.
  StatusOr<v1::SubmitResponse> Submit(const v1::SubmitRequest& request,
                                      std::chrono::milliseconds timeout);
  StatusOr<v1::SubmitResponse> Submit(const v1::SubmitRequest& request);

  StatusOr<v1::GetRecordResponse> GetRecord(const v1::GetRecordRequest& request);
  StatusOr<v1::GetEntryResponse> GetEntry(const v1::GetEntryRequest& request);
  StatusOr<v1::ListEntriesResponse> ListEntries(const v1::ListEntriesRequest& request);
  StatusOr<v1::GetReceiptResponse> GetReceipt(const v1::GetReceiptRequest& request);
  StatusOr<v1::GetCheckpointResponse> GetCheckpoint(const v1::GetCheckpointRequest& request);
  StatusOr<v1::GetConsistencyProofResponse> GetConsistencyProof(
      const v1::GetConsistencyProofRequest& request);
  StatusOr<v1::ListCasesResponse> ListCases(const v1::ListCasesRequest& request);
  StatusOr<v1::GetCaseResponse> GetCase(const v1::GetCaseRequest& request);
  StatusOr<v1::ListObligationsResponse> ListObligations(const v1::ListObligationsRequest& request);
  StatusOr<v1::GetCharterResponse> GetCharter(const v1::GetCharterRequest& request = {});
  StatusOr<v1::GetAuthorHeadResponse> GetAuthorHead(const v1::GetAuthorHeadRequest& request);
  StatusOr<v1::GetStatusResponse> GetStatus();

  // Calls `visit` with entries from `first` on, in order, as they become final, on the calling
  // thread; ends with OK when `visit` returns false, and with DEADLINE_EXCEEDED after `timeout`.
  // Not repeated: on UNAVAILABLE the caller goes on from the next index it wants.
  using Visitor = std::function<bool(const v1::WatchResponse&)>;
  Status Watch(uint64_t first, std::chrono::milliseconds timeout, const Visitor& visit);

  // "node of north at 127.0.0.1:7401", for messages.
  const std::string& target() const;

 private:
  struct Impl;
  explicit Client(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace parley::rpc
