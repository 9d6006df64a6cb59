#include <gtest/gtest.h>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <map>
#include <random>

#include "workflow_fixture.hpp"

namespace sbraid {
namespace {

/// `parent` by name for each edge that the limits made.
std::vector<std::string> turns(const Workflow& workflow, const std::string& name) {
    std::vector<std::string> parents;
    for (const Task& task : workflow.tasks()) {
        if (task.name != name) continue;
        for (const Edge& edge : task.edges)
            if (edge.origin == EdgeOrigin::limit)
                parents.push_back(workflow.task(std::get<TaskIndex>(edge.parent)).name);
    }
    return parents;
}

using Names = std::vector<std::string>;

TEST(Limits, AreKeptByEdges) {
    const auto checked = test::check(R"(
[limits]
jobs = 2
[task.a]
run = "a"
time = 10
[task.b]
run = "b"
time = 30
[task.c]
run = "c"
time = 5
[task.d]
run = "d"
time = 5
)");
    ASSERT_TRUE(checked.workflow) << checked.messages();
    EXPECT_EQ(turns(*checked.workflow, "a"), Names{});
    EXPECT_EQ(turns(*checked.workflow, "b"), Names{});
    EXPECT_EQ(turns(*checked.workflow, "c"), Names{"a"});  // b takes longer
    EXPECT_EQ(turns(*checked.workflow, "d"), Names{"c"});
}

TEST(Limits, ADependencyThatIsThereIsEnough) {
    const auto checked = test::check(R"(
[limits]
jobs = 1
[task.a]
run = "a"
[task.b]
afterok = ["a"]
run = "b"
)");
    ASSERT_TRUE(checked.workflow) << checked.messages();
    EXPECT_EQ(turns(*checked.workflow, "b"), Names{});
}

TEST(Limits, CountGpusAndCategories) {
    const auto checked = test::check(R"(
[limits]
gpus = 8
category.net = 1
[task.big]
run = "x"
nodes = 2
gres = "gpu:h100:4"
[task.small]
run = "x"
gpus = 1
[task.get1]
run = "x"
category = "net"
[task.get2]
run = "x"
category = "net"
[task.free]
run = "x"
)");
    ASSERT_TRUE(checked.workflow) << checked.messages();
    EXPECT_EQ(turns(*checked.workflow, "small"), Names{"big"});
    EXPECT_EQ(turns(*checked.workflow, "get2"), Names{"get1"});
    EXPECT_EQ(turns(*checked.workflow, "free"), Names{});
}

TEST(Limits, LowerTheLimitOfAnArray) {
    const auto checked = test::check(R"(
[limits]
gpus = 8
[task.sweep]
run = "x"
array = "0-99"
gpus = 2
[task.few]
run = "x"
array = "0-99%2"
gpus = 2
)");
    ASSERT_TRUE(checked.workflow) << checked.messages();
    EXPECT_EQ(checked.workflow->tasks()[0].array->limit, 4U);
    EXPECT_EQ(checked.workflow->tasks()[1].array->limit, 2U);
    EXPECT_EQ(turns(*checked.workflow, "few").size() + turns(*checked.workflow, "sweep").size(), 1U);
}

TEST(Limits, OfATaskThatWaitsForAnyOfItsParentsAreMetAsWell) {
    const auto checked = test::check(R"(
[limits]
category.net = 1
[task.a]
run = "x"
[task.b]
run = "x"
[task.first]
run = "x"
category = "net"
time = 300
[task.second]
dependency = "afterok:a?afterok:b"
run = "x"
category = "net"
)");
    ASSERT_TRUE(checked.workflow) << checked.messages();
    EXPECT_EQ(turns(*checked.workflow, "second"), Names{"first"});
    const auto& condition = checked.workflow->tasks()[3].condition;
    ASSERT_TRUE(condition);
    EXPECT_EQ(condition->join, Join::all);
    EXPECT_EQ(condition->edges.size(), 1U);
    EXPECT_EQ(condition->groups.size(), 1U);
}

/// Slurm as far as edges go: tasks start and end in any order that the edges allow, fail at random, and what
/// has become impossible is gone at once.
class World {
  public:
    World(const Workflow& workflow, std::uint32_t seed)
        : tasks_(workflow.tasks()), random_(seed), states_(tasks_.size(), State::pending) {}

    /// False when it stands still before everything has ended.
    template <class Look>
    bool run(const Look& look) {
        for (;;) {
            while (drop_what_is_dead()) {
            }
            std::vector<std::uint32_t> moves;
            bool all_ended = true;
            for (std::uint32_t task = 0; task < tasks_.size(); ++task) {
                all_ended = all_ended && has_ended(task);
                if (states_[task] == State::running || (states_[task] == State::pending && is_ready(task)))
                    moves.push_back(task);
            }
            if (all_ended) return true;
            if (moves.empty()) return false;
            move(moves[random_() % moves.size()]);
            look(*this);
        }
    }
    [[nodiscard]] std::string what_waits() const {
        std::string text;
        for (std::uint32_t task = 0; task < tasks_.size(); ++task) {
            if (states_[task] != State::pending) continue;
            text += tasks_[task].name;
            for (const Edge& edge : tasks_[task].edges)
                if (!is_met(edge))
                    text += fmt::format(" {}:{}", to_string(edge.kind),
                                        tasks_[std::get<TaskIndex>(edge.parent).value].name);
            text += '\n';
        }
        return text;
    }
    [[nodiscard]] bool is_running(std::uint32_t task) const { return states_[task] == State::running; }

  private:
    enum class State : std::uint8_t { pending, running, good, bad, skipped };

    void move(std::uint32_t task) {
        if (states_[task] == State::pending)
            states_[task] = State::running;
        else
            states_[task] = random_() % 4 == 0 ? State::bad : State::good;
    }
    [[nodiscard]] bool has_ended(std::uint32_t task) const {
        return states_[task] != State::pending && states_[task] != State::running;
    }
    [[nodiscard]] bool is_met(const Edge& edge) const {
        const std::uint32_t parent = std::get<TaskIndex>(edge.parent).value;
        switch (edge.kind) {
            case EdgeKind::afterok:
                return states_[parent] == State::good;
            case EdgeKind::afternotok:
                return states_[parent] == State::bad || states_[parent] == State::skipped;
            case EdgeKind::after:
                return states_[parent] != State::pending;
            case EdgeKind::afterany:
            case EdgeKind::aftercorr:
                break;
        }
        return has_ended(parent);
    }
    [[nodiscard]] bool is_ready(std::uint32_t task) const {
        const auto& edges = tasks_[task].edges;
        return std::all_of(edges.begin(), edges.end(), [this](const Edge& edge) { return is_met(edge); });
    }
    /// False when nothing was.
    bool drop_what_is_dead() {
        bool found = false;
        for (std::uint32_t task = 0; task < tasks_.size(); ++task) {
            for (const Edge& edge : tasks_[task].edges) {
                if (states_[task] != State::pending || is_met(edge) ||
                    !has_ended(std::get<TaskIndex>(edge.parent).value))
                    continue;
                states_[task] = State::skipped;
                found = true;
            }
        }
        return found;
    }

    const std::vector<Task>& tasks_;
    std::mt19937 random_;
    std::vector<State> states_;
};

std::string random_workflow(std::mt19937& random, std::uint32_t tasks) {
    constexpr std::array k_kinds{"afterok", "afterany", "afternotok", "after"};
    std::string text = "[limits]\njobs = 5\ngpus = 6\ncategory.x = 2\n";
    for (std::uint32_t task = 0; task < tasks; ++task) {
        text += fmt::format("[task.t{}]\nrun = \"x\"\ntime = {}\ngpus = {}\n", task, 1 + random() % 50,
                            1 + random() % 4);
        if (random() % 3 == 0) text += "category = \"x\"\n";
        std::map<std::string, std::vector<std::string>> parents;
        for (std::uint32_t i = task == 0 ? 0 : random() % 4; i > 0; --i) {
            const std::uint32_t kind = random() % 8;
            parents[k_kinds.at(kind < 4 ? kind : 0)].push_back(fmt::format("\"t{}\"", random() % task));
        }
        for (const auto& [kind, names] : parents)
            text += fmt::format("{} = [{}]\n", kind, fmt::join(names, ", "));
    }
    return text;
}

TEST(Limits, AreNeverExceededWhateverFailsAndHoweverLongItTakes) {
    std::mt19937 random(20);
    std::uint32_t checked_worlds = 0;
    for (int round = 0; round < 150; ++round) {
        const auto checked = test::check(random_workflow(random, 40));
        if (!checked.workflow) {
            ASSERT_NE(checked.messages().find("to succeed and to fail"), std::string::npos)
                << checked.messages();
            continue;
        }
        const auto& tasks = checked.workflow->tasks();
        for (std::uint32_t seed = 0; seed < 10; ++seed) {
            World world{*checked.workflow, seed};
            ++checked_worlds;
            const bool ended = world.run([&](const World& now) {
                std::uint64_t jobs = 0;
                std::uint64_t gpus = 0;
                std::uint64_t x = 0;
                for (std::uint32_t task = 0; task < tasks.size(); ++task) {
                    if (!now.is_running(task) || tasks[task].turnstile) continue;
                    jobs += 1;
                    gpus += std::stoul(*tasks[task].option("gpus")->value);
                    x += tasks[task].category.empty() ? 0U : 1U;
                }
                ASSERT_LE(jobs, 5U);
                ASSERT_LE(gpus, 6U);
                ASSERT_LE(x, 2U);
            });
            ASSERT_TRUE(ended) << "round " << round << " seed " << seed << "\n" << world.what_waits();
            ASSERT_FALSE(HasFatalFailure()) << "round " << round << " seed " << seed;
        }
    }
    EXPECT_GT(checked_worlds, 300U);
}

TEST(Limits, OfManyTasksTakeFewEdges) {
    std::string text = "[limits]\njobs = 20\n";
    for (int task = 0; task < 5000; ++task) {
        text += fmt::format("[task.t{}]\nrun = \"x\"\n", task);
        if (task >= 1000) text += fmt::format("afterok = [\"t{}\"]\n", task - 1000);
    }
    const auto checked = test::check(text);
    ASSERT_TRUE(checked.workflow) << checked.messages();
    std::size_t edges = 0;
    for (const Task& task : checked.workflow->tasks()) edges += task.edges.size();
    EXPECT_LT(edges, 100'000U);
}

}  // namespace
}  // namespace sbraid
