#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <iterator>
#include <string>

#include "sbraid/action.hpp"
#include "sbraid/document.hpp"
#include "sbraid/plan.hpp"
#include "sbraid/workflow.hpp"

// From text to plan, and one walk over it, for layered graphs with three edges a task. The bar (parse +
// validate + plan of 100,000 tasks under 1 s, and under 12 times what 10,000 take) is read off the table;
// nothing here fails on time.

namespace {

using namespace sbraid;

constexpr std::int64_t k_layer = 100;

/// `tasks` tasks in layers of 100; each waits for three of the layer before.
std::string layered(std::int64_t tasks) {
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

Validated validated(const std::string& text) {
    Sources sources;
    const std::uint32_t file = sources.add("flow.toml", text);
    return validate(sources, parse(sources, file).value(), {.directory = "/flow", .vars = {}, .files = {}});
}

SubmissionPlan plan_of(const std::string& text) {
    return plan(validated(text).workflow.value(), {.run = "bench-20260101T000000-5f3a9c",
                                                   .file = "/flow/flow.toml",
                                                   .run_dir = "/flow/.sbraid/bench-20260101T000000-5f3a9c",
                                                   .submitter = {},
                                                   .sbatch_environment = {}});
}

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
