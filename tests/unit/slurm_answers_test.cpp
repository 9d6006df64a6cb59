// squeue's and sacct's answers, recorded from a real Slurm (tests/data/slurm/README.md says which jobs).

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "sbraid/job_state.hpp"

namespace sbraid {
namespace {

using testing::ElementsAre;

std::string recorded(const std::string& name) {
    std::ifstream file(std::string(SBRAID_TEST_DATA) + "/slurm/" + name);
    EXPECT_TRUE(file) << name;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string time_text(const std::optional<Timestamp>& time) {
    if (!time) return "-";
    return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time->time_since_epoch()).count());
}

template <class Number>
std::string number_text(const std::optional<Number>& number) {
    return number ? std::to_string(*number) : "-";
}

std::string line(const JobStatus& s) {
    return fmt::format("{} raw={} {} {} exit={} signal={} restarts={} {} {} {} nodes={} reason={} comment={}",
                       to_string(s.key), s.raw.value, s.user, to_string(s.state), number_text(s.exit_code),
                       number_text(s.signal), s.restarts, time_text(s.submit), time_text(s.start),
                       time_text(s.end), s.nodes, s.reason, s.comment);
}

const JobStatus* find(const std::vector<JobStatus>& statuses, const std::string& key) {
    for (const auto& status : statuses) {
        if (to_string(status.key) == key) return &status;
    }
    return nullptr;
}

std::vector<const SacctRow*> find(const std::vector<SacctRow>& rows, const std::string& key,
                                  const std::string& step) {
    std::vector<const SacctRow*> found;
    for (const auto& row : rows) {
        if (to_string(row.status.key) == key && row.step == step) found.push_back(&row);
    }
    return found;
}

TEST(Squeue, IsAskedForFieldsThatNothingCanBreak) {
    EXPECT_THAT(squeue_arguments(),
                ElementsAre("--noheader", "--states=all",
                            "--Format=JobArrayID:0\x1f,JobID:0\x1f,Cluster:0\x1f,UserName:0\x1f,State:0\x1f,"
                            "exit_code:0\x1f,RestartCnt:0\x1f,SubmitTime:0\x1f,StartTime:0\x1f,EndTime:0\x1f,"
                            "NodeList:0\x1f,Comment:0\x1f,Reason:0"));
}

TEST(Squeue, TellsEveryElementAndOnlyFacts) {
    const auto statuses = parse_squeue(recorded("squeue-running-22.05.txt"));
    ASSERT_TRUE(statuses) << statuses.error().message;
    std::string text;
    for (const char* key : {"1_2", "1_3", "1_8", "2", "4", "6", "7", "8", "10", "11", "5"}) {
        const auto* status = find(*statuses, key);
        ASSERT_TRUE(status) << key;
        text += line(*status) + "\n";
    }
    EXPECT_EQ(
        text,
        "1_2 raw=14 alice COMPLETED exit=0 signal=- restarts=0 1795219035 1795219037 1795219038 nodes=n1 "
        "reason= comment=sbraid:finetune-20261120T120000-a1b2c3:tokenize#1\n"
        "1_3 raw=15 alice FAILED exit=1 signal=- restarts=0 1795219035 1795219037 1795219038 nodes=n1 "
        "reason=NonZeroExitCode comment=sbraid:finetune-20261120T120000-a1b2c3:tokenize#1\n"
        "1_8 raw=0 alice PENDING exit=- signal=- restarts=0 1795219035 - - nodes= reason=JobArrayTaskLimit "
        "comment=sbraid:finetune-20261120T120000-a1b2c3:tokenize#1\n"
        "2 raw=2 alice PENDING exit=- signal=- restarts=0 1795219035 - - nodes= reason=Dependency "
        "comment=sbraid:finetune-20261120T120000-a1b2c3:train#1 notes of mine | with a bar\n"
        "4 raw=4 alice FAILED exit=137 signal=- restarts=0 1795219035 1795219037 1795219038 nodes=n1 "
        "reason=NonZeroExitCode comment=sbraid:finetune-20261120T120000-a1b2c3:oom#1\n"
        "6 raw=6 alice COMPLETING exit=- signal=- restarts=1 1795219035 1795219039 - nodes=n1 reason= "
        "comment=sbraid:finetune-20261120T120000-a1b2c3:again#1\n"
        "7 raw=7 alice COMPLETING exit=- signal=- restarts=0 1795219035 1795219037 - nodes=n1 reason= "
        "comment=sbraid:finetune-20261120T120000-a1b2c3:cancelled#1\n"
        "8 raw=8 alice FAILED exit=- signal=11 restarts=0 1795219035 1795219037 1795219037 nodes=n1 "
        "reason=JobLaunchFailure comment=sbraid:finetune-20261120T120000-a1b2c3:killed#1\n"
        "10 raw=10 alice PENDING exit=- signal=- restarts=0 1795219036 - - nodes= reason=JobHeldUser "
        "comment=sbraid:finetune-20261120T120000-a1b2c3:held#1\n"
        "11 raw=11 alice PENDING exit=- signal=- restarts=0 1795219036 - - nodes= reason=Resources "
        "comment=sbraid:finetune-20261120T120000-a1b2c3:two#1\n"
        "5 raw=5 alice RUNNING exit=- signal=- restarts=0 1795219035 1795219037 - nodes=n1 reason= "
        "comment=sbraid:finetune-20261120T120000-a1b2c3:limit#1\n");
}

TEST(Squeue, UnderstandsTheExitCodesOfEveryRelease) {
    const auto statuses = parse_squeue(recorded("squeue-24.11.txt"));
    ASSERT_TRUE(statuses) << statuses.error().message;
    std::string text;
    for (const auto& s : *statuses) {
        text += fmt::format("{} {} exit={} signal={} {}\n", to_string(s.key), to_string(s.state),
                            number_text(s.exit_code), number_text(s.signal), s.reason);
    }
    EXPECT_EQ(text,
              "3 CANCELLED exit=- signal=- DependencyNeverSatisfied\n"
              "7 CANCELLED exit=- signal=15 \n"
              "9_0 COMPLETED exit=0 signal=- \n"
              "9_1 COMPLETED exit=0 signal=- \n"
              "10 FAILED exit=75 signal=- NonZeroExitCode\n"
              "1 FAILED exit=3 signal=- NonZeroExitCode\n"
              "4 FAILED exit=- signal=9 RaisedSignal:9(Killed)\n"
              "5 FAILED exit=7 signal=- NonZeroExitCode\n"
              "6 OUT_OF_MEMORY exit=- signal=- OutOfMemory\n"
              "2_1 PENDING exit=- signal=- JobHeldUser\n"
              "2_2 PENDING exit=- signal=- JobHeldUser\n"
              "2_3 PENDING exit=- signal=- JobHeldUser\n"
              "2_4 PENDING exit=- signal=- JobHeldUser\n"
              "8 RUNNING exit=- signal=- \n");
}

TEST(Squeue, ExpandsAPendingArrayOfALongList) {
    const auto statuses = parse_squeue(recorded("squeue-running-22.05.txt"));
    ASSERT_TRUE(statuses);
    std::vector<std::uint32_t> elements, expected{3, 4};
    for (const auto& status : *statuses) {
        if (status.key.job == JobId{9}) elements.push_back(status.key.element.value());
    }
    for (std::uint32_t i = 6; i <= 40; ++i) expected.push_back(i);
    expected.push_back(51);
    for (std::uint32_t i = 60; i <= 90; i += 3) expected.push_back(i);
    EXPECT_EQ(elements, expected);
}

TEST(Squeue, KeepsACommentOfTwoLinesWhole) {
    const auto statuses = parse_squeue(recorded("squeue-ended-22.05.txt"));
    ASSERT_TRUE(statuses) << statuses.error().message;
    const auto* status = find(*statuses, "28");
    ASSERT_TRUE(status);
    EXPECT_EQ(status->comment,
              "sbraid:finetune-20261120T120000-a1b2c3:multi#1 a note\nof two lines | and a bar");
    status = find(*statuses, "2");
    ASSERT_TRUE(status);
    EXPECT_EQ(status->state, JobState::cancelled);
    EXPECT_EQ(status->reason, "DependencyNeverSatisfied");
    status = find(*statuses, "29_3");
    ASSERT_TRUE(status);
    EXPECT_EQ(status->reason, "JobHeldUser");
}

TEST(Squeue, AnEmptyQueueIsNoError) {
    const auto statuses = parse_squeue("");
    ASSERT_TRUE(statuses);
    EXPECT_TRUE(statuses->empty());
}

TEST(Squeue, WhatIsNotUnderstoodIsQuoted) {
    const auto statuses = parse_squeue("squeue: some news of a plugin\n");
    ASSERT_FALSE(statuses);
    EXPECT_EQ(statuses.error().kind, ErrorKind::slurm);
    EXPECT_EQ(statuses.error().message,
              "squeue answered what is not understood (1 fields for 13): 'squeue: some news of a plugin '");
    const auto cut = parse_squeue(
        "12_[1-3,5-...]\x1f"
        "12\x1f\x1f\x1fPENDING\x1f"
        "0\x1f"
        "0\x1f\x1f\x1f\x1f\x1f\x1f\n");
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().message,
              "squeue answered what is not understood (the job id): '12_[1-3,5-...]|12|||PENDING|0|0||||||'");
}

std::string line(const SacctRow& row) {
    const auto& s = row.status;
    return fmt::format(
        "{}.{} raw={} {} exit={} signal={} {} {} {} elapsed={} cpu_us={} cpus={} req_cpus={} nodes={} "
        "ranks={} "
        "req_mem={} max_rss={} total_rss={} limit={} req={} on={} reason={}",
        to_string(s.key), row.step, s.raw.value, to_string(s.state), number_text(s.exit_code),
        number_text(s.signal), time_text(s.submit), time_text(s.start), time_text(s.end),
        number_text(row.elapsed_s), number_text(row.cpu_time_us), number_text(row.alloc_cpus),
        number_text(row.req_cpus), number_text(row.node_count), number_text(row.ranks),
        number_text(row.req_mem_bytes), number_text(row.max_rss_bytes), number_text(row.total_rss_bytes),
        number_text(row.time_limit_s), row.req_tres, s.nodes, s.reason);
}

TEST(Sacct, IsAskedForRowsThatNothingCanBreak) {
    EXPECT_THAT(sacct_arguments(),
                ElementsAre("--noheader", "--parsable2", "--duplicates", "--noconvert", "--delimiter=\x1f",
                            std::string("--format=") + k_sacct_format));
}

TEST(Sacct, TellsAllocationsAndSteps) {
    const auto rows = parse_sacct(recorded("sacct-22.05.txt"));
    ASSERT_TRUE(rows) << rows.error().message;
    std::string text;
    for (const auto& row : *rows) {
        const auto job = row.status.key.job.value;
        if (job == 2 || job == 5 || job == 8 || job == 11 || (job == 1 && row.status.key.element == 3U)) {
            text += line(row) + "\n";
        }
    }
    EXPECT_EQ(text,
              "2. raw=2 CANCELLED exit=- signal=- 1795219035 - 1795219044 elapsed=0 cpu_us=0 cpus=1 "
              "req_cpus=1 nodes=1 ranks=- req_mem=1073741824 max_rss=- total_rss=- limit=- "
              "req=billing=1,cpu=1,gres/gpu:h100=4,gres/gpu=4,mem=1024M,node=1 on= reason=Dependency\n"
              "5. raw=5 TIMEOUT exit=- signal=- 1795219035 1795219037 1795219125 elapsed=88 cpu_us=1000 "
              "cpus=1 req_cpus=1 nodes=1 ranks=- req_mem=1073741824 max_rss=- total_rss=- limit=60 "
              "req=billing=1,cpu=1,mem=1024M,node=1 on=n1 reason=\n"
              "5.batch raw=5 CANCELLED exit=- signal=15 1795219037 1795219037 1795219126 elapsed=89 "
              "cpu_us=1000 cpus=1 req_cpus=1 nodes=1 ranks=1 req_mem=- max_rss=3334144 total_rss=3334144 "
              "limit=- req= on=n1 reason=\n"
              "8. raw=8 FAILED exit=- signal=11 1795219035 1795219037 1795219037 elapsed=0 cpu_us=2000 "
              "cpus=1 req_cpus=1 nodes=1 ranks=- req_mem=1073741824 max_rss=- total_rss=- limit=31536000 "
              "req=billing=1,cpu=1,mem=1024M,node=1 on=n1 reason=\n"
              "8.batch raw=8 CANCELLED exit=- signal=11 1795219037 1795219037 1795219037 elapsed=0 "
              "cpu_us=2000 cpus=1 req_cpus=1 nodes=1 ranks=1 req_mem=- max_rss=1204224 total_rss=1204224 "
              "limit=- req= on=n1 reason=\n"
              "1_3. raw=15 FAILED exit=1 signal=- 1795219035 1795219037 1795219038 elapsed=1 cpu_us=3000 "
              "cpus=2 req_cpus=2 nodes=1 ranks=- req_mem=536870912 max_rss=- total_rss=- limit=31536000 "
              "req=billing=2,cpu=2,mem=512M,node=1 on=n1 reason=\n"
              "1_3.batch raw=15 FAILED exit=1 signal=- 1795219037 1795219037 1795219038 elapsed=1 "
              "cpu_us=3000 cpus=2 req_cpus=2 nodes=1 ranks=1 req_mem=- max_rss=3358720 total_rss=3358720 "
              "limit=- req= on=n1 reason=\n"
              "11. raw=11 COMPLETED exit=0 signal=- 1795219036 1795219127 1795219129 elapsed=2 cpu_us=30000 "
              "cpus=128 req_cpus=2 nodes=2 ranks=- req_mem=549755813888 max_rss=- total_rss=- limit=- "
              "req=billing=2,cpu=2,mem=524288M,node=2 on=n[1-2] reason=\n"
              "11.batch raw=11 COMPLETED exit=0 signal=- 1795219127 1795219127 1795219129 elapsed=2 "
              "cpu_us=20000 cpus=64 req_cpus=64 nodes=1 ranks=1 req_mem=- max_rss=10907648 "
              "total_rss=10907648 limit=- req= on=n1 reason=\n"
              "11.0 raw=11 COMPLETED exit=0 signal=- 1795219127 1795219127 1795219129 elapsed=2 cpu_us=10000 "
              "cpus=128 req_cpus=128 nodes=2 ranks=4 req_mem=- max_rss=2936832 total_rss=10493952 limit=- "
              "req= on=n[1-2] reason=\n");
}

TEST(Sacct, ARequeueHasItsOwnRowWithALaterSubmitTime) {
    const auto rows = parse_sacct(recorded("sacct-22.05.txt"));
    ASSERT_TRUE(rows);
    const auto attempts = find(*rows, "6", "");
    ASSERT_EQ(attempts.size(), 2U);
    EXPECT_EQ(attempts[0]->status.state, JobState::requeued);
    EXPECT_EQ(time_text(attempts[0]->status.submit), "1795219035");
    EXPECT_EQ(attempts[1]->status.state, JobState::failed);
    EXPECT_EQ(attempts[1]->status.exit_code, 75);
    EXPECT_EQ(time_text(attempts[1]->status.submit), "1795219039");
}

TEST(Sacct, EligibleIsWhenParentsHaveEndedOrAHoldWasReleased) {
    const auto rows = parse_sacct(recorded("sacct-memory-22.05.txt"));
    ASSERT_TRUE(rows) << rows.error().message;
    const SacctRow& held = *find(*rows, "1", "").at(0);
    EXPECT_EQ(time_text(held.status.submit), "1795231043");
    EXPECT_EQ(time_text(held.eligible), "1795231047");
    const SacctRow& child = *find(*rows, "2", "").at(0);
    EXPECT_EQ(time_text(child.status.submit), "1795231043");
    EXPECT_EQ(child.eligible, held.status.end);
    const auto unknown = parse_sacct(recorded("sacct-22.05.txt"));
    ASSERT_TRUE(unknown);
    EXPECT_EQ(unknown->at(0).eligible, std::nullopt);
}

TEST(Sacct, ExpandsElementsThatArePending) {
    const auto rows = parse_sacct(recorded("sacct-22.05.txt"));
    ASSERT_TRUE(rows);
    std::size_t elements = 0;
    for (const auto& row : *rows) elements += row.status.key.job == JobId{9} ? 1U : 0U;
    EXPECT_EQ(
        elements,
        2U + 35U + 1U + 11U);  // not 9_5: no row is made of an element that is cancelled before it may run
    EXPECT_EQ(find(*rows, "29_3", "").size(), 1U);
}

TEST(Sacct, TextsWithBarsAndNewlinesStayWhole) {
    const auto rows = parse_sacct(recorded("sacct-22.05.txt"));
    ASSERT_TRUE(rows);
    const auto found = find(*rows, "28", "");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0]->status.comment,
              "sbraid:finetune-20261120T120000-a1b2c3:multi#1 a note\nof two lines | and a bar");
    EXPECT_EQ(found[0]->submit_line,
              "sbatch --parsable -o /dev/null -J finetune.multi "
              "--comment=sbraid:finetune-20261120T120000-a1b2c3:multi#1 a note\nof two lines | and a bar "
              "--wrap true");
}

/// A record with these fields where they matter and nothing elsewhere.
std::string sacct_record(const std::string& id, const std::string& state, const std::string& exit,
                         const std::string& total_cpu, const std::string& req_mem) {
    std::vector<std::string> fields(26);
    fields[0] = fields[1] = id;
    fields[4] = state;
    fields[5] = exit;
    fields[11] = total_cpu;
    fields[13] = "8";
    fields[14] = "2";
    fields[16] = req_mem;
    return fmt::format("{}\n", fmt::join(fields, "\x1f"));
}

TEST(Sacct, OutOfMemoryIsNoSignal) {
    const auto rows = parse_sacct(sacct_record("12", "OUT_OF_MEMORY", "0:125", "00:00:00", ""));
    ASSERT_TRUE(rows);
    EXPECT_EQ(rows->at(0).status.state, JobState::out_of_memory);
    EXPECT_EQ(rows->at(0).status.signal, std::nullopt);
    EXPECT_EQ(rows->at(0).status.exit_code, std::nullopt);
}

TEST(Sacct, MemoryIsOfTheWholeJobInOldAndNewSpelling) {
    const auto memory = [](const std::string& text) {
        const auto rows = parse_sacct(sacct_record("12", "COMPLETED", "0:0", "00:00:00", text));
        return rows ? rows->at(0).req_mem_bytes : std::nullopt;
    };
    EXPECT_EQ(memory("2G"), 2LL << 30);
    EXPECT_EQ(memory("512M"), 512LL << 20);
    EXPECT_EQ(memory("2Gc"), 16LL << 30);
    EXPECT_EQ(memory("2Gn"), 4LL << 30);
    EXPECT_EQ(memory("0n"), std::nullopt);
    EXPECT_EQ(memory(""), std::nullopt);
}

TEST(Sacct, TimeOfCpusIsReadInEverySpelling) {
    const auto cpu = [](const std::string& text) {
        const auto rows = parse_sacct(sacct_record("12", "COMPLETED", "0:0", text, ""));
        return rows ? rows->at(0).cpu_time_us : std::nullopt;
    };
    EXPECT_EQ(cpu("00:01.573"), 1'573'000);
    EXPECT_EQ(cpu("01:02:03"), 3'723'000'000);
    EXPECT_EQ(cpu("2-01:02:03"), 176'523'000'000);
    EXPECT_EQ(cpu(""), std::nullopt);
}

TEST(Sacct, APartOfAHeterogeneousJobIsReadByItsId) {
    const auto rows = parse_sacct(sacct_record("12+1.batch", "COMPLETED", "0:0", "", ""));
    ASSERT_TRUE(rows);
    EXPECT_EQ(to_string(rows->at(0).status.key), "12");
    EXPECT_EQ(rows->at(0).step, "batch");
}

}  // namespace
}  // namespace sbraid
