#pragma once

// Charter texts as this program writes them: every default written out, so that whoever signs reads
// what they sign.

#include <string>

#include "base/status.h"
#include "parley/v1/charter.pb.h"

namespace parley::cli {

// A charter's fields as they are, without remarks or defaults: to be read by Charter::ParseText.
std::string DraftText(const v1::Charter& charter);

// The whole text of a charter whose defaults are filled in.
std::string WriteCharter(const v1::Charter& charter);

// "respond=48h" into the field respond_s. INVALID_ARGUMENT lists the names there are.
Status SetDeadline(const std::string& text, v1::Deadlines* out);

// A member's public parts, as `key init` writes them.
StatusOr<v1::Member> ReadMemberFile(const std::string& path);

}  // namespace parley::cli
