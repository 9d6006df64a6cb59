// The locks between commands: who holds them, who inherits them, who waits.

#include <gmock/gmock.h>
#include <filesystem>
#include <fstream>
#include <thread>

#include "io/file_lock.hpp"
#include "io/process.hpp"
#include "lock_wait.hpp"
#include "run_fixture.hpp"

namespace sbraid {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

using LockTest = RunTest;

TEST_F(LockTest, TheRunLockLivesOnInTheSbatchThatAKilledSubmitterLeavesBehind) {
    std::optional<RunLock> lock = RunLock::acquire(run_.dir, milliseconds(0)).value();
    std::thread sbatch([&, fd = lock->fd()] {
        std::ignore =
            run_process({.argv = {"/bin/sh", "-c",
                                  "cd '" + folder_ + "'; : >begun; while [ ! -e go ]; do sleep 0.02; done"},
                         .environment = {"PATH=/usr/bin:/bin"},
                         .input = {},
                         .timeout = std::chrono::seconds(60),
                         .inherit_fd = fd});
    });
    const auto has_begun = [&] { return std::filesystem::exists(folder_ + "/begun"); };
    for (int i = 0; i < 3000 && !has_begun(); ++i) std::this_thread::sleep_for(milliseconds(10));
    EXPECT_TRUE(has_begun());
    lock.reset();  // as kill -9 would
    EXPECT_TRUE(is_run_locked(run_.dir));
    EXPECT_FALSE(RunLock::acquire(run_.dir, milliseconds(0)));
    std::ofstream(folder_ + "/go").close();
    sbatch.join();
    EXPECT_FALSE(is_run_locked(run_.dir));
    EXPECT_TRUE(wait_for_run_lock(app_, run_.dir, std::chrono::seconds(0)));
}

TEST_F(LockTest, ARunThatCannotBeLockedIsNotWaitedFor) {
    app_.quiet = false;
    testing::internal::CaptureStderr();
    const auto lock = wait_for_run_lock(app_, folder_ + "/none", std::chrono::hours(1));
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << "nobody is at it";
    ASSERT_FALSE(lock);
    EXPECT_THAT(lock.error().message, HasSubstr("/none"));
}

TEST_F(LockTest, ARunThatSomebodyIsAtIsWaitedForAndThatIsSaid) {
    const auto held = RunLock::acquire(run_.dir, milliseconds(0)).value();
    app_.quiet = false;
    testing::internal::CaptureStderr();
    const auto lock = wait_for_run_lock(app_, run_.dir, std::chrono::seconds(0));
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("another sbraid is submitting this run"));
    ASSERT_FALSE(lock);
    EXPECT_THAT(lock.error().message, HasSubstr("another sbraid is submitting jobs of the run"));
}

TEST_F(LockTest, AFileIsLockedByOneAtATime) {
    const auto path = run_.dir + "/workflow.toml";
    std::optional<FileLock> first = FileLock::acquire(path, milliseconds(0)).value();
    EXPECT_TRUE(first->held());
    const auto second = FileLock::acquire(path, milliseconds(0));
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message, HasSubstr("is under way"));
    std::thread later([&] { first.reset(); });
    EXPECT_TRUE(FileLock::acquire(path, std::chrono::seconds(60))->held());
    later.join();
}

TEST_F(LockTest, AFileThatIsNotThereIsNotLocked) {
    EXPECT_FALSE(FileLock::acquire(folder_ + "/none", milliseconds(0))->held());
}

}  // namespace
}  // namespace sbraid
