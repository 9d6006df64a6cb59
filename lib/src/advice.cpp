// Two tables: by Slurm's reason (squeue(1), JOB REASON CODES; a reason is looked up by how it begins), and by
// how a task ended. `@JOB@` is put in, and `@ARRAY@`, the id of the whole array.
#include "advice.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "replaced.hpp"

namespace sbraid {
namespace {

struct ReasonAdvice {
    std::string_view begin;
    std::string_view advice;
};

constexpr std::array k_on_waiting{
    ReasonAdvice{"Priority", "'sprio -j @ARRAY@' shows what its priority is made of"},
    ReasonAdvice{"JobHeldUser", "'scontrol release @JOB@' ends the hold"},
    ReasonAdvice{"JobHeldAdmin", "only an administrator can release it: ask yours"},
    ReasonAdvice{"Licenses", "'scontrol show licenses' shows how many are free"},
    ReasonAdvice{"ReservationDeleted", "take 'reservation' out of the task, then submit it anew"},
    ReasonAdvice{"Reservation", "'scontrol show reservation' shows when it begins"},
    ReasonAdvice{"ReqNodeNotAvail",
                 "'scontrol show node' tells which; before a maintenance ('scontrol show reservation') only "
                 "a shorter 'time' fits"},
    ReasonAdvice{"Nodes required for job are DOWN", "'sinfo -R' shows what is down, and why"},
    ReasonAdvice{"PartitionTimeLimit", "'sinfo -o \"%P %l\"' shows what each partition allows: lower 'time'"},
    ReasonAdvice{"PartitionNodeLimit", "'scontrol show partition' shows MaxNodes: lower 'nodes'"},
    ReasonAdvice{"Partition", "'sinfo' shows which partitions are up"},
    ReasonAdvice{"NodeDown", "'sinfo -R' shows what is down, and why"},
    ReasonAdvice{"BadConstraints",
                 "'sinfo -o \"%N %f %G\"' shows the features and GPUs of each node: no node has all that is "
                 "asked for"},
    ReasonAdvice{"InvalidAccount", "'sacctmgr show associations user=$USER' shows your accounts"},
    ReasonAdvice{"InvalidQOS", "'sacctmgr show associations user=$USER format=account,qos' shows yours"},
    ReasonAdvice{"QOSNotAllowed", "'scontrol show partition' shows which QOS it takes"},
    ReasonAdvice{"QOS", "'sacctmgr show qos' shows its limits; it starts when other jobs under it end"},
    ReasonAdvice{
        "Assoc",
        "'scontrol show assoc_mgr users=$USER' shows the limits; it starts when other jobs under them end"},
    ReasonAdvice{"launch failed requeued held",
                 "its node could not start it; 'scontrol release @JOB@' lets it try again"},
    ReasonAdvice{"job requeued in held state", "'scontrol release @JOB@' ends the hold"},
    ReasonAdvice{"JobHoldMaxRequeue", "'scontrol release @JOB@' lets it try again"},
};

struct CodeAdvice {
    int code;
    std::string_view advice;
};

constexpr std::array k_on_exit_code{
    CodeAdvice{126, "a program was found but could not be run: is it executable, and made for this node?"},
    CodeAdvice{127, "a command was not found on the node: a 'module load' may be missing in 'setup'"},
    CodeAdvice{137, "SIGKILL (128+9) is what the kernel sends when memory runs out: compare 'sbraid report'"},
    CodeAdvice{143, "SIGTERM (128+15): somebody or something ended it from outside"},
};

struct StateAdvice {
    JobState state;
    std::string_view advice;
};

constexpr std::array k_on_state{
    StateAdvice{JobState::timeout, "'continue' in the workflow file lets it go on in a further job"},
    StateAdvice{JobState::out_of_memory, "'sbraid report' shows what it used"},
    StateAdvice{JobState::node_fail,
                "that was not the task's fault; with 'requeue = true' Slurm starts it again by itself"},
    StateAdvice{JobState::boot_fail,
                "that was not the task's fault; with 'requeue = true' Slurm starts it again by itself"},
    StateAdvice{JobState::preempted, "with 'requeue = true' Slurm starts it again by itself"},
    StateAdvice{JobState::deadline, "give it a later 'deadline', or a shorter 'time'"},
    StateAdvice{JobState::lost,
                "its log may tell how it ended; where accounting is off, Slurm forgets a job some minutes "
                "after its end"},
};

std::string advice_on_exit(const StatusRow& row) {
    if (row.signal == 9)
        return "SIGKILL is what the kernel sends when memory runs out: compare 'sbraid report'";
    const auto* const found = std::find_if(k_on_exit_code.begin(), k_on_exit_code.end(),
                                           [&](const CodeAdvice& one) { return one.code == row.exit_code; });
    return found == k_on_exit_code.end() ? std::string{} : std::string{found->advice};
}

}  // namespace

std::string advice_on_waiting(const StatusRow& row, const std::string& job) {
    // A limit on each job (QOSMaxWallDurationPerJobLimit, AssocMaxCpuPerJobLimit...): waiting does not help.
    for (const std::string_view of_one_job : {"PerJob", "PerNode", "MaxWall"})
        if (row.reason.find(of_one_job) != std::string::npos)
            return "it asks for more than that limit allows one job, and will never start: ask for less";
    for (const auto& [begin, advice] : k_on_waiting)
        if (row.reason.starts_with(begin))
            return replaced(replaced(std::string{advice}, "@JOB@", job), "@ARRAY@",
                            row.job_id.substr(0, row.job_id.find('_')));
    return {};
}

std::string advice_on_end(const StatusRow& row) {
    if (row.state == JobState::failed) return advice_on_exit(row);
    const auto* const found = std::find_if(k_on_state.begin(), k_on_state.end(),
                                           [&](const StateAdvice& one) { return one.state == row.state; });
    return found == k_on_state.end() ? std::string{} : std::string{found->advice};
}

}  // namespace sbraid
