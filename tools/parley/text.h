#pragma once

// Text for terminals. Names, places and narratives come from people who may be hostile: written as
// they are, they could move the cursor, hide a line, or turn text around (bidi controls).
// Everything the CLI prints goes through here. Functions are pure and thread-safe.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/time.h"

namespace parley::cli {

// Control characters (C0, DEL, C1), bidi and invisible format controls, line and paragraph
// separators and bytes that are no UTF-8 become visible escapes: \n, \u{202e}, \x9b. Joiners
// (U+200C, U+200D) stay: Persian and Urdu need them.
std::string Printable(std::string_view text);
// The same, but newlines stay: for whole outputs.
std::string PrintableLines(std::string_view text);
// A serialized JSON text with those characters written as \uXXXX: the same JSON value.
std::string SafeJson(std::string_view json);

// Every line of a foreign text made printable and indented by `spaces`.
std::string Indent(std::string_view text, size_t spaces);

// Rows with aligned columns (two blanks between them), first row the header. Cells are made
// printable. Widths count code points.
std::string Table(const std::vector<std::vector<std::string>>& rows);

// "2026-11-23 20:41:00 UTC".
std::string ShortTime(TimeMs t);
// "2026-11-23T20:41+04:30": wall time at an offset in minutes, for showing a reporter's own time.
std::string LocalTime(TimeMs t, int offset_minutes);

// True when the text is UTF-8 throughout (no surrogates, no overlong forms).
bool IsUtf8(std::string_view text);

// OK for such a text; else INVALID_ARGUMENT that names `field` and the byte. Whatever is going to
// be signed passes here first: JSON and Protobuf would put U+FFFD for what the person wrote.
Status CheckUtf8(std::string_view text, std::string_view field);

}  // namespace parley::cli
