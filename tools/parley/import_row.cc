// Converting one row by a mapping.

#include <algorithm>

#include "base/time.h"
#include "tools/parley/form_names.h"
#include "tools/parley/import_mapping.h"
#include "tools/parley/quantity.h"

namespace parley::cli {
namespace {

constexpr uint64_t kCasualtiesMax = 10'000'000;

// "1990-10-04" or "1990-10-04 00:00:00.000" at an offset.
StatusOr<TimeMs> ParseCellTime(const std::string& text, int offset_minutes, bool end_of_day) {
  std::string iso = text;
  if (iso.size() > 10 && iso[10] == ' ') iso[10] = 'T';
  if (iso.size() == 10) iso += "T00:00:00";
  if (end_of_day && iso.size() >= 19) iso.replace(11, std::string::npos, "23:59:59");
  const int minutes = offset_minutes < 0 ? -offset_minutes : offset_minutes;
  return ParseTime(fmt::format("{}{}{:02}:{:02}", iso, offset_minutes < 0 ? '-' : '+', minutes / 60,
                               minutes % 60));
}

// One line of at most `chars` code points; a cut is shown.
std::string OneLine(std::string text, size_t chars) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  std::replace(text.begin(), text.end(), '\r', ' ');
  size_t count = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<uint8_t>(text[i]) & 0xc0) == 0x80) continue;
    if (count++ == chars) return text.substr(0, i) + "...";
  }
  return text;
}

}  // namespace

// Goes through the fields of one row; the first hard problem of a field is kept, then the next
// field is looked at, so that a person sees all there is to correct at once.
class RowConverter {
 public:
  RowConverter(const ImportMapping& mapping, const CsvRow& row, std::vector<RowProblem>* problems)
      : mapping_(mapping), row_(row), problems_(*problems) {}

  std::optional<v1::IncidentFacts> Run() {
    facts_.set_event_type(Text("event_type"));
    Times();
    Where();
    Enum("time_precision", v1::TimePrecision_descriptor());
    Enum("location_precision", v1::LocationPrecision_descriptor());
    Enum("urgency", v1::Urgency_descriptor());
    Enum("direction", v1::Direction_descriptor());
    facts_.set_place(Text("place"));
    facts_.set_admin_code(Text("admin_code"));
    facts_.set_source_kind(Text("source_kind"));
    facts_.set_reliability(Text("reliability"));
    facts_.set_narrative(Text("narrative"));
    if (const std::string text = Text("credibility"); !text.empty()) {
      const auto value = ParseCount(text, 6, "credibility");
      if (!value.ok()) Problem("credibility", text, MessageOf(value.status()));
      if (value.ok()) facts_.set_credibility(static_cast<uint32_t>(*value));
    }
    for (const ImportMapping::Cell& cell : mapping_.alleged_groups_) AllegedGroup(cell);
    for (const ImportMapping::Harm& harm : mapping_.casualties_) Casualties(harm);
    for (const std::string& tag : mapping_.tags_) facts_.add_tags(tag);
    if (!ok_) return std::nullopt;
    return facts_;
  }

 private:
  void Add(const std::string& column, const std::string& value, const std::string& why,
           bool remark) {
    problems_.push_back({row_.line, mapping_.IdOf(row_), column, value.substr(0, 80), why, remark});
    if (!remark) ok_ = false;
  }
  void Problem(const std::string& column, const std::string& value, const std::string& why) {
    Add(column, value, why, /*remark=*/false);
  }

  std::string NameOf(const ImportMapping::Cell& cell) const {
    return cell.columns.empty() ? "" : mapping_.names_[cell.columns.front()];
  }

  std::string Expand(const std::string& pattern) const {
    std::string out;
    for (size_t at = 0; at < pattern.size(); ++at) {
      if (pattern[at] != '{') {
        out += pattern[at];
        continue;
      }
      const size_t end = pattern.find('}', at);
      out += row_.fields[mapping_.columns_.at(pattern.substr(at + 1, end - at - 1))];
      at = end;
    }
    return out;
  }

  // The cell's text; empty when it says nothing.
  std::string TextOf(const ImportMapping::Cell& cell) {
    const std::string text = RawText(cell);
    return cell.line_chars_max == 0 ? text : OneLine(text, cell.line_chars_max);
  }

  std::string RawText(const ImportMapping::Cell& cell) {
    if (!cell.pattern.empty()) return Expand(cell.pattern);
    std::string text = cell.value;
    for (const size_t column : cell.columns) {
      text = row_.fields[column];
      if (!text.empty()) break;
    }
    if (std::find(cell.skip.begin(), cell.skip.end(), text) != cell.skip.end()) return "";
    if (cell.map.empty() || text.empty()) return text;
    const auto mapped = cell.map.find(text);
    if (mapped == cell.map.end()) {
      Problem(NameOf(cell), text, "the mapping has no entry for this value");
      return "";
    }
    return mapped->second.value_or("");
  }

  std::string Text(const std::string& field) {
    const auto cell = mapping_.cells_.find(field);
    return cell == mapping_.cells_.end() ? "" : TextOf(cell->second);
  }

  void Enum(const std::string& field, const google::protobuf::EnumDescriptor* type) {
    const std::string text = Text(field);
    if (text.empty()) return;
    const auto name = EnumValueName(*type, text);
    if (!name.ok()) return Problem(field, text, MessageOf(name.status()));
    const auto* target = v1::IncidentFacts::descriptor()->FindFieldByName(field);
    facts_.GetReflection()->SetEnum(&facts_, target, type->FindValueByName(*name));
  }

  std::optional<TimeMs> TimeOf(const std::string& field) {
    const auto cell = mapping_.cells_.find(field);
    if (cell == mapping_.cells_.end()) return std::nullopt;
    const std::string text = TextOf(cell->second);
    const auto time = ParseCellTime(text, cell->second.utc_offset_minutes, cell->second.end_of_day);
    if (time.ok()) return *time;
    Problem(NameOf(cell->second), text, "want a date such as 1990-10-04, or date and time");
    return std::nullopt;
  }

  void Times() {
    const std::optional<TimeMs> from = TimeOf("from");
    const std::optional<TimeMs> to = mapping_.cells_.contains("to") ? TimeOf("to") : from;
    if (!from || !to) return;
    facts_.set_from_ms(ToInt(*from));
    facts_.set_to_ms(ToInt(*to));
    facts_.set_utc_offset_minutes(mapping_.cells_.at("from").utc_offset_minutes);
    if (*to < *from) {
      const ImportMapping::Cell& cell = mapping_.cells_.at("to");
      Problem(NameOf(cell), TextOf(cell), "the end is before the beginning");
    }
  }

  void Where() {
    const std::string lat = Text("latitude");
    const std::string lon = Text("longitude");
    // A precision that is mapped to nothing means that the position says nothing either.
    const auto precision = mapping_.cells_.find("location_precision");
    const bool vague = precision != mapping_.cells_.end() && Text("location_precision").empty();
    if ((lat.empty() && lon.empty()) || vague) return;
    const auto latitude = ParseLatitude(lat);
    const auto longitude = ParseLongitude(lon);
    if (!latitude.ok())
      Problem(NameOf(mapping_.cells_.at("latitude")), lat, MessageOf(latitude.status()));
    if (!longitude.ok())
      Problem(NameOf(mapping_.cells_.at("longitude")), lon, MessageOf(longitude.status()));
    if (!latitude.ok() || !longitude.ok()) return;
    facts_.mutable_position()->set_latitude_e7(*latitude);
    facts_.mutable_position()->set_longitude_e7(*longitude);
  }

  void AllegedGroup(const ImportMapping::Cell& cell) {
    const std::string name = TextOf(cell);
    if (name.empty()) return;
    for (const v1::Alleged& there : facts_.alleged()) {
      if (there.group() == name) return;
    }
    facts_.add_alleged()->set_group(name);
  }

  // A number of a cell. Not stated is not zero.
  struct Stated {
    bool given = false;
    uint32_t value = 0;
  };

  Stated Number(const std::optional<size_t>& column) {
    if (!column || row_.fields[*column].empty()) return {};
    const std::string& text = row_.fields[*column];
    const auto value = ParseCount(text, kCasualtiesMax, "number");
    if (value.ok()) return {true, static_cast<uint32_t>(*value)};
    Problem(mapping_.names_[*column], text, "want a whole number");
    return {};
  }

  void Casualties(const ImportMapping::Harm& harm) {
    const Stated best = Number(harm.best);
    Stated low = Number(harm.low);
    Stated high = Number(harm.high);
    // A bound that contradicts the best estimate is left out: blank is not zero, and not a guess.
    if (low.given && best.given && low.value > best.value) {
      Remark(*harm.low, fmt::format("above the best estimate {}; left out", best.value));
      low = {};
    }
    if (high.given && best.given && high.value < best.value) {
      Remark(*harm.high, fmt::format("below the best estimate {}; left out", best.value));
      high = {};
    }
    if (low.given && high.given && low.value > high.value) {
      Remark(*harm.low, "above the high bound; left out");
      low = {};
    }
    if (!low.given && !best.given && !high.given) return;
    if (harm.skip_zero && low.value + best.value + high.value == 0) return;
    v1::Casualties* out = facts_.add_casualties();
    out->set_outcome(harm.outcome);
    out->set_group(harm.group);
    if (low.given) out->set_low(low.value);
    if (best.given) out->set_best(best.value);
    if (high.given) out->set_high(high.value);
  }

  void Remark(size_t column, const std::string& why) {
    Add(mapping_.names_[column], row_.fields[column], why, /*remark=*/true);
  }

  const ImportMapping& mapping_;
  const CsvRow& row_;
  std::vector<RowProblem>& problems_;
  v1::IncidentFacts facts_;
  bool ok_ = true;
};

std::optional<v1::IncidentFacts> ImportMapping::Convert(const CsvRow& row,
                                                        std::vector<RowProblem>* problems) const {
  return RowConverter(*this, row, problems).Run();
}

}  // namespace parley::cli
