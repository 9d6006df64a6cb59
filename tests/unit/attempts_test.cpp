// What a batch script does when its task fails, or is told to stop: run by bash, with a Slurm that only takes
// notes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "script_fixture.hpp"

namespace sbraid {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// What the script ends with where Slurm would end it: after a requeue.
constexpr int k_killed = 99;

class AttemptScript : public BatchScript {
  protected:
    void SetUp() override {
        BatchScript::SetUp();
        fs::create_directories(dir_ / "bin");
        program("scontrol",
                "echo \"$*\" >>slurm\n"
                "case $* in\n"
                "--version) echo \"slurm-wlm $(cat release)\" ;;\n"
                "*\" show job \"*) echo \"JobId=12 JobName=a JobState=$(cat state) Dependency=(null)\" ;;\n"
                "requeue*) if [[ -e refusal ]]; then cat refusal >&2; exit 1; fi\n"
                "    if [[ -e at-once ]]; then kill -s TERM $PPID; fi ;;\n"
                "esac\n");
        program("sleep", "case $1 in infinity) exit 99 ;; 1) exit 0 ;; esac\nexec /bin/sleep \"$@\"\n");
        slurm_says("RUNNING Reason=None");
        write_file(dir_ / "release", "22.05.8");
    }
    void slurm_says(std::string_view state) { write_file(dir_ / "state", state); }
    [[nodiscard]] Outcome attempt(int restart = 0, const std::string& environment = {}) const {
        return bash("PATH=$PWD/bin:$PATH SLURM_RESTART_COUNT=" + std::to_string(restart) + " " + environment +
                    " bash script");
    }
    /// In the background, for what happens to it then.
    [[nodiscard]] Outcome attempt_and(const std::string& then) const {
        return bash(R"(
            wait_for() { for _ in {1..3000}; do if eval "$1"; then return; fi; /bin/sleep 0.02; done; echo "never: $1"; exit 98; }
            set -m
            PATH=$PWD/bin:$PATH bash script & shell=$!
            trap 'kill -s KILL -- -$shell 2> /dev/null' EXIT
        )" + then + "\nwait $shell");
    }
    /// How scontrol was called, but for the questions.
    [[nodiscard]] std::string slurm() const {
        std::istringstream calls(fs::exists(dir_ / "slurm") ? read_file(dir_ / "slurm") : "");
        std::string told;
        for (std::string call; std::getline(calls, call);)
            if (!call.starts_with("--oneliner") && call != "--version") told += call + "\n";
        return told;
    }
    /// Their sound records, in the order of their numbers.
    [[nodiscard]] std::vector<Event> events(const std::string& writer) const {
        const Decoded merged = merge({records(writer)});
        EXPECT_THAT(merged.damage, testing::IsEmpty());
        std::vector<Event> result;
        for (const Record& record : merged.records) result.push_back(record.event);
        return result;
    }
    [[nodiscard]] AttemptEnded end_of(const std::string& writer) const {
        const auto all = events(writer);
        const auto* const end = all.empty() ? nullptr : std::get_if<AttemptEnded>(&all.back());
        if (end == nullptr) ADD_FAILURE() << writer << " has no end";
        return end == nullptr ? AttemptEnded{} : *end;
    }

  private:
    void program(const std::string& name, const std::string& text) {
        write_file(dir_ / "bin" / name, "#!/bin/bash\n" + text);
        fs::permissions(dir_ / "bin" / name, fs::perms::owner_all);
    }
};

TEST_F(AttemptScript, AFailureIsRequeuedUntilThatIsUsedUp) {
    plan_task("[task.a]\nretry = 2\nrun = \"echo try; exit 3\"\n");
    for (int time = 1; time <= 2; ++time) {
        const Outcome outcome = attempt(time - 1);
        EXPECT_EQ(outcome.exit_code, k_killed) << "it waits to be killed";
        EXPECT_EQ(outcome.output, "try\nsbraid: -------- task 'a' ended with exit code 3: retry " +
                                      std::to_string(time) + " of 2 --------\n");
        const AttemptEnded end = end_of("batch.12." + std::to_string(time - 1));
        EXPECT_EQ(end.exit_code, 3);
        EXPECT_TRUE(end.again);
    }
    EXPECT_EQ(slurm(), "requeue 12\nrequeue 12\n");
    const Outcome last = attempt(2);
    EXPECT_EQ(last.exit_code, 3);
    EXPECT_EQ(last.output, "try\nsbraid: task 'a' ended with exit code 3; retry.max = 2 is used up\n");
    const AttemptEnded end = end_of("batch.12.2");
    EXPECT_FALSE(end.again);
    EXPECT_EQ(end.why, "ended with exit code 3; retry.max = 2 is used up");
    EXPECT_EQ(slurm(), "requeue 12\nrequeue 12\n");
}

TEST_F(AttemptScript, SuccessIsTheEnd) {
    plan_task("[task.a]\nretry = { max = 2, on = [\"fail\", \"timeout\"] }\nrun = \"echo well\"\n");
    const Outcome outcome = attempt();
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.output, "well\n");
    EXPECT_FALSE(fs::exists(dir_ / "slurm"));
}

TEST_F(AttemptScript, RestartsOfSlurmItselfAreNoAttempts) {
    plan_task("[task.a]\nretry = 1\nrun = \"exit 3\"\n");
    EXPECT_THAT(attempt(7).output, HasSubstr("retry 1 of 1"));
}

TEST_F(AttemptScript, OnlyWhatIsNamedIsTriedAgain) {
    const auto ends = [this](const std::string& on, const std::string& run) {
        fs::remove(dir_ / "slurm");
        plan_task("[task.a]\nretry = { max = 99, on = " + on + " }\nrun = '" + run + "'\n");
        return attempt().exit_code;
    };
    constexpr const char* k_on = R"(["exit:75", "signal:KILL"])";
    EXPECT_EQ(ends(k_on, "exit 75"), k_killed);
    EXPECT_EQ(ends(k_on, "kill -s KILL $$"), k_killed);
    EXPECT_EQ(ends(k_on, "exit 3"), 3);
    EXPECT_EQ(slurm(), "") << "not even asked";
    EXPECT_EQ(ends(R"("fail")", "kill -s SEGV $$"), k_killed);
    EXPECT_EQ(ends(R"(["node_fail"])", "exit 3"), 3);
    EXPECT_EQ(ends(R"(["oom", "timeout"])", "exit 3"), 3);
}

TEST_F(AttemptScript, AnElementIsRequeuedAlone) {
    plan_task("[task.a]\nretry = 1\narray = \"0-3\"\nrun = \"exit 3\"\n");
    // Of the last element the job id is that of the whole array.
    EXPECT_EQ(attempt(0, "SLURM_ARRAY_JOB_ID=12 SLURM_ARRAY_TASK_ID=3").exit_code, k_killed);
    EXPECT_EQ(slurm(), "requeue 12_3\n");
    EXPECT_EQ(end_of("batch.12_3.0").key, (JobKey{JobId{12}, 3}));
}

TEST_F(AttemptScript, AnotherStateIsSomebodysWill) {
    plan_task("[task.a]\nretry = { max = 1, on = [\"fail\", \"timeout\"] }\nrun = \"exit 3\"\n");
    for (const char* state : {"COMPLETING Reason=None", "CANCELLED Reason=None", "PENDING Reason=None"}) {
        slurm_says(state);
        EXPECT_EQ(attempt().exit_code, 3) << state;
    }
    EXPECT_EQ(slurm(), "");
}

TEST_F(AttemptScript, APreemptionIsSlurmsAffair) {
    plan_task("[task.a]\nretry = 1\nrun = \"exit 3\"\n");
    slurm_says("RUNNING Reason=None PreemptTime=2026-11-21T10:54:28");
    const Outcome outcome = attempt();
    EXPECT_EQ(outcome.exit_code, k_killed);
    EXPECT_THAT(outcome.output, HasSubstr("because Slurm preempts it: that is no attempt\n"));
    EXPECT_EQ(slurm(), "");
    EXPECT_FALSE(fs::exists(dir_ / "state.d" / "tries.12"));
}

TEST_F(AttemptScript, APreemptedJobIsRequeuedOnceByEveryRelease) {
    plan_task("[task.a]\nretry = 1\nrun = \"exit 3\"\n");
    slurm_says("RUNNING Reason=None PreemptTime=2026-11-21T10:54:28");
    for (const auto& [release, exit_code] : std::map<std::string, int>{
             {"22.05.8", k_killed}, {"23.11.10", k_killed}, {"24.05.0", 143}, {"26.05.5", 143}}) {
        write_file(dir_ / "release", release);
        EXPECT_EQ(attempt().exit_code, exit_code) << release;
    }
    EXPECT_EQ(slurm(), "");
}

TEST_F(AttemptScript, ARefusedRequeueIsTold) {
    plan_task("[task.a]\nretry = 1\nrun = \"exit 3\"\n");
    write_file(dir_ / "refusal", "slurm_requeue error: Requested operation is presently disabled\n");
    const Outcome outcome = attempt();
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_THAT(outcome.output, testing::EndsWith("sbraid: Slurm does not requeue it: slurm_requeue error: "
                                                  "Requested operation is presently disabled\n"));
    EXPECT_FALSE(end_of("batch.12.0").again);
}

TEST_F(AttemptScript, SlurmMayEndItBeforeItWaitsForThat) {
    plan_task("[task.a]\nretry = { max = 1, on = [\"fail\", \"timeout\"] }\nrun = \"exit 3\"\n");
    write_file(dir_ / "at-once", "");
    const Outcome outcome = attempt();
    EXPECT_EQ(outcome.exit_code, 128 + 15);
    EXPECT_EQ(outcome.output, "sbraid: -------- task 'a' ended with exit code 3: retry 1 of 1 --------\n");
    EXPECT_TRUE(end_of("batch.12.0").again);
}

TEST_F(AttemptScript, WithoutACountNothingIsTriedAgain) {
    plan_task("[task.a]\nretry = 1\nrun = \"exit 3\"\n");
    fs::remove_all(dir_ / "state.d");
    const Outcome outcome = attempt();
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_THAT(outcome.output, HasSubstr("tries.12 cannot be written"));
    EXPECT_EQ(slurm(), "");
}

TEST_F(AttemptScript, WithoutScontrolNothingIsTriedAgain) {
    // As in the root file system of a container.
    plan_task("[task.a]\nretry = { max = 1, on = [\"exit:3\"] }\nrun = \"exit 3\"\n");
    const Outcome outcome = bash("PATH=/nowhere /bin/bash script");
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_EQ(
        outcome.output,
        "sbraid: task 'a' ended with exit code 3, and retry is not possible: scontrol is not there, or has "
        "no answer\n");
}

TEST_F(AttemptScript, TheNextAttemptMayHaveToWait) {
    plan_task("[task.a]\nretry = { max = 1, delay = \"5m\" }\nrun = \"exit 3\"\n");
    EXPECT_EQ(attempt().exit_code, k_killed);
    EXPECT_EQ(slurm(), "requeue 12\nupdate JobId=12 StartTime=now+300\n");
}

TEST_F(AttemptScript, AMissingOutputIsAFailure) {
    plan_task("[task.a]\nretry = 1\noutputs = [\"no-such-file\"]\nrun = \"true\"\n");
    const Outcome outcome = attempt();
    EXPECT_EQ(outcome.exit_code, k_killed);
    EXPECT_THAT(outcome.output, HasSubstr("there is no output no-such-file"));
}

TEST_F(AttemptScript, AtTheTimeLimitTheRequeueDoesNotWaitForThePayload) {
    plan_task(
        "[task.a]\nretry = { max = 1, on = [\"timeout\"] }\nrun = \"trap '' TERM; echo >ready; "
        "while :; do /bin/sleep 0.1; done\"\n");
    slurm_says("COMPLETING Reason=TimeLimit");
    const Outcome outcome = attempt_and("wait_for '[[ -e ready ]]'; kill -s TERM $shell");
    EXPECT_EQ(outcome.exit_code, k_killed) << outcome.output;
    EXPECT_THAT(outcome.output, StartsWith("sbraid: -------- task 'a' reached its time limit: retry 1 of 1"));
    EXPECT_EQ(slurm(), "requeue 12\n");
}

TEST_F(AttemptScript, ASigtermOfAnotherKindIsTheEnd) {
    for (const char* on : {"fail", "timeout"}) {
        fs::remove(dir_ / "ready");
        plan_task("[task.a]\nretry = { max = 1, on = [\"" + std::string{on} +
                  "\"] }\nrun = \"echo >ready; exec /bin/sleep 100\"\n");
        for (const char* state : {"RUNNING Reason=None", "COMPLETING Reason=None"}) {
            slurm_says(state);
            const Outcome outcome = attempt_and("wait_for '[[ -e ready ]]'; kill -s TERM $shell");
            EXPECT_EQ(outcome.exit_code, 128 + 15) << outcome.output;
            EXPECT_EQ(slurm(), "");
        }
    }
}

// In place
// --------------------------------------------------------------------------------------------------

TEST_F(AttemptScript, InPlaceItRunsAgainWhereItIs) {
    plan_task(
        "[task.a]\nretry = { max = 3, inplace = true }\nrun = \"echo x >>runs; [[ $(wc -l <runs) == 3 "
        "]]\"\n");
    const Outcome outcome = attempt();
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.output,
              "sbraid: -------- task 'a' ended with exit code 1: retry 1 of 3 --------\n"
              "sbraid: -------- task 'a' ended with exit code 1: retry 2 of 3 --------\n");
    EXPECT_EQ(slurm(), "");
    const auto all = events("batch.12.0");
    ASSERT_EQ(all.size(), 6U);
    for (std::uint32_t i = 0; i < 3; ++i) {
        EXPECT_EQ(std::get<AttemptStarted>(all[2 * i]).repeats, i);
        const auto& end = std::get<AttemptEnded>(all[2 * i + 1]);
        EXPECT_EQ(end.repeats, i);
        EXPECT_EQ(end.again, i < 2);
        EXPECT_EQ(end.exit_code, i < 2 ? 1 : 0);
    }
}

TEST_F(AttemptScript, InPlaceRepeatsCountOverRestarts) {
    plan_task("[task.a]\nretry = { max = 2, inplace = true }\nrun = \"exit 4\"\n");
    write_file(dir_ / "state.d" / "tries.12", "retry: ended with exit code 4\n");
    const Outcome outcome = attempt(1);
    EXPECT_EQ(outcome.exit_code, 4);
    EXPECT_THAT(outcome.output, HasSubstr("retry 2 of 2"));
    EXPECT_EQ(end_of("batch.12.1").repeats, 2U);
}

TEST_F(AttemptScript, ACancelledPauseIsTheEnd) {
    plan_task("[task.a]\nretry = { max = 2, inplace = true, delay = \"1h\" }\nrun = \"exit 4\"\n");
    const Outcome outcome =
        attempt_and("wait_for 'pgrep -P $shell -f \"sleep 3600\" >/dev/null'; kill -s TERM $shell");
    EXPECT_EQ(outcome.exit_code, 4) << outcome.output;
    EXPECT_THAT(outcome.output, Not(HasSubstr("2 of 2")));
}

// Over the time limit
// ---------------------------------------------------------------------------------------

class Continued : public AttemptScript {
  protected:
    void plan_run(const std::string& run, const std::string& more = {}) {
        plan_task("[task.a]\ntime = 10\ncontinue = { max = 2 }\n" + more + "run = '''\n" + run + "\n'''\n");
    }
    /// Told to stop as soon as it is ready for that.
    [[nodiscard]] Outcome stopped() const {
        return attempt_and("wait_for '[[ -e ready ]]'; kill -s USR2 $shell");
    }
};

TEST_F(Continued, WhatIsToldToStopGoesOn) {
    plan_run("trap 'echo saved; exit 0' USR2; echo >ready; while :; do /bin/sleep 0.02; done");
    const Outcome outcome = stopped();
    EXPECT_EQ(outcome.exit_code, k_killed) << outcome.output;
    EXPECT_THAT(outcome.output,
                HasSubstr("saved\nsbraid: -------- task 'a' is not done yet: continue 1 of 2 -----"));
    EXPECT_TRUE(end_of("batch.12.0").again);
}

TEST_F(Continued, EachCommandGetsTheSignalAndTheirShellWaitsForThem) {
    plan_run(R"(bash -c 'trap "echo saved >here; exit 0" USR2; echo >ready; while :; do /bin/sleep 0.02; done'
echo behind >>here)");
    const Outcome outcome = stopped();
    EXPECT_EQ(outcome.exit_code, k_killed) << outcome.output;
    EXPECT_EQ(read_file(dir_ / "here"), "saved\nbehind\n");
}

TEST_F(Continued, TheFileSaysThatItIsDone) {
    plan_run(
        R"(trap 'echo >"$SBRAID_DONE_FILE"; exit 7' USR2; echo >ready; while :; do /bin/sleep 0.02; done)");
    const Outcome outcome = stopped();
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    EXPECT_EQ(slurm(), "");
    EXPECT_TRUE(fs::exists(dir_ / "state.d" / "done.12"));
}

TEST_F(Continued, WhatEndsByItselfIsOver) {
    plan_run("exit 0");
    EXPECT_EQ(attempt().exit_code, 0);
    plan_run("exit 5");
    EXPECT_EQ(attempt().exit_code, 5) << "a failure: that is what retry is for";
    EXPECT_EQ(slurm(), "");
    plan_run("exit 5", "retry = 1\n");
    EXPECT_EQ(attempt().exit_code, k_killed);
}

TEST_F(Continued, WhatIsNotDoneAtItsLastTimeHasFailed) {
    plan_run("trap 'exit 0' USR2; echo >ready; while :; do /bin/sleep 0.02; done", "retry = 5\n");
    write_file(dir_ / "state.d" / "tries.12", "continue: x\nretry: y\ncontinue: z\n");
    const Outcome outcome = stopped();
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.output, HasSubstr("sbraid: task 'a' is not done yet; continue.max = 2 is used up\n"));
    EXPECT_EQ(slurm(), "") << "retry is not for that";
}

TEST_F(Continued, WhatIsStillThereAtTheLimitGoesOnToo) {
    plan_run("trap '' TERM; echo $$ >ready; while :; do /bin/sleep 0.02; done");
    slurm_says("COMPLETING Reason=TimeLimit");
    const Outcome outcome = attempt_and(
        "wait_for '[[ -s ready ]]'; trap 'kill -s KILL -- -$shell $(<ready) 2> /dev/null' EXIT; kill -s TERM "
        "$shell");
    EXPECT_EQ(outcome.exit_code, k_killed) << outcome.output;
    EXPECT_EQ(slurm(), "requeue 12\n");
}

TEST_F(Continued, TheSignalMayComeBeforeTheTaskIsThere) {
    plan_run("exec /bin/sleep 100");
    for (const std::string place : {"\nrun_task() {", "\npass_signals_on\n"}) {
        std::string script = read_file(dir_ / "script");
        script.insert(script.find(place), "\nkill -s USR2 $$\n");
        write_file(dir_ / "early", script);
        EXPECT_EQ(bash("PATH=$PWD/bin:$PATH bash early").exit_code, k_killed) << place;
    }
}

TEST_F(Continued, AnElementHasAFileOfItsOwn) {
    plan_run("echo ${SBRAID_DONE_FILE##*/}", "array = \"0-3\"\n");
    EXPECT_EQ(attempt(0, "SLURM_ARRAY_JOB_ID=12 SLURM_ARRAY_TASK_ID=3").output, "done.12_3\n");
}

// What Slurm is told
// ----------------------------------------------------------------------------------------

TEST(AttemptPlan, SlurmMayRequeueAndKeepsTheLog) {
    const SubmissionPlan plan = plan_of(
        "name = \"flow\"\n[defaults]\nretry = 1\n[task.a]\nrun = \"x\"\noutput = \"log\"\n"
        "[task.b]\nrun = \"x\"\ntime = \"1:00:00\"\ncontinue = { max = 3, lead = \"90s\", signal = "
        "\"sigusr1\" }\n"
        "[task.c]\nrun = \"x\"\nretry = 0\n");
    EXPECT_THAT(job_of(plan, "a").options, testing::IsSupersetOf({"--requeue", "--open-mode=append"}));
    EXPECT_THAT(job_of(plan, "b").options,
                testing::IsSupersetOf({"--requeue", "--open-mode=append", "--signal=B:USR1@90"}));
    EXPECT_THAT(job_of(plan, "c").options, Not(testing::Contains("--requeue")));
}

TEST(AttemptPlan, APlanThatIsReadAgainMakesTheSameScript) {
    const SubmissionPlan plan = plan_of(
        "name = \"flow\"\n[task.a]\nrun = \"x\"\ntime = 60\n"
        "retry = { max = 4, on = [\"exit:75\", \"signal:9\", \"oom\", \"node_fail\"], delay = \"2h\" }\n"
        "continue = { max = 3 }\n[task.b]\nrun = \"x\"\nretry = { max = 1, inplace = true }\n");
    const auto again = plan_from_json(to_json(plan));
    ASSERT_TRUE(again) << again.error().message;
    for (const JobIndex job : {JobIndex{0}, JobIndex{1}}) {
        EXPECT_EQ(again->jobs[job.value].attempts, plan.jobs[job.value].attempts);
        EXPECT_EQ(batch_script(*again, again->jobs[job.value]), batch_script(plan, plan.jobs[job.value]));
    }
}

}  // namespace
}  // namespace sbraid
