// `sbraid export`: the script against `.sh` files under tests/data/export (SBRAID_ACCEPT=1 writes them), and
// WfFormat by importing what was exported. tests/export shows the scripts to shellcheck, tests/e2e to Slurm.
#include "sbraid/export.hpp"

#include <fmt/format.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include <cstdlib>
#include <set>

#include "sbraid/import.hpp"
#include "workflow_fixture.hpp"

namespace sbraid::test {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Exported bash(const Checked& checked, const BashExport& how = {}, std::uint32_t max_array_size = 11) {
    EXPECT_TRUE(checked.workflow) << checked.messages();
    const SubmissionPlan made =
        plan(*checked.workflow, {.run = "r-20260101T000000-abcdef",
                                 .file = "/flows/flow.toml",
                                 .run_dir = "/flows/.sbraid/r-20260101T000000-abcdef",
                                 .submitter = "/usr/bin/sbraid",
                                 .sbatch_environment = {{"SBATCH_ACCOUNT", "physics"}},
                                 .max_array_size = max_array_size,
                                 .gate_options = {"--partition=cpu"}});
    return export_bash(*checked.workflow, made, how);
}

class ExportedFile : public ::testing::TestWithParam<const char*> {};

TEST_P(ExportedFile, IsTheScriptThatWasLookedAt) {
    const fs::path file = fs::path{SBRAID_TEST_DATA} / "export" / fmt::format("{}.toml", GetParam());
    const Exported exported = bash(check_file(file));
    EXPECT_THAT(exported.notes, IsEmpty());
    fs::path expected = file;
    expected.replace_extension(".sh");
    const char* const accept = std::getenv("SBRAID_ACCEPT");
    if (accept != nullptr && std::string_view{accept} == "1")
        std::ofstream{expected, std::ios::binary} << exported.text;
    ASSERT_TRUE(fs::exists(expected)) << "SBRAID_ACCEPT=1 writes it";
    EXPECT_EQ(exported.text, text_of_file(expected));
}

INSTANTIATE_TEST_SUITE_P(Export, ExportedFile, ::testing::Values("forms", "edges"));

TEST(Export, AWebhookIsToldByNobodyAndThatIsSaid) {
    const Exported exported =
        bash(check("[notify]\nwebhook = \"https://hooks.example.org/x\"\n[task.a]\nrun = \"true\"\n"));
    EXPECT_THAT(exported.notes,
                ElementsAre("[notify]: to tell the webhook takes sbraid, so the exported script does not"));
    EXPECT_THAT(exported.text, Not(HasSubstr("notify")));
    EXPECT_THAT(exported.text, Not(HasSubstr("hooks.example.org")));
}

TEST(Export, TheScriptSaysNothingOfARun) {
    const Exported exported = bash(check(
        "[task.a]\nrun = \"true\"\n[task.b]\nafterok = [\"a\"]\nshell = \"/usr/bin/perl\"\nrun = \"1\"\n"));
    for (const char* word : {"SBRAID_RUN", "state.d", ".sbraid", "sbraid:", "r-2026"})
        EXPECT_THAT(exported.text, Not(HasSubstr(word)));
}

TEST(Export, WhatIsTriedAgainInARunIsToldToRunOnce) {
    const Exported exported =
        bash(check("[task.a]\nrun = \"true\"\narray = \"0-20\"\nretry = 2\n"
                   "[task.b]\nrun = \"true\"\ntime = 60\ncontinue = { max = 2 }\n"));
    EXPECT_THAT(exported.notes, ElementsAre("task 'a': the exported script runs it once, without retry",
                                            "task 'b': the exported script runs it once, without continue"));
    for (const char* word : {"requeue\n", "--signal", "SBRAID_"})
        EXPECT_THAT(exported.text, Not(HasSubstr(word)));
}

TEST(Export, WhereLogsGoAndWhetherDeadJobsAreRemovedIsAsked) {
    const Checked checked = check("[task.a]\nrun = \"true\"\n[task.b]\nafterok = [\"a\"]\nrun = \"true\"\n");
    const Exported exported = bash(checked, {.logs = "my logs", .kill_on_invalid_dep = false});
    EXPECT_THAT(exported.text, HasSubstr("logs=${FLOW_LOGS:-'my logs'}\n"));
    EXPECT_THAT(exported.text, HasSubstr("--kill-on-invalid-dep=no"));
    EXPECT_THAT(bash(checked).text, HasSubstr("--kill-on-invalid-dep=yes"));
}

TEST(Export, ManyParentsAreBrokenWithoutABlank) {
    std::string text;
    std::string names;
    for (int i = 0; i < 20; ++i) {
        text += fmt::format("[task.parent-{}]\nrun = \"true\"\n", i);
        names += fmt::format("{}\"parent-{}\"", i == 0 ? "" : ", ", i);
    }
    const Exported exported = bash(check(text + "[task.x]\nrun = \"true\"\nafterok = [" + names + "]\n"));
    EXPECT_THAT(exported.text, HasSubstr("${id[parent-6]}:\\\n${id[parent-7]}:"));
}

TEST(Export, AServiceIsEndedByItsOwnId) {
    const Exported exported =
        bash(check("[task.s]\nservice = true\nrun = \"serve\"\n[task.a]\nafter = [\"s\"]\nrun = \"true\"\n"));
    EXPECT_THAT(exported.notes, IsEmpty());
    EXPECT_THAT(exported.text, HasSubstr("--dependency=\"afterany:${id[a]}\""));
    EXPECT_THAT(exported.text, HasSubstr("<<END_OF_JOB\n#!/bin/sh\n"
                                         "# Ends the service 's': everything that needs it has ended.\n"
                                         "scancel ${id[s]}\nEND_OF_JOB\n"));
}

TEST(Export, AMissingOutputFailsTheTaskThereToo) {
    const Exported exported = bash(check("[task.a]\noutputs = [\"a.txt\"]\nrun = \"true\"\n"));
    EXPECT_THAT(exported.notes, IsEmpty());
    EXPECT_THAT(exported.text, HasSubstr("for path in a.txt; do"));
    EXPECT_THAT(exported.text,
                HasSubstr("if ((code == 0)); then check_outputs || code=1; fi\nexit \"$code\"\n"));
}

using Edges = std::set<std::pair<std::string, std::string>>;

/// The name of a task of a sub-workflow as the importer writes it in one file.
std::string flat(std::string name) {
    std::replace(name.begin(), name.end(), '/', '.');
    return name;
}

Edges edges_of(const Workflow& workflow) {
    Edges edges;
    for (const Task& task : workflow.tasks())
        for (const Edge& edge : task.edges)
            if (const auto* parent = std::get_if<TaskIndex>(&edge.parent);
                parent != nullptr && edge.origin != EdgeOrigin::limit)
                edges.emplace(flat(workflow.task(*parent).name), flat(task.name));
    return edges;
}

std::set<std::string> names_of(const Workflow& workflow) {
    std::set<std::string> names;
    for (const Task& task : workflow.tasks())
        if (!task.turnstile) names.insert(flat(task.name));
    return names;
}

Checked imported(const std::string& json) {
    Sources sources;
    const auto result = import_workflow(sources, sources.add("trace.json", json), ImportFormat::wfformat, {});
    EXPECT_TRUE(result.has_value());
    return check(result ? result->text : "");
}

TEST(Export, WhatIsImportedAgainHasTheSameTasksAndEdges) {
    int seen = 0;
    for (const auto& entry : fs::recursive_directory_iterator(fs::path{SBRAID_TEST_DATA} / "valid")) {
        if (entry.path().extension() != ".toml") continue;
        const Checked first = check_file(entry.path());
        if (!first.workflow) continue;  // a part of another file
        const Checked second = imported(export_wfformat(*first.workflow).text);
        ASSERT_TRUE(second.workflow) << entry.path() << "\n" << second.messages();
        EXPECT_EQ(names_of(*second.workflow), names_of(*first.workflow)) << entry.path();
        EXPECT_EQ(edges_of(*second.workflow), edges_of(*first.workflow)) << entry.path();
        ++seen;
    }
    EXPECT_GT(seen, 20);
}

TEST(Export, TellsWhatWfFormatDoesNotSay) {
    const Checked checked = check(
        "[task.a]\nrun = \"true\"\narray = \"0-3\"\n[task.b]\nafterany = [\"a\", \"job:12\"]\nrun = "
        "\"true\"\n");
    EXPECT_THAT(export_wfformat(*checked.workflow).notes,
                ElementsAre("WfFormat has one kind of edge: each says only that a task comes first",
                            "WfFormat has no arrays: a task of several elements is one task",
                            "the edge from job 12, which is outside of the file, is left out"));
}

}  // namespace
}  // namespace sbraid::test
