// Reading a mapping file; rows are converted in import_row.cc.

#include "tools/parley/import_mapping.h"

#include <set>

#include "base/time.h"
#include "tools/parley/form.h"
#include "tools/parley/form_names.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

const std::set<std::string>& KnownFields() {
  static const std::set<std::string> kFields = {"event_type",
                                                "from",
                                                "to",
                                                "time_precision",
                                                "latitude",
                                                "longitude",
                                                "location_precision",
                                                "place",
                                                "admin_code",
                                                "urgency",
                                                "source_kind",
                                                "reliability",
                                                "credibility",
                                                "narrative",
                                                "direction"};
  return kFields;
}

Status CheckKeys(const Json& object, const std::string& path, const std::set<std::string>& known) {
  if (!object.is_object()) return InvalidArgument(fmt::format("{}: want an object", path));
  for (const auto& [key, value] : object.items()) {
    if (known.contains(key)) continue;
    std::string all;
    for (const std::string& k : known) all += (all.empty() ? "" : ", ") + k;
    return InvalidArgument(
        fmt::format("{}: no such key '{}'; there are {}", path, Printable(key), all));
  }
  return absl::OkStatus();
}

StatusOr<std::string> TextOf(const Json& value, const std::string& path) {
  if (!value.is_string()) return InvalidArgument(fmt::format("{}: want a text", path));
  return value.get<std::string>();
}

StatusOr<std::vector<std::string>> TextsOf(const Json& value, const std::string& path) {
  if (!value.is_array()) return InvalidArgument(fmt::format("{}: want a list", path));
  std::vector<std::string> out;
  for (size_t i = 0; i < value.size(); ++i) {
    ASSIGN_OR_RETURN(out.emplace_back(), TextOf(value[i], fmt::format("{}[{}]", path, i)));
  }
  return out;
}

// "+05:00" by way of the time parser, so that there is one reading of offsets.
StatusOr<int> OffsetOf(const Json& value, const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, TextOf(value, path));
  int minutes = 0;
  if (!ParseTime("2000-01-02T00:00" + text, &minutes).ok())
    return InvalidArgument(fmt::format("{} '{}': want an offset such as +04:30", path, text));
  return minutes;
}

template <class Enum>
StatusOr<Enum> EnumOf(const Json& object, const char* key, const std::string& path,
                      bool (*parse)(google::protobuf::ConstStringParam, Enum*),
                      const google::protobuf::EnumDescriptor* type) {
  if (!object.contains(key)) return InvalidArgument(fmt::format("{}.{} is missing", path, key));
  ASSIGN_OR_RETURN(const std::string text, TextOf(object[key], fmt::format("{}.{}", path, key)));
  ASSIGN_OR_RETURN(const std::string name, EnumValueName(*type, text), "{}.{}", path, key);
  Enum out{};
  if (!parse(name, &out)) return InvalidArgument(fmt::format("{}.{}: '{}'", path, key, text));
  return out;
}

}  // namespace

// Fills a mapping from its JSON, key by key.
class MappingReader {
 public:
  explicit MappingReader(ImportMapping* out) : out_(*out) {}

  Status Read(const Json& json) {
    RETURN_IF_ERROR(CheckKeys(
        json, "mapping",
        {"about", "dataset", "language", "id", "fields", "alleged_groups", "casualties", "tags"}));
    for (const char* key : {"dataset", "id", "fields"}) {
      if (!json.contains(key)) return InvalidArgument(fmt::format("'{}' is missing", key));
    }
    ASSIGN_OR_RETURN(out_.dataset_, TextOf(json["dataset"], "dataset"));
    if (out_.dataset_.empty() || Printable(out_.dataset_) != out_.dataset_)
      return InvalidArgument("dataset: want one line of text");
    if (json.contains("language")) {
      ASSIGN_OR_RETURN(out_.language_, TextOf(json["language"], "language"));
    }
    ASSIGN_OR_RETURN(out_.id_column_, Column(json["id"], "id"));
    RETURN_IF_ERROR(CheckKeys(json["fields"], "fields", KnownFields()));
    for (const auto& [field, value] : json["fields"].items()) {
      ASSIGN_OR_RETURN(out_.cells_[field], ReadCell(value, "fields." + field));
    }
    for (const char* needed : {"event_type", "from", "time_precision"}) {
      if (!out_.cells_.contains(needed))
        return InvalidArgument(fmt::format("fields.{} is missing", needed));
    }
    if (out_.cells_.contains("latitude") != out_.cells_.contains("longitude"))
      return InvalidArgument("fields: latitude and longitude go together");
    RETURN_IF_ERROR(ReadLists(json));
    return absl::OkStatus();
  }

 private:
  StatusOr<size_t> Column(const Json& value, const std::string& path) {
    ASSIGN_OR_RETURN(const std::string name, TextOf(value, path));
    return ColumnNamed(name, path);
  }

  StatusOr<size_t> ColumnNamed(const std::string& name, const std::string& path) {
    const auto column = out_.columns_.find(name);
    if (column == out_.columns_.end())
      return InvalidArgument(
          fmt::format("{}: the table has no column '{}'", path, Printable(name)));
    return column->second;
  }

  // Every {name} of a template is a column.
  Status CheckTemplate(const std::string& text, const std::string& path) {
    size_t at = 0;
    while ((at = text.find('{', at)) != std::string::npos) {
      const size_t end = text.find('}', at);
      if (end == std::string::npos)
        return InvalidArgument(fmt::format("{}: '{{' without '}}'", path));
      RETURN_IF_ERROR(ColumnNamed(text.substr(at + 1, end - at - 1), path).status());
      at = end;
    }
    return absl::OkStatus();
  }

  StatusOr<ImportMapping::Cell> ReadCell(const Json& json, const std::string& path) {
    RETURN_IF_ERROR(CheckKeys(json, path,
                              {"column", "columns", "value", "template", "map", "skip",
                               "end_of_day", "utc_offset", "line_chars_max"}));
    ImportMapping::Cell cell;
    if (json.contains("column") + json.contains("columns") + json.contains("value") +
            json.contains("template") !=
        1)
      return InvalidArgument(fmt::format("{}: want one of column, columns, value, template", path));
    if (json.contains("column")) {
      ASSIGN_OR_RETURN(const size_t column, Column(json["column"], path + ".column"));
      cell.columns.push_back(column);
    }
    if (json.contains("columns")) {
      ASSIGN_OR_RETURN(const auto names, TextsOf(json["columns"], path + ".columns"));
      for (const std::string& name : names) {
        ASSIGN_OR_RETURN(const size_t column, ColumnNamed(name, path + ".columns"));
        cell.columns.push_back(column);
      }
    }
    if (json.contains("value")) {
      ASSIGN_OR_RETURN(cell.value, TextOf(json["value"], path + ".value"));
    }
    if (json.contains("template")) {
      ASSIGN_OR_RETURN(cell.pattern, TextOf(json["template"], path + ".template"));
      RETURN_IF_ERROR(CheckTemplate(cell.pattern, path + ".template"));
    }
    RETURN_IF_ERROR(ReadExtras(json, path, &cell));
    return cell;
  }

  Status ReadExtras(const Json& json, const std::string& path, ImportMapping::Cell* cell) {
    if (json.contains("map")) {
      if (!json["map"].is_object())
        return InvalidArgument(fmt::format("{}.map: want an object", path));
      for (const auto& [from, to] : json["map"].items()) {
        if (to.is_null()) {
          cell->map[from] = std::nullopt;
        } else {
          ASSIGN_OR_RETURN(cell->map[from], TextOf(to, fmt::format("{}.map.{}", path, from)));
        }
      }
    }
    if (json.contains("skip")) {
      ASSIGN_OR_RETURN(cell->skip, TextsOf(json["skip"], path + ".skip"));
    }
    if (json.contains("end_of_day")) {
      if (!json["end_of_day"].is_boolean())
        return InvalidArgument(fmt::format("{}.end_of_day: want true or false", path));
      cell->end_of_day = json["end_of_day"].get<bool>();
    }
    if (json.contains("line_chars_max")) {
      const Json& number = json["line_chars_max"];
      if (!number.is_number_unsigned() || number.get<uint64_t>() == 0)
        return InvalidArgument(fmt::format("{}.line_chars_max: want a whole number", path));
      cell->line_chars_max = number.get<size_t>();
    }
    if (json.contains("utc_offset")) {
      ASSIGN_OR_RETURN(cell->utc_offset_minutes,
                       OffsetOf(json["utc_offset"], path + ".utc_offset"));
    }
    return absl::OkStatus();
  }

  StatusOr<ImportMapping::Harm> ReadHarm(const Json& json, const std::string& path) {
    RETURN_IF_ERROR(
        CheckKeys(json, path, {"outcome", "group", "low", "best", "high", "skip_zero"}));
    ImportMapping::Harm harm{};
    ASSIGN_OR_RETURN(harm.outcome, EnumOf<v1::Outcome>(json, "outcome", path, v1::Outcome_Parse,
                                                       v1::Outcome_descriptor()));
    ASSIGN_OR_RETURN(harm.group, EnumOf<v1::PersonGroup>(json, "group", path, v1::PersonGroup_Parse,
                                                         v1::PersonGroup_descriptor()));
    for (const auto& [key, column] : {std::pair{"low", &harm.low}, std::pair{"best", &harm.best},
                                      std::pair{"high", &harm.high}}) {
      if (!json.contains(key)) continue;
      ASSIGN_OR_RETURN(*column, Column(json[key], fmt::format("{}.{}", path, key)));
    }
    if (!harm.low && !harm.best && !harm.high)
      return InvalidArgument(fmt::format("{}: want low, best or high", path));
    harm.skip_zero = json.value("skip_zero", Json(false)) == Json(true);
    return harm;
  }

  Status ReadLists(const Json& json) {
    for (const char* key : {"alleged_groups", "casualties", "tags"}) {
      if (json.contains(key) && !json[key].is_array())
        return InvalidArgument(fmt::format("{}: want a list", key));
    }
    if (json.contains("alleged_groups")) {
      for (const Json& item : json["alleged_groups"]) {
        ASSIGN_OR_RETURN(out_.alleged_groups_.emplace_back(), ReadCell(item, "alleged_groups"));
      }
    }
    if (json.contains("casualties")) {
      for (const Json& item : json["casualties"]) {
        ASSIGN_OR_RETURN(out_.casualties_.emplace_back(), ReadHarm(item, "casualties"));
      }
    }
    if (json.contains("tags")) {
      ASSIGN_OR_RETURN(out_.tags_, TextsOf(json["tags"], "tags"));
    }
    return absl::OkStatus();
  }

  ImportMapping& out_;
};

StatusOr<ImportMapping> ImportMapping::Parse(std::string_view json, std::string_view source,
                                             const CsvTable& table) {
  ASSIGN_OR_RETURN(const Json parsed, ParseJsonForm(json, source));
  ImportMapping mapping;
  mapping.names_ = table.columns;
  for (size_t i = 0; i < table.columns.size(); ++i) mapping.columns_[table.columns[i]] = i;
  RETURN_IF_ERROR(MappingReader(&mapping).Read(parsed), "{}", source);
  return mapping;
}

}  // namespace parley::cli
