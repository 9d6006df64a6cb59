#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "file_system.hpp"
#include "log_file.hpp"
#include "run.hpp"

namespace sbraid {
namespace {

TEST(FileSystem, TheLongestMountPointCounts) {
    constexpr const char* k_mounts =
        "22 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n"
        "30 22 0:40 / /home rw - nfs4 server:/home rw,vers=4.2\n"
        "31 22 0:41 / /home2 rw - tmpfs tmpfs rw\n"
        "32 30 0:42 / /home/my\\040disk rw - lustre mds:/fs rw\n";
    EXPECT_EQ(find_file_system(k_mounts, "/var/x").type, "ext4");
    EXPECT_EQ(find_file_system(k_mounts, "/home/ada").type, "nfs4");
    EXPECT_EQ(find_file_system(k_mounts, "/home2/ada").type, "tmpfs");
    EXPECT_EQ(find_file_system(k_mounts, "/home/my disk/x").type, "lustre");
    EXPECT_TRUE(is_shared_type("nfs4"));
    EXPECT_TRUE(is_shared_type("fuse.ceph"));
    EXPECT_FALSE(is_shared_type("ext4"));
    EXPECT_FALSE(is_shared_type("fuse.encfs"));
}

TEST(LogPath, PutsInWhatSlurmWould) {
    PlannedJob job;
    job.task = "train";
    job.options = {"--job-name=flow.train"};
    job.output = "/logs/%x/%u-%A_%4a-%j-%N-%%.out";
    ElementState element;
    element.element = 7;
    element.status.key = {.job = JobId{12}, .element = 7};
    element.status.raw = JobId{19};
    element.status.nodes = "n[3-4],m1";
    EXPECT_EQ(log_path(job, element, "ada"), "/logs/flow.train/ada-12_0007-19-n3-%.out");
}

TEST(LogPath, ABackslashTurnsReplacementOff) {
    PlannedJob job;
    job.output = "/logs/a\\%j";
    EXPECT_EQ(log_path(job, {}, "ada"), "/logs/a\\%j");
}

TEST(FollowedLog, IsReadFromItsBeginningWhenItWasCut) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), &std::fclose);
    ASSERT_TRUE(file);
    const int fd = ::fileno(file.get());
    ASSERT_EQ(::write(fd, "first attempt\n", 14), 14);
    rewind_if_cut(fd);
    EXPECT_EQ(::lseek(fd, 0, SEEK_CUR), 14);
    ASSERT_EQ(::ftruncate(fd, 3), 0);
    rewind_if_cut(fd);
    EXPECT_EQ(::lseek(fd, 0, SEEK_CUR), 0);
}

SubmissionPlan two_tasks() {
    SubmissionPlan plan;
    plan.run = "flow-20260101T000000-5f3a9c";
    plan.run_dir = "/elsewhere/.sbraid/flow-20260101T000000-5f3a9c";
    plan.jobs.resize(2);
    plan.jobs[0].task = "tokenize";
    plan.jobs[0].array = parse_array_spec("0-3").value();
    plan.jobs[1].task = "train";
    return plan;
}

TEST(FindTasks, UnknownOnesAreUsageErrors) {
    const auto plan = two_tasks();
    const auto unknown = find_tasks(plan, "tokenise");
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().kind, ErrorKind::usage);
    EXPECT_EQ(unknown.error().message, "run flow-20260101T000000-5f3a9c has no task 'tokenise'");
    EXPECT_EQ(unknown.error().hint, "did you mean 'tokenize'?");
    EXPECT_EQ(find_tasks(plan, "quite-another").error().hint,
              "'sbraid status " + plan.run_dir + "' shows the tasks")
        << "where the id would not be found";
    EXPECT_EQ(find_tasks(plan, "tokenize[9]").error().message, "task 'tokenize' has no element 9");
    EXPECT_EQ(find_tasks(plan, "train[0]").error().message, "task 'train' has no element 0");
    EXPECT_EQ(find_tasks(plan, "train[lr=1]").error().message, "task 'train' is no matrix");
}

}  // namespace
}  // namespace sbraid
