#pragma once

// Messages as words for traces, as a number for the history hash, and as a size for slow links.

#include <string>

#include "node/consensus/messages.h"

namespace parley::sim {

std::string Describe(const consensus::Message& message);
uint64_t Digest(const consensus::Message& message);
size_t RoughBytes(const consensus::Message& message);

}  // namespace parley::sim
