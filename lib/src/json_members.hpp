#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sbraid {

/// One member of a JSON object, both parts as they stand in the text: the key without its quotes (and with
/// its escapes), the value with everything. They look into the text that was scanned.
struct JsonMember {
    std::string_view key;
    std::string_view value;
};

/// Splits the text of one object into its members, replacing what `members` held. False when it is no object.
/// Values that are objects or arrays are skipped as a whole and not looked into. Linear, no recursion.
[[nodiscard]] bool split_members(std::string_view object, std::vector<JsonMember>& members);

/// Splits the text of one array into its items; nullopt when it is no array.
[[nodiscard]] std::optional<std::vector<std::string_view>> split_items(std::string_view array);

/// The text of a JSON string (with its quotes in `value`), always UTF-8; nullopt when it is no string.
[[nodiscard]] std::optional<std::string> json_string(std::string_view value);

}  // namespace sbraid
