// Bytes of a state file -> RunState, in its three steps. DESIGN section 10: 1,000,000 records under 2 s.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "sbraid/record.hpp"
#include "sbraid/run_state.hpp"

namespace {

using namespace sbraid;  // NOLINT: a program of its own

constexpr std::uint32_t k_writers = 64;

SubmissionPlan plan_of_one() {
    SubmissionPlan plan;
    plan.jobs.emplace_back().task = "train";
    plan.jobs[0].array = ArraySpec{{{0, k_writers - 1, 1}}, std::nullopt};
    return plan;
}

/// 64 collectors that record ranks and their GPUs, their records interleaved as they would arrive.
std::string state_file(std::int64_t records) {
    std::string file = encode({"submit", 1, {}, JobSubmitted{"train", 1, JobId{13}, "", "", false, false}});
    for (std::int64_t i = 0; i < records; ++i) {
        const auto element = static_cast<std::uint32_t>(i % k_writers);
        const auto number = static_cast<std::uint64_t>(i / k_writers + 1);
        const auto rank = static_cast<std::uint32_t>(number / 3);
        const StepKey step{{JobId{13}, element}, "0", "node" + std::to_string(element), 0};
        Event event = RankStarted{step, rank, 31337};
        if (number % 3 == 1) event = RankEnded{step, rank, 0, std::nullopt, false, false};
        if (number % 3 == 2) {
            GpuUsed gpu;
            gpu.where = step;
            gpu.rank = rank;
            gpu.uuid = "GPU-5c2a7e1b-1111-2222-3333-444455556666";
            gpu.util_mean = 87.25;
            gpu.util_max = 100;
            gpu.mem_max_bytes = 76'235'669'504;
            gpu.coverage = 0.98;
            event = gpu;
        }
        file += encode({"collect.13_" + std::to_string(element) + ".0.0." + step.node, number,
                        Timestamp{std::chrono::milliseconds{1'767'225'600'000 + i}}, event});
    }
    return file;
}

Decoded merged(const std::string& file) {
    std::vector<Decoded> files;
    files.push_back(decode(file, "state.jsonl"));
    return merge(std::move(files));
}

void bm_decode(benchmark::State& state) {
    const std::string file = state_file(state.range(0));
    for (auto _ : state) benchmark::DoNotOptimize(decode(file, "state.jsonl").records.size());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(file.size()));
}

void bm_decode_merge_replay(benchmark::State& state) {
    const std::string file = state_file(state.range(0));
    const SubmissionPlan plan = plan_of_one();
    for (auto _ : state) benchmark::DoNotOptimize(replay(plan, merged(file).records).ranks.size());
    state.SetItemsProcessed(state.iterations() * state.range(0));
}

BENCHMARK(bm_decode)->Arg(100)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK(bm_decode_merge_replay)->Arg(100)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
