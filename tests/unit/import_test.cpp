// Imports of the files under tests/data/import against what stands beside them: FILE.toml, the workflow, and
// FILE.notes, all that is said of it. With SBRAID_ACCEPT=1 in the environment both are written instead: look
// at each before it is committed. Then the cases of others, which are found beside the project or named by
// SBRAID_CASES, and never copied.
#include "sbraid/import.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>

#include "../../lib/src/dag_graph.hpp"
#include "workflow_fixture.hpp"

namespace sbraid::test {
namespace {

namespace fs = std::filesystem;
using Edges = std::set<std::pair<std::string, std::string>>;  // parent, child

struct Import {
    Sources sources;
    std::optional<Imported> result;
    Diagnostics messages;

    [[nodiscard]] std::string said() const {
        std::string text;
        for (const Diagnostic& one : messages) text += render(sources, one);
        return text;
    }
    /// The name in the imported file, of a name in the workflow.
    [[nodiscard]] std::string source_of(const std::string& name) const {
        for (const ImportedTask& task : result->tasks)
            if (task.name == name) return task.source;
        return "?" + name;
    }
};

Import import_text(const std::string& name, const std::string& text, const ImportContext& context = {}) {
    Import import;
    const std::uint32_t file = import.sources.add(name, text);
    auto result = import_workflow(import.sources, file, guess_import_format(name, text), context);
    if (result) {
        import.messages = result->notes;
        import.result = std::move(*result);
    } else {
        import.messages = std::move(result.error());
    }
    return import;
}

Import import_file(const fs::path& path) {
    const ImportContext context{.read_file = [&path](const std::string& name) -> std::optional<std::string> {
        const fs::path named = path.parent_path() / name;
        return fs::is_regular_file(named) ? std::optional{text_of_file(named)} : std::nullopt;
    }};
    return import_text(path.filename(), text_of_file(path), context);
}

// The workflow that the import wrote; the test fails when it is none.
Workflow checked(const Import& import) {
    Checked workflow = check("flow.toml", import.result->text);
    if (!workflow.workflow) throw std::runtime_error(workflow.messages() + import.result->text);
    return std::move(*workflow.workflow);
}

// By the names of the imported file.
Edges edges_of(const Import& import) {
    Edges edges;
    const Workflow workflow = checked(import);
    std::map<std::string, std::string> sources;
    for (const ImportedTask& task : import.result->tasks) sources[task.name] = task.source;
    for (const Task& task : workflow.tasks())
        for (const Edge& edge : task.edges)
            if (edge.origin == EdgeOrigin::named)
                edges.emplace(sources.at(workflow.task(std::get<TaskIndex>(edge.parent)).name),
                              sources.at(task.name));
    return edges;
}

std::set<std::string> nodes_of(const Import& import) {
    std::set<std::string> nodes;
    for (const ImportedTask& task : import.result->tasks) nodes.insert(task.source);
    return nodes;
}

void compare(const fs::path& expected, const std::string& text) {
    const char* const accept = std::getenv("SBRAID_ACCEPT");
    if (accept != nullptr && std::string_view{accept} == "1") {
        if (text.empty())
            fs::remove(expected);
        else
            std::ofstream{expected, std::ios::binary} << text;
        return;
    }
    EXPECT_EQ(text, fs::exists(expected) ? text_of_file(expected) : "")
        << expected << ": SBRAID_ACCEPT=1 writes it";
}

std::vector<fs::path> files_to_import() {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(fs::path{SBRAID_TEST_DATA} / "import"))
        if (entry.path().extension() == ".dag" || entry.path().extension() == ".json")
            files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

std::string test_name(const ::testing::TestParamInfo<fs::path>& info) {
    std::string name = info.param.filename();
    std::replace_if(
        name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; },
        '_');
    return name;
}

class ImportFile : public ::testing::TestWithParam<fs::path> {};

TEST_P(ImportFile, BecomesWhatIsExpected) {
    const Import import = import_file(GetParam());
    compare(GetParam().string() + ".notes", import.said());
    compare(GetParam().string() + ".toml", import.result ? import.result->text : "");
    if (!import.result) return;
    const Workflow workflow = checked(import);
    EXPECT_EQ(workflow.tasks().size(), import.result->tasks.size());
    EXPECT_EQ(edges_of(import).size(), import.result->edges);
}
INSTANTIATE_TEST_SUITE_P(Data, ImportFile, ::testing::ValuesIn(files_to_import()), test_name);

std::optional<fs::path> cases(const std::string& folder) {
    const char* const named = std::getenv("SBRAID_CASES");
    const fs::path path =
        (named != nullptr ? fs::path{named} : fs::path{SBRAID_SOURCE_DIR} / ".." / "shared" / "cases") /
        folder;
    return fs::is_directory(path) ? std::optional{path} : std::nullopt;
}

TEST(ImportCases, DagsHaveTheNodesAndEdgesOfTheChecker) {
    const auto folder = cases("dagman");
    if (!folder) GTEST_SKIP() << "SBRAID_CASES names no folder with dagman/";
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator(*folder)) {
        if (!fs::exists(entry.path() / "expected.json")) continue;
        ++files;
        const auto expected = nlohmann::json::parse(text_of_file(entry.path() / "expected.json"));
        const Import import = import_file(entry.path() / expected.at("root").get<std::string>());
        ASSERT_EQ(import.result.has_value(), expected.at("exit") == 0) << entry.path() << import.said();
        if (!import.result) continue;
        EXPECT_EQ(checked(import).tasks().size(), expected.at("stats").at("TotalNodes")) << entry.path();
        EXPECT_EQ(edges_of(import).size(), expected.at("stats").at("NumArcs")) << entry.path();
    }
    EXPECT_GT(files, 0U);
}

TEST(ImportCases, EachMalformedLineIsRefusedWithItsPlace) {
    const auto folder = cases("dagman");
    if (!folder) GTEST_SKIP() << "SBRAID_CASES names no folder with dagman/";
    const auto lines = nlohmann::json::parse(text_of_file(*folder / "bad_lines.json"));
    std::string all;
    for (const auto& line : lines) {
        const std::string text = line.at("text");
        all += text + "\n";
        const Import import = import_text("bad.dag", "JOB Good good.sub\n" + text + "\n");
        ASSERT_FALSE(import.result.has_value()) << text;
        ASSERT_EQ(import.messages.size(), 1U) << text << "\n" << import.said();
        EXPECT_EQ(import.messages.front().place.line, 2U) << text;
        EXPECT_GT(import.messages.front().place.column, 0U) << text;
    }
    const Import import = import_text("bad.dag", all);
    ASSERT_EQ(import.messages.size(), lines.size()) << import.said();
    for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(import.messages[i].place.line, i + 1);
}

TEST(ImportCases, AllDagFilesBecomeWorkflows) {
    const auto folder = cases("dagman/files");
    if (!folder) GTEST_SKIP() << "SBRAID_CASES names no folder with dagman/files/";
    for (const auto& entry : fs::directory_iterator(*folder)) {
        const Import import = import_file(entry.path());
        ASSERT_TRUE(import.result.has_value()) << entry.path() << import.said();
        checked(import);
    }
}

TEST(ImportCases, TracesHaveTheEdgesThatAreKnown) {
    const auto folder = cases("wfinstances");
    if (!folder) GTEST_SKIP() << "SBRAID_CASES names no folder with wfinstances/";
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator(*folder)) {
        const std::string name = entry.path().filename();
        if (!name.ends_with(".edges.json")) continue;
        ++files;
        fs::path trace = entry.path();
        trace.replace_filename(name.substr(0, name.size() - std::string_view{".edges.json"}.size()) +
                               ".json");
        const Import import = import_file(trace);
        ASSERT_TRUE(import.result.has_value()) << trace << import.said();
        Edges edges;
        std::set<std::string> nodes;
        const auto known = nlohmann::json::parse(text_of_file(entry.path()));
        for (const auto& task : known.at("tasks")) {
            nodes.insert(task.at("name"));
            for (const auto& parent : task.at("parents")) edges.emplace(parent, task.at("name"));
        }
        EXPECT_EQ(nodes_of(import), nodes) << trace;
        EXPECT_EQ(edges_of(import), edges) << trace;
    }
    EXPECT_GT(files, 0U);
}

TEST(ImportFormat, IsGuessedByNameThenByText) {
    EXPECT_EQ(guess_import_format("x.dag", "{"), ImportFormat::dagman);
    EXPECT_EQ(guess_import_format("x.JSON", "JOB"), ImportFormat::wfformat);
    EXPECT_EQ(guess_import_format("x", "\n {}"), ImportFormat::wfformat);
    EXPECT_EQ(guess_import_format("x", "JOB a b"), ImportFormat::dagman);
}

TEST(Import, RunsWhereTheImportedFileLies) {
    const Import import = import_text("a.dag", "JOB a x\nJOB b x DIR sub\nJOB c x DIR /abs\n",
                                      {.read_file = {}, .workdir = "../dags"});
    ASSERT_TRUE(import.result) << import.said();
    const Workflow workflow = checked(import);
    EXPECT_EQ(workflow.tasks()[0].workdir, "/flows/../dags");
    EXPECT_EQ(workflow.tasks()[1].workdir, "/flows/../dags/sub");
    EXPECT_EQ(workflow.tasks()[2].workdir, "/abs");
}

TEST(Import, AMacroBombEndsSoon) {
    std::string description = "SUBMIT-DESCRIPTION d {\nexecutable = x\narguments = $(m0)\n";
    for (int i = 0; i < 40; ++i) description += fmt::format("m{} = $(m{})$(m{})\n", i, i + 1, i + 1);
    for (int i = 0; i < 40; ++i) description += "grow = x$(grow)$(grow)\n";
    const Import import = import_text("a.dag", description + "}\nJOB a d\n");
    ASSERT_TRUE(import.result) << import.said();
    EXPECT_NE(import.said().find("arguments: '$(m"), std::string::npos) << import.said();
}

TEST(Import, SplicesThatDoubleEachTimeEndSoon) {
    const ImportContext context{.read_file = [](const std::string& name) -> std::optional<std::string> {
        const int next = std::stoi(name) + 1;
        if (next > 20) return "";
        return fmt::format("SPLICE x {0}.dag\nSPLICE y {0}.dag\n", next);
    }};
    const Import import = import_text("0.dag", "SPLICE x 1.dag\nSPLICE y 1.dag\n", context);
    EXPECT_FALSE(import.result);
    EXPECT_NE(import.said().find("error: more than 20000 splices and sub-DAGs\n"), std::string::npos)
        << import.said();
}

// Each file twice in the one before it: the last one 2^12 times.
TEST(Import, IncludesThatDoubleEachTimeEndSoon) {
    std::size_t reads = 0;
    const ImportContext context{.read_file = [&reads](const std::string& name) -> std::optional<std::string> {
                                    ++reads;
                                    const int next = std::stoi(name) + 1;
                                    if (next > 12) return "";
                                    return fmt::format("INCLUDE {0}.dag\nINCLUDE {0}.dag\n", next);
                                },
                                .most_repeated_commands = 1000};
    const Import import = import_text("0.dag", "INCLUDE 1.dag\nINCLUDE 1.dag\n", context);
    EXPECT_FALSE(import.result);
    EXPECT_EQ(reads, 12U) << "each file is read once";
    EXPECT_NE(import.said().find("error: the files that are spliced or included more than once add more than "
                                 "1000 commands\n"),
              std::string::npos)
        << import.said();
}

// What is wrong with a file is wrong once, however often it is spliced.
TEST(Import, AFileThatIsSplicedOftenIsReadAndToldOnce) {
    std::size_t reads = 0;
    const ImportContext context{.read_file = [&reads](const std::string&) {
        ++reads;
        return std::optional<std::string>{"JOB a a.sub NOOP\nJOBB b b.sub\nPARENT a CHILD gone\n"};
    }};
    std::string text;
    for (int i = 0; i < 100; ++i) text += fmt::format("SPLICE s{} part.dag\n", i);
    const Import import = import_text("0.dag", text, context);
    EXPECT_FALSE(import.result);
    EXPECT_EQ(reads, 1U);
    EXPECT_EQ(import.messages.size(), 2U) << import.said();
}

// A description may be long, and the nodes that name it many.
TEST(Import, NodesShareADescription) {
    Sources sources;
    const std::uint32_t file = sources.add(
        "a.dag",
        "SUBMIT-DESCRIPTION d {\nexecutable = x\n}\nJOB a d\nJOB b d\nSPLICE s s.dag\nSPLICE t s.dag\n");
    const ImportContext context{.read_file = [](const std::string&) {
        return std::optional<std::string>{"JOB c {\nexecutable = y\n}\n"};
    }};
    DraftNotes notes{sources};
    Diagnostics errors;
    const DagGraph graph = read_dag_graph(sources, file, context, notes, errors);
    ASSERT_EQ(graph.nodes.size(), 4U);
    EXPECT_EQ(graph.nodes[0].description->lines, graph.nodes[1].description->lines);
    EXPECT_EQ(graph.nodes[2].description->lines, graph.nodes[3].description->lines);
    EXPECT_NE(graph.nodes[0].description->lines, graph.nodes[2].description->lines);
}

TEST(Import, MoreEdgesThanAWorkflowTakesAreRefused) {
    std::string text;
    std::string parents;
    std::string children;
    for (int i = 0; i < 1500; ++i) {
        text += fmt::format("JOB p{0} x NOOP\nJOB c{0} x NOOP\n", i);
        parents += fmt::format(" p{}", i);
        children += fmt::format(" c{}", i);
    }
    const Import import = import_text("a.dag", text + "PARENT" + parents + " CHILD" + children + "\n");
    EXPECT_FALSE(import.result);
    EXPECT_NE(import.said().find("error: more than 2000000 edges\n"), std::string::npos) << import.said();
}

TEST(Import, FilesInFilesWithoutEndAreRefused) {
    for (const std::string_view line :
         {"SPLICE x {}.dag\n", "INCLUDE {}.dag\n", "SUBDAG EXTERNAL x {}.dag\n"}) {
        const ImportContext context{.read_file = [&](const std::string& name) -> std::optional<std::string> {
            return fmt::format(fmt::runtime(line), std::stoi(name) + 1);
        }};
        const Import import = import_text("0.dag", fmt::format(fmt::runtime(line), 1), context);
        EXPECT_NE(import.said().find("99.dag:1:"), std::string::npos) << import.said();
        EXPECT_NE(import.said().find("error: more than 100 files in each other\n"), std::string::npos);
    }
}

TEST(Import, ADagThatOnlyEndsIsNoWorkflow) {
    EXPECT_EQ(import_text("f.dag", "FINAL last last.sub\n").said(),
              "f.dag:1:1: error: there is no JOB in the file\n    1 | FINAL last last.sub\n      | ^\n");
}

TEST(Import, PrioritiesAreNeverBeyondNice) {
    const Import import = import_text("p.dag",
                                      "JOB a a.sub NOOP\nJOB b b.sub NOOP\nPRIORITY a 2147483647\nPRIORITY b "
                                      "-2147483648\n");
    ASSERT_TRUE(import.result) << import.said();
    const Workflow workflow = checked(import);
    EXPECT_EQ(workflow.tasks()[0].option("nice"), nullptr);
    EXPECT_EQ(workflow.tasks()[1].option("nice")->value, "2000000000");
}

TEST(Import, CategoriesThatReadAlikeStayApart) {
    const Import import = import_text(
        "c.dag",
        "JOB a a.sub NOOP\nJOB b b.sub NOOP\nCATEGORY a x+1\nCATEGORY b x/1\nMAXJOBS x+1 2\nMAXJOBS x/1 3\n");
    ASSERT_TRUE(import.result) << import.said();
    EXPECT_NE(import.result->text.find("\"x.1\""), std::string::npos) << import.result->text;
    EXPECT_NE(import.result->text.find("\"x.1-2\""), std::string::npos) << import.result->text;
}

TEST(Import, FilesThatAllWriteAndAllReadAreRefused) {
    std::string tasks;
    for (int i = 0; i < 3000; ++i)
        tasks += fmt::format(R"({}{{"name":"t{}","files":[{{"link":"{}","name":"f"}}]}})", i == 0 ? "" : ",",
                             i, i % 2 == 0 ? "output" : "input");
    const Import import =
        import_text("w.json", R"({"schemaVersion":"1.3","workflow":{"tasks":[)" + tasks + "]}}");
    EXPECT_FALSE(import.result);
    EXPECT_NE(import.said().find("the tasks wait for each other by more than 2000000 edges\n"),
              std::string::npos)
        << import.said();
}

TEST(Import, ALongListOfParentsIsBrokenIntoLines) {
    std::string text;
    std::string parents = "PARENT";
    for (int i = 0; i < 200; ++i) {
        text += fmt::format("JOB node{} x\n", i);
        parents += fmt::format(" node{}", i);
    }
    const Import import = import_text("a.dag", text + "JOB last x\n" + parents + " CHILD last\n");
    ASSERT_TRUE(import.result) << import.said();
    EXPECT_EQ(edges_of(import).size(), 200U);
    std::istringstream lines{import.result->text};
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 110U) << line;
}

}  // namespace
}  // namespace sbraid::test
