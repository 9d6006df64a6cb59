#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

// Values of options as sbatch reads them (src/common/proc_args.c). nullopt: it is none, or one in a form that
// is left to sbatch.

namespace sbraid {

[[nodiscard]] std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t least,
                                                        std::uint32_t most = 0x7fffffff);

/// MiB of `500`, `10G`, `1024K`: rounded up.
[[nodiscard]] std::optional<std::uint64_t> parse_memory(std::string_view text);

struct NodeCount {
    std::uint32_t least = 1;
    std::uint32_t most = 0;
};
/// `2`, `1-4`, `1k`. Lists and steps are left to sbatch.
[[nodiscard]] std::optional<NodeCount> parse_nodes(std::string_view text);

/// MAIL_… of `BEGIN,END`.
[[nodiscard]] std::optional<std::uint16_t> parse_mail_types(std::string_view text);

struct WarningSignal {
    std::uint16_t flags = 0;  ///< KILL_JOB_…
    std::uint16_t signal = 0;
    std::uint16_t lead = 60;  ///< seconds before the end
};
/// `B:USR1@120`.
[[nodiscard]] std::optional<WarningSignal> parse_warning_signal(std::string_view text);

[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace sbraid
