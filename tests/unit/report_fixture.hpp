#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "sbraid/report.hpp"

// A run with everything that can go well and wrong, as its plan, its state and sacct's answer.

namespace sbraid::report_fixture {

inline constexpr std::int64_t k_gib = 1LL << 30;

inline Timestamp at(std::int64_t seconds) {
    return Timestamp{std::chrono::seconds{1'795'219'000 + seconds}};
}

inline std::string uuid(int n) {
    return fmt::format("GPU-{0}{0}{0}{0}{0}{0}{0}{0}-aaaa-bbbb-cccc-000000000000", n);
}

inline StepKey where(std::uint32_t job, const char* step, const char* node, std::uint32_t restart = 0) {
    return StepKey{.key = JobKey{JobId{job}, std::nullopt}, .step = step, .node = node, .restart = restart};
}

inline GpuUsed used(const StepKey& step, std::optional<std::uint32_t> rank, int board, double mean,
                    double max) {
    GpuUsed use;
    use.where = step;
    use.rank = rank;
    use.uuid = uuid(board);
    use.util_mean = mean;
    use.util_max = max;
    use.mem_max_bytes = max > 0 ? 71 * k_gib : 0;
    use.mem_total_bytes = 80 * k_gib;
    use.idle_fraction = max > 0 ? 0.02 : 1.0;
    use.longest_idle_s = max > 0 ? 3 : 3600;
    use.processes = max > 0 ? 1U : 0U;
    use.coverage = 0.98;
    use.simulated = true;
    return use;
}

inline GpuUsed unknown(const StepKey& step, int board, const char* because) {
    GpuUsed use;
    use.where = step;
    use.uuid = uuid(board);
    use.unknown_because = because;
    use.simulated = true;
    return use;
}

inline RankState rank(const StepKey& step, std::uint32_t number, std::optional<int> exit,
                      std::optional<int> signal, bool oom, std::int64_t end = 3700) {
    RankState state;
    state.where = step;
    state.rank = number;
    state.start = at(100);
    state.end = at(end);
    state.ended = RankEnded{step, number, exit, signal, oom, false};
    return state;
}

inline ElementState element(std::optional<std::uint32_t> index, std::uint32_t job, JobState state) {
    ElementState result;
    result.element = index;
    if (job != 0) result.status.key = JobKey{JobId{job}, index};
    result.status.state = state;
    result.attempts = job == 0 || state == JobState::skipped ? 0 : 1;
    return result;
}

/// `fields` by sacct's names, in the order of k_sacct_format.
inline std::string sacct_line(const std::map<std::string, std::string>& fields) {
    std::string line, format = k_sacct_format;
    for (std::size_t from = 0; from <= format.size();) {
        const auto comma = std::min(format.find(',', from), format.size());
        const auto found = fields.find(format.substr(from, comma - from));
        if (from > 0) line += '\x1f';
        if (found != fields.end()) line += found->second;
        from = comma + 1;
    }
    return line + '\n';
}

struct World {
    SubmissionPlan plan;
    RunState state;
    std::string sacct;

    JobRecord& add(const char* task, std::vector<std::string> options, std::vector<ElementState> elements) {
        PlannedJob job;
        job.task = task;
        job.options = std::move(options);
        plan.jobs.push_back(job);
        state.jobs.emplace_back();
        state.jobs.back().submitted_at = at(1);
        state.jobs.back().elements = std::move(elements);
        return state.jobs.back();
    }

    World() {
        plan.run = "finetune-20261120T120000-a1b2c3";
        plan.workflow = "finetune";
        plan.run_dir = "/home/alice/.sbraid/finetune-20261120T120000-a1b2c3";
        state.created_at = at(0);
        add_prep();
        add_train();
        add_oom();
        add("alarm", {}, {element(std::nullopt, 40, JobState::skipped)}).elements[0].why =
            "parent 'prep' did not fail";
    }

    /// Three elements, the last exits 75; 2 CPUs and 1 GiB each, almost nothing used.
    void add_prep() {
        auto& prep = add("prep", {"--cpus-per-task=2", "--mem=1G"}, {});
        for (std::uint32_t i = 0; i < 3; ++i) {
            auto one = element(i, 10, i == 2 ? JobState::failed : JobState::completed);
            one.status.exit_code = i == 2 ? 75 : 0;
            one.status.submit = at(1);
            one.status.start = at(31);
            one.status.end = at(91);
            prep.elements.push_back(one);
            const std::string id = fmt::format("10_{}", i);
            sacct += sacct_line({{"JobID", id},
                                 {"JobIDRaw", std::to_string(11 + i)},
                                 {"State", i == 2 ? "FAILED" : "COMPLETED"},
                                 {"ExitCode", i == 2 ? "75:0" : "0:0"},
                                 {"Submit", "1795219001"},
                                 {"Eligible", "1795219001"},
                                 {"Start", "1795219031"},
                                 {"End", "1795219091"},
                                 {"ElapsedRaw", "60"},
                                 {"TotalCPU", "01:48.000"},
                                 {"AllocCPUS", "2"},
                                 {"ReqCPUS", "2"},
                                 {"ReqMem", "1024M"},
                                 {"ReqTRES", "billing=2,cpu=2,mem=1024M,node=1"}});
            sacct += sacct_line({{"JobID", id + ".batch"},
                                 {"State", "COMPLETED"},
                                 {"MaxRSS", "104857600"},
                                 {"TRESUsageInTot", "cpu=00:01:48,mem=104857600"}});
        }
    }

    /// Four ranks on two nodes, two of them on one GPU; GPU 3 nobody touched, of GPU 4 nothing is known. It
    /// ran twice: sacct has a row for the attempt that a node failure ended, and one of last year's job with
    /// the same id. The records are of the second attempt.
    void add_train() {
        auto& train = add("train", {"--gres=gpu:h100:2", "--nodes=2", "--mem=100G"},
                          {element(std::nullopt, 20, JobState::completed)});
        train.elements[0].attempts = 2;
        train.elements[0].status.exit_code = 0;
        const auto one = where(20, "0", "n1", 1), two = where(20, "0", "n2", 1);
        const auto batch = where(20, "batch", "n1", 1);
        for (const auto& step : {one, two}) state.steps.push_back(StepStarted{step, 2, {}, "", true});
        state.steps.back().gpus = {uuid(3), uuid(4)};
        state.gpus.push_back(used(one, 0, 1, 91.2, 100));
        state.gpus.push_back(used(one, 1, 2, 40, 99));
        state.gpus.push_back(used(one, 2, 2, 10, 30));
        state.gpus.push_back(used(two, std::nullopt, 3, 0, 0));
        state.gpus.push_back(unknown(two, 4, "mig"));
        // The batch step holds the same boards meanwhile: its energy is the one that counts.
        for (const int board : {1, 2}) {
            auto whole = used(batch, std::nullopt, board, 80, 100);
            whole.energy_j = 600'000;
            state.gpus.push_back(whole);
        }
        state.gpus.front().energy_j = 590'000;
        for (std::uint32_t i = 0; i < 4; ++i) {
            state.ranks.push_back(rank(i < 3 ? one : two, i, 0, std::nullopt, false));
        }
        const std::map<std::string, std::string> fields{
            {"JobID", "20"},          {"JobIDRaw", "20"},
            {"State", "COMPLETED"},   {"ExitCode", "0:0"},
            {"Submit", "1795219050"}, {"Start", "1795219100"},
            {"End", "1795222700"},    {"ElapsedRaw", "3600"},
            {"TotalCPU", "06:57:36"}, {"AllocCPUS", "8"},
            {"ReqCPUS", "8"},         {"ReqTRES", "cpu=8,gres/gpu:h100=4,mem=100G,node=2"}};
        auto last_year = fields;
        last_year["Submit"] = "1763683001";
        last_year["ReqTRES"] = "cpu=1,mem=1G,node=1";
        auto first = fields;
        first["State"] = "NODE_FAIL";
        first["Submit"] = "1795219001";
        first["Eligible"] = "1795219007";
        first["Start"] = "1795219011";
        sacct += sacct_line(last_year) + sacct_line(first) + sacct_line(fields);
        sacct += sacct_line({{"JobID", "20.0"}, {"MaxRSS", "20G"}, {"TRESUsageInTot", "mem=79G"}});
        sacct += sacct_line({{"JobID", "20.batch"}, {"MaxRSS", "1G"}, {"TRESUsageInTot", "mem=1G"}});
    }

    /// Two ranks; the second is killed for its memory, of which Slurm's samples saw little, and srun ends the
    /// first.
    void add_oom() {
        add("eval", {"--gpus-per-task=1", "--ntasks=2"},
            {element(std::nullopt, 30, JobState::out_of_memory)});
        const auto step = where(30, "0", "n1");
        state.steps.push_back(StepStarted{step, 2, {uuid(5), uuid(6)}, "", true});
        state.gpus.push_back(used(step, 0, 5, 55, 80));
        state.gpus.push_back(used(step, 1, 6, 50, 80));
        state.ranks.push_back(rank(step, 0, std::nullopt, 15, false, 131));
        state.ranks.push_back(rank(step, 1, std::nullopt, 9, true, 130));
        sacct += sacct_line({{"JobID", "30"},
                             {"JobIDRaw", "30"},
                             {"State", "OUT_OF_MEMORY"},
                             {"ExitCode", "0:125"},
                             {"Submit", "1795219002"},
                             {"Eligible", "1795219091"},
                             {"Start", "1795219100"},
                             {"End", "1795219131"},
                             {"ElapsedRaw", "31"},
                             {"TotalCPU", "00:31.000"},
                             {"AllocCPUS", "2"},
                             {"ReqCPUS", "2"},
                             {"ReqTRES", "cpu=2,gres/gpu=2,mem=2G,node=1"}});
        sacct += sacct_line({{"JobID", "30.0"},
                             {"State", "OUT_OF_MEMORY"},
                             {"NNodes", "1"},
                             {"MaxRSS", "3M"},
                             {"AllocTRES", "cpu=2,mem=2G,node=1"},
                             {"TRESUsageInTot", "mem=3M"}});
    }

    [[nodiscard]] RunReport joined() const {
        auto rows = parse_sacct(sacct);
        EXPECT_TRUE(rows) << rows.error().message;
        return report(plan, state, RunPhase::failed, *rows, at(5000));
    }
    [[nodiscard]] RunReport without_accounting() const {
        return report(plan, state, RunPhase::failed, std::nullopt, at(5000));
    }
};

}  // namespace sbraid::report_fixture
