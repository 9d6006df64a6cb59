#pragma once

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "sbraid/job_state.hpp"

// How values stand in the JSON answers that lib/ writes. Private to lib/.

namespace sbraid::json_value {

/// Keys keep the order in which they were put.
using Json = nlohmann::ordered_json;

/// null when the text is empty: there is no such thing.
[[nodiscard]] inline Json text_or_null(std::string_view text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

template <class T>
[[nodiscard]] Json value_or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

/// Whole epoch seconds.
[[nodiscard]] inline std::optional<std::int64_t> epoch_s(const std::optional<Timestamp>& time) {
    if (!time) return std::nullopt;
    return std::chrono::floor<std::chrono::seconds>(*time).time_since_epoch().count();
}

/// Four decimals are more than any of our measurements knows, and keep the text short.
[[nodiscard]] inline std::optional<double> rounded(const std::optional<double>& value) {
    if (!value) return std::nullopt;
    return std::round(*value * 1e4) / 1e4;
}

/// One line with its newline. Bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] inline std::string dump(const Json& document) {
    return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace sbraid::json_value
