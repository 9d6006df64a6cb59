#include "sbraid/status_view.hpp"

#include <gtest/gtest.h>

#include "sbraid/reason.hpp"

namespace sbraid {
namespace {

Timestamp at(std::int64_t seconds) {
    return Timestamp{std::chrono::seconds{1'795'219'000 + seconds}};
}

ElementState element(std::optional<std::uint32_t> index, JobKey key, JobState state) {
    ElementState result;
    result.element = index;
    result.status.key = key;
    result.status.state = state;
    return result;
}

/// A run half-way: an array of six, a task behind it, one that Slurm refused, a handler that will never run.
struct HalfWay {
    SubmissionPlan plan;
    RunState state;

    HalfWay() {
        plan.run = "finetune-20261120T120000-a1b2c3";
        plan.workflow = "finetune";
        plan.run_dir = "/home/alice/flow/.sbraid/finetune-20261120T120000-a1b2c3";
        for (const char* task : {"tokenize", "train", "odd", "alarm", "check"}) {
            PlannedJob job;
            job.task = task;
            plan.jobs.push_back(job);
        }
        state.created = RunCreated{plan.run, "finetune", "alice", "login1", "0.1.0"};
        state.created_at = at(0);
        state.jobs.resize(plan.jobs.size());

        auto& tokenize = state.jobs[0];
        tokenize.submitted_at = at(1);
        for (std::uint32_t i = 0; i < 6; ++i) {
            auto one = element(i, JobKey{JobId{12}, i}, i < 3 ? JobState::completed : JobState::failed);
            one.attempts = 1;
            one.status.submit = at(1);
            one.status.start = at(10);
            one.status.end = at(20 + i);
            one.status.nodes = i < 2 ? "n1" : "n2";
            if (one.status.state == JobState::completed) one.status.exit_code = 0;
            if (i == 3 || i == 4) one.status.exit_code = 75;
            if (i == 5) {
                one.status.state = JobState::running;
                one.status.end.reset();
            }
            tokenize.elements.push_back(one);
        }

        auto& train = state.jobs[1];
        train.submitted_at = at(2);
        train.current.emplace();
        train.current->id = JobId{13};
        train.current->held = true;
        train.elements.push_back(element(std::nullopt, JobKey{JobId{13}, {}}, JobState::pending));
        train.elements[0].status.reason = "Dependency";

        auto& odd = state.jobs[2];
        odd.refused = "invalid partition specified: gpuu";
        odd.elements.push_back(element(std::nullopt, {}, JobState::unsubmitted));

        auto& alarm = state.jobs[3];
        alarm.elements.push_back(element(std::nullopt, JobKey{JobId{14}, {}}, JobState::skipped));
        alarm.elements[0].why = "parent 'tokenize' succeeded";

        auto& check = state.jobs[4];
        check.elements.push_back(element(std::nullopt, JobKey{JobId{15}, {}}, JobState::failed));
        check.elements[0].attempts = 2;
        check.elements[0].status.signal = 11;
        check.elements[0].status.start = at(30);
        check.elements[0].status.end = at(31);
        check.elements[0].status.nodes = "n1";
    }
};

TEST(StatusRows, AnElementThatWeCancelledIsToldToBe) {
    HalfWay run;
    auto& one = run.state.jobs[0].elements[5];
    one.status.state = JobState::cancelled;
    one.cancelled = true;
    EXPECT_EQ(status_rows(run.plan, run.state).at(5).why, "cancelled by sbraid");
}

TEST(StatusView, ForPeopleHasOneRowATaskWithItsElementsCounted) {
    const HalfWay run;
    const auto rows = status_rows(run.plan, run.state);
    EXPECT_EQ(
        render_text(status_table(rows, at(100)), 0),
        "TASK      JOB  STATE                           EXIT  TRIES    STARTED  ELAPSED  NODES    WHY\n"
        "tokenize   12  3 done, 1 running, 2 failed               1  1m30s ago    1m30s  several  [3,4]: "
        "exit code 75\n"
        "train      13  PENDING                                                                   waits "
        "for its dependencies\n"
        "odd            UNSUBMITTED                                                               Slurm "
        "refused it: invalid partition specified: gpuu\n"
        "alarm      14  SKIPPED                                                                   parent "
        "'tokenize' succeeded\n"
        "check      15  FAILED                       SIGSEGV      2  1m10s ago       1s  n1       killed "
        "by signal 11 (SIGSEGV)\n");
    EXPECT_EQ(status_summary(rows),
              "5 tasks with 10 elements: 3 done, 1 pending, 1 running, 1 unsubmitted, 1 skipped, 3 failed");
}

TEST(StatusView, WithoutASecondTryNobodyCountsThem) {
    HalfWay run;
    run.state.jobs[4].elements[0].attempts = 1;
    EXPECT_EQ(render_text(status_table(status_rows(run.plan, run.state), at(100)), 0).find("TRIES"),
              std::string::npos);
    run.state.jobs[4].elements[0].repeats = 2;  // in place
    EXPECT_EQ(status_rows(run.plan, run.state).back().attempts, 3U);
}

TEST(StatusView, ForProgramsHasOneRowAnElement) {
    const HalfWay run;
    EXPECT_EQ(render_parsable(status_parsable(status_rows(run.plan, run.state))),
              "task|element|job_id|state|exit_code|signal|submit|start|end|nodes|reason|attempts|why\n"
              "tokenize|0|12_0|COMPLETED|0||1795219001|1795219010|1795219020|n1||1|\n"
              "tokenize|1|12_1|COMPLETED|0||1795219001|1795219010|1795219021|n1||1|\n"
              "tokenize|2|12_2|COMPLETED|0||1795219001|1795219010|1795219022|n2||1|\n"
              "tokenize|3|12_3|FAILED|75||1795219001|1795219010|1795219023|n2||1|exit code 75\n"
              "tokenize|4|12_4|FAILED|75||1795219001|1795219010|1795219024|n2||1|exit code 75\n"
              "tokenize|5|12_5|RUNNING|||1795219001|1795219010||n2||1|\n"
              "train||13|PENDING|||1795219002||||Dependency|0|waits for its dependencies\n"
              "odd|||UNSUBMITTED|||||||"
              "|0|Slurm refused it: invalid partition specified: gpuu\n"
              "alarm||14|SKIPPED|||||||"
              "|0|parent 'tokenize' succeeded\n"
              "check||15|FAILED||11||1795219030|1795219031|n1||2|killed by signal 11 (SIGSEGV)\n");
}

TEST(StatusView, JsonHasTheShapeThatOthersRelyOn) {
    HalfWay run;
    run.plan.jobs.resize(2);
    run.state.jobs.resize(2);
    run.state.jobs[0].elements.resize(1);
    EXPECT_EQ(status_json(run.plan, RunPhase::running, true, status_rows(run.plan, run.state)),
              R"({"schema":"sbraid.status/1","run":"finetune-20261120T120000-a1b2c3","state":"running",)"
              R"("stale":true,"tasks":[)"
              R"({"task":"tokenize","element":"0","job_id":"12_0","state":"COMPLETED","exit_code":0,)"
              R"("signal":null,"submit":1795219001,"start":1795219010,"end":1795219020,"nodes":"n1",)"
              R"("reason":null,"attempts":1,"why":null},)"
              R"({"task":"train","element":null,"job_id":"13","state":"PENDING","exit_code":null,)"
              R"("signal":null,"submit":1795219002,"start":null,"end":null,"nodes":null,)"
              R"("reason":"Dependency","attempts":0,"why":"waits for its dependencies"}]})"
              "\n");
}

TEST(StatusRows, WhatAJobWaitsForIsNamed) {
    HalfWay run;
    run.plan.jobs[1].edges.push_back({.kind = EdgeKind::afterok, .parent = JobIndex{0}, .element = {}});
    EXPECT_EQ(status_rows(run.plan, run.state).at(6).why, "waits for tokenize");
}

TEST(StatusView, AJobThatWeHoldIsNotHeldByTheUser) {
    HalfWay run;
    auto& train = run.state.jobs[1];
    train.elements[0].status.reason = "JobHeldUser";
    EXPECT_EQ(status_rows(run.plan, run.state)[6].why, "held until the whole run is submitted");
    train.released = true;
    EXPECT_EQ(status_rows(run.plan, run.state)[6].why, "held by the user");
}

TEST(StatusView, AFailureForWantOfMemoryIsToldAsSuchWhereRanksWereRecorded) {
    HalfWay run;
    auto& check = run.state.jobs[4].elements[0];
    check.status.signal.reset();
    check.status.exit_code = 1;
    const auto killed_in = [&](const char* step, std::uint32_t restart, bool oom) {
        RankState rank;
        rank.where = {JobKey{JobId{15}, {}}, step, "n1", restart};
        rank.ended = RankEnded{rank.where, 0, {}, 9, oom, false};
        run.state.ranks.push_back(rank);
    };
    const auto why = [&] { return status_rows(run.plan, run.state).back().why; };
    killed_in("0", 0, true);
    EXPECT_EQ(why(), "exit code 1") << "that was an earlier attempt";
    killed_in("batch", 1, true);
    EXPECT_EQ(why(), "exit code 1; ran out of memory");
    killed_in("0", 1, true);
    killed_in("1", 1, false);
    EXPECT_EQ(why(), "exit code 1; step 0 ran out of memory");
    check.attempts = 3;
    EXPECT_EQ(why(), "exit code 1") << "nothing is known of the last attempt";
    check.attempts = 2;
    check.status.state = JobState::completed;
    EXPECT_EQ(why(), "") << "the script has coped with it";
}

TEST(StatusView, WhatTheScriptItselfFailedForIsToldWhereSlurmSaysFailed) {
    HalfWay run;
    auto& check = run.state.jobs[4].elements[0];
    check.status.signal.reset();
    check.status.exit_code = 1;
    const auto why = [&] { return status_rows(run.plan, run.state).back().why; };
    EXPECT_EQ(why(), "exit code 1");
    check.own_why = "no output model.pt";
    EXPECT_EQ(why(), "no output model.pt");
    check.status.state = JobState::timeout;
    EXPECT_EQ(why(), "reached its time limit");
    check.own_why = "reached its time limit; continue.max = 20 is used up";
    EXPECT_EQ(why(), "reached its time limit; continue.max = 20 is used up");
}

TEST(StatusView, WhatWaitsToBeTriedAgainTellsWhatHasHappened) {
    HalfWay run;
    auto& check = run.state.jobs[4].elements[0];
    const auto why = [&] { return status_rows(run.plan, run.state).back().why; };
    check.again_after = 3;
    check.status.state = JobState::pending;
    check.status.reason = "BeginTime";
    EXPECT_EQ(why(), "tried again after exit code 3; waits for its begin time");
    run.plan.jobs[4].attempts.continuation = Continuation{};
    EXPECT_EQ(why(), "it goes on after a stop; waits for its begin time");
    check.status.reason.clear();
    EXPECT_EQ(why(), "it goes on after a stop");
    check.status.state = JobState::cancelled;
    EXPECT_EQ(why(), "cancelled");
}

TEST(StatusView, OfAnArrayWhatFailedIsToldBeforeWhatWasCancelled) {
    std::vector<StatusRow> rows(3);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i].task = "train";
        rows[i].element = std::to_string(i);
        rows[i].state = i < 2 ? JobState::cancelled : JobState::failed;
        rows[i].why = i < 2 ? "cancelled by sbraid" : "exit code 3";
    }
    EXPECT_EQ(status_table(rows, at(0)).rows.front().back(), "[2]: exit code 3");
    rows[2].state = JobState::completed;
    rows[2].why.clear();
    EXPECT_EQ(status_table(rows, at(0)).rows.front().back(), "[0,1]: cancelled by sbraid");
}

TEST(StatusView, ThePartsOfACutTaskStandTogether) {
    HalfWay run;
    run.plan.jobs[4].task = "tokenize";
    run.plan.jobs[4].part = "1";
    run.state.jobs[4].elements[0].element = 6;
    const auto rows = status_rows(run.plan, run.state);
    EXPECT_EQ(rows[6].task, "tokenize");
    EXPECT_EQ(rows[6].element, "6");
    EXPECT_EQ(rows[7].task, "train");
}

TEST(RunList, WhatWasCancelledHasNotFailedAndAServiceThatWasEndedIsDone) {
    HalfWay run;
    auto& element = run.state.jobs[4].elements.at(0);
    element.status.state = JobState::cancelled;
    const RunRow before = run_row(run.plan, run.state, RunPhase::running);
    run.plan.jobs[4].service = true;
    const RunRow after = run_row(run.plan, run.state, RunPhase::running);
    EXPECT_EQ(after.done, before.done + 1);
    EXPECT_EQ(after.failed, before.failed);
    element.status.state = JobState::failed;
    EXPECT_EQ(run_row(run.plan, run.state, RunPhase::running).failed, before.failed + 1);
}

TEST(RunList, ShowsEachRunWithItsAge) {
    const HalfWay run;
    const std::vector<RunRow> runs{run_row(run.plan, run.state, RunPhase::failed)};
    EXPECT_EQ(render_text(list_table(runs, at(7380)), 0),
              "RUN                              STATE     CREATED  TASKS  DONE  FAILED  DIRECTORY\n"
              "finetune-20261120T120000-a1b2c3  failed  2h03m ago      5  3/10       3  "
              "/home/alice/flow/.sbraid/finetune-20261120T120000-a1b2c3\n");
    EXPECT_EQ(render_parsable(list_parsable(runs), false),
              "finetune-20261120T120000-a1b2c3|finetune|failed|1795219000|alice|login1|"
              "/home/alice/flow/.sbraid/finetune-20261120T120000-a1b2c3|5|10|3|3|false\n");
    EXPECT_EQ(list_json(runs),
              R"({"schema":"sbraid.list/1","runs":[{"run":"finetune-20261120T120000-a1b2c3",)"
              R"("workflow":"finetune","state":"failed","created":1795219000,"user":"alice",)"
              R"("host":"login1","dir":"/home/alice/flow/.sbraid/finetune-20261120T120000-a1b2c3",)"
              R"("tasks":5,"elements":10,"done":3,"failed":3,"stale":false}]})"
              "\n");
    auto stale = runs;
    stale.front().stale = true;
    stale.front().phase = RunPhase::running;
    EXPECT_EQ(list_table(stale, at(7380)).rows.front().at(1), "running (stale)");
    EXPECT_EQ(list_json({}), "{\"schema\":\"sbraid.list/1\",\"runs\":[]}\n");
}

TEST(ExitCodeText, NamesTheSignalThatAShellSpeaksOf) {
    EXPECT_EQ(exit_code_text(0), "0");
    EXPECT_EQ(exit_code_text(75), "75");
    EXPECT_EQ(exit_code_text(128), "128");
    EXPECT_EQ(exit_code_text(139), "139 (SIGSEGV)");
    EXPECT_EQ(exit_code_text(255), "255");
    JobStatus status;
    status.state = JobState::failed;
    status.exit_code = 139;
    EXPECT_EQ(end_in_words(status), "exit code 139 (SIGSEGV)");
}

TEST(Reason, SlurmsWordsBecomeOurs) {
    EXPECT_EQ(reason_in_words("Resources"), "waits for free resources");
    EXPECT_EQ(reason_in_words("QOSMaxJobsPerUserLimit"),
              "waits for a limit of its QOS (QOSMaxJobsPerUserLimit)");
    EXPECT_EQ(reason_in_words("ReqNodeNotAvail, UnavailableNodes:n3"),
              "a node that it asks for is down, reserved or in use (ReqNodeNotAvail, UnavailableNodes:n3)");
    EXPECT_EQ(reason_in_words("SomethingNew"), "SomethingNew");
    EXPECT_EQ(reason_in_words(""), "");
    EXPECT_EQ(reason_in_words("JobArrayTaskLimit"),
              "waits for other elements of its array, as its limit says");
}

TEST(Reason, AnEndIsTold) {
    JobStatus status;
    status.state = JobState::failed;
    status.exit_code = 3;
    EXPECT_EQ(end_in_words(status), "exit code 3");
    status.exit_code.reset();
    status.signal = 9;
    EXPECT_EQ(end_in_words(status), "killed by signal 9 (SIGKILL)");
    status.signal = 40;
    EXPECT_EQ(end_in_words(status), "killed by signal 40");
    status.state = JobState::timeout;
    EXPECT_EQ(end_in_words(status), "reached its time limit");
    status.state = JobState::completed;
    EXPECT_EQ(end_in_words(status), "");
    status.state = JobState::running;
    EXPECT_EQ(end_in_words(status), "");
}

}  // namespace
}  // namespace sbraid
