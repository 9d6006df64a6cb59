// What README shows is true.
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>

#include "workflow_fixture.hpp"

namespace sbraid {
namespace {

TEST(Readme, EveryWorkflowInItIsRight) {
    const std::string text =
        test::text_of_file(std::filesystem::path(SBRAID_TEST_DATA) / ".." / ".." / "README.md");
    static const std::regex block{"```toml\n([^`]*)```"};
    int count = 0;
    for (std::sregex_iterator found{text.begin(), text.end(), block}, end; found != end; ++found) {
        if ((*found)[1].str().find("[task.") == std::string::npos) continue;  // a piece of a file
        ++count;
        WorkflowContext context;
        context.files["publish.sbatch"] = "#!/bin/bash\n";
        context.files["prep.toml"] = "[vars]\nbase = \"\"\n[task.fetch]\nrun = \"true\"\n";
        context.files["site.toml"] = "[defaults]\naccount = \"a\"\n";
        const auto checked = test::check("README.toml", (*found)[1], context);
        EXPECT_TRUE(checked.workflow) << (*found)[1] << checked.messages();
        EXPECT_EQ(checked.messages(), "");
    }
    EXPECT_GE(count, 6);
}

}  // namespace
}  // namespace sbraid
