#include "sbraid/batch_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sbraid/record.hpp"
#include "sbraid/shell_quote.hpp"
#include "script_fixture.hpp"

// The generated scripts are read (golden files) and run: by bash, without Slurm, in a run directory of the
// test.

namespace sbraid {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(BatchScript, EndsAsItsPayloadEnds) {
    for (const int code : {0, 1, 75, 255}) {
        fs::remove_all(dir_ / "state.d");
        fs::create_directories(dir_ / "state.d");
        plan_task("[task.a]\nrun = \"echo hello; exit " + std::to_string(code) + "\"\n");
        const Outcome outcome = run();
        EXPECT_EQ(outcome.exit_code, code);
        EXPECT_EQ(outcome.output, "hello\n");
        EXPECT_EQ(recorded_exit(), code);
    }
}

TEST_F(BatchScript, SaysWhoRanWhenAndWhere) {
    plan_task("[task.a]\nrun = \"true\"\narray = \"0-3\"\n");
    EXPECT_EQ(
        run("SLURM_ARRAY_JOB_ID=12 SLURM_ARRAY_TASK_ID=3 SLURM_JOB_ID=15 SLURM_RESTART_COUNT=2").exit_code,
        0);
    Decoded decoded = records("batch.12_3.2");
    EXPECT_THAT(decoded.damage, IsEmpty());
    decoded = merge({decoded});
    ASSERT_EQ(decoded.records.size(), 2U);
    EXPECT_EQ(decoded.records[0].writer, "batch.12_3.2");
    EXPECT_EQ(decoded.records[0].number, 1U);
    const auto& start = std::get<AttemptStarted>(decoded.records[0].event);
    EXPECT_EQ(start.key, (JobKey{JobId{12}, 3}));
    EXPECT_EQ(start.job, "a");
    EXPECT_EQ(start.restart, 2U);
    EXPECT_EQ(start.node, "n1");
    const auto& end = std::get<AttemptEnded>(decoded.records[1].event);
    EXPECT_EQ(end.key, (JobKey{JobId{12}, 3}));
    EXPECT_EQ(end.restart, 2U);
    EXPECT_LE(decoded.records[0].time, decoded.records[1].time);
}

TEST_F(BatchScript, DoesItsWorkWhenTheRunDirectoryIsGone) {
    plan_task("[task.a]\nrun = \"echo hello; exit 3\"\n");
    fs::remove_all(dir_ / "state.d");
    const Outcome outcome = run();
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_EQ(outcome.output, "hello\n");
}

TEST_F(BatchScript, DoesItsWorkWithoutCoreutils) {
    plan_task("[task.a]\nrun = \"echo hello; exit 3\"\n");
    const Outcome outcome = bash("PATH=/nowhere /bin/bash script");
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_EQ(outcome.output, "hello\n");
}

TEST_F(BatchScript, RunsItsTextAsItStands) {
    plan_task(R"([task.a]
env = { MSG = "it's $HOME", N = 3 }
run = '''
echo "$MSG" $N "$SBRAID_TASK" "$SBRAID_RUN"
cat <<'SBRAID_TEXT'
  'quoted' "text" \n $(date) `date`
SBRAID_TEXT
false | true
echo never'''
)");
    const Outcome outcome = run();
    EXPECT_EQ(outcome.output,
              "it's $HOME 3 a flow-20260101T000000-5f3a9c\n  'quoted' \"text\" \\n $(date) `date`\n");
    EXPECT_EQ(outcome.exit_code, 1);
}

TEST_F(BatchScript, RunsATextOfAMegabyte) {
    std::string text = "n=0\n";
    while (text.size() < (1U << 20U))
        text += "n=$((n + 1)) # padding padding padding padding padding padding padding\n";
    plan_task("[task.a]\nrun = '''\n" + text + "echo $n\n'''\n");
    EXPECT_EQ(run().output, std::to_string((text.size() - 4) / 71) + "\n");
}

TEST_F(BatchScript, ReadsTheStdinOfTheJob) {
    plan_task("[task.a]\nrun = \"read -r line; echo \\\"got $line\\\"\"\n");
    EXPECT_EQ(bash("echo hello | bash script").output, "got hello\n");
}

TEST_F(BatchScript, LeaksNoDescriptorIntoItsPayload) {
    // A process that bash starts opens nothing of its own: what it lists it was given. 3 is ls's own.
    plan_task("[task.a]\nrun = \"ls /proc/self/fd | tr '\\\\n' ' '\"\n");
    EXPECT_EQ(bash("for fd in /proc/$$/fd/*; do fd=${fd##*/}; ((fd > 2 && fd != 255)) && eval \"exec "
                   "$fd>&-\"; done 2>/dev/null; "
                   "exec bash script")
                  .output,
              "0 1 2 3 ");
}

// The notes have variables of their own: those that the user exports must reach the task unchanged.
TEST_F(BatchScript, ChangesNoVariableOfTheTask) {
    plan_task("[task.a]\nrun = \"env | grep -c '=mine$'\"\n");
    const std::string names =
        "job ids key restart writer got signal task child code line sum known name n t e w v";
    const Outcome outcome =
        bash("for each in " + names + "; do export \"$each=mine\"; done; exec bash script");
    EXPECT_EQ(outcome.output, std::to_string(1 + std::count(names.begin(), names.end(), ' ')) + "\n");
    EXPECT_EQ(recorded_exit(), 0);
}

TEST_F(BatchScript, EachPartOfACutArraySeesTheNumbersOfTheWhole) {
    constexpr std::string_view k_toml =
        "[task.a]\nrun = \"echo $SLURM_ARRAY_TASK_ID $SLURM_ARRAY_TASK_MIN $SLURM_ARRAY_TASK_MAX "
        "$SLURM_ARRAY_TASK_COUNT\"\narray = \"0-1500\"\n";
    constexpr const char* k_slurm =
        "SLURM_ARRAY_JOB_ID=12 SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=1000 "
        "SLURM_ARRAY_TASK_COUNT=1001";
    plan_task(k_toml, 0);
    EXPECT_EQ(run(k_slurm).output, "7 0 1500 1501\n");
    plan_task(k_toml, 1);
    EXPECT_EQ(run(k_slurm).output, "1008 0 1500 1501\n");
}

TEST_F(BatchScript, GivesTheTextToAnyInterpreter) {
    plan_task(R"([task.a]
shell = "/usr/bin/env python3"
setup = "export FROM_SETUP=yes"
run = '''
import os, sys
print(os.environ["FROM_SETUP"], len(sys.argv))
sys.exit(75)
'''
)");
    const Outcome outcome = run();
    if (outcome.exit_code == 127) GTEST_SKIP() << "no python3 here";
    EXPECT_EQ(outcome.output, "yes 1\n");
    EXPECT_EQ(outcome.exit_code, 75);
}

TEST_F(BatchScript, RunsSetupInTheShellOfTheText) {
    plan_task("[task.a]\nsetup = \"module() { echo \\\"loaded $1\\\"; }\"\nrun = \"module cuda\"\n");
    EXPECT_EQ(run().output, "loaded cuda\n");
    plan_task("[task.a]\nsetup = \"false\"\nrun = \"echo never\"\n");
    EXPECT_EQ(run().exit_code, 1);
}

TEST_F(BatchScript, RunsACommandWithoutAShell) {
    plan_task("[task.a]\ncommand = [\"printf\", \"%s|\", \"a b\", \"$HOME\", \"it's\"]\n");
    EXPECT_EQ(run().output, "a b|$HOME|it's|");
    plan_task("[task.a]\nsetup = \"export X=1\"\ncommand = [\"sh\", \"-c\", \"echo $X\"]\n");
    EXPECT_EQ(run().output, "1\n");
    plan_task("[task.a]\ncommand = [\"printf\", \"%s\", \"a\\\\\\nb\"]\n");
    EXPECT_EQ(run().output, "a\\\nb");
    plan_task("[task.a]\ncommand = [\"/no/such/program\"]\n");
    EXPECT_EQ(run().exit_code, 127);
}

TEST_F(BatchScript, WrapsABatchScriptWithItsInterpreterAndArguments) {
    const std::map<std::string, std::string> files{
        {"old.sh", "#!/bin/bash -u\n#SBATCH --mem=1G -n 2\necho \"$# <$1> <$2> $X\"\necho $unset"}};
    plan_task("[task.a]\nscript = \"old.sh\"\nargs = [\"a b\", \"c\"]\nsetup = \"export X=1\"\n", 0, files);
    EXPECT_THAT(read_file(dir_ / "script"), HasSubstr("\n#SBATCH --mem=1G -n 2\n"));
    const Outcome outcome = run();
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.output, testing::StartsWith("2 <a b> <c> 1\n"));
    EXPECT_THAT(outcome.output, HasSubstr("line 4: unset: unbound variable"));
}

// Signals
// --------------------------------------------------------------------------------------------------------

/// Counts what it gets: one letter a signal.
constexpr const char* k_listener = R"([task.a]
run = '''
for s in HUP INT QUIT ALRM TERM USR1 USR2; do trap "echo $s >> signals" $s; done
trap 'echo TERM >> signals; stop=yes' TERM
echo > ready
while [[ ! $stop ]]; do sleep 0.02 || :; done
exit 9
'''
)";
constexpr const char* k_start = R"(
    wait_for() { for _ in {1..3000}; do if eval "$1"; then return; fi; sleep 0.02; done; echo "never: $1"; exit 99; }
    set -m
    bash script & shell=$!
    trap 'kill -s KILL -- -$shell 2> /dev/null' EXIT  # its payload's children too, as Slurm would
    wait_for '[[ -e ready ]]'
)";

TEST_F(BatchScript, PassesOnWhatComesForTheBatchShellAlone) {
    plan_task(k_listener);
    const Outcome outcome = bash(std::string{k_start} + R"(
        for s in USR1 INT HUP QUIT ALRM USR2 TERM; do
            kill -s $s $shell
            wait_for "grep -qs $s signals"
        done
        wait $shell)");
    EXPECT_EQ(outcome.exit_code, 9) << outcome.output;
    EXPECT_EQ(read_file(dir_ / "signals"), "USR1\nINT\nHUP\nQUIT\nALRM\nUSR2\nTERM\n");
    EXPECT_EQ(recorded_exit(), 9);
}

TEST_F(BatchScript, ASigtermToEveryProcessIsNoOther) {
    // scancel --full, or a proctrack plugin that signals each process: the payload gets it once more, from
    // us.
    plan_task(k_listener);
    const Outcome outcome = bash(std::string{k_start} + "kill -s TERM -- -$shell; wait $shell");
    // Where the two meet bash may forget the 9.
    EXPECT_THAT(outcome.exit_code, testing::AnyOf(9, 128 + 15)) << outcome.output;
    EXPECT_THAT(read_file(dir_ / "signals"), testing::StartsWith("TERM\n"));
    EXPECT_EQ(recorded_exit(), outcome.exit_code);
}

TEST_F(BatchScript, ACancelledPayloadEndsAtOnce) {
    // Slurm's SIGTERM comes to the batch shell alone: a payload that does not handle it ends by it, as in a
    // plain script.
    plan_task("[task.a]\nrun = \"echo > ready; sleep 1000; exit 3\"\n");
    const Outcome outcome = bash(std::string{k_start} + "kill -s TERM $shell; wait $shell");
    EXPECT_EQ(outcome.exit_code, 128 + 15) << outcome.output;
    EXPECT_EQ(recorded_exit(), 128 + 15);
}

TEST_F(BatchScript, TellsOfAPayloadThatWasKilled) {
    plan_task("[task.a]\nrun = \"kill -s KILL $$\"\n");
    const Outcome outcome = run();
    EXPECT_EQ(outcome.exit_code, 128 + 9);
    EXPECT_EQ(recorded_exit(), 128 + 9);
}

// Launchers and containers
// -------------------------------------------------------------------------------------------

/// With fakes of srun and apptainer that print how they were called and run the command: no options of theirs
/// take a word of their own.
class Launched : public BatchScript {
  protected:
    void SetUp() override {
        BatchScript::SetUp();
        fs::create_directories(dir_ / "bin");
        fake("srun", "");
        fake("apptainer", "shift; ");
        write_file(dir_ / "bin" / "scontrol", "#!/bin/bash\necho n7\necho n8\n");
        for (const char* const name : {"srun", "apptainer", "scontrol"})
            fs::permissions(dir_ / "bin" / name, fs::perms::owner_all);
    }
    [[nodiscard]] Outcome launch(const std::string& input = "/dev/null") const {
        return bash("PATH=$PWD/bin:$PATH SLURM_NNODES=2 SLURM_JOB_NODELIST='n[7-8]' bash script <" + input);
    }

  private:
    void fake(const std::string& name, const std::string& skip) {
        const std::string image = name == "apptainer" ? "shift; " : "";
        write_file(dir_ / "bin" / name,
                   "#!/bin/bash\nprintf '%s' \"fake " + name + ":\"; printf ' <%s>' \"$@\"; echo\n" + skip +
                       "while [[ $1 == --* ]]; do shift; done\n" + image + "exec \"$@\"\n");
    }
};

TEST_F(Launched, ATextUnderSrunIsAShellTextAsItStands) {
    plan_task(R"([task.a]
launch = "srun"
ntasks = 2
cpus_per_task = 3
run = '''
read -r line
echo "got '$line' \n" $(printf '%s' "a  b")
false | true
echo never'''
)");
    write_file(dir_ / "input", "  hello\n");
    const Outcome outcome = launch("input");
    EXPECT_EQ(outcome.output,
              "fake srun: <--export=ALL> <--cpus-per-task=3> </bin/bash> <-eo> <pipefail> <-c> <eval "
              "\"$SBRAID_TEXT\">\ngot 'hello' \\n a b\n");
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_EQ(recorded_exit(), 1);
}

TEST_F(Launched, ATextOfManyBytesReachesItsRanks) {
    std::string text = "n=0\n";
    while (text.size() < 99'000)
        text += "n=$((n + 1)) # padding padding padding padding padding padding padding\n";
    plan_task("[task.a]\nlaunch = \"srun\"\nntasks = 1\nrun = '''\n" + text + "echo $n\n'''\n");
    EXPECT_THAT(launch().output, testing::EndsWith("\n" + std::to_string((text.size() - 4) / 71) + "\n"));
}

TEST_F(Launched, PyxisHasTheWorkingDirectoryInItsPlace) {
    plan_task(R"([task.a]
container_image = "nvcr.io#nvidia/pytorch:24.05-py3"
container_mounts = ["/data sets/x:/data:ro", "models"]
workdir = "/tmp"
env = { WORD = "it's" }
setup = "cd /"
run = "echo $WORD"
)");
    const Outcome outcome = bash(
        "here=$PWD; cd /tmp && PATH=$here/bin:$PATH SLURM_NNODES=2 SLURM_JOB_NODELIST='n[7-8]' bash "
        "$here/script");
    EXPECT_EQ(
        outcome.output,
        "fake srun: <--export=ALL> <--nodes=1> <--ntasks=1> <--ntasks-per-node=1> <--cpu-bind=none> "
        "<--container-image=nvcr.io#nvidia/pytorch:24.05-py3> <--container-mounts=/data "
        "sets/x:/data:ro,/tmp/models:/tmp/models,/tmp:/tmp> <--container-workdir=/tmp> <env> <WORD=it's> "
        "</bin/bash> <-eo> <pipefail> <-c> <eval \"$SBRAID_TEXT\">\nit's\n");
    plan_task(
        "[task.a]\ncontainer_image = \"x\"\nworkdir = \"/home/ada/flow\"\ncontainer_mounts = "
        "[\"/home\"]\nrun = \":\"\n");
    EXPECT_THAT(launch().output,
                HasSubstr(" <--container-mounts=/home:/home> <--container-workdir=/home/ada/flow>"));
}

TEST_F(Launched, ApptainerSeesTheGpusThatTheTaskAsksFor) {
    const auto words = [this](const std::string& options) {
        plan_task("[task.a]\napptainer = \"a.sif\"\ncommand = [\"echo\", \"a b\"]\n" + options);
        return launch().output;
    };
    EXPECT_EQ(words(""), "fake apptainer: <exec> <a.sif> <echo> <a b>\na b\n");
    for (const char* const gpus :
         {"gpus = 1\n", "gres = \"gpu:h100\"\n", "gpus_per_socket = 1\nsockets_per_node = 1\n"})
        EXPECT_EQ(words(gpus), "fake apptainer: <exec> <--nv> <a.sif> <echo> <a b>\na b\n");
}

TEST_F(Launched, AnyInterpreterReadsItsTextUnderALauncher) {
    plan_task(R"([task.a]
launch = "srun"
ntasks = 1
shell = "/usr/bin/env python3"
run = '''
import sys
print("it's", repr(sys.stdin.read()))
sys.exit(3)
'''
)");
    const Outcome outcome = launch();
    if (outcome.exit_code == 127) GTEST_SKIP() << "no python3 here";
    EXPECT_THAT(outcome.output, testing::EndsWith("\nit's ''\n"));
    EXPECT_EQ(outcome.exit_code, 3);
}

TEST_F(Launched, RanksWithGpusKnowWhereToMeetAndTheUsersWordWins) {
    const std::string task =
        "[task.a]\nlaunch = \"srun\"\nntasks = 2\nrun = \"echo $MASTER_ADDR $MASTER_PORT\"\n";
    plan_task(task + "gpus = 2\n");
    EXPECT_THAT(launch().output, testing::ContainsRegex("\nn7 [1-3][0-9]{4}\n$"));
    plan_task(task + "gpus = 2\nenv = { MASTER_PORT = 29500 }\n");
    EXPECT_THAT(launch().output, testing::EndsWith("\nn7 29500\n"));
    plan_task(task);
    EXPECT_THAT(launch().output, testing::EndsWith("\n\n")) << "a solver needs none";
}

// How many workers torchrun starts on a node.
TEST_F(Launched, WorkersAreTheGpusOfANode) {
    const auto workers = [](const std::string& options) {
        const SubmissionPlan planned =
            plan_of("name = \"flow\"\n[task.a]\nlaunch = \"torchrun\"\nrun = \"train.py\"\n" + options);
        const std::string& body = planned.jobs.at(0).script_body;
        const std::size_t at = body.find("--nproc-per-node=") + sizeof("--nproc-per-node=") - 1;
        return body.substr(at, body.find(' ', at) - at);
    };
    EXPECT_EQ(workers(""), "1");
    EXPECT_EQ(workers("gpus_per_node = \"h100:4\"\nnodes = 2\n"), "4");
    EXPECT_EQ(workers("gres = \"nvme:1,gpu:h100:3\"\n"), "3");
    EXPECT_EQ(workers("gres = \"gpu\"\n"), "1");
    EXPECT_EQ(workers("gpus_per_task = 2\nnodes = 2\nntasks = 2\n"), "2");
    EXPECT_EQ(workers("gpus = 6\nnodes = 1\n"), "6");
    EXPECT_EQ(workers("gpus = 6\n"), "gpu");
    EXPECT_EQ(workers("gpus = 6\nnodes = 2\n"), "gpu") << "Slurm may give 4 and 2";
}

// One job a task
// -------------------------------------------------------------------------------------------------

class OneJobATask : public BatchScript {
  protected:
    void SetUp() override {
        BatchScript::SetUp();
        plan_task("[task.a]\nrun = \"echo works\"\n");
    }
    [[nodiscard]] static std::string submitted(const std::string& job, std::uint32_t id) {
        return encode({"submit.h.1.abcdef", id, Timestamp{},
                       JobSubmitted{.job = job, .number = 1, .id = JobId{id}, .cluster = {}, .token = "t"}});
    }
};

TEST_F(OneJobATask, TheOneThatTheStateFileDoesNotKnowLeaves) {
    write_file(dir_ / "state.jsonl", submitted("a", 123));
    const Outcome outcome = run();
    EXPECT_EQ(outcome.exit_code, 79) << "what has not run is not COMPLETED";
    EXPECT_EQ(
        outcome.output,
        "sbraid: job 12 leaves with exit code 79: task 'a' of run flow-20260101T000000-5f3a9c is another "
        "job, or taken back (\"id\":123,)\n");
    EXPECT_TRUE(fs::is_empty(dir_ / "state.d"));
}

TEST_F(OneJobATask, TheOneThatItKnowsStays) {
    write_file(dir_ / "state.jsonl", submitted("a", 123) + submitted("a", 12) + submitted("a", 112));
    EXPECT_EQ(run().output, "works\n");
    write_file(dir_ / "state.jsonl", submitted("a", 15));
    EXPECT_EQ(run("SLURM_JOB_ID=99 SLURM_ARRAY_JOB_ID=15 SLURM_ARRAY_TASK_ID=1").output, "works\n");
}

TEST_F(OneJobATask, OfARunThatWasTakenBackOnlyAJobThatIsKnownStays) {
    for (const std::string event : {"rollback_started", "run_taken_back"}) {
        const std::string taken_back =
            "{\"v\":1,\"w\":\"w\",\"n\":9,\"t\":1,\"e\":\"" + event + "\",\"sum\":1}\n";
        write_file(dir_ / "state.jsonl", submitted("b", 11) + taken_back);
        const Outcome outcome = run();
        EXPECT_EQ(outcome.exit_code, 79);
        EXPECT_EQ(outcome.output,
                  "sbraid: job 12 leaves with exit code 79: task 'a' of run flow-20260101T000000-5f3a9c is "
                  "another job, or taken back (" +
                      event + ")\n");
        write_file(dir_ / "state.jsonl", taken_back + submitted("a", 12));
        EXPECT_EQ(run().output, "works\n") << "submitted anew by resume";
    }
}

TEST_F(OneJobATask, RecordsBesideTheStateFileCount) {
    write_file(dir_ / "state.jsonl", submitted("a", 11));
    write_file(dir_ / "state.d" / "resume.h.1.abcdef.jsonl", submitted("a", 12));
    EXPECT_EQ(run().output, "works\n");
}

TEST_F(OneJobATask, OtherTasksDoNotMatter) {
    write_file(dir_ / "state.jsonl", submitted("aa", 1) + submitted("b", 2));
    EXPECT_EQ(run().output, "works\n");
    write_file(dir_ / "state.jsonl", "\"e\":\"job_submitted\",\"job\":\"a\", torn");
    EXPECT_EQ(run().output, "works\n");
}

// Golden files
// ---------------------------------------------------------------------------------------------------

/// tests/data/plans/<name>.toml and what its tasks' scripts must be, <name>.<task>.sh beside it. With
/// SBRAID_ACCEPT set they are written. tests/lint runs shellcheck over them.
TEST(BatchScriptGolden, IsWhatAUserReads) {
    const fs::path data = fs::path{SBRAID_TEST_DATA} / "plans";
    std::size_t scripts = 0;
    for (const char* name : {"finetune", "payloads", "launch", "attempts"}) {
        const SubmissionPlan planned = plan_of(read_file(data / (std::string{name} + ".toml")),
                                               {{"old.sbatch", read_file(data / "old.sbatch")}});
        for (const PlannedJob& job : planned.jobs) {
            std::string script = batch_script(planned, job);
            const fs::path golden = data / (std::string{name} + "." + job.name() + ".sh");
            const std::string version = "Written by sbraid " + planned.version;
            script.replace(script.find(version), version.size(), "Written by sbraid VERSION");
            if (std::getenv("SBRAID_ACCEPT") != nullptr) write_file(golden, script);
            EXPECT_EQ(script, read_file(golden)) << golden;
            const std::string check = "bash -n " + shell_quote(golden.string());
            EXPECT_EQ(std::system(check.c_str()), 0) << golden;
            ++scripts;
        }
    }
    EXPECT_EQ(scripts, 21U);
}

}  // namespace
}  // namespace sbraid
