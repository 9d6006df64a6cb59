#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sbraid {

/// The candidate that `word` was most likely meant to be: equal but for case and `-`/`_`, or few typing
/// errors away (a letter wrong, missing, too many, or two swapped; at most one for three letters). The first
/// of equally good ones; nullopt when none is near.
[[nodiscard]] std::optional<std::string_view> closest(std::string_view word,
                                                      std::span<const std::string_view> candidates);

/// `did you mean 'x'?`, or an empty text when nothing is near: ready to be a hint.
[[nodiscard]] std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace sbraid
