#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "failure.hpp"
#include "sbraid/job_state.hpp"

// How values of ours stand in JSON answers. Private to the submitter: nothing outside includes it.

namespace sbraid {

/// Keys keep the order in which they were put.
using Json = nlohmann::ordered_json;

/// One line with its newline. Bytes that are not UTF-8 (a file name, Slurm's words) become U+FFFD.
[[nodiscard]] std::string dump(const Json& document);

[[nodiscard]] Json to_json(const Issue& issue);
/// null when the text is empty: the answer has no such thing.
[[nodiscard]] Json text_or_null(std::string_view text);
/// Integer UTC epoch seconds, or null.
[[nodiscard]] Json to_json(const std::optional<Timestamp>& time);

template <class T>
[[nodiscard]] Json value_or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

}  // namespace sbraid
