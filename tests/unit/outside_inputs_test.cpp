#include "sbraid/outside_inputs.hpp"

#include <gmock/gmock.h>

#include "workflow_fixture.hpp"

namespace sbraid {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> from_outside(const std::string& toml) {
    const auto checked = test::check(toml);
    if (!checked.workflow) return {checked.messages()};
    std::vector<std::string> found;
    for (const OutsideInput& one : inputs_from_outside(*checked.workflow))
        found.push_back(checked.workflow->task(one.task).name + ": " + one.text.text);
    return found;
}

TEST(OutsideInputs, AreThoseThatNoTaskWrites) {
    EXPECT_THAT(from_outside(R"(
[task.a]
inputs = ["data.csv", "conf/*.yaml"]
outputs = ["model.pt", "shards/"]
run = "a"
[task.b]
inputs = ["./model.pt", "shards/7.bin", "modle.pt"]
run = "b"
)"),
                ElementsAre("a: data.csv", "a: conf/*.yaml", "b: modle.pt"));
    EXPECT_THAT(from_outside("[task.a]\nrun = \"a\"\n"), IsEmpty());
}

TEST(OutsideInputs, OneThatIsMissingMayBeAnOutputMisspelt) {
    const auto checked = test::check(R"(
[task.a]
outputs = ["model.pt"]
run = "a"
[task.b]
inputs = ["modle.pt", "data.csv"]
run = "b"
)");
    ASSERT_TRUE(checked.workflow);
    const auto inputs = inputs_from_outside(*checked.workflow);
    ASSERT_EQ(inputs.size(), 2U);
    const Diagnostic misspelt = missing_input(*checked.workflow, inputs[0], "modle.pt");
    EXPECT_EQ(misspelt.message, "the input 'modle.pt' is not there, and no task writes it");
    EXPECT_EQ(misspelt.hint, "did you mean 'model.pt'?");
    EXPECT_EQ(misspelt.place.line, 6U);
    EXPECT_EQ(missing_input(*checked.workflow, inputs[0], "/else/modle.pt").message,
              "'/else/modle.pt' is not there, and no task writes the input 'modle.pt'");
    EXPECT_EQ(missing_input(*checked.workflow, inputs[1], "data.csv").hint,
              "it must be there when the task starts, or be an output of another task");
}

}  // namespace
}  // namespace sbraid
