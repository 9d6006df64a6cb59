// A run with everything that can go well and wrong, joined with sacct and without it; whole texts are
// compared.

#include "sbraid/report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sbraid {
namespace {

using testing::ElementsAre;

constexpr std::int64_t k_gib = 1LL << 30;

Timestamp at(std::int64_t seconds) {
    return Timestamp{std::chrono::seconds{1'795'219'000 + seconds}};
}

std::string uuid(int n) {
    return fmt::format("GPU-{0}{0}{0}{0}{0}{0}{0}{0}-aaaa-bbbb-cccc-000000000000", n);
}

StepKey where(std::uint32_t job, const char* step, const char* node) {
    return StepKey{.key = JobKey{JobId{job}, std::nullopt}, .step = step, .node = node, .restart = 0};
}

GpuUsed used(const StepKey& step, std::optional<std::uint32_t> rank, int board, double mean, double max) {
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

GpuUsed unknown(const StepKey& step, int board, const char* because) {
    GpuUsed use;
    use.where = step;
    use.uuid = uuid(board);
    use.unknown_because = because;
    use.simulated = true;
    return use;
}

RankState rank(const StepKey& step, std::uint32_t number, std::optional<int> exit, std::optional<int> signal,
               bool oom, std::int64_t end = 3700) {
    RankState state;
    state.where = step;
    state.rank = number;
    state.start = at(100);
    state.end = at(end);
    state.ended = RankEnded{step, number, exit, signal, oom, false};
    return state;
}

ElementState element(std::optional<std::uint32_t> index, std::uint32_t job, JobState state) {
    ElementState result;
    result.element = index;
    if (job != 0) result.status.key = JobKey{JobId{job}, index};
    result.status.state = state;
    result.attempts = job == 0 || state == JobState::skipped ? 0 : 1;
    return result;
}

/// `fields` by sacct's names, in the order of k_sacct_format.
std::string sacct_line(const std::map<std::string, std::string>& fields) {
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
    /// the same id.
    void add_train() {
        auto& train = add("train", {"--gres=gpu:h100:2", "--nodes=2", "--mem=100G"},
                          {element(std::nullopt, 20, JobState::completed)});
        train.elements[0].attempts = 2;
        train.elements[0].status.exit_code = 0;
        const auto one = where(20, "0", "n1"), two = where(20, "0", "n2"), batch = where(20, "batch", "n1");
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
        first["Start"] = "1795219011";
        sacct += sacct_line(last_year) + sacct_line(first) + sacct_line(fields);
        sacct += sacct_line({{"JobID", "20.0"}, {"MaxRSS", "20G"}, {"TRESUsageInTot", "mem=79G"}});
        sacct += sacct_line({{"JobID", "20.batch"}, {"MaxRSS", "1G"}, {"TRESUsageInTot", "mem=1G"}});
    }

    /// Two ranks; the second is killed for its memory and srun ends the first.
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
                             {"Start", "1795219100"},
                             {"End", "1795219131"},
                             {"ElapsedRaw", "31"},
                             {"TotalCPU", "00:31.000"},
                             {"AllocCPUS", "2"},
                             {"ReqCPUS", "2"},
                             {"ReqTRES", "cpu=2,gres/gpu=2,mem=2G,node=1"}});
        sacct += sacct_line({{"JobID", "30.0"}, {"MaxRSS", "2G"}, {"TRESUsageInTot", "mem=2G"}});
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

TEST(Report, ForPeopleTellsEveryTaskAndGpuIn120Columns) {
    EXPECT_EQ(
        render_report({World().joined()}, 120),
        "finetune-20261120T120000-a1b2c3  failed\n"
        "simulated GPU: the GPU numbers below are made up, no GPU was measured\n"
        "\n"
        "TASK      JOB  STATE          EXIT  TRIES   WAIT  ELAPSED       CPU       MEMORY  GPU (simulated)\n"
        "prep[0]  10_0  COMPLETED         0      1    30s    1m00s  90% of 2   100M of 1G\n"
        "  ! used 10% of the memory it asked for (100M of 1G)\n"
        "prep[1]  10_1  COMPLETED         0      1    30s    1m00s  90% of 2   100M of 1G\n"
        "  ! used 10% of the memory it asked for (100M of 1G)\n"
        "prep[2]  10_2  FAILED           75      1    30s    1m00s  90% of 2   100M of 1G\n"
        "train      20  COMPLETED         0      2    10s    1h00m  87% of 8  79G of 100G  4 at 53%, 1 "
        "unknown\n"
        "  GPU-11111111  rank 0 on n1  util 91% max 100%  mem 71G of 80G  600kJ    idle 2%  seen 98%\n"
        "  GPU-22222222  rank 1 on n1  util 40% max 99%   mem 71G of 80G           idle 2%  seen 98%\n"
        "  GPU-22222222  rank 2 on n1  util 10% max 30%   mem 71G of 80G           idle 2%  seen 98%\n"
        "  GPU-22222222  all on n1     util 80% max 100%  mem 71G of 80G  600kJ    idle 2%  seen 98%\n"
        "  GPU-33333333  all on n2     util 0% max 0%     mem 0 of 80G           idle 100%  seen 98%\n"
        "  GPU-44444444  all on n2     unknown (mig)\n"
        "  ! 1 of 4 GPUs idle: GPU-33333333 on n2 never touched\n"
        "eval       30  OUT_OF_MEMORY            1  1m38s      31s  50% of 2     2G of 2G  2 at 52%\n"
        "  GPU-55555555  rank 0 on n1  util 55% max 80%   mem 71G of 80G           idle 2%  seen 98%\n"
        "  GPU-66666666  rank 1 on n1  util 50% max 80%   mem 71G of 80G           idle 2%  seen 98%\n"
        "  ! rank 1 on n1 was killed: out of memory\n"
        "alarm      40  SKIPPED\n"
        "  parent 'prep' did not fail\n");
}

TEST(Report, WithoutAccountingTheStateFileAloneIsTold) {
    EXPECT_EQ(render_report({World().without_accounting()}, 120),
              "finetune-20261120T120000-a1b2c3  failed\n"
              "simulated GPU: the GPU numbers below are made up, no GPU was measured\n"
              "accounting is off: CPU and memory use are not known\n"
              "\n"
              "TASK      JOB  STATE          EXIT  TRIES   WAIT  ELAPSED  CPU  MEMORY  GPU (simulated)\n"
              "prep[0]  10_0  COMPLETED         0      1    30s    1m00s\n"
              "prep[1]  10_1  COMPLETED         0      1    30s    1m00s\n"
              "prep[2]  10_2  FAILED           75      1    30s    1m00s\n"
              "train      20  COMPLETED         0      2  1m39s    1h00m               4 at 53%, 1 unknown\n"
              "  GPU-11111111  rank 0 on n1  util 91% max 100%  mem 71G of 80G  600kJ    idle 2%  seen 98%\n"
              "  GPU-22222222  rank 1 on n1  util 40% max 99%   mem 71G of 80G           idle 2%  seen 98%\n"
              "  GPU-22222222  rank 2 on n1  util 10% max 30%   mem 71G of 80G           idle 2%  seen 98%\n"
              "  GPU-22222222  all on n1     util 80% max 100%  mem 71G of 80G  600kJ    idle 2%  seen 98%\n"
              "  GPU-33333333  all on n2     util 0% max 0%     mem 0 of 80G           idle 100%  seen 98%\n"
              "  GPU-44444444  all on n2     unknown (mig)\n"
              "  ! 1 of 4 GPUs idle: GPU-33333333 on n2 never touched\n"
              "eval       30  OUT_OF_MEMORY            1  1m39s      31s               2 at 52%\n"
              "  GPU-55555555  rank 0 on n1  util 55% max 80%   mem 71G of 80G           idle 2%  seen 98%\n"
              "  GPU-66666666  rank 1 on n1  util 50% max 80%   mem 71G of 80G           idle 2%  seen 98%\n"
              "  ! rank 1 on n1 was killed: out of memory\n"
              "alarm      40  SKIPPED\n"
              "  parent 'prep' did not fail\n");
}

TEST(Report, ForProgramsIsOneRowAnElement) {
    EXPECT_EQ(
        render_parsable(report_table({World().joined()})),
        "run|task|element|job_id|state|exit_code|signal|attempts|elapsed_s|wait_s|cpu_asked|cpu_used_s|cpu_"
        "efficiency|mem_asked_bytes|mem_max_bytes|gpus_asked|gpus_seen|gpu_util_mean|gpu_util_max|gpu_mem_"
        "max_bytes|gpu_energy_j|gpu_idle_fraction|gpu_coverage|gpu_unknown_because|gpu_source|warnings\n"
        "finetune-20261120T120000-a1b2c3|prep|0|10_0|COMPLETED|0||1|60|30|2|108|0.9|1073741824|104857600|0|0|"
        "||||||||used 10% of the memory it asked for (100M of 1G)\n"
        "finetune-20261120T120000-a1b2c3|prep|1|10_1|COMPLETED|0||1|60|30|2|108|0.9|1073741824|104857600|0|0|"
        "||||||||used 10% of the memory it asked for (100M of 1G)\n"
        "finetune-20261120T120000-a1b2c3|prep|2|10_2|FAILED|75||1|60|30|2|108|0.9|1073741824|104857600|0|0|||"
        "||||||\n"
        "finetune-20261120T120000-a1b2c3|train||20|COMPLETED|0||2|3600|10|8|25056|0.87|107374182400|"
        "84825604096|4|4|53.3333|100|76235669504|1200000|0.3467|0||simulated GPU|1 of 4 GPUs idle: "
        "GPU-33333333-aaaa-bbbb-cccc-000000000000 on n2 never touched\n"
        "finetune-20261120T120000-a1b2c3|eval||30|OUT_OF_MEMORY|||1|31|98|2|31|0.5|2147483648|2147483648|2|2|"
        "52.5|80|76235669504||0.02|0.98||simulated GPU|rank 1 on n1 was killed: out of memory\n"
        "finetune-20261120T120000-a1b2c3|alarm||40|SKIPPED|||0||||||||0|0|||||||||\n");
}

TEST(Report, ByGpuIsOneRowAGpuAndRank) {
    EXPECT_EQ(render_parsable(report_gpu_table({World().joined()})),
              "run|task|element|job_id|uuid|rank|node|util_mean|util_max|mem_max_bytes|mem_total_bytes|"
              "energy_j|idle_fraction|longest_idle_s|processes|coverage|shared|unknown_because|gpu_source\n"
              "finetune-20261120T120000-a1b2c3|train||20|GPU-11111111-aaaa-bbbb-cccc-000000000000|0|n1|91.2|"
              "100|76235669504|85899345920|600000|0.02|3|1|0.98|||simulated GPU\n"
              "finetune-20261120T120000-a1b2c3|train||20|GPU-22222222-aaaa-bbbb-cccc-000000000000|1|n1|40|99|"
              "76235669504|85899345920||0.02|3|1|0.98|||simulated GPU\n"
              "finetune-20261120T120000-a1b2c3|train||20|GPU-22222222-aaaa-bbbb-cccc-000000000000|2|n1|10|30|"
              "76235669504|85899345920||0.02|3|1|0.98|||simulated GPU\n"
              "finetune-20261120T120000-a1b2c3|train||20|GPU-22222222-aaaa-bbbb-cccc-000000000000||n1|80|100|"
              "76235669504|85899345920|600000|0.02|3|1|0.98|||simulated GPU\n"
              "finetune-20261120T120000-a1b2c3|train||20|GPU-33333333-aaaa-bbbb-cccc-000000000000||n2|0|0|0|"
              "85899345920||1|3600|0|0.98|||simulated GPU\n"
              "finetune-20261120T120000-a1b2c3|train||20|GPU-44444444-aaaa-bbbb-cccc-000000000000||n2||||||||"
              "|0||mig|simulated GPU\n"
              "finetune-20261120T120000-a1b2c3|eval||30|GPU-55555555-aaaa-bbbb-cccc-000000000000|0|n1|55|80|"
              "76235669504|85899345920||0.02|3|1|0.98|||simulated GPU\n"
              "finetune-20261120T120000-a1b2c3|eval||30|GPU-66666666-aaaa-bbbb-cccc-000000000000|1|n1|50|80|"
              "76235669504|85899345920||0.02|3|1|0.98|||simulated GPU\n");
}

TEST(Report, JsonHasTheShapeThatOthersRelyOn) {
    auto joined = World().joined();
    std::erase_if(joined.rows, [](const ReportRow& row) { return row.task != "eval"; });
    std::erase_if(joined.rows[0].gpu.rows, [](const GpuRow& gpu) { return gpu.rank == 1U; });
    EXPECT_EQ(report_json({joined}),
              "{\"schema\":\"sbraid.report/"
              "1\",\"runs\":[{\"run\":\"finetune-20261120T120000-a1b2c3\",\"workflow\":\"finetune\","
              "\"state\":\"failed\",\"created\":1795219000,\"dir\":\"/home/alice/.sbraid/"
              "finetune-20261120T120000-a1b2c3\",\"accounting\":true,\"simulated\":true}],\"tasks\":[{"
              "\"run\":\"finetune-20261120T120000-a1b2c3\",\"task\":\"eval\",\"element\":null,\"job_id\":"
              "\"30\",\"state\":\"OUT_OF_MEMORY\",\"exit_code\":null,\"signal\":null,\"attempts\":1,"
              "\"elapsed_s\":31,\"wait_s\":98,\"cpu\":{\"asked\":2,\"used_s\":31.0,\"efficiency\":0.5},"
              "\"mem\":{\"asked_bytes\":2147483648,\"max_bytes\":2147483648},\"gpu\":{\"asked\":2,\"seen\":2,"
              "\"known\":2,\"util_mean\":52.5,\"util_max\":80.0,\"mem_max_bytes\":76235669504,\"energy_j\":"
              "null,\"idle_fraction\":0.02,\"coverage\":0.98,\"unknown_because\":null},\"gpus\":[{\"uuid\":"
              "\"GPU-55555555-aaaa-bbbb-cccc-000000000000\",\"rank\":0,\"node\":\"n1\",\"util_mean\":55.0,"
              "\"util_max\":80.0,\"mem_max_bytes\":76235669504,\"mem_total_bytes\":85899345920,\"energy_j\":"
              "null,\"idle_fraction\":0.02,\"longest_idle_s\":3.0,\"processes\":1,\"coverage\":0.98,"
              "\"shared\":false,\"verdict\":\"used\",\"unknown_because\":null,\"gpu_source\":\"simulated "
              "GPU\",\"simulated\":true}],\"gpu_source\":\"simulated GPU\",\"simulated\":true,\"why\":\"out "
              "of memory\",\"warnings\":[\"rank 1 on n1 was killed: out of memory\"]}]}\n");
    EXPECT_EQ(report_json({}), "{\"schema\":\"sbraid.report/1\",\"runs\":[],\"tasks\":[]}\n");
}

TEST(Report, ARealGpuIsNotCalledSimulated) {
    World run;
    for (auto& gpu : run.state.gpus) gpu.simulated = false;
    for (auto& step : run.state.steps) step.simulated = false;
    const auto joined = run.joined();
    EXPECT_FALSE(joined.simulated);
    EXPECT_EQ(render_report({joined}, 120).find("simulated"), std::string::npos);
    EXPECT_EQ(render_parsable(report_table({joined})).find("simulated"), std::string::npos);
    EXPECT_EQ(report_json({joined}).find("\"simulated\":true"), std::string::npos);
}

TEST(Report, ManyElementsAreSummedUpAndTheBadOnesShown) {
    World run;
    run.plan.jobs.clear();
    run.state = RunState{};
    run.state.created_at = at(0);
    auto& prep = run.add("prep", {}, {});
    for (std::uint32_t i = 0; i < 30; ++i) {
        auto one = element(i, 10, i % 3 == 0 ? JobState::failed : JobState::completed);
        one.status.exit_code = i % 3 == 0 ? 2 : 0;
        one.status.submit = at(0);
        one.status.start = at(i);
        one.status.end = at(2 * i + 10);
        prep.elements.push_back(one);
    }
    EXPECT_EQ(render_report({run.without_accounting()}, 120),
              "finetune-20261120T120000-a1b2c3  failed\n"
              "accounting is off: CPU and memory use are not known\n"
              "\n"
              "TASK                 JOB  STATE               EXIT  TRIES  WAIT  ELAPSED  CPU  MEMORY  GPU\n"
              "prep[30 elements]     10  20 done, 10 failed               ~15s     ~25s\n"
              "  ! 2 more elements failed or have warnings: --json tells them all\n"
              "prep[0]             10_0  FAILED                 2      1    0s      10s\n"
              "prep[3]             10_3  FAILED                 2      1    3s      13s\n"
              "prep[6]             10_6  FAILED                 2      1    6s      16s\n"
              "prep[9]             10_9  FAILED                 2      1    9s      19s\n"
              "prep[12]           10_12  FAILED                 2      1   12s      22s\n"
              "prep[15]           10_15  FAILED                 2      1   15s      25s\n"
              "prep[18]           10_18  FAILED                 2      1   18s      28s\n"
              "prep[21]           10_21  FAILED                 2      1   21s      31s\n");
}

TEST(Report, ThatNoElementUsedItsMemoryIsSaidOnce) {
    World run;
    run.plan.jobs.clear();
    run.state = RunState{};
    run.state.created_at = at(0);
    auto& prep = run.add("prep", {"--mem=100G"}, {});
    for (std::uint32_t i = 0; i < 2; ++i) prep.elements.push_back(element(i, 10, JobState::completed));
    auto joined = run.without_accounting();
    for (auto& row : joined.rows) {
        row.mem_asked_bytes = 100 * k_gib;
        row.mem_max_bytes = (row.element == "0" ? 5 : 10) * k_gib;
        row.little_memory = true;
        row.warnings = {"something else", "used little"};
    }
    EXPECT_EQ(render_report({joined}, 120),
              "finetune-20261120T120000-a1b2c3  failed\n"
              "accounting is off: CPU and memory use are not known\n"
              "\n"
              "TASK      JOB  STATE      EXIT  TRIES  WAIT  ELAPSED  CPU       MEMORY  GPU\n"
              "prep[0]  10_0  COMPLETED            1                       5G of 100G\n"
              "  ! something else\n"
              "prep[1]  10_1  COMPLETED            1                      10G of 100G\n"
              "  ! something else\n"
              "  ! no element used more than 10% of the memory it asked for (10G of 100G)\n");

    joined.rows[1].little_memory = false;  // one that did use it: each speaks for itself
    joined.rows[1].warnings.clear();
    EXPECT_EQ(render_report({joined}, 120),
              "finetune-20261120T120000-a1b2c3  failed\n"
              "accounting is off: CPU and memory use are not known\n"
              "\n"
              "TASK      JOB  STATE      EXIT  TRIES  WAIT  ELAPSED  CPU       MEMORY  GPU\n"
              "prep[0]  10_0  COMPLETED            1                       5G of 100G\n"
              "  ! something else\n"
              "  ! used little\n"
              "prep[1]  10_1  COMPLETED            1                      10G of 100G\n");
}

TEST(Report, AnArrayThatWasCancelledBeforeItStartedHasOneRowForAllItsElements) {
    World run;
    run.state.jobs[0].elements[1].status.state = JobState::pending;
    run.sacct = sacct_line({{"JobID", "10"}, {"State", "CANCELLED by 1000"}, {"ReqCPUS", "2"}});
    const auto row = run.joined().rows.at(1);
    EXPECT_EQ(row.state, JobState::cancelled);
    EXPECT_EQ(row.cpus_asked, 2);
}

TEST(Report, ARunningTaskIsNotWarnedAbout) {
    World run;
    run.state.jobs[1].elements[0].status.state = JobState::running;
    run.state.jobs[1].elements[0].status.start = at(4000);
    EXPECT_EQ(run.without_accounting().rows[3].warnings, std::vector<std::string>{});
    EXPECT_EQ(run.without_accounting().rows[3].elapsed_s, 1000);
}

TEST(Report, TheFirstRankToFailIsNamed) {
    World run;
    run.state.jobs[2].elements[0].status.state = JobState::failed;
    run.state.ranks[4].ended->signal = 11;
    run.state.ranks[4].end = at(120);
    run.state.ranks[5].ended->oom = false;
    EXPECT_THAT(run.without_accounting().rows[4].warnings,
                ElementsAre("rank 0 on n1 was the first to fail: killed by signal 11 (SIGSEGV)"));
}

TEST(Report, OnlyTheLastAttemptIsJudged) {
    World run;
    // An attempt before: it used GPU 3, which the last did not touch.
    auto earlier = used(where(20, "0", "n2"), 3, 3, 50, 100);
    for (auto& gpu : run.state.gpus) gpu.where.restart = gpu.where.key.job == JobId{20} ? 1 : 0;
    run.state.gpus.push_back(earlier);
    const RunReport joined = run.without_accounting();
    std::size_t found = 0;
    for (const auto& row : joined.rows[3].gpu.rows) {
        if (row.uuid != uuid(3)) continue;
        ++found;
        EXPECT_EQ(row.verdict, GpuVerdict::untouched);
    }
    EXPECT_EQ(found, 1U);
}

/// Warnings of a finished one-GPU job that these records were made of.
std::vector<std::string> warnings_of(const std::vector<GpuUsed>& gpus) {
    World run;
    run.plan.jobs.clear();
    run.state = RunState{};
    run.add("one", {"--gpus=1"}, {element(std::nullopt, 20, JobState::completed)});
    run.state.gpus = gpus;
    return run.without_accounting().rows.at(0).warnings;
}

TEST(Report, AGpuIsIdleOnlyWhenItWasWatched) {
    const auto batch = where(20, "batch", "n1"), step = where(20, "0", "n1");
    auto nothing = used(batch, std::nullopt, 1, 0, 0);
    EXPECT_THAT(warnings_of({nothing}),
                ElementsAre("its GPU was never touched (GPU-11111111-aaaa-bbbb-cccc-000000000000 on n1)"));

    auto hardly_seen = nothing;
    hardly_seen.coverage = 0.2;
    EXPECT_THAT(warnings_of({hardly_seen}), ElementsAre());

    EXPECT_THAT(warnings_of({unknown(batch, 1, "hung")}), ElementsAre());
    EXPECT_THAT(warnings_of({}), ElementsAre());

    auto held = nothing;
    held.processes = 1;
    EXPECT_THAT(warnings_of({held}),
                ElementsAre("its GPU was never busy (GPU-11111111-aaaa-bbbb-cccc-000000000000 on n1)"));

    // The step was not watched, but the batch step's reading of the board spans it.
    EXPECT_EQ(warnings_of({nothing, unknown(step, 1, "not-sampled")}).size(), 1U);
    // One step saw nothing, of the other nothing is known.
    EXPECT_THAT(warnings_of({used(step, 0, 1, 0, 0), unknown(where(20, "1", "n1"), 1, "hung")}),
                ElementsAre());
    EXPECT_THAT(warnings_of({nothing, used(step, 0, 1, 3, 20)}), ElementsAre());
}

}  // namespace
}  // namespace sbraid
