// What a batch script says where it makes a failure of its task by itself: run by bash, without Slurm.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "script_fixture.hpp"

namespace sbraid {
namespace {

using testing::HasSubstr;
using testing::Not;

class OwnFailure : public BatchScript {
  protected:
    void SetUp() override {
        BatchScript::SetUp();
        fs::create_directories(dir_ / "bin");
        write_file(dir_ / "bin" / "sleep", "#!/bin/bash\n");  // nobody else writes here
        write_file(dir_ / "bin" / "scontrol", "#!/bin/bash\necho ' JobState=RUNNING Reason=None'\n");
        for (const char* const name : {"sleep", "scontrol"})
            fs::permissions(dir_ / "bin" / name, fs::perms::owner_all);
    }
    [[nodiscard]] Outcome start(const std::string& environment = {}) const {
        return bash("PATH=$PWD/bin:$PATH " + environment + " bash script");
    }
    /// AttemptEnded::why of each attempt, in order; also checks that the records are sound.
    [[nodiscard]] std::vector<std::string> recorded(const std::string& writer = "batch.12.0") const {
        const Decoded merged = merge({records(writer)});
        EXPECT_THAT(merged.damage, testing::IsEmpty());
        std::vector<std::string> found;
        for (const Record& record : merged.records)
            if (const auto* const end = std::get_if<AttemptEnded>(&record.event)) found.push_back(end->why);
        return found;
    }
};

TEST_F(OwnFailure, AnOutputThatIsMissingIsRecorded) {
    plan_task("[task.a]\noutputs = [\"there\", \"model.pt\"]\nrun = \"touch there\"\n");
    const Outcome outcome = start();
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_EQ(outcome.output, "sbraid: task a fails: it ended with 0, but there is no output model.pt\n");
    EXPECT_THAT(recorded(), testing::ElementsAre("no output model.pt"));
    EXPECT_EQ(recorded_exit(), 1);
}

TEST_F(OwnFailure, ATaskThatFailsIsNotAskedForItsOutputs) {
    plan_task("[task.a]\noutputs = [\"model.pt\"]\nrun = \"exit 3\"\n");
    EXPECT_EQ(start().exit_code, 3);
    EXPECT_THAT(recorded(), testing::ElementsAre(""));
    EXPECT_THAT(read_file(dir_ / "state.d" / "batch.12.0.jsonl"), Not(HasSubstr("why")));
}

TEST_F(OwnFailure, EachElementHasItsOwn) {
    plan_task("[task.a]\narray = \"1-2\"\noutputs = [\"out.%a\"]\nrun = \"touch out.1\"\n");
    EXPECT_EQ(start("SLURM_JOB_ID=13 SLURM_ARRAY_JOB_ID=12 SLURM_ARRAY_TASK_ID=1").exit_code, 0);
    EXPECT_EQ(start("SLURM_JOB_ID=12 SLURM_ARRAY_JOB_ID=12 SLURM_ARRAY_TASK_ID=2").exit_code, 1);
    EXPECT_THAT(recorded("batch.12_1.0"), testing::ElementsAre(""));
    EXPECT_THAT(recorded("batch.12_2.0"), testing::ElementsAre("no output out.2"));
}

TEST_F(OwnFailure, APathMayHoldAnything) {
    plan_task("[task.a]\noutputs = ['a \"b\" \\c é & $HOME', \"it's\"]\nrun = \"true\"\n");
    for (const char* const locale : {"C", "C.UTF-8"}) {
        fs::remove(dir_ / "state.d" / "batch.12.0.jsonl");
        EXPECT_EQ(start("LC_ALL=" + std::string{locale}).exit_code, 1);
        EXPECT_THAT(recorded(), testing::ElementsAre("no output a \"b\" \\c é & $HOME it's"));
    }
}

TEST_F(OwnFailure, WhatIsTooLongForARecordIsCut) {
    std::string outputs;
    for (int i = 0; i < 40; ++i) outputs += "'" + std::string(100, '"') + std::to_string(i) + "', ";
    plan_task("[task.a]\noutputs = [" + outputs + "]\nrun = \"true\"\n");
    EXPECT_EQ(start().exit_code, 1);
    ASSERT_EQ(recorded().size(), 1U);
    EXPECT_THAT(recorded().front(), testing::StartsWith("no output \"\"\""));
    EXPECT_THAT(recorded().front(), testing::EndsWith(" …"));
    std::istringstream lines(read_file(dir_ / "state.d" / "batch.12.0.jsonl"));
    for (std::string line; std::getline(lines, line);) EXPECT_LT(line.size(), k_max_record_bytes);
}

TEST_F(OwnFailure, AnAttemptInPlaceForgetsTheOneBefore) {
    plan_task(
        "[task.a]\nretry = { max = 1, inplace = true }\noutputs = [\"model.pt\"]\n"
        "run = \"[[ ! -e tried ]] || exit 1; touch tried\"\n");
    EXPECT_EQ(start().exit_code, 1);
    EXPECT_THAT(recorded(), testing::ElementsAre("", "ended with exit code 1; retry.max = 1 is used up"))
        << "the first is not the end";
}

TEST_F(OwnFailure, InAWrongFolderTheTaskDoesNotRun) {
    const std::string task =
        "[task.a]\nworkdir = \"" + (dir_ / "it's").string() + "\"\nrun = \"touch ran\"\n";
    plan_task(task);
    const Outcome outcome = start();
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_EQ(outcome.output,
              "sbraid: task a fails: cannot enter workdir " + (dir_ / "it's").string() + " on n1\n");
    EXPECT_THAT(recorded(), testing::ElementsAre("cannot enter workdir " + (dir_ / "it's").string()));
    EXPECT_FALSE(fs::exists(dir_ / "ran"));

    fs::create_directories(dir_ / "it's");
    fs::create_directory_symlink(dir_ / "it's", dir_ / "link");
    for (const char* const folder : {"\"it's\"", "link"}) {
        fs::remove(dir_ / "it's" / "ran");
        EXPECT_EQ(bash("cd " + std::string{folder} + " && bash ../script").exit_code, 0);
        EXPECT_TRUE(fs::exists(dir_ / "it's" / "ran")) << folder;
    }
}

TEST_F(OwnFailure, AWorkdirThatNobodyNamesIsNotLookedAt) {
    plan_task("[task.a]\nrun = \"true\"\n");
    EXPECT_EQ(start().exit_code, 0);
    EXPECT_THAT(read_file(dir_ / "script"), Not(HasSubstr("SBRAID_WHY")));
}

}  // namespace
}  // namespace sbraid
