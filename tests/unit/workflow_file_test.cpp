#include "workflow_file.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace sbraid {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;

class WorkflowFileTest : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string name = testing::TempDir() + "sbraid-file-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    void write(const std::string& name, const std::string& text) const {
        std::ofstream{folder_ / name} << text;
    }
    [[nodiscard]] std::vector<std::string> warnings_of(const std::string& toml, bool strict = false) const {
        write("flow.toml", toml);
        auto file = read_workflow(folder_ / "flow.toml", {});
        if (!file) return {file.error().message};
        look_closer(*file, strict);
        EXPECT_EQ(file->validated.workflow.has_value(), !strict);
        std::vector<std::string> messages;
        for (const Diagnostic& one : file->validated.diagnostics) messages.push_back(one.message);
        return messages;
    }
    std::filesystem::path folder_;
};

constexpr const char* k_flow = R"(
[task.a]
time = "1:00"
inputs = ["data.csv", "conf*.yaml", "none*.yaml"]
run = "a"
)";

TEST_F(WorkflowFileTest, WarnsOfInputsThatAreNotThere) {
    write("data.csv", "");
    write("conf-1.yaml", "");
    const auto missing = EndsWith("none*.yaml' is not there, and no task writes the input 'none*.yaml'");
    EXPECT_THAT(warnings_of(k_flow), ElementsAre(missing));
    EXPECT_THAT(warnings_of(k_flow, true), ElementsAre(missing));
    write("none-at-all.yaml", "");
    EXPECT_THAT(warnings_of(k_flow), ElementsAre());
}

}  // namespace
}  // namespace sbraid
