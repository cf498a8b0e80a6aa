#include "tools/parley/form_names.h"

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

Status CheckValue(const FieldDescriptor& field, const std::string& path, Json* value) {
  if (field.type() == FieldDescriptor::TYPE_MESSAGE)
    return CheckFormNames(*field.message_type(), path, value);
  if (field.type() != FieldDescriptor::TYPE_ENUM) return absl::OkStatus();
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
