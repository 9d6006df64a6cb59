#include "sbraid/up_to_date.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "workflow_fixture.hpp"

namespace sbraid {
namespace {

/// `task<kind:parent…` for each task that is left, with `?` or `,` between, in the order of submission.
std::string left(const std::string& text, const std::vector<std::string>& done) {
    const auto checked = test::check(text);
    if (!checked.workflow) return checked.messages();
    std::vector<bool> flags;
    for (const Task& task : checked.workflow->tasks())
        flags.push_back(std::find(done.begin(), done.end(), task.name) != done.end());
    const Workflow workflow = without(*checked.workflow, flags);
    std::string result;
    for (const TaskIndex index : workflow.topological_order()) {
        const Task& task = workflow.task(index);
        result += (result.empty() ? "" : " ") + task.name;
        const auto word = [&](std::uint32_t edge) {
            return fmt::format("{}:{}", to_string(task.edges[edge].kind),
                               workflow.task(std::get<TaskIndex>(task.edges[edge].parent)).name);
        };
        if (!task.condition) {
            for (std::uint32_t edge = 0; edge < task.edges.size(); ++edge)
                result += (edge == 0 ? "<" : ",") + word(edge);
            continue;
        }
        EXPECT_TRUE(task.condition->groups.empty());
        for (const std::uint32_t edge : task.condition->edges)
            result += (edge == task.condition->edges.front() ? "<"
                       : task.condition->join == Join::any   ? "?"
                                                             : ",") +
                      word(edge);
    }
    return result;
}

constexpr const char* k_chain = R"(
[task.a]
run = "x"
[task.b]
afterok = ["a"]
run = "x"
[task.c]
afterok = ["b"]
run = "x"
[task.alarm]
afternotok = ["b"]
run = "x"
[task.after-alarm]
afterany = ["alarm"]
run = "x"
)";

TEST(Without, WhatIsMetIsGoneAndWhatWaitsForAFailureToo) {
    EXPECT_EQ(left(k_chain, {}), "a b<afterok:a c<afterok:b alarm<afternotok:b after-alarm<afterany:alarm");
    EXPECT_EQ(left(k_chain, {"a"}), "b c<afterok:b alarm<afternotok:b after-alarm<afterany:alarm");
    EXPECT_EQ(left(k_chain, {"a", "b"}), "c after-alarm");
    EXPECT_EQ(left(k_chain, {"a", "b", "c", "after-alarm"}), "");
}

TEST(Without, OfAConditionWhatIsOpenStays) {
    constexpr const char* k_or = R"(
[task.a]
run = "x"
[task.b]
run = "x"
[task.c]
run = "x"
[task.any]
dependency = "afterok:a?afterok:b?afternotok:c"
run = "x"
[task.mixed]
dependency = "(afterok:a?afternotok:b),afterok:c"
run = "x"
)";
    EXPECT_EQ(left(k_or, {"c"}), "a b any<afterok:a?afterok:b mixed<afterok:a?afternotok:b");
    EXPECT_EQ(left(k_or, {"b", "c"}), "a any mixed<afterok:a");
    EXPECT_EQ(left(k_or, {"a"}), "b c any mixed<afterok:c");
}

TEST(Without, AServiceThatNothingNeedsGoesAndAFinalTaskStays) {
    constexpr const char* k_served = R"(
[task.server]
service = true
run = "x"
[task.a]
after = ["server"]
run = "x"
[task.b]
run = "x"
[final.end]
run = "x"
)";
    EXPECT_EQ(left(k_served, {"a"}), "b end<afterany:b");
    EXPECT_EQ(left(k_served, {"b"}), "server a<after:server end<afterany:server,afterany:a");
    EXPECT_EQ(left(k_served, {"a", "b"}), "end");
}

TEST(PathsOf, OneForEachElement) {
    const auto checked = test::check(R"(
[task.m]
matrix = { x = ["a", "b"], y = [1, 2], exclude = [{ x = "b", y = 1 }] }
outputs = ["o/{{x}}{{y}}", "all/", "g-*"]
run = "x"
[task.n]
array = "3,5"
outputs = ["n.%a"]
workdir = "w"
run = "x"
)");
    ASSERT_TRUE(checked.workflow) << checked.messages();
    const auto& tasks = checked.workflow->tasks();
    EXPECT_EQ(
        paths_of(tasks[0], tasks[0].outputs),
        (std::vector<std::string>{"/flows/all/", "/flows/g-*", "/flows/o/a1", "/flows/o/a2", "/flows/o/b2"}));
    EXPECT_EQ(paths_of(tasks[1], tasks[1].outputs),
              (std::vector<std::string>{"/flows/w/n.3", "/flows/w/n.5"}));
}

}  // namespace
}  // namespace sbraid
