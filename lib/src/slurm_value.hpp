#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sbraid/option_table.hpp"

namespace sbraid::slurm_value {

/// Checks of what sbatch(1) takes as values of its options. Each returns what is wrong, nullopt when nothing
/// is. They refuse only what no Slurm from 22.05 on takes: what a cluster makes of a value is the cluster's
/// affair.
using Verdict = std::optional<Complaint>;

[[nodiscard]] Verdict count(std::string_view text);       ///< 1 and up
[[nodiscard]] Verdict whole(std::string_view text);       ///< 0 and up
[[nodiscard]] Verdict adjustment(std::string_view text);  ///< --nice: within +-2147483645
[[nodiscard]] Verdict priority(std::string_view text);    ///< a number, or TOP
[[nodiscard]] Verdict memory(std::string_view text);      ///< whole number, K M G or T
[[nodiscard]] Verdict node_count(std::string_view text);  ///< `2`, `2-4`, `1,2,4-8:2`
[[nodiscard]] Verdict gres(std::string_view text);        ///< name[[:type]:count], comma between
[[nodiscard]] Verdict gpus(std::string_view text);        ///< [type:]count, comma between
[[nodiscard]] Verdict tres(std::string_view text);        ///< cpu:4,gres/gpu:h100:2
[[nodiscard]] Verdict licenses(std::string_view text);    ///< name[@server][:count], comma or | between
[[nodiscard]] Verdict signal(std::string_view text);      ///< [R|B:]signal[@seconds]
[[nodiscard]] Verdict features(std::string_view text);    ///< --constraint, --prefer, --batch
[[nodiscard]] Verdict node_list(std::string_view text);   ///< n[1-4],m1, or a file
[[nodiscard]] Verdict gpu_binding(std::string_view text);
[[nodiscard]] Verdict gpu_frequency(std::string_view text);  ///< --gpu-freq
[[nodiscard]] Verdict sampling(std::string_view text);       ///< --acctg-freq: 30, task=30,energy=0
[[nodiscard]] Verdict switches(std::string_view text);       ///< count[@time]
[[nodiscard]] Verdict sockets(std::string_view text);        ///< sockets[:cores[:threads]]
[[nodiscard]] Verdict distribution(std::string_view text);
[[nodiscard]] Verdict one_cluster(std::string_view text);

// slurm_time.cpp
[[nodiscard]] Verdict time_limit(std::string_view text);  ///< --time
[[nodiscard]] Verdict moment(std::string_view text);      ///< --begin, --deadline
/// What a time limit means; nullopt for UNLIMITED and for what is none.
[[nodiscard]] std::optional<std::uint64_t> time_limit_seconds(std::string_view text);

}  // namespace sbraid::slurm_value
