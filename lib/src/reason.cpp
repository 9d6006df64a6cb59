// Two tables: why a job pends (squeue(1), JOB REASON CODES) and the names of signals on Linux. Families of
// limit reasons (`QOSMaxJobsPerUserLimit`, `AssocGrpCPUMinutesLimit`...) are told by their first letters.

#include "sbraid/reason.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace sbraid {
namespace {

using Words = std::pair<std::string_view, std::string_view>;

constexpr std::array k_reasons{
    Words{"Resources", "waits for free resources"},
    Words{"Priority", "waits behind jobs of higher priority"},
    Words{"Dependency", "waits for its dependencies"},
    Words{"DependencyNeverSatisfied", "its dependency became impossible"},
    Words{"JobHeldUser", "held by the user"},
    Words{"JobHeldAdmin", "held by an administrator"},
    Words{"BeginTime", "waits for its begin time"},
    Words{"JobArrayTaskLimit", "waits for other elements of its array, as its limit says"},
    Words{"JobArrayTaskLimits", "waits for other elements of its array, as its limit says"},
    Words{"Licenses", "waits for licenses"},
    Words{"Reservation", "waits for its reservation"},
    Words{"ReservationDeleted", "its reservation was deleted"},
    Words{"PartitionDown", "its partition is down"},
    Words{"PartitionInactive", "its partition is inactive"},
    Words{"PartitionNodeLimit", "asks for more nodes than its partition allows"},
    Words{"PartitionTimeLimit", "asks for more time than its partition allows"},
    Words{"NodeDown", "a node that it needs is down"},
    Words{"BadConstraints", "no node meets its constraints"},
    Words{"Cleaning", "waits for its last attempt to be cleaned up"},
    Words{"Prolog", "the prolog is running"},
    Words{"InvalidAccount", "its account is not valid"},
    Words{"InvalidQOS", "its QOS is not valid"},
    Words{"launch failed requeued held", "held: its launch failed"},
    Words{"job requeued in held state", "held: somebody has requeued it so"},
    Words{"JobHoldMaxRequeue", "held: requeued too often"},
};

constexpr std::array k_families{
    Words{"ReqNodeNotAvail", "a node that it asks for is down, reserved or in use"},
    Words{"Nodes required for job are DOWN", "nodes that it needs are down, drained or reserved"},
    Words{"QOS", "waits for a limit of its QOS"},
    Words{"Assoc", "waits for a limit of its account"},
    Words{"MaxCpuPerAccount", "waits for a limit of its account"},
};

constexpr std::array<std::string_view, 32> k_signals{
    "",          "SIGHUP",  "SIGINT",    "SIGQUIT", "SIGILL",   "SIGTRAP", "SIGABRT", "SIGBUS",
    "SIGFPE",    "SIGKILL", "SIGUSR1",   "SIGSEGV", "SIGUSR2",  "SIGPIPE", "SIGALRM", "SIGTERM",
    "SIGSTKFLT", "SIGCHLD", "SIGCONT",   "SIGSTOP", "SIGTSTP",  "SIGTTIN", "SIGTTOU", "SIGURG",
    "SIGXCPU",   "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",   "SIGPWR",  "SIGSYS"};

std::string exit_in_words(const JobStatus& status) {
    if (status.signal) {
        const std::string name = signal_name(*status.signal);
        if (name.starts_with("SIG")) return fmt::format("killed by signal {} ({})", *status.signal, name);
        return fmt::format("killed by {}", name);
    }
    if (status.exit_code && *status.exit_code != 0) return "exit code " + exit_code_text(*status.exit_code);
    return "failed";
}

}  // namespace

std::string signal_name(int signal) {
    if (signal > 0 && static_cast<std::size_t>(signal) < k_signals.size()) {
        return std::string(k_signals.at(static_cast<std::size_t>(signal)));
    }
    return fmt::format("signal {}", signal);
}

std::string exit_code_text(int code) {
    // What a shell makes of a child that a signal ended; 128 itself and codes beyond the signals are a
    // program's.
    const auto signal = static_cast<std::size_t>(std::max(code - 128, 0));
    if (signal == 0 || signal >= k_signals.size()) return fmt::format("{}", code);
    return fmt::format("{} ({})", code, k_signals.at(signal));
}

std::string reason_in_words(std::string_view reason) {
    for (const auto& [name, words] : k_reasons) {
        if (reason == name) return std::string(words);
    }
    for (const auto& [prefix, words] : k_families) {
        if (reason.starts_with(prefix)) return fmt::format("{} ({})", words, reason);
    }
    return std::string(reason);
}

std::string end_in_words(const JobStatus& status) {
    switch (status.state) {
        case JobState::failed:
            return exit_in_words(status);
        case JobState::out_of_memory:
            return "ran out of memory";
        case JobState::timeout:
            return "reached its time limit";
        case JobState::deadline:
            return "reached its deadline";
        case JobState::node_fail:
            return "a node failed";
        case JobState::boot_fail:
            return "a node did not boot";
        case JobState::preempted:
            return "preempted";
        case JobState::revoked:
            return "started on another cluster";
        case JobState::cancelled:
            return status.reason == "DependencyNeverSatisfied" ? reason_in_words(status.reason) : "cancelled";
        case JobState::skipped:
            return "its dependency became impossible";
        case JobState::lost:
            return "Slurm does not know it any more";
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
        case JobState::completed:
        case JobState::launch_failed:
        case JobState::reconfig_fail:
        case JobState::unknown:
        case JobState::unsubmitted:
            return {};
    }
    return {};
}

}  // namespace sbraid
