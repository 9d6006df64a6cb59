#pragma once

#include <array>

#include "characters.hpp"
#include "sbraid/option_table.hpp"
#include "sbraid/units.hpp"
#include "slurm_value.hpp"
#include "task_reference.hpp"

namespace sbraid::grammar {

/// Ours, not Slurm's: without a unit it would be minutes to one reader and seconds to another.
inline std::optional<Complaint> check_duration(std::string_view text) {
    const auto duration = parse_duration(text);
    if (!duration || is_digit(text.back()) || duration->count() == 0) return Complaint{};
    return std::nullopt;
}
inline std::optional<Complaint> check_own_name(std::string_view text) {
    if (is_name(text)) return std::nullopt;
    return Complaint{};
}

// clang-format off
inline constexpr std::array<std::string_view, 3> k_exclusive_words{"user", "mcs", "topo"};
inline constexpr std::array<std::string_view, 5> k_gres_flag_words{"disable-binding", "enforce-binding",
    "multiple-tasks-per-sharing", "one-task-per-sharing", "allow-task-sharing"};
inline constexpr std::array<std::string_view, 4> k_hint_words{"compute_bound", "memory_bound", "multithread", "nomultithread"};
inline constexpr std::array<std::string_view, 13> k_mail_words{"NONE", "BEGIN", "END", "FAIL", "REQUEUE", "ALL",
    "INVALID_DEPEND", "STAGE_OUT", "TIME_LIMIT", "TIME_LIMIT_90", "TIME_LIMIT_80", "TIME_LIMIT_50", "ARRAY_TASKS"};
inline constexpr std::array<std::string_view, 2> k_open_mode_words{"append", "truncate"};
inline constexpr std::array<std::string_view, 6> k_profile_words{"all", "none", "energy", "task", "lustre", "network"};
inline constexpr std::array<std::string_view, 12> k_rlimit_words{"ALL", "NONE", "AS", "CORE", "CPU", "DATA", "FSIZE",
    "MEMLOCK", "NOFILE", "NPROC", "RSS", "STACK"};
inline constexpr std::array<std::string_view, 4> k_launcher_words{"none", "srun", "torchrun", "mpirun"};
inline constexpr std::array<std::string_view, 2> k_dead_dependency_words{"cancel", "keep"};
inline constexpr std::array<std::string_view, 2> k_zero_one_words{"0", "1"};
inline constexpr std::array<std::string_view, 1> k_off_words{"off"};

inline constexpr Grammar duration       {"a duration", R"(a whole number with its unit: "90s", "5m", "2h" or "1d")", check_duration};
inline constexpr Grammar any            {"a text", "a text of one line"};
inline constexpr Grammar name           {"a name", "a name as Slurm knows it"};
inline constexpr Grammar own_name       {"a name", k_name_form, check_own_name};
inline constexpr Grammar path           {"a path", "a path; relative ones start at the task's workdir"};
inline constexpr Grammar time_limit     {"a time limit", R"(minutes, or a text like "30:00", "02:00:00", "1-12" or "1-12:00:00")", slurm_value::time_limit};
inline constexpr Grammar moment         {"a time", R"(a text like "now+2hours", "16:00", "tomorrow" or "2030-01-20T12:34:00")", slurm_value::moment};
inline constexpr Grammar memory         {"an amount of memory", R"(megabytes, or a whole number with its unit: "512M", "32G", "1T")", slurm_value::memory};
inline constexpr Grammar count          {"a count", "a whole number from 1", slurm_value::count};
inline constexpr Grammar whole          {"a number", "a whole number from 0", slurm_value::whole};
inline constexpr Grammar node_count     {"a number of nodes", R"(a number, or a range like "2-4")", slurm_value::node_count};
inline constexpr Grammar adjustment     {"an adjustment", "a whole number within +-2147483645", slurm_value::adjustment};
inline constexpr Grammar priority       {"a priority", R"(a whole number from 0, or "TOP")", slurm_value::priority};
inline constexpr Grammar gres           {"a list of generic resources", "name[[:type]:count] for each, as in \"gpu:2\" or \"gpu:h100:4,nvme:1\"", slurm_value::gres};
inline constexpr Grammar gpus           {"a number of GPUs", R"(a number, or [type:]number as in "h100:4")", slurm_value::gpus};
inline constexpr Grammar tres           {"a list of trackable resources", R"(type:count for each, as in "cpu:4,gres/gpu:1")", slurm_value::tres};
inline constexpr Grammar licenses       {"a list of licenses", R"(name[:count] for each, as in "matlab:2,ansys@slurmdb:1")", slurm_value::licenses};
inline constexpr Grammar signal         {"a signal", R"([R|B:]signal[@seconds], as in "USR1@120" or "B:TERM@60")", slurm_value::signal};
inline constexpr Grammar features       {"a list of features", R"(features with & (and) or | (or) between, as in "a100|h100")", slurm_value::features};
inline constexpr Grammar node_list      {"a list of nodes", R"(as in "n[1-4],gpu7", or the path of a file)", slurm_value::node_list};
inline constexpr Grammar gpu_binding    {"a GPU binding", "closest, none, map_gpu:, mask_gpu:, per_task: or single:", slurm_value::gpu_binding};
inline constexpr Grammar gpu_frequency  {"a frequency of GPUs", R"(low, medium, high, highm1 or MHz, for the memory after memory=, as in "medium,memory=high")", slurm_value::gpu_frequency};
inline constexpr Grammar sampling       {"a list of sampling intervals", R"(type=seconds for each, as in "task=30,energy=10")", slurm_value::sampling};
inline constexpr Grammar switches       {"a number of switches", R"(count[@time], as in "1@60")", slurm_value::switches};
inline constexpr Grammar sockets        {"a shape of nodes", R"(sockets[:cores[:threads]], as in "2:16:1")", slurm_value::sockets};
inline constexpr Grammar distribution   {"a distribution", R"(as in "block:cyclic" or "plane=4")", slurm_value::distribution};
inline constexpr Grammar cluster        {"the name of one cluster", "one name", slurm_value::one_cluster};
inline constexpr Grammar exclusive      {"a kind of exclusiveness", "true, user, mcs or topo", nullptr, k_exclusive_words};
inline constexpr Grammar gres_flags     {"a flag for generic resources", "disable-binding or enforce-binding", nullptr, k_gres_flag_words, true};
inline constexpr Grammar hint           {"a hint", "compute_bound, memory_bound, multithread or nomultithread", nullptr, k_hint_words};
inline constexpr Grammar mail_types     {"a list of mail types", "some of NONE, BEGIN, END, FAIL, REQUEUE, ALL, TIME_LIMIT, TIME_LIMIT_90, ARRAY_TASKS, …", nullptr, k_mail_words, true};
inline constexpr Grammar open_mode      {"an open mode", "append or truncate", nullptr, k_open_mode_words};
inline constexpr Grammar profile        {"a list of profiles", "all, none, or some of energy, task, lustre, network", nullptr, k_profile_words, true};
inline constexpr Grammar rlimits        {"a list of limits", "true, ALL, NONE, or some of AS, CORE, CPU, DATA, FSIZE, MEMLOCK, NOFILE, NPROC, RSS, STACK", nullptr, k_rlimit_words, true};
inline constexpr Grammar zero_one       {"0 or 1", "1 waits until all nodes are ready, 0 does not", nullptr, k_zero_one_words};
inline constexpr Grammar yes_no         {"0 or 1", "1 for yes, 0 for no", nullptr, k_zero_one_words};
inline constexpr Grammar launcher       {"a way to launch a task", "none, srun, torchrun or mpirun", nullptr, k_launcher_words};
inline constexpr Grammar dead_dependency{"a fate", "cancel or keep", nullptr, k_dead_dependency_words};
inline constexpr Grammar off            {"true or off", "true, or \"off\"", nullptr, k_off_words};
// clang-format on

}  // namespace sbraid::grammar
