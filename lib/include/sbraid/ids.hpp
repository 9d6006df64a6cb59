#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sbraid {

/// A number that cannot be taken for another kind of number.
template <class Tag>
struct Id {
    std::uint32_t value = 0;

    constexpr Id() = default;
    explicit constexpr Id(std::uint32_t v) : value(v) {}
    friend constexpr auto operator<=>(Id, Id) =
        default;  // NOLINT(modernize-use-nullptr): takes the 0 in it for one
};

using TaskIndex = Id<struct TaskIndexTag>;  ///< position of a task in Workflow::tasks()
using JobIndex = Id<struct JobIndexTag>;    ///< position of a job in SubmissionPlan::jobs
using JobId = Id<struct JobIdTag>;          ///< Slurm's job id; of an array: the id of the array

/// A job, or one element of an array job, as squeue's %i shows it: `12`, `12_3`.
struct JobKey {
    JobId job;
    std::optional<std::uint32_t> element;
    friend constexpr auto operator<=>(const JobKey&, const JobKey&) = default;
};

[[nodiscard]] std::string to_string(const JobKey& key);
/// nullopt for anything but `N` or `N_M` in decimal.
[[nodiscard]] std::optional<JobKey> parse_job_key(std::string_view text);

}  // namespace sbraid
