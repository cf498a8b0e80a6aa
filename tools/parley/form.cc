#include "tools/parley/form.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <set>

#include "base/limits.h"
#include "base/time.h"
#include "crypto/bytes.h"
#include "tools/parley/form_names.h"
#include "tools/parley/message_json.h"
#include "tools/parley/quantity.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

constexpr int kDepthMax = 16;

// Bytes fields that people write in hex; Protobuf's JSON wants base64.
bool IsHexField(std::string_view key) {
  return key == "report" || key == "record" || key == "public_key" || key == "possession" ||
         key == "key_id" || key == "record_id";
}

StatusOr<uint64_t> TimeOf(const Json& value, const std::string& key, int* offset) {
  if (!value.is_string())
    return InvalidArgument(
        fmt::format("{}: want a time in quotes, such as \"2026-11-23T20:41+04:30\"", key));
  ASSIGN_OR_RETURN(const TimeMs t, ParseTime(value.get<std::string>(), offset), "{}", key);
  return ToInt(t);
}

Status RewriteTime(const std::string& key, const Json& value, Json* out) {
  if (out->contains(key + "_ms"))
    return InvalidArgument(fmt::format("give either {0} or {0}_ms", key));
  int offset = 0;
  ASSIGN_OR_RETURN(const uint64_t ms, TimeOf(value, key, &offset));
  (*out)[key + "_ms"] = ms;
  if (key == "from" && !out->contains("utc_offset_minutes")) (*out)["utc_offset_minutes"] = offset;
  return absl::OkStatus();
}

Status RewritePosition(const Json& value, Json* out) {
  LatLon at{};
  if (value.is_string()) {
    ASSIGN_OR_RETURN(at, ParsePosition(value.get<std::string>()));
  } else if (value.is_object() && value.contains("latitude_e7")) {
    (*out)["position"] = value;
    return absl::OkStatus();
  } else if (value.is_object() && value.size() == 2 && value.contains("latitude") &&
             value.contains("longitude") && value["latitude"].is_string() &&
             value["longitude"].is_string()) {
    ASSIGN_OR_RETURN(at.latitude_e7, ParseLatitude(value["latitude"].get<std::string>()));
    ASSIGN_OR_RETURN(at.longitude_e7, ParseLongitude(value["longitude"].get<std::string>()));
  } else {
    return InvalidArgument(
        "position: want a text such as \"34.5284,69.1725\" or an MGRS reference");
  }
  (*out)["position"] = {{"latitude_e7", at.latitude_e7}, {"longitude_e7", at.longitude_e7}};
  return absl::OkStatus();
}

// The same value in the spelling of Protobuf's JSON, all the way down.
StatusOr<Json> Rewrite(const Json& value) {
  if (value.is_number_float())
    return InvalidArgument(fmt::format(
        "{}: no fractions here; write whole numbers, and positions as text", value.dump()));
  if (value.is_array()) {
    Json out = Json::array();
    for (const Json& item : value) {
      ASSIGN_OR_RETURN(Json one, Rewrite(item));
      out.push_back(std::move(one));
    }
    return out;
  }
  if (!value.is_object()) return value;
  Json out = Json::object();
  for (const auto& [key, item] : value.items()) {
    if (key == "from" || key == "to" || key == "due" || key == "suspect_since") {
      RETURN_IF_ERROR(RewriteTime(key, item, &out));
    } else if (key == "position") {
      RETURN_IF_ERROR(RewritePosition(item, &out));
    } else if (IsHexField(key) && item.is_string()) {
      ASSIGN_OR_RETURN(const Bytes bytes, HexDecode(item.get<std::string>()), "{}", key);
      out[key] = Base64Encode(bytes);
    } else {
      ASSIGN_OR_RETURN(out[key], Rewrite(item), "{}", Printable(key));
    }
  }
  return out;
}

Status TakeText(Json* form, const std::string& key, std::string* out) {
  const auto it = form->find(key);
  if (it == form->end()) return absl::OkStatus();
  if (!it->is_string()) return InvalidArgument(fmt::format("{}: want a text", key));
  *out = it->get<std::string>();
  form->erase(key);
  return absl::OkStatus();
}

// Strict: malformed UTF-8 must never be replaced by something else that is then signed.
Status ToMessage(const Json& json, google::protobuf::Message* out) {
  try {
    const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::strict);
    const auto status = google::protobuf::util::JsonStringToMessage(text, out);
    if (!status.ok()) return InvalidArgument(std::string(status.message()));
  } catch (const nlohmann::json::exception&) {
    return InvalidArgument("a text that is not UTF-8");
  }
  return absl::OkStatus();
}

Status TakeReferences(Json* form, v1::Record* out) {
  const auto it = form->find("references");
  if (it == form->end()) return absl::OkStatus();
  if (!it->is_array()) return InvalidArgument("references: want a list");
  for (const Json& item : *it) {
    ASSIGN_OR_RETURN(Json rewritten, Rewrite(item), "references");
    RETURN_IF_ERROR(CheckFormNames(*v1::Reference::descriptor(), "references", &rewritten));
    RETURN_IF_ERROR(ToMessage(rewritten, out->add_references()), "references");
  }
  form->erase("references");
  return absl::OkStatus();
}

// Wraps what stands at the top of the form where the act has one field that holds it all.
void Wrap(Json* form, const std::string& act) {
  const std::string inner = act == "report_incident" ? "facts" : "verdict";
  if (act != "report_incident" && act != "propose_verdict") return;
  if (form->contains(inner)) return;
  Json wrapped = Json::object();
  wrapped[inner] = std::move(*form);
  *form = std::move(wrapped);
}

// ":2:14: not JSON here ..." for the byte (from 1) at which the parser gave up.
std::string PlaceOf(std::string_view text, size_t byte) {
  if (byte > text.size()) return ": the JSON ends too early: a closing quote or bracket is missing";
  const std::string_view before = text.substr(0, byte == 0 ? 0 : byte - 1);
  const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  const size_t line = static_cast<size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
  return fmt::format(":{}:{}: not JSON at this place: '{}'", line, before.size() - line_start + 1,
                     Printable(text.substr(before.size(), 1)));
}

}  // namespace

StatusOr<Json> ParseJsonForm(std::string_view text, std::string_view source) {
  if (text.size() > limits::kJsonFormBytesMax)
    return ResourceExhausted(
        fmt::format("{}: longer than {} bytes", source, limits::kJsonFormBytesMax));
  RETURN_IF_ERROR(CheckUtf8(text, source));
  std::vector<std::set<std::string>> keys;
  std::string problem;
  const auto watch = [&](int depth, nlohmann::detail::parse_event_t event, Json& parsed) {
    using Event = nlohmann::detail::parse_event_t;
    if (depth > kDepthMax && problem.empty())
      problem = fmt::format("nested more than {} deep", kDepthMax);
    if (event == Event::object_start) keys.emplace_back();
    if (event == Event::object_end && !keys.empty()) keys.pop_back();
    if (event == Event::key && !keys.empty()) {
      const std::string key = parsed.get<std::string>();
      if (!keys.back().insert(key).second && problem.empty())
        problem = fmt::format("key '{}' stands there twice", Printable(key));
    }
    return problem.empty();
  };
  try {
    Json out = Json::parse(text, watch);
    if (!problem.empty()) return InvalidArgument(fmt::format("{}: {}", source, problem));
    if (!out.is_object()) return InvalidArgument(fmt::format("{}: want a JSON object", source));
    return out;
  } catch (const nlohmann::json::parse_error& e) {
    return InvalidArgument(
        fmt::format("{}{}", source, problem.empty() ? PlaceOf(text, e.byte) : ": " + problem));
  } catch (const nlohmann::json::exception&) {
    return InvalidArgument(fmt::format("{}: a number too large to be kept", source));
  }
}

Status FillFromForm(const Json& form, const std::string& act, v1::Record* out) {
  Json rest = form;
  RETURN_IF_ERROR(TakeText(&rest, "case_id", out->mutable_case_id()));
  RETURN_IF_ERROR(TakeText(&rest, "language", out->mutable_language()));
  RETURN_IF_ERROR(TakeReferences(&rest, out));
  Wrap(&rest, act);
  ASSIGN_OR_RETURN(Json rewritten, Rewrite(rest));
  const auto* field = v1::Record::descriptor()->FindFieldByName(act);
  if (field == nullptr || field->containing_oneof() == nullptr)
    return Internal(fmt::format("no act '{}'", act));
  RETURN_IF_ERROR(CheckFormNames(*field->message_type(), "", &rewritten));
  return ToMessage(rewritten, out->GetReflection()->MutableMessage(out, field));
}

Json ActToJson(const v1::Record& record) {
  const auto* oneof = v1::Record::descriptor()->FindOneofByName("act");
  const auto* field = record.GetReflection()->GetOneofFieldDescriptor(record, oneof);
  if (field == nullptr) return Json::object();
  return {{field->name(), MessageToJson(record.GetReflection()->GetMessage(record, field))}};
}

}  // namespace parley::cli
