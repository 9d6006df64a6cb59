#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "fake_slurm.hpp"
#include "plan_fixture.hpp"
#include "sbraid/journal/run_directory.hpp"
#include "submitter.hpp"

namespace sbraid {

inline constexpr const char* k_diamond = R"([task.a]
run = "true"
[task.b]
afterok = ["a"]
run = "true"
[task.c]
afterok = ["a"]
run = "true"
[task.d]
afterok = ["b", "c"]
run = "true"
)";

/// A run of its own in a folder of its own, and a Slurm that has nothing yet.
class RunTest : public testing::Test {
  protected:
    RunTest() {
        char pattern[] = "/tmp/sbraid-submitter-test-XXXXXX";
        folder_ = ::mkdtemp(pattern);
        begin(k_diamond);
        app_.quiet = true;
    }
    void begin(std::string_view tasks) {
        const auto text = std::string("name = \"flow\"\n").append(tasks);
        std::filesystem::remove_all(folder_ + "/run");
        run_ = {};
        run_.plan = plan_of(text);
        run_.dir = run_.plan.run_dir = folder_ + "/run";
        EXPECT_TRUE(create_run_dir(run_.dir));
        EXPECT_TRUE(write_durably(run_.dir + "/workflow.toml", text));
        EXPECT_TRUE(write_durably(run_.dir + "/plan.json", to_json(run_.plan)));
        run_.state = replay(run_.plan, {});
    }
    ~RunTest() override { std::filesystem::remove_all(folder_); }

    tl::expected<void, Failure> submit(Submitter::Settings settings = {}) {
        auto journal = Journal::open({.run_dir = run_.dir, .writer = "test"}).value();
        return Submitter(app_, run_, slurm_, journal, bounds_, settings).submit_all();
    }
    /// As a new process would: the state comes from the file.
    tl::expected<void, Failure> resume() {
        run_ = load_run(run_.dir).value();
        auto journal = Journal::open({.run_dir = run_.dir, .writer = "test2"}).value();
        Submitter submitter(app_, run_, slurm_, journal, bounds_, {});
        if (auto adopted = submitter.adopt(); !adopted) return adopted;
        if (auto learned = submitter.learn(); !learned) return learned;
        return submitter.submit_all();
    }

    std::string folder_;
    FakeClock clock_;
    App app_{.environment = {},
             .clock = clock_,
             .out = Terminal(1, {}, ColourChoice::never),
             .err = Terminal(2, {}, ColourChoice::never)};
    sbraid::Run run_;
    Interrupts interrupts_;
    CallBounds bounds_{.interrupts = &interrupts_};
    FakeSlurm slurm_;
};

}  // namespace sbraid
