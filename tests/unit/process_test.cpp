#include "io/process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "io/clock.hpp"
#include "io/unique_fd.hpp"

namespace sbraid {
namespace {

ProcessRequest shell(const std::string& text) {
    return {
        .argv = {"/bin/sh", "-c", text}, .environment = {"PATH=/usr/bin:/bin", "GREETING=hi"}, .input = {}};
}

/// Runs into its timeout, longer each time, until it had the time to say something before: how soon a process
/// starts is the machine's affair.
ProcessResult timed_out_after_it_spoke(ProcessRequest request) {
    for (request.timeout = std::chrono::milliseconds(100);; request.timeout *= 4) {
        auto result = run_process(request);
        if (result.end != ProcessResult::End::timed_out || !result.out.empty()) return result;
    }
}

TEST(Process, GivesOutputErrorAndExitCode) {
    const auto result = run_process(shell("echo out; echo err >&2; exit 7"));
    EXPECT_EQ(result.end, ProcessResult::End::exited);
    EXPECT_EQ(result.status, 7);
    EXPECT_EQ(result.out, "out\n");
    EXPECT_EQ(result.err, "err\n");
    EXPECT_FALSE(result.ok());
}

TEST(Process, HasOnlyTheEnvironmentThatItIsGiven) {
    ASSERT_EQ(::setenv("SBRAID_TEST_LEAK", "1", 1), 0);
    const auto result = run_process(shell("echo \"$GREETING-$SBRAID_TEST_LEAK\""));
    EXPECT_EQ(result.out, "hi-\n");
}

TEST(Process, ReadsItsInputWhole) {
    auto request = shell("wc -c");
    request.input = std::string(3'000'000, 'x');
    EXPECT_EQ(run_process(request).out, "3000000\n");
}

TEST(Process, AChildThatDoesNotReadItsInputHurtsNobody) {
    auto request = shell("exit 0");
    request.input = std::string(3'000'000, 'x');
    EXPECT_TRUE(run_process(request).ok());
}

TEST(Process, OutputIsCutAtItsLimit) {
    auto request = shell("head -c 100000 /dev/zero");
    request.max_output = 1000;
    const auto result = run_process(request);
    EXPECT_TRUE(result.ok());
    EXPECT_EQ(result.out.size(), 1000U);
    EXPECT_TRUE(result.cut);
}

TEST(Process, IsKilledWithItsChildrenAtItsTimeout) {
    const auto result = timed_out_after_it_spoke(shell("sleep 1000 & echo $!; wait"));
    ASSERT_EQ(result.end, ProcessResult::End::timed_out);
    const auto grandchild = static_cast<pid_t>(std::stol(result.out));
    // The grandchild is reaped by init; until then it is a zombie, which kill() still finds.
    bool gone = false;
    for (int i = 0; i < 6000 && !gone; ++i) {
        gone = ::kill(grandchild, 0) != 0;
        if (!gone) {
            const auto state =
                run_process(shell("sed 's/.*) //' /proc/" + std::to_string(grandchild) + "/stat"));
            gone = state.out.empty() || state.out.front() == 'Z';
        }
        if (!gone) ::usleep(10'000);
    }
    EXPECT_TRUE(gone);
}

TEST(Process, IsKilledWhenItDoesNotMindBeingToldToEnd) {
    const auto result = timed_out_after_it_spoke(shell("trap '' TERM; sleep 1000 & echo told; wait; wait"));
    EXPECT_EQ(result.end, ProcessResult::End::timed_out);
    EXPECT_EQ(result.out, "told\n");
}

TEST(Process, ASignalToUsEndsIt) {
    Interrupts interrupts;
    auto request = shell("echo done; kill -INT " + std::to_string(::getpid()) + "; sleep 1000");
    request.interrupts = &interrupts;
    request.last_words = std::chrono::milliseconds(300);
    const auto result = run_process(request);
    EXPECT_EQ(result.end, ProcessResult::End::interrupted);
    EXPECT_EQ(result.out, "done\n");
    EXPECT_TRUE(interrupts.requested());
}

TEST(Process, ASignalToUsLeavesTimeForLastWords) {
    Interrupts interrupts;
    auto request = shell("kill -INT " + std::to_string(::getpid()) + "; sleep 0.2; echo done");
    request.interrupts = &interrupts;
    request.last_words = std::chrono::seconds(100);
    const auto result = run_process(request);
    EXPECT_TRUE(result.ok());
    EXPECT_EQ(result.out, "done\n");
}

TEST(Process, ASignalThatTheCallerDoesNotWatchIsPassedOn) {
    Interrupts outer;
    const auto result =
        run_process(shell("echo $$; kill -TERM " + std::to_string(::getpid()) + "; exec sleep 1000"));
    ASSERT_EQ(result.end, ProcessResult::End::interrupted);
    EXPECT_NE(::kill(static_cast<pid_t>(std::stol(result.out)), 0), 0);
    EXPECT_TRUE(outer.requested());
}

TEST(Process, SaysOnceThatItTakesItsTime) {
    std::string folder = (std::filesystem::temp_directory_path() / "sbraid-process-XXXXXX").string();
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    const std::string heard = folder + "/heard";
    int said = 0;
    auto request = shell("while [ ! -e " + heard + " ]; do sleep 0.02; done; sleep 0.2");
    request.timeout = std::chrono::seconds(60);
    request.patience = std::chrono::milliseconds(50);
    request.on_silence = [&] {
        ++said;
        std::ofstream(heard).close();
    };
    EXPECT_TRUE(run_process(request).ok());
    EXPECT_EQ(said, 1);
    std::filesystem::remove_all(folder);
}

TEST(Interrupts, ASignalThatIsIgnoredStaysSo) {
    ASSERT_NE(::signal(SIGHUP, SIG_IGN), SIG_ERR);
    Interrupts interrupts;
    EXPECT_EQ(::kill(::getpid(), SIGHUP), 0);
    EXPECT_FALSE(interrupts.requested());
    EXPECT_NE(::signal(SIGHUP, SIG_DFL), SIG_ERR);
}

TEST(Process, EndsWhenTheProcessDoesEvenIfAGrandchildKeepsThePipes) {
    auto request = shell("sleep 1000 & echo $!");
    request.timeout = std::chrono::seconds(100);
    const auto result = run_process(request);
    EXPECT_EQ(result.end, ProcessResult::End::exited);
    ::kill(static_cast<pid_t>(std::stol(result.out)), SIGKILL);
}

TEST(Process, TellsTheSignalThatKilledIt) {
    const auto result = run_process(shell("kill -9 $$"));
    EXPECT_EQ(result.end, ProcessResult::End::signalled);
    EXPECT_EQ(result.status, SIGKILL);
}

TEST(Process, AProgramThatIsNotThereIsNotStarted) {
    const auto result = run_process({.argv = {"/no/such/program"}, .environment = {}, .input = {}});
    EXPECT_EQ(result.end, ProcessResult::End::not_started);
    EXPECT_EQ(result.status, ENOENT);
}

TEST(Process, InheritsTheOneDescriptorThatItIsTold) {
    int pipes[2];
    ASSERT_EQ(::pipe2(pipes, O_CLOEXEC), 0);
    const UniqueFd read_end(pipes[0]);
    UniqueFd write_end(pipes[1]);
    auto request = shell("ls /proc/self/fd | tr '\\n' ' '; echo here >&" + std::to_string(write_end.get()));
    request.inherit_fd = write_end.get();
    ASSERT_TRUE(run_process(request).ok());
    write_end.reset();
    char buffer[16] = {};
    EXPECT_EQ(::read(read_end.get(), buffer, sizeof buffer), 5);
    EXPECT_STREQ(buffer, "here\n");
}

TEST(Processes, AllRunAndAreReportedOnce) {
    std::vector<int> seen(20, 0);
    run_processes(
        20, 4, [](std::size_t i) { return shell("exit " + std::to_string(i)); },
        [&](std::size_t i, const ProcessResult& result) {
            EXPECT_EQ(result.status, static_cast<int>(i));
            ++seen[i];
            return true;
        });
    EXPECT_EQ(seen, std::vector<int>(20, 1));
}

TEST(Processes, AfterFalseNoMoreStartButThoseUnderWayAreReported) {
    std::size_t started = 0;
    std::size_t ended = 0;
    run_processes(
        20, 4,
        [&](std::size_t i) {
            ++started;
            return shell(i == 0 ? "exit 0" : "sleep 0.2");
        },
        [&](std::size_t, const ProcessResult&) {
            ++ended;
            return false;
        });
    EXPECT_EQ(started, 4U);
    EXPECT_EQ(ended, 4U);
}

}  // namespace
}  // namespace sbraid
