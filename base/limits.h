#pragma once

// Every limit of the project by name, so that a reader can see at once what a hostile peer can make
// a node hold. Units are last in the name. A limit that is part of a signed format says so: to
// change it is to change the format.

#include <cstddef>
#include <cstdint>

namespace parley::limits {

// Signed formats.
inline constexpr size_t kEnvelopeBytesMax = 60'000;     // format: a record's envelope
inline constexpr size_t kEntryBytesMax = 65'535;        // format: u16 length in entry bundles
inline constexpr size_t kCharterNoteBytesMax = 60'000;  // format: must fit into entry 0
inline constexpr uint32_t kCharterVersionsMax = 1'000'000;
inline constexpr size_t kMembersMax = 15;  // format: voting members of an accord
inline constexpr size_t kMembersMin = 2;
inline constexpr size_t kNameBytesMax = 32;  // member and officer ids
inline constexpr size_t kDisplayNameBytesMax = 256;
inline constexpr size_t kOriginBytesMax = 128;
inline constexpr size_t kNarrativeCharsMax = 8'000;  // Unicode code points
inline constexpr size_t kNarrativeBytesMax = 32'000;
inline constexpr size_t kShortTextBytesMax = 1'024;  // places, labels
inline constexpr size_t kListItemsMax = 64;          // repeated fields inside an act
inline constexpr size_t kOfficersPerMemberMax = 256;

// Blocks.
inline constexpr size_t kBlockBytesMax = 4 << 20;
inline constexpr size_t kBlockRecordsMax = 2'000;
inline constexpr size_t kBlockEntriesMax = 4'000;  // records, lapses and proofs together
inline constexpr size_t kBlockLapsesMax = 500;     // the oldest; the rest waits for the next block
inline constexpr size_t kBlockProofsMax = 4;       // of misbehaviour: checking one can be dear
inline constexpr size_t kProofBytesMax = 60'000;   // format: must fit into an entry
inline constexpr size_t kProofsPerMemberMax = 1'000;   // format: on the ledger, of a kind and epoch
inline constexpr size_t kLargeProofsPerMemberMax = 8;  // format: the same of E5 and E6

// Text formats of the transparency-log family.
inline constexpr size_t kNoteBytesMax = 1 << 20;
inline constexpr size_t kNoteSignaturesMax = 64;
inline constexpr size_t kProofHashesMax = 64;
inline constexpr size_t kPolicyBytesMax = 1 << 16;

// Consensus.
inline constexpr uint64_t kViewsAhead = 4;       // votes kept beyond the current view
inline constexpr size_t kSkipsMax = 100;         // nullifications, ranges too, in one justification
inline constexpr size_t kStandstillViews = 12;   // certificates repeated on a standstill
inline constexpr size_t kStandstillRanges = 16;  // ranges repeated likewise
// Proofs that a node keeps against one member, in one epoch. Those that are two votes (E1 to E4)
// have room by kind; the large ones (E5, E6) never take it.
inline constexpr size_t kEvidencePerKindMax = 250;
inline constexpr size_t kLargeEvidenceMax = 16;
inline constexpr size_t kEvidenceBytesPerMemberMax = 8 << 20;  // of all kinds
inline constexpr size_t kConsensusMessageBytesMax = (4 << 20) + (2 << 20);
inline constexpr size_t kFetchAnswerBytesMax = 4 << 20;
// Headers behind them, up to a block that has a finalization; no more blocks than this are ever
// notarized on top of each other without one.
inline constexpr size_t kFetchLinksMax = 4'096;
inline constexpr size_t kFetchesInFlightMax = 4;
inline constexpr size_t kFetchesServedMax = 2;  // answers under way to one member, sent or read

// Node.
inline constexpr size_t kReplicaQueueMax = 10'000;  // records of own clients on their way in
inline constexpr size_t kOwnQueueBytesMax = 64 << 20;
// Of each other member: what waits for the replica thread, and records before it.
inline constexpr size_t kMemberQueueMax = 2'000;
inline constexpr size_t kMemberQueueBytesMax = 8 << 20;
inline constexpr size_t kMemberRecordsMax = 4'000;
inline constexpr size_t kMemberRecordsBytesMax = 4 << 20;
inline constexpr size_t kPeerSendQueueMax = 10'000;  // messages that wait for one peer
inline constexpr size_t kPeerSendQueueBytesMax = 32 << 20;
inline constexpr size_t kPendingRecordsPerMemberMax = 20'000;
inline constexpr size_t kPendingBytesPerMemberMax = 64 << 20;
inline constexpr size_t kPendingRecordsPerOfficerMax = kPendingRecordsPerMemberMax / 2;
inline constexpr size_t kPendingBytesPerOfficerMax = kPendingBytesPerMemberMax / 2;
// How far beyond what is known of an author's chain a record from another member may be.
inline constexpr uint64_t kSequencesAheadMax = 500;
inline constexpr size_t kSubmitRecordsMax = 500;  // envelopes in one Submit
inline constexpr size_t kSubmitBytesMax = 4 << 20;
inline constexpr size_t kSubmitsWaitingMax = 1'024;  // Submit calls under way on a node
inline constexpr size_t kListPageMax = 1'000;
inline constexpr size_t kRpcMessageBytesMax = 8 << 20;
inline constexpr size_t kWatchersMax = 256;

// Files.
inline constexpr size_t kKeyFileBytesMax = 4'096;
inline constexpr size_t kPassphraseBytesMax = 1'024;
inline constexpr uint64_t kKdfMemoryBytesMax = 512ULL << 20;  // what a key file may ask for
inline constexpr uint64_t kKdfPassesMax = 8;
inline constexpr size_t kCertificateBytesMax = 4'096;        // DER
inline constexpr size_t kCertificateChainBytesMax = 16'384;  // PEM
inline constexpr size_t kConfigBytesMax = 1 << 20;
inline constexpr size_t kCsvFieldBytesMax = 1 << 20;
inline constexpr size_t kCsvColumnsMax = 1'024;
inline constexpr size_t kJsonFormBytesMax = 1 << 20;
inline constexpr size_t kArchiveFilesMax =
    4'000'000;  // in one archive: about a thousand million entries
inline constexpr size_t kArchiveFileBytesMax = 256 * (2 + kEntryBytesMax);  // a full entry bundle
inline constexpr size_t kArchiveDepthMax = 8;         // folders inside folders
inline constexpr size_t kArchiveProblemsMax = 1'000;  // of the container that are named one by one

}  // namespace parley::limits
