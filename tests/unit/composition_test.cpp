// Workflows made of several files: what is said of them in one place is in tests/data; here is what takes a
// context, a plan, or many files.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan_fixture.hpp"
#include "sbraid/lint.hpp"
#include "sbraid/named_tasks.hpp"
#include "sbraid/up_to_date.hpp"
#include "workflow_fixture.hpp"

namespace sbraid::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

WorkflowContext with_files(std::map<std::string, std::string> files) {
    WorkflowContext context;
    context.directory = "/flows";
    context.files = std::move(files);
    return context;
}

const Task& task_of(const Checked& checked, std::string_view name) {
    for (const Task& task : checked.workflow->tasks())
        if (task.name == name) return task;
    throw std::runtime_error{"no such task"};
}

std::string run_of(const Checked& checked, std::string_view name) {
    return std::get<RunText>(task_of(checked, name).payload).text;
}

std::string option_of(const Checked& checked, std::string_view task, std::string_view name) {
    const SbatchOption* const option = task_of(checked, task).option(name);
    return option == nullptr ? "none" : option->value.value_or("on");
}

TEST(Composition, NamesTheFilesOfFilesAsSoonAsTheyAreKnown) {
    Sources sources;
    const auto document =
        parse(sources, sources.add("flow.toml",
                                   "include = \"lib/site.toml\"\n[task.p]\nworkflow = \"sub/p.toml\"\n"
                                   "[task.a]\nscript = \"a.sh\"\n"));
    WorkflowContext context = with_files({});
    EXPECT_THAT(referenced_files(sources, *document, context),
                ElementsAre("a.sh", "lib/site.toml", "sub/p.toml"));
    context.files["lib/site.toml"] = "include = [\"../more.toml\", \"/etc/site.toml\"]\n";
    context.files["sub/p.toml"] = "[task.b]\nscript = \"../b.sh\"\n[task.c]\nscript = \"./c.sh\"\n";
    EXPECT_THAT(referenced_files(sources, *document, context),
                ElementsAre("/etc/site.toml", "a.sh", "b.sh", "lib/site.toml", "more.toml", "sub/c.sh",
                            "sub/p.toml"));
}

TEST(Composition, AFileIsShownAsTheUserWouldNameIt) {
    const Checked checked = check("flows/flow.toml", "include = \"lib/site.toml\"\n[task.a]\nrun = \"a\"\n",
                                  with_files({{"lib/site.toml", "[defaults]\nnodes = 0\n"}}));
    EXPECT_THAT(checked.messages(), HasSubstr("flows/lib/site.toml:2:9: error:"));
}

TEST(Composition, VariablesOfTheCommandLineAreForTheWorkflowFileItself) {
    WorkflowContext context = with_files({{"p.toml", "[vars]\nx = 1\n[task.a]\nrun = \"{{x}}\"\n"}});
    context.vars = {{"x", "9"}};
    const Checked checked = check("flow.toml",
                                  "[vars]\nx = 2\n[task.p]\nworkflow = \"p.toml\"\n[task.q]\nworkflow = "
                                  "\"p.toml\"\nvars = { x = \"{{x}}\" }\n",
                                  context);
    ASSERT_TRUE(checked.workflow) << checked.messages();
    EXPECT_EQ(checked.messages(), "");
    EXPECT_EQ(run_of(checked, "p/a"), "1");
    EXPECT_EQ(run_of(checked, "q/a"), "9");
}

TEST(Composition, OptionsOfTheOuterDefaultsAreTheWeakestInside) {
    const Checked checked = check(
        "flow.toml",
        "[defaults]\naccount = \"outer\"\nqos = \"outer\"\nmem = \"1G\"\nrequeue = true\nshell = "
        "\"/bin/sh\"\n"
        "workdir = \"w\"\nsetup = \"s\"\nenv = { E = 1 }\nhold = true\n[task.p]\nworkflow = \"in/p.toml\"\n",
        with_files({{"in/p.toml",
                     "[defaults]\nqos = \"inner\"\nmem_per_cpu = \"2G\"\nrequeue = false\n[task.a]\nrun = "
                     "\"a\"\n[task.q]\nworkflow = \"q.toml\"\n"},
                    {"in/q.toml", "[task.b]\ngpus = 1\nmem_per_gpu = \"3G\"\nrun = \"b\"\n"}}));
    ASSERT_TRUE(checked.workflow) << checked.messages();
    EXPECT_EQ(option_of(checked, "p/a", "account"), "outer");
    EXPECT_EQ(option_of(checked, "p/a", "qos"), "inner");
    EXPECT_EQ(option_of(checked, "p/a", "mem"), "none");
    EXPECT_EQ(option_of(checked, "p/a", "mem-per-cpu"), "2G");
    EXPECT_EQ(option_of(checked, "p/a", "requeue"), "none");
    EXPECT_EQ(option_of(checked, "p/a", "no-requeue"), "on");
    EXPECT_EQ(option_of(checked, "p/q/b", "qos"), "inner");
    EXPECT_EQ(option_of(checked, "p/q/b", "mem-per-cpu"), "none");
    const Task& a = task_of(checked, "p/a");
    EXPECT_EQ(a.workdir, "/flows/in");
    EXPECT_EQ(a.shell, "/bin/bash -eo pipefail");
    EXPECT_EQ(a.setup, "");
    EXPECT_TRUE(a.env.empty());
    EXPECT_FALSE(a.hold);
}

TEST(Composition, WhatGrowsWithoutEndIsStopped) {
    std::map<std::string, std::string> files;
    for (int i = 0; i < 30; ++i)  // 2^30 copies of the last
        files[fmt::format("{}.toml", i)] =
            fmt::format("[task.a]\nworkflow = \"{0}.toml\"\n[task.b]\nworkflow = \"{0}.toml\"\n", i + 1);
    files["30.toml"] = "[task.x]\nrun = \"x\"\n";
    const Checked wide = check("flow.toml", "[task.p]\nworkflow = \"0.toml\"\n", with_files(files));
    EXPECT_FALSE(wide.workflow);
    EXPECT_THAT(wide.messages(), HasSubstr("the workflow is made of more than 10000 workflows"));
    const Checked many =
        check("flow.toml",
              "[task.p]\nworkflow = \"30.toml\"\nmatrix = { a = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], b = "
              "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], c = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], d = [0, 1, 2, 3, "
              "4, 5, 6, 7, 8, 9] }\n",
              with_files(files));
    EXPECT_THAT(many.messages(), HasSubstr("made of more than 10000 workflows"));
}

TEST(Composition, AServiceableAmountIsQuick) {
    std::string values;
    for (int i = 0; i < 2000; ++i) values += fmt::format("{}{}", i == 0 ? "" : ", ", i);
    const Checked checked = check(
        "flow.toml",
        fmt::format(
            "[task.p]\nworkflow = \"p.toml\"\nmatrix = {{ x = [{}] }}\n[task.all]\nafterok = [\"p\"]\nrun "
            "= \"all\"\n[task.some]\nafterok = [\"p.1999/b\", \"p[x=7]\", \"p[3-5]/a\"]\nrun = \"some\"\n",
            values),
        with_files({{"p.toml",
                     "[vars]\nx = 0\n[task.a]\nrun = \"{{x}}\"\n[task.b]\nafterok = [\"a\"]\nrun = "
                     "\"b\"\n"}}));
    ASSERT_TRUE(checked.workflow) << checked.messages();
    EXPECT_EQ(checked.workflow->tasks().size(), 4002U);
    EXPECT_EQ(task_of(checked, "all").edges.size(), 2000U);
    EXPECT_EQ(task_of(checked, "some").edges.size(), 5U);
    EXPECT_EQ(run_of(checked, "p.1999/a"), "1999");
}

TEST(Composition, ServicesAndLimitsOfAnInnerFileStayInside) {
    const Checked checked =
        check("flow.toml",
              "[task.p]\nworkflow = \"p.toml\"\n[task.next]\nafterok = [\"p\"]\nrun = "
              "\"x\"\n[task.all]\nafterany = "
              "[\"p\"]\nrun = \"x\"\n[task.early]\nafter = [\"p\"]\nrun = \"x\"\n",
              with_files({{"p.toml",
                           "[limits]\njobs = 1\n[task.server]\nservice = true\nrun = \"s\"\n[task.client]\n"
                           "after = [\"server\"]\nrun = \"c\"\n"}}));
    ASSERT_TRUE(checked.workflow) << checked.messages();
    EXPECT_THAT(checked.messages(),
                HasSubstr("p.toml:1:2: warning: [limits] of a workflow inside another has no effect"));
    const auto parents = [&](std::string_view task) {
        std::vector<std::string> names;
        for (const Edge& edge : task_of(checked, task).edges)
            names.push_back(checked.workflow->task(std::get<TaskIndex>(edge.parent)).name);
        return names;
    };
    EXPECT_THAT(parents("next"), ElementsAre("p/client"));
    EXPECT_THAT(parents("all"), ElementsAre("p/client"));
    EXPECT_THAT(parents("early"), ElementsAre("p/server"));
}

TEST(Composition, WarningsOfAFileAreSaidOnce) {
    const Checked checked = check(
        "flow.toml",
        "[defaults]\ntime = 5\n[task.a]\nrun = \"x\"\n[task.b]\nafterok = [\"a\"]\nrun = \"x\"\n[task.p]\n"
        "workflow = \"p.toml\"\nmatrix = { x = [1, 2, 3] }\n",
        with_files({{"p.toml", "[vars]\nx = 0\n[task.t]\nrun = \"{{x}}\"\n"}}));
    ASSERT_TRUE(checked.workflow) << checked.messages();
    const Diagnostics warnings = lint(*checked.workflow);
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_EQ(warnings.front().message, "nothing waits for task 'p.0/t', and it waits for nothing");
}

class NamedTasksOfAPlan : public ::testing::Test {
  protected:
    static SubmissionPlan plan_of_all() {
        const Checked checked =
            check("flow.toml",
                  "[task.a]\narray = \"0-3\"\nrun = \"a\"\n[task.prep]\nworkflow = "
                  "\"p.toml\"\n[task.sweep]\nworkflow = "
                  "\"p.toml\"\nmatrix = { x = [1, 2] }\n",
                  with_files({{"p.toml",
                               "[vars]\nx = 0\n[task.train]\narray = \"0-1\"\nrun = \"{{x}}\"\n[task.in]\n"
                               "workflow = \"q.toml\"\n"},
                              {"q.toml",
                               "[task.t]\nrun = \"t\"\n[task.u]\nafterok = [\"t\"]\noutput = "
                               "\"out/%x-%j\"\nrun = \"u\"\n"}}));
        EXPECT_TRUE(checked.workflow) << checked.messages();
        return plan(*checked.workflow, {.run = "flow-20260101T000000-000001",
                                        .file = "/flows/flow.toml",
                                        .run_dir = "/flows/.sbraid/r",
                                        .submitter = "",
                                        .sbatch_environment = {}});
    }
    static std::vector<std::string> named(std::string_view text) {
        const auto found = tasks_named(plan_of_all(), text);
        if (!found) return {found.error().message};
        std::vector<std::string> names;
        for (const NamedJob& one : *found) {
            names.push_back(plan_of_all().jobs.at(one.job.value).name());
            if (!one.elements.empty()) names.back() += fmt::format("[{}]", fmt::join(one.elements, ","));
        }
        return names;
    }
};

TEST_F(NamedTasksOfAPlan, AreFoundByTheirPath) {
    EXPECT_THAT(named("a"), ElementsAre("a"));
    EXPECT_THAT(named("prep/train"), ElementsAre("prep/train"));
    EXPECT_THAT(named("prep"), ElementsAre("prep/train", "prep/in/t", "prep/in/u"));
    EXPECT_THAT(named("prep/*"), ElementsAre("prep/train", "prep/in/t", "prep/in/u"));
    EXPECT_THAT(named("prep/in"), ElementsAre("prep/in/t", "prep/in/u"));
    EXPECT_THAT(named("sweep[x=2]/train"), ElementsAre("sweep.1/train"));
    EXPECT_THAT(named("sweep.1"), ElementsAre("sweep.1/train", "sweep.1/in/t", "sweep.1/in/u"));
    EXPECT_THAT(named("sweep[0]/in"), ElementsAre("sweep.0/in/t", "sweep.0/in/u"));
    EXPECT_THAT(named("sweep/train"), ElementsAre("sweep.0/train", "sweep.1/train"));
    EXPECT_THAT(named("*"),
                ElementsAre("a", "prep/train", "prep/in/t", "prep/in/u", "sweep.0/train", "sweep.0/in/t",
                            "sweep.0/in/u", "sweep.1/train", "sweep.1/in/t", "sweep.1/in/u"));
    EXPECT_THAT(named("sweep[x=3]/train"), ElementsAre(HasSubstr("has no task 'sweep[x=3]/train'")));
    EXPECT_THAT(named("train"), ElementsAre(HasSubstr("has no task 'train'")));
    EXPECT_THAT(named("sweep[x=2]/train[1]"), ElementsAre("sweep.1/train[1]"));
    EXPECT_THAT(named("sweep/train[1]"), ElementsAre("sweep.0/train[1]", "sweep.1/train[1]"));
    EXPECT_THAT(named("sweep/train[2]"), ElementsAre("task 'sweep.0/train' has no element 2"));
}

TEST(NamedTasks, OfAWorkflowOfWhichSomeAreDoneAreFoundByTheirPath) {
    const Checked checked =
        check("flow.toml", "[task.prep]\nworkflow = \"prep.toml\"\n",
              with_files({{"prep.toml", "[task.a]\nrun = \"a\"\n[task.b]\nrun = \"b\"\n"}}));
    ASSERT_TRUE(checked.workflow) << checked.messages();
    const Workflow rest = without(*checked.workflow, {true, false});
    EXPECT_EQ(rest.tasks().size(), 1U);
    EXPECT_EQ(rest.sub_workflows(), checked.workflow->sub_workflows());
}

TEST_F(NamedTasksOfAPlan, AreThereAgainWhenThePlanIsRead) {
    const SubmissionPlan written = plan_of_all();
    const auto read = plan_from_json(to_json(written));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->sub_workflows, written.sub_workflows);
    EXPECT_EQ(read->sub_workflows.size(), 5U);  // the innermost is there three times
    EXPECT_EQ(read->jobs.at(1).file, written.jobs.at(1).file);
    EXPECT_EQ(to_json(*read), to_json(written));
}

TEST_F(NamedTasksOfAPlan, HaveFilesInFoldersOfTheirOwn) {
    const SubmissionPlan whole = plan_of_all();
    const auto job = std::find_if(whole.jobs.begin(), whole.jobs.end(),
                                  [](const PlannedJob& one) { return one.task == "prep/in/t"; });
    ASSERT_NE(job, whole.jobs.end());
    EXPECT_EQ(job->output, "/flows/.sbraid/r/logs/prep/in/t-%j.out");
    EXPECT_THAT(job->log_directories, ElementsAre("/flows/.sbraid/r/logs/prep/in"));
    EXPECT_THAT(job->options, ::testing::Contains("--job-name=flow.prep/in/t"));
    EXPECT_EQ(job->file, "q.toml");
    EXPECT_THAT(whole.jobs.back().log_directories, ElementsAre("/flows/out/flow.sweep.1/in"));
    const Token token{whole.run, job->name(), 2};
    EXPECT_EQ(find_token(to_string(token) + " and more"), token);
}

}  // namespace
}  // namespace sbraid::test
