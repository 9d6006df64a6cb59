#include "sbraid/lint.hpp"

#include <gtest/gtest.h>

#include "workflow_fixture.hpp"

namespace sbraid {
namespace {

std::string warnings(const std::string& text) {
    const auto checked = test::check(text);
    if (!checked.workflow) return checked.messages();
    std::string result;
    for (const Diagnostic& warning : lint(*checked.workflow)) {
        EXPECT_EQ(warning.severity, Severity::warning);
        result += std::to_string(warning.place.line) + ": " + warning.message + "\n";
    }
    return result;
}

TEST(Lint, ATaskWithoutAnEdgeAmongOthersThatHaveSome) {
    EXPECT_EQ(warnings(R"(
[defaults]
time = 5
[task.a]
run = "x"
[task.b]
afterok = ["a"]
run = "x"
[task.alone]
run = "x"
[final.end]
run = "x"
)"),
              "9: nothing waits for task 'alone', and it waits for nothing\n");
    EXPECT_EQ(warnings("[defaults]\ntime = 5\n[task.a]\nrun = \"x\"\n[task.b]\nrun = \"x\"\n"), "");
}

TEST(Lint, AServiceNeedsNoEdgeAndNeitherDoesAFinalTask) {
    EXPECT_EQ(warnings(R"(
[defaults]
time = 5
[task.a]
run = "x"
[task.b]
afterok = ["a"]
run = "x"
[task.server]
service = true
run = "x"
[final.end]
run = "x"
)"),
              "");
}

TEST(Lint, AGpuPartitionWithoutAGpu) {
    EXPECT_EQ(warnings(R"(
[defaults]
partition = "GPU-long"
time = 5
[task.a]
run = "x"
[task.b]
run = "x"
gpus = 1
[task.c]
run = "x"
[task.d]
run = "x"
gres = "shard:2"
[task.e]
run = "x"
partition = "gpu,cpu"
)"),
              "3: task 'a' goes to partition 'GPU-long' and asks for no GPU\n");
}

TEST(Lint, NoTimeLimit) {
    EXPECT_EQ(warnings("[task.a]\nrun = \"x\"\n"), "1: no time limit for task 'a'\n");
    EXPECT_EQ(warnings("[task.a]\nrun = \"x\"\n[task.b]\nrun = \"x\"\n[task.c]\nrun = \"x\"\n"),
              "1: no time limit for task 'a' and 2 others\n");
}

TEST(Lint, AnEdgeThatSaysNothingMore) {
    EXPECT_EQ(warnings(R"(
[defaults]
time = 5
[task.a]
run = "x"
[task.b]
afterok = ["a"]
run = "x"
[task.c]
afterok = ["b"]
run = "x"
[task.d]
afterok = [
  "c",
  "a",
]
run = "x"
[task.e]
afterok = ["c"]
afternotok = ["b"]
run = "x"
)"),
              "15: task 'd' waits for 'a' anyway, by way of 'c'\n");
}

TEST(Lint, AnEdgeByAnotherWayThanSuccessIsNotRedundant) {
    EXPECT_EQ(warnings(R"(
[defaults]
time = 5
[task.a]
run = "x"
[task.b]
afterany = ["a"]
run = "x"
[task.c]
afterok = ["a", "b"]
run = "x"
)"),
              "");
}

/// The same with two tasks, `a` and `b`, that write these.
std::string warnings_of_outputs(const std::string& a, const std::string& b, const std::string& more = {}) {
    return warnings("[defaults]\ntime = 5\n[task.a]\noutputs = [\"" + a +
                    "\"]\nrun = \"x\"\n[task.b]\noutputs = [\"" + b + "\"]\nrun = \"x\"\n" + more);
}

TEST(Lint, TwoTasksThatMayWriteOneFileAtATime) {
    EXPECT_EQ(warnings_of_outputs("out/", "out/a.txt"),
              "7: the output 'out/a.txt' of 'b' may also be written by 'a', as 'out/', and neither waits for "
              "the other\n");
    EXPECT_EQ(warnings_of_outputs("a.txt", "./*.txt"),
              "7: the output './*.txt' of 'b' may also be written by 'a', as 'a.txt', and neither waits for "
              "the other\n");
    EXPECT_EQ(warnings_of_outputs("*.txt", "*.txt"),
              "7: the output '*.txt' of 'b' is also one of 'a', and neither waits for the other\n");
    EXPECT_EQ(warnings_of_outputs("*.txt", "*.bin"), "");
    EXPECT_EQ(warnings_of_outputs("out/", "out-2/a"), "");
    EXPECT_EQ(warnings_of_outputs("out/", "out/"), "") << "for the files of many";
    EXPECT_EQ(warnings_of_outputs("out/", "out/b/"), "");
}

TEST(Lint, OutputsOfTasksThatComeOneAfterTheOtherAreTheirOwnAffair) {
    const auto ordered = [](const std::string& edge) {
        return warnings_of_outputs("out/", "out/a.txt",
                                   edge + " = [\"m\"]\n[task.m]\nrun = \"x\"\n" + edge + " = [\"a\"]\n");
    };
    EXPECT_EQ(ordered("afterok"), "");
    EXPECT_EQ(ordered("afterany"), "");
    EXPECT_NE(ordered("after"), "") << "the start of the one is not its end";
    EXPECT_EQ(warnings("[defaults]\ntime = 5\n[task.a]\noutputs = [\"out/\"]\nrun = \"x\"\n"
                       "[final.z]\noutputs = [\"out/a.txt\"]\nrun = \"x\"\n"),
              "");
}

TEST(Lint, OfTwoTasksThatExcludeEachOtherOnlyOneWrites) {
    const auto branches = [](const std::string& one, const std::string& other) {
        return warnings("[defaults]\ntime = 5\n[task.p]\nrun = \"x\"\n[task.a]\n" + one +
                        " = [\"p\"]\noutputs = [\"out/\"]\nrun = \"x\"\n[task.b]\n" + other +
                        " = [\"p\"]\noutputs = [\"out/a.txt\"]\nrun = \"x\"\n");
    };
    EXPECT_EQ(branches("afterok", "afternotok"), "");
    EXPECT_NE(branches("afterok", "afterany"), "");
}

}  // namespace
}  // namespace sbraid
