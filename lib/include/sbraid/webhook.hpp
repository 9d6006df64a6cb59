#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sbraid {

/// When a webhook is told.
enum class Occasion : std::uint8_t {
    finished,  ///< the run has ended, however it did
    failed,    ///< a task has failed, or the run has ended with failures
};
[[nodiscard]] std::string_view to_string(Occasion occasion);
[[nodiscard]] std::optional<Occasion> parse_occasion(std::string_view text);

/// The table [notify] of a workflow. The address may hold a secret (often the path of a webhook is one): no
/// message shows more of it than shown_address() does.
struct Webhook {
    std::string address;       ///< an http or https URL; or `file:/PATH`, whose first line is the URL
    std::vector<Occasion> on;  ///< ascending, each once
    friend bool operator==(const Webhook&, const Webhook&) = default;
};

/// Why a text is no URL that a webhook can have, in words; empty: it is one. Ends `… is not a URL: `. Takes
/// http and https with a host; no blanks, control characters, or bytes beyond ASCII.
[[nodiscard]] std::string why_no_url(std::string_view text);

/// The path behind `file:`; nullopt for a URL.
[[nodiscard]] std::optional<std::string_view> address_file(std::string_view address);

/// `https://hooks.example.org/…`: scheme, host and port; or `file:/PATH` as it is.
[[nodiscard]] std::string shown_address(std::string_view address);

}  // namespace sbraid
