#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "plan_fixture.hpp"
#include "sbraid/batch_script.hpp"

namespace sbraid {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::StartsWith;

TEST(Plan, PutsParentsBeforeChildrenInFileOrder) {
    const SubmissionPlan plan = plan_of(R"(
        name = "flow"
        [task.last]
        run = "true"
        afterok = ["middle"]
        [task.middle]
        run = "true"
        afterok = ["first"]
        [task.alone]
        run = "true"
        [task.first]
        run = "true")");
    std::vector<std::string> names;
    for (const PlannedJob& job : plan.jobs) names.push_back(job.name());
    EXPECT_THAT(names, ElementsAre("alone", "first", "middle", "last"));
    EXPECT_THAT(plan.children(),
                ElementsAre(IsEmpty(), ElementsAre(JobIndex{2}), ElementsAre(JobIndex{3}), IsEmpty()));
    EXPECT_EQ(plan.jobs[1].line, 11U);
}

TEST(Plan, KeepsTheNameAndLogThatTheUserGives) {
    const SubmissionPlan plan = plan_of(R"(
        name = "flow"
        [task.a]
        run = "true"
        job_name = "big"
        workdir = "sub"
        output = "logs/%x/out-%j.txt"
        error = "/scratch/ada/%A/err-%j.txt")");
    const PlannedJob& job = plan.jobs[0];
    EXPECT_THAT(job.options, ElementsAre("--chdir=/home/ada/flow/sub", "--error=/scratch/ada/%A/err-%j.txt",
                                         "--job-name=big", "--output=/home/ada/flow/sub/logs/%x/out-%j.txt"));
    EXPECT_EQ(job.output, "/home/ada/flow/sub/logs/%x/out-%j.txt");
    EXPECT_THAT(job.log_directories, ElementsAre("/home/ada/flow/sub/logs/big", "/scratch/ada"));
}

TEST(Plan, ThePartsOfACutArrayNeverShareALog) {
    const auto outputs = [](std::string_view keys) {
        std::string text;
        for (const PlannedJob& job :
             plan_of(fmt::format("name = \"flow\"\n[task.a]\nrun = \"true\"\n{}\n", keys)).jobs)
            text += job.output + "\n";
        return text;
    };
    EXPECT_EQ(outputs("array = \"0-1500\"\noutput = \"/l/100%%/%4a\""), "/l/100%%/%A_%4a\n/l/100%%/%A_%4a\n");
    EXPECT_EQ(outputs("array = \"0-1500\"\noutput = \"/l/%x_%a\""), "/l/%x_%a\n/l/%x_%a\n");
    EXPECT_EQ(outputs("array = \"0-1500\"\noutput = \"/l/%x_%a\"\njob_name = \"one\""),
              "/l/%x_%A_%a\n/l/%x_%A_%a\n");
    EXPECT_EQ(outputs("array = \"0-1500\"\noutput = \"/l/%j\""), "/l/%j\n/l/%j\n");
    EXPECT_EQ(outputs("array = \"0-1500\"\noutput = \"/l/log\""), "/l/log\n/l/log\n") << "as is asked";
    EXPECT_EQ(outputs("array = \"0-15\"\noutput = \"/l/%a\""), "/l/%a\n") << "it is not cut";

    const auto wrapped = plan_of("name = \"flow\"\n[task.a]\nscript = \"a.sh\"\narray = \"0-1500\"\n",
                                 {{"a.sh", "#!/bin/bash\n#SBATCH -o o.%a -e e.%a\n"}});
    EXPECT_THAT(wrapped.jobs[1].options,
                IsSupersetOf({"--output=/home/ada/flow/o.%A_%a", "--error=/home/ada/flow/e.%A_%a"}));
}

TEST(Plan, KeepsOneMatrixForAllPartsOfATask) {
    std::string text = "name = \"flow\"\n[task.a]\nrun = \"true\"\nmatrix = { lr = [1, 2], seed = [0";
    for (int seed = 1; seed < 5'000; ++seed) text += fmt::format(", {}", seed);
    const SubmissionPlan plan = plan_of(text + "] }\n");
    ASSERT_EQ(plan.jobs.size(), 10U);
    EXPECT_EQ(plan.jobs.back().element_name(990), "lr=2,seed=4999");
    for (const PlannedJob& job : plan.jobs) EXPECT_EQ(&job.matrix->axes(), &plan.jobs.front().matrix->axes());
}

TEST(Plan, MakesNoDirectoryForALogThatIsNoFile) {
    const SubmissionPlan plan =
        plan_of("name = \"flow\"\n[task.a]\nrun = \"true\"\noutput = \"none\"\nerror = \"/dev/null\"\n");
    EXPECT_THAT(plan.jobs[0].log_directories, IsEmpty());
    EXPECT_THAT(plan.jobs[0].options, Contains("--output=none"));
}

TEST(Plan, GpusByRankAreThoseOfOneRankWhereNothingElseIsSaid) {
    const auto ranks = [](const std::string& options) {
        const SubmissionPlan plan =
            plan_of("name = \"flow\"\n[task.a]\nrun = \"true\"\ngpus_per_task = 1\n" + options);
        const auto& all = plan.jobs[0].options;
        return std::count(all.begin(), all.end(), "--ntasks=1");
    };
    EXPECT_EQ(ranks(""), 1);
    for (const char* const said : {"gpus = 4\n", "nodes = 2\n", "ntasks_per_node = 2\n", "ntasks = 2\n"})
        EXPECT_EQ(ranks(said), 0) << said;
}

TEST(Plan, LeavesToABatchScriptWhatItsOwnLinesSay) {
    const SubmissionPlan plan = plan_of(
        "name = \"flow\"\n[task.old]\nscript = \"old.sbatch\"\ntime = \"10\"\n",
        {{"old.sbatch",
          "#!/bin/bash\n#SBATCH -J legacy -o out/%j.txt\n#SBATCH --time=5\n#SBATCH -D run\necho hi\n"}});
    const PlannedJob& job = plan.jobs[0];
    EXPECT_THAT(job.options, ElementsAre("--chdir=/home/ada/flow/run", "--time=10"));
    EXPECT_EQ(job.output, "/home/ada/flow/run/out/%j.txt");
    EXPECT_THAT(job.log_directories, ElementsAre("/home/ada/flow/run/out"));
    EXPECT_THAT(batch_script(plan, job),
                testing::HasSubstr("\n#SBATCH -J legacy -o out/%j.txt\n#SBATCH --time=5\n#SBATCH -D run\n"));
}

TEST(Plan, TakesTheSubmittingShellsVariablesAsWeakestDefaults) {
    const Workflow workflow = workflow_of(
        "name = \"flow\"\n[task.a]\nrun = \"true\"\nmem_per_cpu = \"1G\"\npartition = "
        "\"gpu\"\n[task.b]\nscript = \"b.sh\"\n",
        {{"b.sh", "#!/bin/bash\n#SBATCH -A mine -p cpu\ntrue\n"}});
    PlanContext context = context_of_tests();
    context.sbatch_environment = {{"SBATCH_ACCOUNT", "theirs"}, {"SBATCH_MEM_PER_NODE", "4G"},
                                  {"SBATCH_PARTITION", "old"},  {"SBATCH_OVERCOMMIT", "1"},
                                  {"SBATCH_WAIT", "1"},         {"SBATCH_JOB_NAME", "x"},
                                  {"SBATCH_TIMELIMIT", "30"}};
    const SubmissionPlan result = plan(workflow, context);
    EXPECT_THAT(result.jobs[0].options,
                ElementsAre("--account=theirs", StartsWith("--chdir="), "--job-name=flow.a",
                            "--mem-per-cpu=1G", "--open-mode=append", StartsWith("--output="), "--overcommit",
                            "--partition=gpu", "--time=30"));
    EXPECT_THAT(result.jobs[1].options, Contains("--mem=4G"));
    EXPECT_THAT(result.jobs[1].options, Not(Contains(StartsWith("--account"))));
    EXPECT_THAT(result.jobs[1].options, Not(Contains(StartsWith("--partition"))));
}

}  // namespace
}  // namespace sbraid
