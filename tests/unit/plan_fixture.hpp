#pragma once

#include <gtest/gtest.h>

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include "sbraid/document.hpp"
#include "sbraid/plan.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid {

/// A workflow from its text, as `/home/ada/flow/flow.toml`; fails the test, with the messages, when it is
/// wrong.
inline Workflow workflow_of(std::string_view toml, std::map<std::string, std::string> files = {}) {
    Sources sources;
    const std::uint32_t file = sources.add("flow.toml", std::string{toml});
    const auto document = parse(sources, file);
    std::string messages;
    if (!document) {
        for (const Diagnostic& one : document.error()) messages += render(sources, one);
        throw std::runtime_error{messages};
    }
    auto validated =
        validate(sources, *document, {.directory = "/home/ada/flow", .vars = {}, .files = std::move(files)});
    for (const Diagnostic& one : validated.diagnostics) messages += render(sources, one);
    if (!validated.workflow) throw std::runtime_error{messages};
    return *std::move(validated.workflow);
}

inline constexpr std::string_view k_run = "flow-20260101T000000-5f3a9c";

inline PlanContext context_of_tests() {
    return {.run = std::string{k_run},
            .file = "/home/ada/flow/flow.toml",
            .run_dir = "/home/ada/flow/.sbraid/" + std::string{k_run},
            .submitter = "/opt/sbraid/bin/sbraid",
            .sbatch_environment = {}};
}

inline SubmissionPlan plan_of(std::string_view toml, std::map<std::string, std::string> files = {}) {
    return plan(workflow_of(toml, std::move(files)), context_of_tests());
}

/// The planned job of this name; throws when there is none.
inline JobIndex index_of(const SubmissionPlan& plan, std::string_view name) {
    for (std::uint32_t i = 0; i < plan.jobs.size(); ++i)
        if (plan.jobs[i].name() == name) return JobIndex{i};
    throw std::out_of_range{std::string{name}};
}
inline const PlannedJob& job_of(const SubmissionPlan& plan, std::string_view name) {
    return plan.jobs[index_of(plan, name).value];
}

}  // namespace sbraid
