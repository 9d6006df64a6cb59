#include <benchmark/benchmark.h>

#include <string>

#include "layered.hpp"
#include "sbraid/action.hpp"
#include "sbraid/document.hpp"
#include "sbraid/plan.hpp"
#include "sbraid/workflow.hpp"

// The steps from text to plan and over it, for layered graphs with three edges a task. Nothing here fails on
// time.

namespace {

using namespace sbraid;  // NOLINT: a program of its own
using namespace sbraid::bench;

void parse_text(benchmark::State& state) {
    Sources sources;
    const std::uint32_t file = sources.add("flow.toml", layered(state.range(0)));
    for (auto _ : state) benchmark::DoNotOptimize(parse(sources, file));
}

void parse_validate_plan(benchmark::State& state) {
    const std::string text = layered(state.range(0));
    for (auto _ : state) benchmark::DoNotOptimize(plan_of(text));
}

void freeze_and_read_back(benchmark::State& state) {
    const SubmissionPlan plan = plan_of(layered(state.range(0)));
    for (auto _ : state) benchmark::DoNotOptimize(plan_from_json(to_json(plan)));
}

/// The walk of a submission in which everything gets in, and its arguments for sbatch.
void walk(benchmark::State& state) {
    const SubmissionPlan plan = plan_of(layered(state.range(0)));
    for (auto _ : state) {
        RunState run = replay(plan, {});
        SubmissionWalk walk(plan, run);
        for (auto todo = walk.next(run); !todo.empty(); todo = walk.next(run)) {
            for (const Action& action : todo) {
                const auto& submit = std::get<Submit>(action);
                const PlannedJob& job = plan.jobs[submit.job.value];
                benchmark::DoNotOptimize(sbatch_arguments(plan, job, submit.how));
                apply(run, plan,
                      {.writer = "w",
                       .number = 1,
                       .time = {},
                       .event = JobSubmitted{.job = job.name(),
                                             .number = submit.how.number,
                                             .id = JobId{submit.job.value + 1},
                                             .cluster = {},
                                             .token = {},
                                             .held = submit.how.held}});
            }
        }
        benchmark::DoNotOptimize(to_release(plan, run));
    }
}

BENCHMARK(parse_text)->Arg(100)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(parse_validate_plan)->Arg(100)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(freeze_and_read_back)->Arg(100)->Arg(10'000)->Unit(benchmark::kMillisecond);
BENCHMARK(walk)->Arg(100)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
