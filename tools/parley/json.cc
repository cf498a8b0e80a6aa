// The one place where the JSON type is compiled.

#include "tools/parley/json.h"

template class nlohmann::basic_json<nlohmann::ordered_map>;
