// One table of Slurm's state names, long and short, and what each state means for a run. Slurm shows a base
// state or one of the flags above it by a single name; where several are joined by commas the first that is
// no remark about the launch counts, flags of a job that is still moving before the rest.

#include "sbraid/job_state.hpp"

#include <algorithm>
#include <array>

namespace sbraid {
namespace {

struct Name {
    JobState state;
    std::string_view name;
    std::string_view compact;  ///< squeue's %t; empty where Slurm has none
};

constexpr std::array k_names{
    Name{JobState::pending, "PENDING", "PD"},
    Name{JobState::running, "RUNNING", "R"},
    Name{JobState::suspended, "SUSPENDED", "S"},
    Name{JobState::completing, "COMPLETING", "CG"},
    Name{JobState::configuring, "CONFIGURING", "CF"},
    Name{JobState::requeued, "REQUEUED", "RQ"},
    Name{JobState::requeue_hold, "REQUEUE_HOLD", "RH"},
    Name{JobState::requeue_fed, "REQUEUE_FED", "RF"},
    Name{JobState::resizing, "RESIZING", "RS"},
    Name{JobState::signaling, "SIGNALING", "SI"},
    Name{JobState::special_exit, "SPECIAL_EXIT", "SE"},
    Name{JobState::stage_out, "STAGE_OUT", "SO"},
    Name{JobState::stopped, "STOPPED", "ST"},
    Name{JobState::power_up_node, "POWER_UP_NODE", ""},
    Name{JobState::expediting, "EXPEDITING", ""},
    Name{JobState::resv_del_hold, "RESV_DEL_HOLD", "RD"},
    Name{JobState::revoked, "REVOKED", "RV"},
    Name{JobState::update_db, "UPDATE_DB", ""},
    Name{JobState::completed, "COMPLETED", "CD"},
    Name{JobState::boot_fail, "BOOT_FAIL", "BF"},
    Name{JobState::cancelled, "CANCELLED", "CA"},
    Name{JobState::deadline, "DEADLINE", "DL"},
    Name{JobState::failed, "FAILED", "F"},
    Name{JobState::node_fail, "NODE_FAIL", "NF"},
    Name{JobState::out_of_memory, "OUT_OF_MEMORY", "OOM"},
    Name{JobState::preempted, "PREEMPTED", "PR"},
    Name{JobState::timeout, "TIMEOUT", "TO"},
    Name{JobState::launch_failed, "LAUNCH_FAILED", ""},
    Name{JobState::reconfig_fail, "RECONFIG_FAIL", ""},
    Name{JobState::unknown, "UNKNOWN", ""},
    Name{JobState::unsubmitted, "UNSUBMITTED", ""},
    Name{JobState::skipped, "SKIPPED", ""},
    Name{JobState::lost, "LOST", ""},
};

JobState parse_one(std::string_view word) {
    const auto* found = std::find_if(k_names.begin(), k_names.end(), [&](const Name& name) {
        return name.name == word || (!name.compact.empty() && name.compact == word);
    });
    return found == k_names.end() ? JobState::unknown : found->state;
}

/// Flags that say how a job came to its state and not which it is.
bool is_remark(JobState state) {
    return state == JobState::launch_failed || state == JobState::reconfig_fail ||
           state == JobState::update_db || state == JobState::power_up_node || state == JobState::expediting;
}

/// Flags that win over the state below them, as in what squeue shows.
bool is_flag(JobState state) {
    return state > JobState::suspended && state < JobState::completed && !is_remark(state);
}

}  // namespace

std::string_view to_string(JobState state) {
    const auto* found =
        std::find_if(k_names.begin(), k_names.end(), [&](const Name& name) { return name.state == state; });
    return found == k_names.end() ? "UNKNOWN" : found->name;
}

JobState parse_job_state(std::string_view text) {
    constexpr std::string_view k_word = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    std::optional<JobState> flag, state, remark;
    for (;;) {
        const auto length = std::min(text.find_first_not_of(k_word), text.size());
        const JobState one = parse_one(text.substr(0, length));
        auto& slot = is_flag(one) ? flag : is_remark(one) ? remark : state;
        if (!slot) slot = one;
        // A suffix that is no further state, such as " by 1000" or "+", ends the text.
        if (length >= text.size() || text[length] != ',') break;
        text.remove_prefix(length + 1);
    }
    return flag ? *flag : state ? *state : remark.value_or(JobState::unknown);
}

bool is_terminal(JobState state) {
    switch (state) {
        case JobState::revoked:
        case JobState::completed:
        case JobState::boot_fail:
        case JobState::cancelled:
        case JobState::deadline:
        case JobState::failed:
        case JobState::node_fail:
        case JobState::out_of_memory:
        case JobState::preempted:
        case JobState::timeout:
        case JobState::skipped:
        case JobState::lost:
            return true;
        case JobState::pending:
        case JobState::running:
        case JobState::suspended:
        case JobState::completing:
        case JobState::configuring:
        case JobState::requeued:
        case JobState::requeue_hold:
        case JobState::requeue_fed:
        case JobState::resizing:
        case JobState::signaling:
        case JobState::special_exit:
        case JobState::stage_out:
        case JobState::stopped:
        case JobState::power_up_node:
        case JobState::expediting:
        case JobState::resv_del_hold:
        case JobState::update_db:
        case JobState::launch_failed:
        case JobState::reconfig_fail:
        case JobState::unknown:
        case JobState::unsubmitted:
            return false;
    }
    return false;
}

bool is_success(JobState state) {
    return state == JobState::completed;
}

bool is_failure(JobState state) {
    return is_terminal(state) && !is_success(state) && state != JobState::skipped;
}

}  // namespace sbraid
