// The report for people; whole texts are compared.

#include "report_fixture.hpp"

namespace sbraid {
namespace {

using namespace report_fixture;

TEST(ReportText, ForPeopleTellsEveryTaskAndGpuIn120Columns) {
    EXPECT_EQ(
        render_report({World().joined()}, 120),
        "finetune-20261120T120000-a1b2c3  failed\n"
        "simulated GPU: the GPU numbers below are made up, no GPU was measured\n"
        "\n"
        "TASK      JOB  STATE          EXIT  TRIES  WAIT  ELAPSED       CPU       MEMORY  GPU (simulated)\n"
        "prep[0]  10_0  COMPLETED         0      1   30s    1m00s  90% of 2   100M of 1G\n"
        "  ! used 10% of the memory it asked for (100M of 1G)\n"
        "prep[1]  10_1  COMPLETED         0      1   30s    1m00s  90% of 2   100M of 1G\n"
        "  ! used 10% of the memory it asked for (100M of 1G)\n"
        "prep[2]  10_2  FAILED           75      1   30s    1m00s  90% of 2   100M of 1G\n"
        "train      20  COMPLETED         0      2    4s    1h00m  87% of 8  79G of 100G  4 at 53%, 1 "
        "unknown\n"
        "  GPU-11111111  rank 0 on n1  util 91% max 100% all 80%  mem 71G of 80G  600kJ    idle 2%  seen "
        "98%\n"
        "  GPU-22222222  rank 1 on n1  util 40% max 99%           mem 71G of 80G           idle 2%  seen "
        "98%\n"
        "  GPU-22222222  rank 2 on n1  util 10% max 30%           mem 71G of 80G           idle 2%  seen "
        "98%\n"
        "  GPU-22222222  all on n1     util 80% max 100%          mem 71G of 80G  600kJ    idle 2%  seen "
        "98%\n"
        "  GPU-33333333  all on n2     util 0% max 0%             mem 0 of 80G           idle 100%  seen "
        "98%\n"
        "  GPU-44444444  all on n2     unknown (mig)\n"
        "  all 2 tries: 2h00m, CPU 13h55m\n"
        "  ! 1 of 4 GPUs idle: GPU-33333333 on n2 never touched\n"
        "eval       30  OUT_OF_MEMORY            1    9s      31s  50% of 2     2G of 2G  2 at 52%\n"
        "  GPU-55555555  rank 0 on n1  util 55% max 80%           mem 71G of 80G           idle 2%  seen "
        "98%\n"
        "  GPU-66666666  rank 1 on n1  util 50% max 80%           mem 71G of 80G           idle 2%  seen "
        "98%\n"
        "  ! rank 1 on n1 was killed: out of memory (limit 2G)\n"
        "alarm      40  SKIPPED\n"
        "  parent 'prep' did not fail\n"
        "\n"
        "all: the GPU while its task had it, also before and after that rank; the column GPU is the mean of "
        "these\n"
        "TRIES above 1: times, CPU, memory and GPUs are those of the last one\n");
}

TEST(ReportText, WithoutAccountingTheStateFileAloneIsTold) {
    EXPECT_EQ(
        render_report({World().without_accounting()}, 120),
        "finetune-20261120T120000-a1b2c3  failed\n"
        "simulated GPU: the GPU numbers below are made up, no GPU was measured\n"
        "accounting is off: CPU and memory use are not known\n"
        "\n"
        "TASK      JOB  STATE          EXIT  TRIES   WAIT  ELAPSED  CPU  MEMORY  GPU (simulated)\n"
        "prep[0]  10_0  COMPLETED         0      1    30s    1m00s\n"
        "prep[1]  10_1  COMPLETED         0      1    30s    1m00s\n"
        "prep[2]  10_2  FAILED           75      1    30s    1m00s\n"
        "train      20  COMPLETED         0      2  1m39s    1h00m               4 at 53%, 1 unknown\n"
        "  GPU-11111111  rank 0 on n1  util 91% max 100% all 80%  mem 71G of 80G  600kJ    idle 2%  seen "
        "98%\n"
        "  GPU-22222222  rank 1 on n1  util 40% max 99%           mem 71G of 80G           idle 2%  seen "
        "98%\n"
        "  GPU-22222222  rank 2 on n1  util 10% max 30%           mem 71G of 80G           idle 2%  seen "
        "98%\n"
        "  GPU-22222222  all on n1     util 80% max 100%          mem 71G of 80G  600kJ    idle 2%  seen "
        "98%\n"
        "  GPU-33333333  all on n2     util 0% max 0%             mem 0 of 80G           idle 100%  seen "
        "98%\n"
        "  GPU-44444444  all on n2     unknown (mig)\n"
        "  ! 1 of 4 GPUs idle: GPU-33333333 on n2 never touched\n"
        "eval       30  OUT_OF_MEMORY            1  1m39s      31s               2 at 52%\n"
        "  GPU-55555555  rank 0 on n1  util 55% max 80%           mem 71G of 80G           idle 2%  seen "
        "98%\n"
        "  GPU-66666666  rank 1 on n1  util 50% max 80%           mem 71G of 80G           idle 2%  seen "
        "98%\n"
        "  ! rank 1 on n1 was killed: out of memory\n"
        "alarm      40  SKIPPED\n"
        "  parent 'prep' did not fail\n"
        "\n"
        "all: the GPU while its task had it, also before and after that rank; the column GPU is the mean of "
        "these\n"
        "TRIES above 1: times, CPU, memory and GPUs are those of the last one\n");
}

TEST(ReportText, InANarrowTerminalNothingIsCut) {
    const std::string text = render_report({World().joined()}, 80);
    EXPECT_NE(text.find("train      20  COMPLETED         0      2    4s    1h00m  87% of 8  79G of 100G\n"
                        "    4 at 53%, 1 unknown\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("  GPU-11111111  rank 0 on n1  util 91% max 100% all 80%  mem 71G of 80G  600kJ\n"
                        "    idle 2%  seen 98%\n"),
              std::string::npos)
        << text;
    EXPECT_EQ(text.find("…"), std::string::npos);
}

TEST(ReportText, ATaskSaysHowManyOfItsGpusWereShared) {
    World run;
    for (auto& gpu : run.state.gpus) gpu.shared = gpu.uuid == uuid(2) && gpu.rank == 1U;
    const std::string text = render_report({run.joined()}, 0);
    EXPECT_NE(text.find("4 at 53%, 1 unknown, 1 shared\n"), std::string::npos) << text;
    std::size_t marked = 0;
    for (auto at = text.find("seen 98%  shared\n"); at != std::string::npos;
         at = text.find("seen 98%  shared\n", at + 1)) {
        ++marked;
    }
    EXPECT_EQ(marked, 3U) << "both ranks and the GPU itself:\n" << text;
}

TEST(ReportText, ManyElementsAreSummedUpAndTheBadOnesShown) {
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

TEST(ReportText, WhatTheScriptItselfFailedForStandsBelow) {
    World run;
    run.plan.jobs.clear();
    run.state = RunState{};
    run.state.created_at = at(0);
    auto& prep = run.add("prep", {}, {});
    for (std::uint32_t i = 0; i < 2; ++i) {
        prep.elements.push_back(element(i, 10, JobState::failed));
        prep.elements.back().status.exit_code = 1;
    }
    prep.elements[1].own_why = "no output model.1";
    EXPECT_EQ(render_report({run.without_accounting()}, 120),
              "finetune-20261120T120000-a1b2c3  failed\n"
              "accounting is off: CPU and memory use are not known\n"
              "\n"
              "TASK      JOB  STATE   EXIT  TRIES  WAIT  ELAPSED  CPU  MEMORY  GPU\n"
              "prep[0]  10_0  FAILED     1      1\n"
              "prep[1]  10_1  FAILED     1      1\n"
              "  no output model.1\n");
}

TEST(ReportText, ThatNoElementUsedItsMemoryIsSaidOnce) {
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

}  // namespace
}  // namespace sbraid
