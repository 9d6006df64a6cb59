#include "sbraid/named_tasks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include "plan_fixture.hpp"

namespace sbraid {
namespace {

using ::testing::ElementsAre;

/// `task.part[slurm,…]` for each job that is named, or what is wrong.
std::vector<std::string> named(std::string_view toml, std::string_view text) {
    const SubmissionPlan plan = plan_of(toml);
    const auto found = tasks_named(plan, text);
    if (!found) return {found.error().message};
    std::vector<std::string> names;
    for (const NamedJob& one : *found) {
        names.push_back(plan.jobs.at(one.job.value).name());
        if (!one.elements.empty()) names.back() += fmt::format("[{}]", fmt::join(one.elements, ","));
    }
    return names;
}

constexpr std::string_view k_cut = R"(
[task.a]
run = "a"
array = "0-1500"
)";

TEST(NamedElements, OfACutTaskAreThoseOfTheTask) {
    EXPECT_THAT(named(k_cut, "a"), ElementsAre("a.1", "a.2"));
    EXPECT_THAT(named(k_cut, "a[7]"), ElementsAre("a.1[7]"));
    EXPECT_THAT(named(k_cut, "a[999-1002]"), ElementsAre("a.1[999,1000]", "a.2[0,1]"));
    EXPECT_THAT(named(k_cut, "a[1499-1501]"), ElementsAre("task 'a' has no element 1501"));
    EXPECT_THAT(named(k_cut, "a[0-3999999]"), ElementsAre("task 'a' has no element 1501"));
}

constexpr std::string_view k_matrix = R"(
[task.train]
run = "{{lr}} {{seed}}"
matrix = { lr = ["1e-4", "3e-4"], seed = [1, 2, 3] }
[task.eval]
aftercorr = ["train"]
run = "e"
)";

TEST(NamedElements, OfASliceAreAllThatHaveTheValues) {
    EXPECT_THAT(named(k_matrix, "train[lr=3e-4]"), ElementsAre("train[3,4,5]"));
    EXPECT_THAT(named(k_matrix, "eval[seed=2]"), ElementsAre("eval[1,4]"));
    EXPECT_THAT(named(k_matrix, "*[lr=1e-4,seed=3]"), ElementsAre("train[2]", "eval[2]"));
    EXPECT_EQ(named(k_matrix, "train[lr=7]").front().substr(0, 14), "task 'train': ");
}

}  // namespace
}  // namespace sbraid
