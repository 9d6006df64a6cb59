#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <iterator>
#include <string>
#include <utility>

#include "sbraid/plan.hpp"
#include "sbraid/workflow.hpp"

// Workflows of any size for measurements.

namespace sbraid::bench {

/// `tasks` tasks in layers of 100; each waits for three of the layer before.
inline std::string layered(std::int64_t tasks) {
    constexpr std::int64_t k_layer = 100;
    std::string text = "name = \"bench\"\n[defaults]\npartition = \"gpu\"\ntime = \"01:00:00\"\n";
    for (std::int64_t task = 0; task < tasks; ++task) {
        fmt::format_to(std::back_inserter(text),
                       "[task.t{}]\nrun = \"./work --part {}\"\ncpus_per_task = 4\n", task, task);
        if (task < k_layer) continue;
        const std::int64_t before = (task / k_layer - 1) * k_layer;
        const auto parent = [&](std::int64_t step) { return before + (task + step) % k_layer; };
        fmt::format_to(std::back_inserter(text), "afterok = [\"t{}\", \"t{}\", \"t{}\"]\n", parent(0),
                       parent(1), parent(7));
    }
    return text;
}

/// From a right text to its plan.
inline SubmissionPlan plan_of(std::string text) {
    Sources sources;
    const std::uint32_t file = sources.add("flow.toml", std::move(text));
    const Validated validated =
        validate(sources, parse(sources, file).value(), {.directory = "/flow", .vars = {}, .files = {}});
    return plan(validated.workflow.value(), {.run = "bench-20260101T000000-5f3a9c",
                                             .file = "/flow/flow.toml",
                                             .run_dir = "/flow/.sbraid/bench-20260101T000000-5f3a9c",
                                             .submitter = {},
                                             .sbatch_environment = {}});
}

}  // namespace sbraid::bench
