#pragma once

// The table of acts: what each is called, in which stages of a case it is legal, who may do it, and
// what it does. One file of this folder for each act or small group; a new act is a new row.

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "ledger/record/record.h"
#include "ledger/rules/step.h"

namespace parley::rules {

// A set of stages.
class Stages {
 public:
  constexpr Stages() = default;
  constexpr Stages(std::initializer_list<Stage> stages) {
    for (const Stage stage : stages) bits_ |= Bit(stage);
  }
  constexpr bool Has(Stage stage) const { return (bits_ & Bit(stage)) != 0; }

 private:
  static constexpr uint32_t Bit(Stage stage) { return 1U << static_cast<unsigned>(stage); }
  uint32_t bits_ = 0;
};

// An act on its way into the ledger: its author and signature are known to be right.
struct Act {
  const Step& step;
  const record::ParsedRecord& record;
  // The record's case. Empty (no case_id) for key acts and for a report that opens a case, which
  // fills it in.
  v1::CaseState* file;

  const v1::Record& body() const { return record.record(); }
  const std::string& member() const { return record.record().member(); }
};

struct ActRule {
  v1::Record::ActCase act;
  std::string_view name;        // as record::ActName
  Stages stages;                // in which it is legal in a case
  std::string_view obligation;  // the kind it fulfils; empty: none
  // Whether the member may do it in this case now, whatever the content: PERMISSION_DENIED when it
  // is not for this member, FAILED_PRECONDITION when it is but not now.
  Status (*may)(const Charter& charter, const v1::CaseState& file, const std::string& member);
  // Changes state and case; whatever it leaves behind when it fails is dropped.
  Status (*apply)(const Act& act);
};

// Every act that concerns a case, in the order of docs/rules.md.
std::span<const ActRule> CaseActs();
// nullptr for acts that concern no case.
const ActRule* FindCaseAct(v1::Record::ActCase act);

// Common answers of `may`.
Status MayAnyone(const Charter& charter, const v1::CaseState& file, const std::string& member);
Status MayMediator(const Charter& charter, const v1::CaseState& file, const std::string& member);
// As MayMediator, and nothing may wait for endorsement.
Status MayMove(const Charter& charter, const v1::CaseState& file, const std::string& member);

// accounts.cc
Status OpenCase(const Act& act);  // ReportIncident without a case
Status ApplySecondAccount(const Act& act);
Status ApplyAmendReport(const Act& act);
Status ApplyWithdrawReport(const Act& act);
Status MayReport(const Charter& charter, const v1::CaseState& file, const std::string& member);
Status MayAmend(const Charter& charter, const v1::CaseState& file, const std::string& member);
// screening.cc
Status ApplyScreenCase(const Act& act);
// answers.cc
Status MayRespond(const Charter& charter, const v1::CaseState& file, const std::string& member);
Status ApplyRespond(const Act& act);
Status MayComment(const Charter& charter, const v1::CaseState& file, const std::string& member);
Status ApplyComment(const Act& act);
// verdict.cc
Status MayProposeVerdict(const Charter& charter, const v1::CaseState& file,
                         const std::string& member);
Status ApplyProposeVerdict(const Act& act);
Status MayEndorseNow(const Charter& charter, const v1::CaseState& file, const std::string& member);
Status ApplyEndorse(const Act& act);
// appeal.cc
Status MayAppeal(const Charter& charter, const v1::CaseState& file, const std::string& member);
Status ApplyAppeal(const Act& act);
Status MayDecideAppeal(const Charter& charter, const v1::CaseState& file,
                       const std::string& member);
Status ApplyDecideAppeal(const Act& act);
// remedy.cc
Status MayReportRemedy(const Charter& charter, const v1::CaseState& file,
                       const std::string& member);
Status ApplyReportRemedy(const Act& act);
Status MayCheckRemedy(const Charter& charter, const v1::CaseState& file, const std::string& member);
Status ApplyCheckRemedy(const Act& act);
Status ApplyCloseCase(const Act& act);
// charter.cc: concerns no case
Status ApplyProposeCharter(const Act& act);
// keys.cc: acts of root keys, which concern no case
Status ApplyEnrolKey(const Act& act);
Status ApplyRevokeKey(const Act& act);

}  // namespace parley::rules
