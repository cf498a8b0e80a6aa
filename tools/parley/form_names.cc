#include "tools/parley/form_names.h"

#include <utility>

#include "tools/parley/text.h"

namespace parley::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

std::string FieldsOf(const Descriptor& type) {
  std::string out;
  for (int i = 0; i < type.field_count(); ++i) out += (i == 0 ? "" : ", ") + type.field(i)->name();
  return out;
}

template <class Int>
bool Fits(const Json& value) {
  if (value.is_number_unsigned()) return std::in_range<Int>(value.get<uint64_t>());
  return value.is_number_integer() && std::in_range<Int>(value.get<int64_t>());
}

// Said here, so that nobody has to read the words of a library. null leaves a field out.
Status CheckScalar(const FieldDescriptor& field, const std::string& path, const Json& value) {
  if (value.is_null()) return absl::OkStatus();
  const auto want = [&](bool ok, const char* what) {
    return ok ? absl::OkStatus() : InvalidArgument(fmt::format("{}: want {}", path, what));
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return want(value.is_boolean(), "true or false");
    case FieldDescriptor::CPPTYPE_STRING:
      return want(value.is_string(), field.type() == FieldDescriptor::TYPE_BYTES
                                         ? "hex digits in quotes"
                                         : "a text in quotes");
    case FieldDescriptor::CPPTYPE_INT32:
      return want(Fits<int32_t>(value), "a whole number of at most 31 bits");
    case FieldDescriptor::CPPTYPE_UINT32:
      return want(Fits<uint32_t>(value), "a whole number from 0 to 4294967295");
    case FieldDescriptor::CPPTYPE_INT64:
      return want(Fits<int64_t>(value), "a whole number");
    case FieldDescriptor::CPPTYPE_UINT64:
      return want(Fits<uint64_t>(value), "a whole number from 0");
    default:
      return absl::OkStatus();  // enums and messages are looked at elsewhere
  }
}

Status CheckValue(const FieldDescriptor& field, const std::string& path, Json* value) {
  if (field.type() == FieldDescriptor::TYPE_MESSAGE)
    return CheckFormNames(*field.message_type(), path, value);
  if (field.type() != FieldDescriptor::TYPE_ENUM) return CheckScalar(field, path, *value);
  if (!value->is_string()) return InvalidArgument(fmt::format("{}: want a name in quotes", path));
  ASSIGN_OR_RETURN(*value, EnumValueName(*field.enum_type(), value->get<std::string>()), "{}",
                   path);
  return absl::OkStatus();
}

}  // namespace

StatusOr<std::string> EnumValueName(const EnumDescriptor& type, const std::string& name) {
  std::string known;
  for (int i = 0; i < type.value_count(); ++i) {
    const std::string& full = type.value(i)->name();
    if (type.value(i)->number() == 0) continue;
    if (full == name || full.ends_with("_" + name)) {
      // "MEANS_IED" for "IED", but never "SELF_DEFENCE_ACCEPTED" for "ACCEPTED".
      const bool prefixed =
          full == "MEANS_" + name || full == "GROUP_" + name || full == "DIRECTION_" + name;
      if (full == name || prefixed) return full;
    }
    known += (known.empty() ? "" : ", ") + full;
  }
  if (type.name() == "CountKind" && name == "EXACT") return std::string("EXACTLY");
  return InvalidArgument(fmt::format("'{}' is none of {}", Printable(name), known));
}

Status CheckFormNames(const Descriptor& type, const std::string& path, Json* form) {
  if (!form->is_object())
    return InvalidArgument(fmt::format("{}: want a JSON object", path.empty() ? "form" : path));
  for (auto& [key, value] : form->items()) {
    const std::string here = path.empty() ? key : path + "." + key;
    const FieldDescriptor* field = type.FindFieldByName(key);
    if (field == nullptr)
      return InvalidArgument(
          fmt::format("{}: no such field; there are {}", Printable(here), FieldsOf(type)));
    if (!field->is_repeated()) {
      RETURN_IF_ERROR(CheckValue(*field, here, &value));
      continue;
    }
    if (!value.is_array()) return InvalidArgument(fmt::format("{}: want a list [...]", here));
    for (size_t i = 0; i < value.size(); ++i)
      RETURN_IF_ERROR(CheckValue(*field, fmt::format("{}[{}]", here, i), &value[i]));
  }
  return absl::OkStatus();
}

}  // namespace parley::cli
