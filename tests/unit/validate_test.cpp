#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workflow_fixture.hpp"

namespace sbraid::test {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> order_of(const Workflow& workflow) {
    std::vector<std::string> names;
    for (const TaskIndex index : workflow.topological_order()) names.push_back(workflow.task(index).name);
    return names;
}

TEST(Validate, ParentsComeFirstAndThenTheOrderOfTheFile) {
    const Checked checked = check(
        "[task.d]\nafterok = [\"b\"]\nrun = \"x\"\n[task.c]\nrun = \"x\"\n[task.b]\nafterany = [\"a\"]\nrun "
        "= \"x\"\n[task.a]\nrun = \"x\"\n");
    ASSERT_TRUE(checked.workflow);
    EXPECT_EQ(order_of(*checked.workflow), (std::vector<std::string>{"c", "a", "b", "d"}));
}

TEST(Validate, TheFileNamesAWorkflowThatHasNoName) {
    EXPECT_EQ(check("/home/me/my-flow.toml", "[task.a]\nrun = \"a\"\n").workflow->name(), "my-flow");
    EXPECT_EQ(check("flow.v2.toml", "[task.a]\nrun = \"a\"\n").workflow->name(), "flow.v2");
}

TEST(Validate, VariablesOfTheCommandLineWin) {
    WorkflowContext context;
    context.vars = {{"lr", "3e-4"}, {"extra", "x"}};
    const Checked checked = check(
        "flow.toml", "[vars]\nlr = 1e-4\nboth = \"{{lr}}-{{extra}}\"\n[task.a]\nrun = \"{{lr}} {{both}}\"\n",
        context);
    ASSERT_TRUE(checked.workflow) << checked.messages();
    EXPECT_EQ(std::get<RunText>(checked.workflow->tasks().front().payload).text, "3e-4 3e-4-x");
    EXPECT_EQ(checked.messages(), "");
}

TEST(Validate, AVariableOfTheCommandLineThatTheFileDoesNotHaveIsAnError) {
    const auto messages = [](const std::string& name, const std::string& text) {
        WorkflowContext context;
        context.vars = {{name, "3e-4"}};
        const Checked checked = check("flow.toml", text, context);
        EXPECT_FALSE(checked.workflow);
        return checked.messages();
    };
    const std::string text = "[vars]\nlr = 1e-4\n[task.a]\nrun = \"{{lr}}\"\n";
    EXPECT_EQ(messages("lrr", text),
              "sbraid: error: -D lrr: the file has no variable 'lrr'\nhint: did you mean 'lr'?\n");
    EXPECT_EQ(messages("nope", text),
              "sbraid: error: -D nope: the file has no variable 'nope'\nhint: its variables: lr\n");
    EXPECT_EQ(messages("lr", "[task.a]\nrunn = \"{{lr}}\"\n").find("-D"), std::string::npos)
        << "it may stand in what was not read";
    EXPECT_EQ(messages("nope", "[task.a]\nrun = \"x\"\n"),
              "sbraid: error: -D nope: the file has no variable 'nope'\n"
              "hint: the file has no variable: {{name}} in a text makes one\n");
}

TEST(Validate, AVariableOfTheCommandLineMayStandInVarsOrInATextAlone) {
    WorkflowContext context;
    context.vars = {{"unused", "x"}, {"text", "y"}};
    const Checked checked = check("flow.toml", "[vars]\nunused = 1\n[task.a]\nrun = \"{{text}}\"\n", context);
    EXPECT_TRUE(checked.workflow) << checked.messages();
}

TEST(Validate, ValuesOfVariablesAreNotLookedIntoAgain) {
    WorkflowContext context;
    context.vars = {{"a", "{{b}}"}};
    const Checked checked = check("flow.toml", "[task.a]\nrun = \"echo '{{a}}'\"\n", context);
    ASSERT_TRUE(checked.workflow) << checked.messages();
    EXPECT_EQ(std::get<RunText>(checked.workflow->tasks().front().payload).text, "echo '{{b}}'");
}

TEST(Validate, AShellsVariableInEnvIsAWarning) {
    const auto warned = [](const std::string& value) {
        const Checked checked = check("[task.a]\nrun = \"x\"\nenv = { A = '" + value + "' }\n");
        EXPECT_TRUE(checked.workflow);
        return checked.messages();
    };
    EXPECT_EQ(
        warned("$HOME/x"),
        "flow.toml:3:13: warning: env.A: '$HOME' stays as it is, no shell reads the values of env\n"
        "    3 | env = { A = '$HOME/x' }\n"
        "      |             ^~~~~~~~~\n"
        "   hint: a shell reads setup = 'export A=\"…\"', and leaves alone what stands in single quotes "
        "there\n");
    EXPECT_NE(warned("a:${PATH}").find("'${PATH}' stays"), std::string::npos);
    EXPECT_NE(warned("$5 and $(date)").find("'$(' stays"), std::string::npos);
    for (const char* value : {"$5", "$", "a$$", "${", "${oc.env:HOME}", "${}", "x"})
        EXPECT_EQ(warned(value), "");
}

TEST(Validate, PathsStartAtTheFolderOfTheWorkflow) {
    const auto workdir = [](const std::string& value) {
        WorkflowContext context;
        context.directory = "/flows";
        return check("flow.toml",
                     "[task.a]\nrun = \"a\"\n" + (value.empty() ? "" : "workdir = \"" + value + "\"\n"),
                     context)
            .workflow->tasks()
            .front()
            .workdir;
    };
    EXPECT_EQ(workdir(""), "/flows");
    EXPECT_EQ(workdir("."), "/flows");
    EXPECT_EQ(workdir("./data"), "/flows/data");
    EXPECT_EQ(workdir("../data"), "/flows/../data");
    EXPECT_EQ(workdir("/scratch"), "/scratch");
}

TEST(Validate, NamesTheScriptsThatItNeeds) {
    Sources sources;
    const auto document = parse(
        sources, sources.add("flow.toml",
                             "[vars]\nd = \"jobs\"\n[task.a]\nscript = \"{{d}}/a.sh\"\n[task.b]\nscript = "
                             "\"b.sh\"\n[task.c]\nscript = \"b.sh\"\n[task.d]\nscript = \"{{unknown}}\"\n"));
    EXPECT_EQ(referenced_files(sources, *document, {}), (std::vector<std::string>{"b.sh", "jobs/a.sh"}));
}

TEST(Validate, AScriptThatTwoTasksUseIsComplainedOfOnce) {
    WorkflowContext context;
    context.files["a.sh"] = "#!/bin/bash\n#SBATCH --array=0-3\n";
    const Checked checked =
        check("flow.toml", "[task.a]\nscript = \"a.sh\"\n[task.b]\nscript = \"a.sh\"\n", context);
    EXPECT_EQ(checked.diagnostics.size(), 1U) << checked.messages();
}

TEST(Validate, AScriptWithANulCharacterIsRefused) {
    WorkflowContext context;
    context.files["a.sh"] = std::string{"#!/bin/bash\necho a\0b\n", 20};
    EXPECT_EQ(check("flow.toml", "[task.a]\nscript = \"a.sh\"\n", context).messages(),
              "a.sh:1:1: error: the script holds a NUL character\n    1 | #!/bin/bash\n      | ^\n"
              "   hint: sbatch takes text only\n");
}

// The shape that is worst for a recursive search, at a size that would not fit on any stack.
TEST(Validate, LongChainsAndLongCyclesNeedNoStack) {
    constexpr int k_length = 20'000;
    std::string text;
    for (int i = 0; i < k_length; ++i)
        text += fmt::format("[task.t{}]\nrun = \"x\"\n{}", i,
                            i == 0 ? "" : fmt::format("afterok = [\"t{}\"]\n", i - 1));
    const Checked chain = check(text);
    ASSERT_TRUE(chain.workflow);
    EXPECT_EQ(chain.workflow->topological_order().back(), TaskIndex{k_length - 1});

    const Checked cycle =
        check(text + fmt::format("[task.t]\nrun = \"x\"\n[task.last]\nrun = \"x\"\nafterok = [\"t\", "
                                 "\"end\"]\n[task.end]\nrun = \"x\"\nafterok = [\"t{}\", \"last\"]\n",
                                 k_length - 1));
    ASSERT_EQ(cycle.diagnostics.size(), 1U);
    EXPECT_THAT(cycle.messages(), HasSubstr("these tasks wait for each other: last -> end -> last"));

    text.replace(text.find("run"), 0, fmt::format("afterok = [\"t{}\"]\n", k_length - 1));
    const Checked ring = check(text);
    ASSERT_EQ(ring.diagnostics.size(), 1U);
    EXPECT_THAT(ring.messages(), HasSubstr("wait for each other: t0 -> t1 -> t2 -> "));
    EXPECT_THAT(ring.messages(), HasSubstr(" -> … -> t0\n"));
}

TEST(Validate, AFileFullOfWrongNamesIsStillAnswered) {
    std::string text;
    for (int i = 0; i < 5'000; ++i)
        text += fmt::format("[task.task-{}]\nrun = \"x\"\nafterok = [\"tsak-{}\"]\n", i, i);
    EXPECT_EQ(check(text).diagnostics.size(), 5'000U);
}

TEST(Validate, GlobsAreRefusedBeyondMillionsOfEdges) {
    std::string text;
    for (int i = 0; i < 1'500; ++i) text += fmt::format("[task.t{}]\nrun = \"x\"\nafterany = [\"t*\"]\n", i);
    const Checked checked = check(text);
    EXPECT_THAT(checked.messages(), HasSubstr("the workflow has more than 2000000 edges"));
}

TEST(Validate, GlobsMatchPrefixMiddleAndEnd) {
    const auto parents = [](const std::string& glob) {
        const Checked checked = check(
            "[task.prep-a-x]\nrun = \"a\"\n[task.prep-b-y]\nrun = \"a\"\n[task.other-a-x]\nrun = "
            "\"a\"\n[task.last]\nrun = \"b\"\nafterok = [\"" +
            glob + "\"]\n");
        std::string names;
        if (!checked.workflow) return checked.messages();
        for (const Edge& edge : checked.workflow->tasks().back().edges)
            names += checked.workflow->task(std::get<TaskIndex>(edge.parent)).name + " ";
        return names;
    };
    EXPECT_EQ(parents("prep-*"), "prep-a-x prep-b-y ");
    EXPECT_EQ(parents("*-x"), "prep-a-x other-a-x ");
    EXPECT_EQ(parents("*-a-*"), "prep-a-x other-a-x ");
    EXPECT_EQ(parents("prep*x"), "prep-a-x ");
    EXPECT_EQ(parents("*"), "prep-a-x prep-b-y other-a-x ");
    EXPECT_EQ(parents("***y"), "prep-b-y ");
    EXPECT_EQ(parents("prep-a-x*"), "prep-a-x ");
    EXPECT_THAT(parents("*z"), HasSubstr("which matches no task"));
    EXPECT_THAT(parents("pre*pz"), HasSubstr("which matches no task"));
}

TEST(Validate, ATaskThatIsExpectedToTakeLongerThanItMay) {
    const auto messages = [](const std::string& keys, const std::string& script = {}) {
        WorkflowContext context;
        context.files["a.sh"] = script;
        const Checked checked = check("flow.toml", "[task.a]\n" + keys, context);
        EXPECT_TRUE(checked.workflow);
        return checked.messages();
    };
    EXPECT_EQ(messages("run = \"x\"\ntime = 60\nexpect = \"2h\"\n"),
              "flow.toml:4:10: warning: task 'a': 'expect' (2h) is longer than 'time' (60)\n"
              "    4 | expect = \"2h\"\n"
              "      |          ^~~~\n"
              "   hint: Slurm ends it at its time limit: give it more `time`, or correct `expect`\n");
    EXPECT_NE(messages("script = \"a.sh\"\nexpect = \"2h\"\n", "#!/bin/sh\n#SBATCH -t 1:00:00\n"), "");
    EXPECT_EQ(messages("script = \"a.sh\"\nexpect = \"2h\"\ntime = \"2:00:00\"\n",
                       "#!/bin/sh\n#SBATCH -t 1:00:00\n"),
              "")
        << "the file wins";
    EXPECT_EQ(messages("run = \"x\"\ntime = \"2:00:00\"\nexpect = \"2h\"\n"), "");
    EXPECT_EQ(messages("run = \"x\"\ntime = \"UNLIMITED\"\nexpect = \"2h\"\n"), "");
    EXPECT_EQ(messages("run = \"x\"\nexpect = \"2h\"\n"), "");
    EXPECT_EQ(messages("run = \"x\"\ntime = 60\nexpect = \"2h\"\ncontinue = { max = 3 }\n"), "")
        << "that is what it is for";
}

TEST(Validate, GpusThatAreAskedForTwice) {
    const auto messages = [](const std::string& keys) {
        std::string all;
        for (const Diagnostic& one : check("[task.a]\nrun = \"x\"\n" + keys).diagnostics)
            all += one.message + "\n";
        return all;
    };
    EXPECT_EQ(messages("gpus = \"h100:4\"\ngpus_per_node = \"a100:4\"\n"),
              "'gpus_per_node' asks for a100, but 'gpus' for h100: it waits for a node that has both\n");
    EXPECT_EQ(messages("gres = \"gpu:4\"\ngpus_per_node = 2\n"),
              "'gpus_per_node' and 'gres' both say how many GPUs each node is to have\n");
    EXPECT_EQ(messages("gpus = \"h100:4\"\ngpus_per_node = \"h100:4\"\n"), "");
    EXPECT_EQ(messages("gres = \"license:4\"\ngpus_per_node = 2\n"), "");
}

}  // namespace
}  // namespace sbraid::test
