#include "spank/cgroup_path.hpp"

#include <gtest/gtest.h>

#include "spank/node_name.hpp"

namespace sbraid::cgroup {
namespace {

constexpr std::string_view k_v1 = "/slurm/uid_1000/job_12/step_0/task_3";
constexpr std::string_view k_v1_node = "/deep/er/slurm_n1/uid_0/job_2/step_batch/task_0";
constexpr std::string_view k_v2 = "/system.slice/slurmstepd.scope/job_12/step_0/user/task_3";
constexpr std::string_view k_v2_node = "/system.slice/n1_slurmstepd.scope/sABCDEF0123/step_extern/slurm";

TEST(CgroupWayOut, OfV1IsBesideSlurmsFolder) {
    EXPECT_EQ(way_out(k_v1)->parent, "");
    EXPECT_FALSE(way_out(k_v1)->is_scope);
    EXPECT_EQ(way_out(k_v1_node)->parent, "/deep/er");
    EXPECT_EQ(way_out("/slurm/uid_0/job_1")->parent, "");
}

TEST(CgroupWayOut, OfV2IsTheScopeWhateverTheJobIsCalled) {
    EXPECT_EQ(way_out(k_v2)->parent, "/system.slice/slurmstepd.scope");
    EXPECT_TRUE(way_out(k_v2)->is_scope);
    EXPECT_EQ(way_out(k_v2_node)->parent, "/system.slice/n1_slurmstepd.scope");
}

TEST(CgroupWayOut, IsNotNeededOutsideOfAJob) {
    for (const std::string_view path :
         {"", "/", "/user.slice/session.scope", "/slurm", "/slurm/system", "/slurm/uid_0",
          "/system.slice/slurmstepd.scope", "/system.slice/slurmstepd.scope/system", "/uid_x/job_1",
          "/docker/job_1"})
        EXPECT_FALSE(way_out(path)) << path;
}

TEST(CgroupPath, NamesTheJobAndTheStep) {
    EXPECT_EQ(job_of(k_v1), "/slurm/uid_1000/job_12");
    EXPECT_EQ(step_of(k_v1), "/slurm/uid_1000/job_12/step_0");
    EXPECT_EQ(job_of(k_v2_node), "/system.slice/n1_slurmstepd.scope/sABCDEF0123");
    EXPECT_EQ(step_of(k_v2_node), "/system.slice/n1_slurmstepd.scope/sABCDEF0123/step_extern");
    EXPECT_EQ(step_of("/slurm/uid_1000/job_12"), "");
    EXPECT_EQ(job_of("/user.slice"), "");
}

TEST(CgroupPath, NamesTheTaskOfBothVersions) {
    EXPECT_EQ(task_of(k_v1), 3U);
    EXPECT_EQ(task_of(k_v2), 3U);
    EXPECT_EQ(task_of("/slurm/uid_0/job_1/step_0/task_4294967295"), 4294967295U);
    for (const std::string_view path :
         {"/slurm/uid_0/job_1/step_0", "/slurm/uid_0/job_1/step_0/task_", "/slurm/uid_0/job_1/step_0/task_x",
          "/slurm/uid_0/job_1/step_0/task_special", "/slurm/uid_0/job_1/step_0/task_4294967296",
          "/slurm/uid_0/job_1/task_1", "/task_1"})
        EXPECT_FALSE(task_of(path)) << path;
}

TEST(CgroupPath, IsNotFooledByGroupsThatAUserMakesBelowTheTask) {
    EXPECT_EQ(task_of("/slurm/uid_0/job_1/step_0/task_1/uid_5/job_9/step_3/task_7"), 1U);
    EXPECT_EQ(step_of("/slurm/uid_0/job_1/step_0/task_1/uid_5/job_9/step_3"), "/slurm/uid_0/job_1/step_0");
    EXPECT_EQ(way_out("/slurm/uid_0/job_1/step_0/task_1/x_slurmstepd.scope/y")->parent, "");
}

TEST(CgroupMembership, LinesAreTakenOneByOneAndMalformedOnesSkipped) {
    std::string_view text = "4:memory:/a\nnonsense\n1:cpu,cpuacct:/b:c\n9:name=systemd:/\n0::/d";
    auto line = next_membership(text);
    EXPECT_EQ(line->controllers, "memory");
    EXPECT_EQ(line->path, "/a");
    line = next_membership(text);
    EXPECT_TRUE(has_controller(line->controllers, "cpuacct"));
    EXPECT_FALSE(has_controller(line->controllers, "cpuac"));
    EXPECT_EQ(line->path, "/b:c");
    EXPECT_EQ(next_membership(text)->controllers, "name=systemd");
    line = next_membership(text);
    EXPECT_EQ(line->controllers, "");
    EXPECT_EQ(line->path, "/d");
    EXPECT_FALSE(next_membership(text));
}

constexpr std::string_view k_mountinfo =
    "22 1 0:20 / /proc rw - proc proc rw\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 /docker/x /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup systemd rw,xattr,name=systemd\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";

TEST(CgroupMount, IsFoundByItsControllers) {
    EXPECT_EQ(find_mount(k_mountinfo, "cpu,cpuacct")->point, "/sys/fs/cgroup/cpu,cpuacct");
    EXPECT_EQ(find_mount(k_mountinfo, "memory")->root, "/docker/x");
    EXPECT_EQ(find_mount(k_mountinfo, "name=systemd")->point, "/sys/fs/cgroup/systemd");
    EXPECT_EQ(find_mount(k_mountinfo, "")->point, "/sys/fs/cgroup/unified");
    EXPECT_FALSE(find_mount(k_mountinfo, "freezer"));
    EXPECT_FALSE(find_mount("", ""));
    EXPECT_FALSE(find_mount("1 2 3", "cpu"));
}

TEST(CgroupMount, TakesOffWhatTheMountStandsFor) {
    EXPECT_EQ(below("/", "/slurm/x"), "/slurm/x");
    EXPECT_EQ(below("/", ""), "");
    EXPECT_EQ(below("/docker/x", "/docker/x/slurm"), "/slurm");
    EXPECT_EQ(below("/docker/x", "/docker/x"), "");
    EXPECT_FALSE(below("/docker/x", "/docker/xy"));
    EXPECT_FALSE(below("/docker/x", "/other"));
}

TEST(NodeName, IsInTheNameOfSlurmstepdsSocket) {
    using spank::node_of_socket;
    EXPECT_EQ(node_of_socket("/var/spool/slurmd/n1_12.0", 12), "n1");
    EXPECT_EQ(node_of_socket("/var/spool/slurmd/a_12.b_12.4294967291", 12), "a_12.b");
    EXPECT_EQ(node_of_socket("/var/spool/slurmd/n1_12.0.1", 12), "n1");
    EXPECT_EQ(node_of_socket("/var/spool/slurmd/n1_13.0", 12), "");
    EXPECT_EQ(node_of_socket("/run/dbus/socket", 12), "");
    EXPECT_EQ(node_of_socket("", 12), "");
}

}  // namespace
}  // namespace sbraid::cgroup
