#pragma once

// A charter as it is passed around while it is being signed: the text alone, or a note with any
// number of signatures. Only `charter verify` and the assembled note demand all of them.

#include <string>
#include <vector>

#include "ledger/note/signed_note.h"
#include "ledger/rules/charter.h"
#include "tools/parley/output.h"

namespace parley::cli {

struct CharterFile {
  std::string text;
  std::vector<note::SignatureLine> lines;  // none for a text
  rules::Charter charter;                  // of the text
};

// Reads and checks a text or note; "-" is standard input. Signatures are not verified.
StatusOr<CharterFile> ReadCharterFile(const std::string& path);

// Reads the founding charter's note, which every member has signed.
StatusOr<rules::Charter> ReadSignedCharter(const std::string& path);

// The founding charter's note and those of later ones in order, each judged by the one before it.
// Not empty.
StatusOr<std::vector<rules::Charter>> ReadCharters(const std::vector<std::string>& paths);
// The last of them.
StatusOr<rules::Charter> ReadCharterChain(const std::vector<std::string>& paths);

// Whose line that is; empty when it is no member's root key name.
std::string MemberOfLine(const rules::Charter& charter, const note::SignatureLine& line);

// OK when the line is a valid signature of the charter's text by that member's root key.
Status CheckCharterLine(const rules::Charter& charter, const std::string& member,
                        const note::SignatureLine& line);

// "by line 12: ours 'x', theirs 'y'": where two texts part, for people.
std::string FirstDifference(const std::string& ours, const std::string& theirs);

// The charter in words: members with fingerprints, policies, deadlines, catalogue.
std::string DescribeCharter(const rules::Charter& charter);
Json CharterJson(const rules::Charter& charter);
// What changes from one charter to another: [{"what", "before", "after"}], and in words.
Json CharterDiff(const rules::Charter& before, const rules::Charter& after);
std::string DescribeDiff(const rules::Charter& before, const rules::Charter& after);
// "all mediators", "2 of (north, all mediators)".
std::string DescribePolicy(const v1::Policy& policy);

}  // namespace parley::cli
