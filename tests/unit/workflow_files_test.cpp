// Compares what is said of each file under tests/data/invalid and tests/data/valid with the `.expected`
// beside it. With SBRAID_ACCEPT=1 in the environment the expected texts are written instead: look at each
// before it is committed.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "workflow_fixture.hpp"

namespace sbraid::test {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> workflows_in(const fs::path& folder) {
    std::vector<fs::path> files;
    if (!fs::is_directory(folder)) return files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        // What stands in a folder `parts` is there to be named by others.
        if (entry.path().extension() == ".toml" &&
            entry.path().generic_string().find("/parts/") == std::string::npos)
            files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

void compare(const fs::path& file, const std::string& text) {
    fs::path expected = file;
    expected.replace_extension(".expected");
    const char* const accept = std::getenv("SBRAID_ACCEPT");
    if (accept != nullptr && std::string_view{accept} == "1") {
        std::ofstream{expected, std::ios::binary} << text;
        return;
    }
    ASSERT_TRUE(fs::exists(expected)) << "SBRAID_ACCEPT=1 writes it";
    EXPECT_EQ(text, text_of_file(expected));
}

std::string line(std::string_view name, const std::string& value) {
    return value.empty() ? "" : fmt::format("  {}: {}\n", name, value);
}

std::string indented(std::string_view name, const std::string& text) {
    std::string result;
    std::istringstream lines{text};
    for (std::string one; std::getline(lines, one);) result += fmt::format("  {}| {}\n", name, one);
    return result;
}

std::string payload_text(const Task& task) {
    if (const auto* run = std::get_if<RunText>(&task.payload))
        return line("shell", task.shell) + indented("run", run->text);
    if (const auto* command = std::get_if<Command>(&task.payload))
        return fmt::format("  command: {}\n", command->argv);
    const auto& script = std::get<ScriptFile>(task.payload);
    return fmt::format("  script: {} ({} bytes) {}\n  #SBATCH: {}\n", script.path, script.text.size(),
                       script.args, script.sbatch_lines);
}

/// `12:3`, with the name of the file where that is not the workflow's own.
std::string place_text(const Sources& sources, const Place& place) {
    const std::string file = place.file == 0 ? "" : sources.name(place.file) + ":";
    return fmt::format("{}{}:{}", file, place.line, place.column);
}

std::string edge_text(const Sources& sources, const Workflow& workflow, const Edge& edge) {
    std::string text = fmt::format("  {}: ", to_string(edge.kind));
    if (const auto* parent = std::get_if<TaskIndex>(&edge.parent)) {
        text += workflow.task(*parent).name;
        if (edge.element) text += fmt::format("[{}]", *edge.element);
    } else {
        text += "job:" + to_string(JobKey{std::get<JobId>(edge.parent), edge.element});
    }
    if (edge.delay.count() > 0) text += fmt::format("+{}", edge.delay.count());
    return text + fmt::format(" ({})\n", place_text(sources, edge.place));
}

std::string attempts_text(const Attempts& attempts) {
    std::string text;
    if (const auto& retry = attempts.retry) {
        text += fmt::format("  retry: {} times, codes {}", retry->max, retry->codes);
        for (const auto& [is_on, word] : {std::pair{retry->fail, "fail"},
                                          {retry->oom, "oom"},
                                          {retry->timeout, "timeout"},
                                          {retry->node_fail, "node_fail"},
                                          {retry->inplace, "inplace"}})
            if (is_on) text += fmt::format(" {}", word);
        text += fmt::format(", {} s between\n", retry->delay.count());
    }
    if (const auto& goes_on = attempts.continuation)
        text += fmt::format("  continue: {} times, SIG{} {} s before\n", goes_on->max, goes_on->signal,
                            goes_on->lead.count());
    return text;
}

/// `any(0 1 all(2 3))`: edges by their numbers.
std::string condition_text(const Condition& condition) {
    std::vector<std::string> parts;
    for (const std::uint32_t edge : condition.edges) parts.push_back(fmt::format("{}", edge));
    for (const Condition& group : condition.groups) parts.push_back(condition_text(group));
    return fmt::format("{}({})", condition.join == Join::any ? "any" : "all", fmt::join(parts, " "));
}

// All that a Workflow says, as text.
std::string dump(const Sources& sources, const Workflow& workflow) {
    std::string text = fmt::format("workflow {}\n", workflow.name());
    for (const Task& task : workflow.tasks()) {
        text += fmt::format("\ntask {} ({}, {} code points)\n", task.name, place_text(sources, task.place),
                            task.place.length);
        text += line("workdir", task.workdir) + payload_text(task) + indented("setup", task.setup);
        for (const auto& [name, value] : task.env) text += fmt::format("  env: {}={}\n", name, value);
        if (task.launch != Launcher::none) text += fmt::format("  launch: {}\n", to_string(task.launch));
        if (task.container.engine != Container::Engine::none)
            text += fmt::format("  {}: {}\n",
                                task.container.engine == Container::Engine::pyxis ? "pyxis" : "apptainer",
                                task.container.image);
        for (const Mount& mount : task.container.mounts)
            text +=
                fmt::format("  mount: {} {}{}\n", mount.source, mount.target, mount.read_only ? " ro" : "");
        if (task.array) text += line("array", to_string(*task.array));
        if (task.matrix) {
            for (const Matrix::Axis& axis : task.matrix->axes())
                text += fmt::format("  matrix {}: {}\n", axis.key, fmt::join(axis.values, " | "));
            for (const Matrix::Row& row : task.matrix->included())
                text += fmt::format("  matrix row: {}\n", fmt::join(row, " | "));
        }
        if (task.final) text += "  final\n";
        if (task.singleton) text += "  singleton\n";
        if (task.hold) text += "  hold\n";
        if (task.on_dead_dependency == DeadDependency::keep) text += "  on_dead_dependency: keep\n";
        if (task.on_dead_dependency == DeadDependency::cancel) text += "  on_dead_dependency: cancel\n";
        text += attempts_text(task.attempts);
        if (task.expect) text += fmt::format("  expect: {} s\n", task.expect->count());
        text += line("category", task.category);
        for (const SbatchOption& option : task.options)
            text += fmt::format("  --{}{} ({})\n", option.name, option.value ? "=" + *option.value : "",
                                place_text(sources, option.place));
        for (const Edge& edge : task.edges) text += edge_text(sources, workflow, edge);
        if (task.condition) text += fmt::format("  condition: {}\n", condition_text(*task.condition));
    }
    if (const auto& webhook = workflow.webhook()) {
        text += fmt::format("\nwebhook: {}", webhook->address);
        for (const Occasion occasion : webhook->on) text += fmt::format(" {}", to_string(occasion));
        text += "\n";
    }
    text += "\norder:";
    for (const TaskIndex index : workflow.topological_order()) text += " " + workflow.task(index).name;
    return text + "\n";
}

std::string test_name(const ::testing::TestParamInfo<fs::path>& info) {
    std::string name = info.param.stem();
    std::replace_if(
        name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; },
        '_');
    return name;
}

class InvalidFile : public ::testing::TestWithParam<fs::path> {};

TEST_P(InvalidFile, GivesExactlyItsMessages) {
    const Checked checked = check_file(GetParam());
    EXPECT_FALSE(checked.workflow.has_value());
    for (const Diagnostic& diagnostic : checked.diagnostics)
        EXPECT_GT(diagnostic.place.line, 0U) << diagnostic.message;
    compare(GetParam(), checked.messages());
}
INSTANTIATE_TEST_SUITE_P(Data, InvalidFile,
                         ::testing::ValuesIn(workflows_in(fs::path{SBRAID_TEST_DATA} / "invalid")),
                         test_name);

class ValidFile : public ::testing::TestWithParam<fs::path> {};

TEST_P(ValidFile, MeansWhatIsExpected) {
    const Checked checked = check_file(GetParam());
    ASSERT_TRUE(checked.workflow.has_value()) << checked.messages();
    compare(GetParam(), checked.messages() + dump(checked.sources, *checked.workflow));
}
INSTANTIATE_TEST_SUITE_P(Data, ValidFile,
                         ::testing::ValuesIn(workflows_in(fs::path{SBRAID_TEST_DATA} / "valid")), test_name);

TEST(InvalidFiles, AreAtLeastSixty) {
    EXPECT_GE(workflows_in(fs::path{SBRAID_TEST_DATA} / "invalid").size(), 60U);
}

// Malformed TOML that others collected; it is found beside the project or named by SBRAID_CASES, and never
// copied.
TEST(MalformedToml, AlwaysGivesAnErrorWithItsPlace) {
    const char* const named = std::getenv("SBRAID_CASES");
    const fs::path cases =
        (named != nullptr ? fs::path{named} : fs::path{SBRAID_SOURCE_DIR} / ".." / "shared" / "cases") /
        "toml-invalid";
    if (!fs::is_directory(cases)) GTEST_SKIP() << "no folder " << cases << "; SBRAID_CASES names its parent";
    std::size_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(cases)) {
        if (!entry.is_regular_file() || entry.path().filename() == "LICENSE") continue;
        ++files;
        const Checked checked = check_file(entry.path());
        EXPECT_FALSE(checked.workflow.has_value()) << entry.path();
        ASSERT_FALSE(checked.diagnostics.empty()) << entry.path();
        for (const Diagnostic& diagnostic : checked.diagnostics) {
            EXPECT_GT(diagnostic.place.line, 0U) << entry.path();
            EXPECT_GT(diagnostic.place.column, 0U) << entry.path();
        }
    }
    EXPECT_GT(files, 0U);
}

}  // namespace
}  // namespace sbraid::test
