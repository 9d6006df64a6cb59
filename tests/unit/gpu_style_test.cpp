// Requests for GPUs in the spelling of the site.
#include "sbraid/gpu_style.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connection.hpp"
#include "plan_fixture.hpp"

namespace sbraid {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string flow(std::string_view keys) {
    return fmt::format("name = \"flow\"\n[task.a]\nrun = \"true\"\n{}\n", keys);
}

/// What of the job's options is about GPUs, nodes and ranks.
std::string options_of(const PlannedJob& job) {
    std::string text;
    for (const std::string& option : job.options) {
        const bool counts = option.find("gpu") != std::string::npos || option.starts_with("--gres") ||
                            option.starts_with("--tres") || option.starts_with("--nodes");
        if (counts) text += (text.empty() ? "" : " ") + option;
    }
    return text;
}

std::string respelled(std::string_view keys, GpuStyle style) {
    SubmissionPlan plan = plan_of(flow(keys));
    respell_gpus(plan, style);
    return options_of(plan.jobs.front());
}

/// The same with every style.
void expect_left_alone(std::string_view keys) {
    const std::string as_written = options_of(plan_of(flow(keys)).jobs.front());
    for (const GpuStyle style : {GpuStyle::gres, GpuStyle::gpus, GpuStyle::tres}) {
        SubmissionPlan plan = plan_of(flow(keys));
        EXPECT_THAT(respell_gpus(plan, style), IsEmpty()) << keys;
        EXPECT_EQ(options_of(plan.jobs.front()), as_written) << keys;
    }
}

TEST(GpuStyle, GpusOfEachNodeAreSaidAsGres) {
    EXPECT_EQ(respelled("gpus_per_node = 4", GpuStyle::gres), "--gres=gpu:4");
    EXPECT_EQ(respelled("gpus_per_node = \"h100:4\"", GpuStyle::gres), "--gres=gpu:h100:4");
    EXPECT_EQ(respelled("gpus_per_node = \"a100:1,h100:2\"", GpuStyle::gres), "--gres=gpu:a100:1,gpu:h100:2");
    EXPECT_EQ(respelled("gpus_per_node = 4\ngres = \"shard:2,nic\"", GpuStyle::gres),
              "--gres=shard:2,nic,gpu:4");
    EXPECT_EQ(respelled("gpus_per_node = 4\nnodes = \"2-4\"", GpuStyle::gres), "--gres=gpu:4 --nodes=2-4");
}

TEST(GpuStyle, GresIsSaidAsGpusOfEachNode) {
    EXPECT_EQ(respelled("gres = \"gpu:4\"", GpuStyle::gpus), "--gpus-per-node=4");
    EXPECT_EQ(respelled("gres = \"gpu:h100:4\"", GpuStyle::gpus), "--gpus-per-node=h100:4");
    EXPECT_EQ(respelled("gres = \"gpu\"", GpuStyle::gpus), "--gpus-per-node=1");
    EXPECT_EQ(respelled("gres = \"gpu:h100\"", GpuStyle::gpus), "--gpus-per-node=h100:1");
    EXPECT_EQ(respelled("gres = [\"gpu:a100:1\", \"shard:2\", \"gpu:h100:2\"]", GpuStyle::gpus),
              "--gpus-per-node=a100:1,h100:2 --gres=shard:2");
}

TEST(GpuStyle, GpusOfAJobAreThoseOfItsNodeWhereItHasOne) {
    EXPECT_EQ(respelled("gpus = 4\nnodes = 1", GpuStyle::gres), "--gres=gpu:4 --nodes=1");
    EXPECT_EQ(respelled("gpus = \"h100:4\"\nnodes = \"1-1\"", GpuStyle::gres),
              "--gres=gpu:h100:4 --nodes=1-1");
    expect_left_alone("gpus = 4");
    expect_left_alone("gpus = 4\nnodes = 2");
    expect_left_alone("gpus = 4\nnodes = \"1-2\"");
}

TEST(GpuStyle, GpusOfARankAreSaidAsTres) {
    EXPECT_EQ(respelled("gpus_per_task = 1\nntasks = 4", GpuStyle::tres), "--tres-per-task=gres/gpu:1");
    EXPECT_EQ(respelled("gpus_per_task = \"h100:2\"\nntasks = 4", GpuStyle::tres),
              "--tres-per-task=gres/gpu:h100:2");
    EXPECT_EQ(respelled("gpus_per_task = 1\nntasks = 4", GpuStyle::gres), "--gpus-per-task=1");
    EXPECT_EQ(respelled("gpus_per_node = 1", GpuStyle::tres), "--gpus-per-node=1");
}

TEST(GpuStyle, WhatIsNotExactlyTheSameIsLeftAlone) {
    expect_left_alone("gres = \"gpu:1K\"");
    expect_left_alone("gres = \"shard:2\"");
    expect_left_alone("gres = \"none\"");
    expect_left_alone("gpus_per_node = 4\nntasks_per_gpu = 1");
    expect_left_alone("gpus_per_socket = 1\nsockets_per_node = 2");
    expect_left_alone("gpus_per_node = 4\ngpus_per_task = 1\nntasks_per_node = 4\nnodes = 2");
    expect_left_alone("gpus_per_task = 1\ncpus_per_task = 4\nntasks = 2");
    expect_left_alone("");
}

TEST(GpuStyle, AScriptThatAsksForGpusItselfStaysAsItIs) {
    const auto plan_with = [](std::string_view line) {
        return plan_of("name = \"flow\"\n[task.a]\nscript = \"a.sbatch\"\ngpus_per_node = 2\n",
                       {{"a.sbatch", fmt::format("#!/bin/bash\n#SBATCH {}\ntrue\n", line)}});
    };
    for (const char* line : {"--gres=gpu:4", "-G 4", "--gpus-per-n=4", "--ntasks-per-gpu=1"}) {
        SubmissionPlan plan = plan_with(line);
        EXPECT_THAT(respell_gpus(plan, GpuStyle::gres), IsEmpty()) << line;
        EXPECT_EQ(options_of(plan.jobs.front()), "--gpus-per-node=2") << line;
    }
    SubmissionPlan plan = plan_with("--partition=gpu");
    EXPECT_THAT(respell_gpus(plan, GpuStyle::gres), ElementsAre("'a': --gpus-per-node=2 as --gres=gpu:2"));
    EXPECT_EQ(plan.jobs.front().sbatch_lines, std::vector<std::string>{"--partition=gpu"});
}

TEST(GpuStyle, OptionsStaySortedAndGatesAsTheyAre) {
    SubmissionPlan plan = plan_of(flow("gpus_per_node = 2\ntime = 5\nexclusive = true"));
    plan.jobs.push_back(plan.jobs.front());
    plan.jobs.back().role = JobRole::gate;
    EXPECT_EQ(respell_gpus(plan, GpuStyle::gres).size(), 1U);
    EXPECT_TRUE(std::is_sorted(plan.jobs.front().options.begin(), plan.jobs.front().options.end()));
    EXPECT_THAT(plan.jobs.front().options, testing::Contains("--exclusive"));
    EXPECT_EQ(options_of(plan.jobs.back()), "--gpus-per-node=2");
}

TEST(GpuStyle, TheTaskSeesTheVariablesOfTheRequestInTheFile) {
    const auto first_line = [](std::string_view keys, GpuStyle style) {
        SubmissionPlan plan = plan_of(flow(keys));
        const std::string before = plan.jobs.front().script_body;
        respell_gpus(plan, style);
        const std::string& body = plan.jobs.front().script_body;
        EXPECT_TRUE(body.ends_with(before));
        return body.substr(0, body.size() - before.size());
    };
    EXPECT_EQ(first_line("gpus_per_node = \"h100:4\"", GpuStyle::gres),
              "export SLURM_GPUS_PER_NODE=h100:4 # as the file asks for GPUs\n");
    EXPECT_EQ(first_line("gpus = 4\nnodes = 1", GpuStyle::gres),
              "export SLURM_GPUS=4 # as the file asks for GPUs\n");
    EXPECT_EQ(first_line("gres = \"gpu:4\"", GpuStyle::gpus),
              "unset SLURM_GPUS_PER_NODE # srun reads it, and the file asks for GPUs in another way\n");
    EXPECT_EQ(first_line("gpus_per_task = 1\nntasks = 4", GpuStyle::tres),
              "export SLURM_GPUS_PER_TASK=1 # as the file asks for GPUs\n");
    EXPECT_EQ(first_line("gres = \"gpu:4\"", GpuStyle::gres), "");
}

TEST(GpuStyle, IsOneOfThreeWords) {
    EXPECT_EQ(parse_gpu_style("gres"), GpuStyle::gres);
    EXPECT_EQ(parse_gpu_style("gpus"), GpuStyle::gpus);
    EXPECT_EQ(parse_gpu_style("tres"), GpuStyle::tres);
    EXPECT_EQ(parse_gpu_style("gpus-per-node"), std::nullopt);
}

TEST(SlurmRelease, IsReadFromWhatSbatchSays) {
    EXPECT_EQ(parse_slurm_release("slurm-wlm 22.05.8\n"), (SlurmRelease{22, 5}));
    EXPECT_EQ(parse_slurm_release("slurm 24.11.5"), (SlurmRelease{24, 11}));
    EXPECT_LT(*parse_slurm_release("slurm 23.02.1"), (SlurmRelease{23, 11}));
    EXPECT_EQ(parse_slurm_release(""), std::nullopt);
    EXPECT_EQ(parse_slurm_release("slurm 24"), std::nullopt);
    EXPECT_EQ(parse_slurm_release("slurm 24.x"), std::nullopt);
}

}  // namespace
}  // namespace sbraid
