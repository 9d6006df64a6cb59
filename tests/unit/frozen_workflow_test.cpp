#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "new_run.hpp"
#include "plan_fixture.hpp"
#include "run.hpp"
#include "workflow_file.hpp"

namespace sbraid {
namespace {

class FrozenWorkflowTest : public testing::Test {
  protected:
    FrozenWorkflowTest() {
        char pattern[] = "/tmp/sbraid-frozen-test-XXXXXX";
        folder_ = ::mkdtemp(pattern);
        write("sub/site.toml", "[defaults]\nmem = \"1G\"\n");
        write("flow.toml",
              "name = \"flow\"\ninclude = [\"sub/site.toml\"]\n[task.a]\nrun = \"true\"\n[task.b]\nrun = "
              "\"echo {{lr}}\"\n[vars]\nlr = 1\n");
        auto file = read_workflow(folder_ + "/flow.toml", {{"lr", "2"}}).value();
        run_.plan = plan(*file.validated.workflow, {.run = "flow-1",
                                                    .file = file.path,
                                                    .run_dir = folder_ + "/run",
                                                    .submitter = {},
                                                    .sbatch_environment = {}});
        run_.plan.vars = file.vars;
        run_.plan.revision = 2;
        run_.plan.text_revision = 2;
        run_.dir = run_.plan.run_dir;
        std::filesystem::create_directories(run_.dir + "/scripts");
        EXPECT_TRUE(write_revision(run_, run_.plan, &file));
    }
    ~FrozenWorkflowTest() override { std::filesystem::remove_all(folder_); }

    void write(const std::string& name, std::string_view text) const {
        std::filesystem::create_directories(std::filesystem::path(folder_ + "/" + name).parent_path());
        std::ofstream(folder_ + "/" + name) << text;
    }
    [[nodiscard]] WorkflowFile present() const {
        return read_workflow(run_.plan.file, run_.plan.vars).value();
    }

    std::string folder_;
    sbraid::Run run_;
};

TEST_F(FrozenWorkflowTest, IsReadFromTheCopiesWhateverTheFilesSayNow) {
    EXPECT_TRUE(is_as_frozen(present(), run_.plan));
    write("sub/site.toml", "[defaults]\nmem = \"2G\"\n");
    EXPECT_FALSE(is_as_frozen(present(), run_.plan));
    std::filesystem::remove(folder_ + "/flow.toml");
    const auto frozen = read_frozen_workflow(run_.plan).value();
    ASSERT_TRUE(frozen.validated.workflow);
    EXPECT_EQ(frozen.validated.workflow->tasks().front().option("mem")->value, "1G");
    EXPECT_EQ(std::get<RunText>(frozen.validated.workflow->tasks().back().payload).text, "echo 2");
}

TEST_F(FrozenWorkflowTest, TakesOverridesAndLeavesOutWhatWasUpToDate) {
    run_.plan.left_out = {"a"};
    const auto frozen = read_frozen_workflow(run_.plan, {{"--set mem", "b", "mem", "4G"}}).value();
    ASSERT_TRUE(frozen.validated.workflow);
    ASSERT_EQ(frozen.validated.workflow->tasks().size(), 1U);
    EXPECT_EQ(frozen.validated.workflow->tasks().front().option("mem")->value, "4G");
}

TEST_F(FrozenWorkflowTest, TheNewestPlanIsThatOfTheRun) {
    auto first = run_.plan;
    first.revision = first.text_revision = 1;
    EXPECT_TRUE(write_revision(run_, first));
    EXPECT_EQ(load_plan(run_.dir).value().revision, 2U);
    EXPECT_EQ(unescaped_part("sub%2Fa%25b.toml"), "sub/a%b.toml");
}

}  // namespace
}  // namespace sbraid
