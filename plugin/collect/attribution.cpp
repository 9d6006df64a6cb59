// Slurm names a rank's cgroup task_N, and what N counts (local or global ranks) differs between releases: so
// the N of each rank is read from the rank's own process when it starts, and never computed. The same holds
// for the step's path. A process outside of all of Slurm's cgroups (no task/cgroup, no proctrack/cgroup) is
// looked up by its ancestors, and by the environment that it began with. Where Slurm makes no cgroups, one
// that none of these tells of may be anybody's, ours too.
#include "collect/attribution.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "collect/file.hpp"
#include "spank/cgroup_path.hpp"

namespace sbraid::collect {
namespace {

constexpr int k_most_ancestors = 64;
constexpr std::size_t k_most_known = 16384;
constexpr std::size_t k_most_environment = 1 << 20;

// "" where there is none.
std::string value_of(std::string_view environment, std::string_view name) {
    while (!environment.empty()) {
        const std::size_t end = std::min(environment.find('\0'), environment.size());
        const std::string_view word = environment.substr(0, end);
        if (word.size() > name.size() && word.substr(0, name.size()) == name && word[name.size()] == '=')
            return std::string(word.substr(name.size() + 1));
        environment.remove_prefix(std::min(end + 1, environment.size()));
    }
    return "";
}

std::string proc_path(pid_t pid, const char* file) {
    return "/proc/" + std::to_string(pid) + "/" + file;
}

}  // namespace

std::string ProcTable::memberships(pid_t pid) {
    return read_whole(proc_path(pid, "cgroup"), k_most_proc);
}

std::optional<ProcessTable::Stat> ProcTable::stat(pid_t pid) {
    return parse_stat(read_whole(proc_path(pid, "stat"), k_most_proc));
}

std::string ProcTable::environment(pid_t pid) {
    return read_whole(proc_path(pid, "environ"), k_most_environment);
}

std::optional<ProcessTable::Stat> parse_stat(std::string_view text) {
    // 4711 (a ) name) S PPID … and the start time as field 22
    const std::size_t name_end = text.rfind(") ");
    if (name_end == std::string_view::npos) return std::nullopt;
    text.remove_prefix(name_end + 2);
    ProcessTable::Stat stat;
    for (int field = 3; field <= 22; ++field) {
        const std::size_t space = text.find(' ');
        const std::string_view word = text.substr(0, space);
        if (field == 4 &&
            std::from_chars(word.data(), word.data() + word.size(), stat.parent).ec != std::errc{})
            return std::nullopt;
        if (field == 22 &&
            std::from_chars(word.data(), word.data() + word.size(), stat.start_ticks).ec != std::errc{})
            return std::nullopt;
        if (space == std::string_view::npos && field < 22) return std::nullopt;
        text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    }
    return stat;
}

Attribution::Attribution(ProcessTable& processes, const Step& step, const std::string& memberships)
    : processes_(processes),
      is_script_(step.is_script),
      local_ranks_(step.local_ranks),
      job_id_(std::to_string(step.job_id)),
      step_id_(step.key.step) {
    std::string_view rest = memberships;
    while (const auto membership = cgroup::next_membership(rest))
        if (job_.empty()) job_ = cgroup::job_of(membership->path);
}

void Attribution::rank_started(std::uint32_t rank, pid_t pid) {
    ranks_.insert(rank);
    // Who was nobody's may be this rank's: a process can be on a GPU before we hear of its rank.
    std::erase_if(known_, [](const auto& known) { return !known.second.owner.rank; });
    const std::string memberships = processes_.memberships(pid);
    std::string_view rest = memberships;
    while (const auto membership = cgroup::next_membership(rest)) {
        const std::string_view step = cgroup::step_of(membership->path);
        if (step.empty()) continue;
        steps_.emplace(step);
        if (job_.empty()) job_ = cgroup::job_of(membership->path);
        if (const auto task = cgroup::task_of(membership->path)) task_ranks_[*task] = rank;
    }
    const auto stat = processes_.stat(pid);
    if (stat) rank_pids_[pid] = {rank, stat->start_ticks};
    remember(pid, rank_owner(rank), stat ? stat->start_ticks : 0);
}

void Attribution::rank_ended(std::uint32_t rank) {
    for (auto it = rank_pids_.begin(); it != rank_pids_.end();)
        it = it->second.rank == rank ? rank_pids_.erase(it) : std::next(it);
}

void Attribution::remember(pid_t pid, Owner owner, std::uint64_t start_ticks) {
    if (known_.size() >= k_most_known) known_.clear();
    known_[pid] = {std::move(owner), start_ticks};
}

Owner Attribution::rank_owner(std::uint32_t rank) const {
    return {is_script_ ? 0 : rank, true, "rank " + std::to_string(is_script_ ? 0 : rank)};
}

std::optional<Owner> Attribution::owner(pid_t pid) {
    const auto known = known_.find(pid);
    const auto stat = processes_.stat(pid);
    if (known != known_.end() && (!stat || stat->start_ticks == known->second.start_ticks))
        return known->second.owner;
    if (!stat) return std::nullopt;

    auto owner = by_cgroup(processes_.memberships(pid), pid);
    if (!owner) {
        if (const auto rank = by_descent(pid)) owner = rank_owner(*rank);
    }
    if (!owner) owner = by_environment(processes_.environment(pid));
    if (!owner) {
        // Where Slurm makes cgroups, all that a job does is in one of them.
        const auto same_job = job_.empty() ? std::nullopt : std::optional(false);
        owner = Owner{std::nullopt, same_job, "pid " + std::to_string(pid)};
    }
    remember(pid, *owner, stat->start_ticks);
    return owner;
}

std::optional<Owner> Attribution::by_cgroup(const std::string& memberships, pid_t pid) {
    bool in_our_step = false;
    std::string_view rest = memberships;
    while (const auto membership = cgroup::next_membership(rest)) {
        const std::string step(cgroup::step_of(membership->path));
        if (step.empty()) continue;
        if (steps_.count(step) == 0) {
            if (job_.empty()) return std::nullopt;  // of ours we do not know where it would be
            const std::string job(cgroup::job_of(membership->path));
            const bool same_job = job == job_;
            return Owner{std::nullopt, same_job, same_job ? step : job};
        }
        in_our_step = true;
        if (is_script_) return rank_owner(0);
        const auto task = cgroup::task_of(membership->path);
        const auto rank = task ? task_ranks_.find(*task) : task_ranks_.end();
        if (rank != task_ranks_.end()) return rank_owner(rank->second);
    }
    if (!in_our_step) return std::nullopt;
    if (const auto rank = by_descent(pid)) return rank_owner(*rank);
    return of_our_step();
}

// srun gives SLURM_STEP_ID to all that it starts; what a script starts by itself has none.
std::optional<Owner> Attribution::by_environment(const std::string& environment) const {
    const std::string job = value_of(environment, "SLURM_JOB_ID");
    if (job.empty()) return std::nullopt;
    if (job != job_id_) return Owner{std::nullopt, false, "job " + job};
    const std::string step = value_of(environment, "SLURM_STEP_ID");
    if (is_script_ ? step.empty() : step == step_id_) return of_our_step();
    return Owner{std::nullopt, true, "step " + step};
}

// Of no rank that can be told, unless there is but one: the first that started may have others behind it. Who
// may be the rank that is on the GPU already shares it with nobody for that.
Owner Attribution::of_our_step() const {
    if (ranks_.size() == 1 && local_ranks_ <= 1) return rank_owner(*ranks_.begin());
    return {std::nullopt, std::nullopt, "our step"};
}

std::optional<std::uint32_t> Attribution::by_descent(pid_t pid) {
    for (int i = 0; i < k_most_ancestors && pid > 1; ++i) {
        const auto stat = processes_.stat(pid);
        if (!stat) return std::nullopt;
        const auto found = rank_pids_.find(pid);
        if (found != rank_pids_.end() && found->second.start_ticks == stat->start_ticks)
            return found->second.rank;
        pid = stat->parent;
    }
    return std::nullopt;
}

}  // namespace sbraid::collect
