#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "app.hpp"
#include "workflow_fixture.hpp"

namespace sbraid::test {
namespace {

namespace fs = std::filesystem;

struct Ended {
    int code = 0;
    std::string out;
    std::string err;
};

Ended run(const std::vector<std::string>& arguments) {
    SystemClock clock;
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = run_app(arguments, {}, clock);
    return {code, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

class ImportCommand : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string name = testing::TempDir() + "sbraid-import-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
        write("dags/a.dag", "JOB a a.sub\nJOB b a.sub DIR sub\nPARENT a CHILD b\nDOT x.dot\n");
        write("dags/a.sub", "executable = a.sh\nqueue\n");
        write("dags/sub/a.sub", "executable = other.sh\nqueue\n");
    }
    void TearDown() override { fs::remove_all(folder_); }

    void write(const std::string& name, const std::string& text) const {
        fs::create_directories((folder_ / name).parent_path());
        std::ofstream{folder_ / name} << text;
    }
    [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }

    fs::path folder_;
};

TEST_F(ImportCommand, AnswersWithTheWorkflowAndTellsTheNotes) {
    const auto ended = run({"import", path("dags/a.dag")});
    EXPECT_EQ(ended.code, 0);
    const Checked workflow = check(ended.out);
    ASSERT_TRUE(workflow.workflow) << workflow.messages();
    EXPECT_EQ(std::get<RunText>(workflow.workflow->tasks()[1].payload).text, "./other.sh");
    EXPECT_NE(ended.err.find("a.dag:4:1: warning: DOT x.dot"), std::string::npos) << ended.err;
    EXPECT_EQ(run({"import", "-Q", path("dags/a.dag")}).err, "");
}

TEST_F(ImportCommand, WritesAFileThatRunsWhereTheDagLies) {
    EXPECT_EQ(run({"import", "-o", path("new.toml"), path("dags/a.dag")}).code, 0);
    const Checked workflow = check(text_of_file(path("new.toml")));
    ASSERT_TRUE(workflow.workflow) << workflow.messages();
    EXPECT_EQ(workflow.workflow->tasks()[0].workdir, "/flows/dags");
    EXPECT_EQ(workflow.workflow->tasks()[1].workdir, "/flows/dags/sub");
}

TEST_F(ImportCommand, OverwritesOnlyWithForce) {
    write("old.toml", "mine");
    const auto refused = run({"import", "-o", path("old.toml"), path("dags/a.dag")});
    EXPECT_EQ(refused.code, 2);
    EXPECT_NE(refused.err.find("--force overwrites it"), std::string::npos) << refused.err;
    EXPECT_EQ(text_of_file(path("old.toml")), "mine");
    EXPECT_EQ(run({"import", "--force", "-o", path("old.toml"), path("dags/a.dag")}).code, 0);
    EXPECT_NE(text_of_file(path("old.toml")), "mine");
}

TEST_F(ImportCommand, AMalformedFileIsInvalidAndNothingIsWritten) {
    write("dags/bad.dag", "JOB a\nRETRY x many\n");
    const auto ended = run({"import", "-o", path("bad.toml"), path("dags/bad.dag")});
    EXPECT_EQ(ended.code, 3);
    EXPECT_NE(ended.err.find("bad.dag:1:6: error: JOB: the submit description is missing"), std::string::npos)
        << ended.err;
    EXPECT_FALSE(fs::exists(path("bad.toml")));

    const auto json = run({"import", "--json", path("dags/bad.dag")});
    EXPECT_EQ(json.code, 3);
    const auto document = nlohmann::json::parse(json.out);
    EXPECT_EQ(document.at("schema"), "sbraid.error/1");
    EXPECT_EQ(document.at("errors").size(), 2U);
    EXPECT_EQ(document.at("errors").at(1).at("line"), 2);
}

TEST_F(ImportCommand, JsonNamesTasksEdgesAndNotes) {
    const auto ended = run({"import", "--json", path("dags/a.dag")});
    EXPECT_EQ(ended.code, 0);
    const auto document = nlohmann::json::parse(ended.out);
    EXPECT_EQ(document.at("schema"), "sbraid.import/1");
    EXPECT_EQ(document.at("tasks").at(1), (nlohmann::json{{"name", "b"}, {"source", "b"}}));
    EXPECT_EQ(document.at("edges"), 1);
    EXPECT_EQ(document.at("notes").size(), 1U);
    EXPECT_TRUE(check(document.at("toml")).workflow.has_value());
}

TEST_F(ImportCommand, AWrongFormatOrFileIsUsage) {
    EXPECT_EQ(run({"import", "--format", "xml", path("dags/a.dag")}).code, 2);
    EXPECT_EQ(run({"import", path("nowhere.dag")}).code, 2);
    EXPECT_EQ(run({"import", "--format", "wfformat", path("dags/a.dag")}).code, 3);
}

}  // namespace
}  // namespace sbraid::test
