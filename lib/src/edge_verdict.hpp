#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sbraid/edge.hpp"
#include "sbraid/run_state.hpp"

namespace sbraid {

/// How far the elements are that an edge waits for.
struct Progress {
    std::size_t elements = 0;
    std::size_t ended = 0;
    std::size_t ok = 0;                  ///< of those, COMPLETED
    bool lost = false;                   ///< one of them is LOST: nobody knows how it ended
    JobState bad = JobState::completed;  ///< of the first that ended and is not ok
    [[nodiscard]] bool all_ended() const { return ended == elements; }
};

/// Of a job of the plan; with `element`, of that one only. A job that was skipped has ended, and
/// so has what we cancelled before it had started.
[[nodiscard]] Progress progress(const JobRecord& parent, std::optional<std::uint32_t> element);
/// Of those elements of a job of the plan; where it has none of them, of the whole.
[[nodiscard]] Progress progress(const JobRecord& parent, const ArraySpec& elements);
/// Of a job outside the plan, from what Slurm says of it.
[[nodiscard]] Progress progress(const std::vector<JobStatus>& parent, std::optional<std::uint32_t> element);

/// What Slurm would make of an edge, but judged by what we know, because Slurm may have forgotten the parent.
enum class EdgeVerdict : std::uint8_t {
    open,        ///< still to be decided
    met,         ///< for ever
    impossible,  ///< for ever
    unknown,     ///< cannot be judged
};
[[nodiscard]] EdgeVerdict judge(EdgeKind kind, const Progress& parent);

/// Why the edge is impossible or unknown: "parent 'train' failed".
[[nodiscard]] std::string reason(EdgeKind kind, std::string_view parent_name, const Progress& parent);

}  // namespace sbraid
