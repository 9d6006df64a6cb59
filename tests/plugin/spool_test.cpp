#include "collect/spool.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "child.hpp"

namespace sbraid::collect {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

TEST(Spool, MakesRoomByItsOldestFiles) {
    const std::vector<SpoolFile> files = {{"new", 40, 30}, {"old", 10, 10}, {"b", 50, 20}, {"a", 50, 20}};
    EXPECT_THAT(too_much(files, 150), IsEmpty());
    EXPECT_THAT(too_much(files, 149), ElementsAre("old"));
    EXPECT_THAT(too_much(files, 100), ElementsAre("old", "a"));
    EXPECT_THAT(too_much(files, 0), ElementsAre("old", "a", "b", "new"));
    EXPECT_THAT(too_much({}, 0), IsEmpty());
}

class SpoolTest : public testing::Test {
  protected:
    SpoolTest() {
        char name[] = "/tmp/sbraid-spool.XXXXXX";
        folder_ = mkdtemp(name);
    }
    ~SpoolTest() override { fs::remove_all(folder_); }

    Child start(const std::string& step_name) const {
        Step step;
        step.key = {{JobId{13}, std::nullopt}, step_name, "n2", 0};
        step.run_dir = "/run \"dir\"";
        step.spool = folder_;
        auto child = start_child("sbraid-test", [step](int socket) { run_spool(socket, step); });
        EXPECT_TRUE(child);
        return std::move(*child);
    }
    // A sparse file from long ago.
    void put_old(const std::string& name, std::uint64_t bytes) const {
        std::ofstream(folder_ / name) << '\n';
        fs::resize_file(folder_ / name, bytes);
        const timespec long_ago[2] = {{1, 0}, {1, 0}};
        ASSERT_EQ(utimensat(AT_FDCWD, (folder_ / name).c_str(), long_ago, 0), 0);
    }
    std::uint64_t bytes() const {
        std::uint64_t sum = 0;
        for (const auto& file : fs::directory_iterator(folder_)) sum += file.file_size();
        return sum;
    }

    fs::path folder_;
};

TEST_F(SpoolTest, SaysFirstWhoseItIs) {
    EXPECT_THAT(hand_over(start("0"), "record\n"), Optional(true));
    std::ifstream in(folder_ / "13.0.n2.jsonl");
    std::string head;
    std::string line;
    std::getline(in, head);
    std::getline(in, line);
    EXPECT_EQ(head, R"({"spool":1,"uid":0,"run_dir":"/run \"dir\""})");
    EXPECT_EQ(line, "record");
}

TEST_F(SpoolTest, StepsThatRunAtOnceShareWhatAJobMayHave) {
    const Child steps[] = {start("0"), start("1")};
    const std::string record(4096, 'x');
    std::size_t refused = 0;
    for (std::uint64_t i = 0; i < 2 * k_most_spool_of_job / record.size(); ++i) {
        const auto done = hand_over(steps[i % 2], record);
        ASSERT_TRUE(done);
        refused += *done ? 0U : 1U;
    }
    EXPECT_GT(refused, 0U);
    EXPECT_GT(bytes(), k_most_spool_of_job - 2 * record.size());
    EXPECT_LE(bytes(), k_most_spool_of_job + 2 * k_spool_between_counts);
}

TEST_F(SpoolTest, MakesRoomWhileItWrites) {
    const Child step = start("0");
    put_old("1.0.n2.jsonl", k_most_spool_of_node + 1);
    EXPECT_THAT(hand_over(step, "record\n"), Optional(true));
    EXPECT_FALSE(fs::exists(folder_ / "1.0.n2.jsonl"));
    put_old("2.0.n2.jsonl", k_most_spool_of_node + 1);
    const std::string record(4096, 'x');
    for (std::uint64_t i = 0; i <= k_spool_between_counts / record.size(); ++i)
        EXPECT_THAT(hand_over(step, record), Optional(true));
    EXPECT_FALSE(fs::exists(folder_ / "2.0.n2.jsonl"));
}

TEST_F(SpoolTest, LeavesNoPieceOfARecordOnAFullDisk) {
    signal(SIGXFSZ, SIG_IGN);
    const Child step = start("0");
    EXPECT_THAT(hand_over(step, "one\n"), Optional(true));
    // The next record finds room for its first byte only.
    rlimit limit{bytes() + 1, RLIM_INFINITY};
    ASSERT_EQ(prlimit(step.pid, RLIMIT_FSIZE, &limit, nullptr), 0);
    EXPECT_THAT(hand_over(step, "two\n"), Optional(false));
    limit.rlim_cur = RLIM_INFINITY;
    ASSERT_EQ(prlimit(step.pid, RLIMIT_FSIZE, &limit, nullptr), 0);
    EXPECT_THAT(hand_over(step, "three\n"), Optional(true));
    std::ifstream in(folder_ / "13.0.n2.jsonl");
    std::string line;
    std::getline(in, line);
    for (const char* record : {"one", "three"}) {
        std::getline(in, line);
        EXPECT_EQ(line, record);
    }
}

TEST_F(SpoolTest, BeginsAgainWhenItsOwnFileWasTakenAway) {
    const Child step = start("0");
    const std::string record(4096, 'x');
    EXPECT_THAT(hand_over(step, record), Optional(true));
    fs::remove(folder_ / "13.0.n2.jsonl");
    for (std::uint64_t i = 0; i <= k_spool_between_counts / record.size(); ++i)
        EXPECT_THAT(hand_over(step, record), Optional(true));
    EXPECT_TRUE(fs::exists(folder_ / "13.0.n2.jsonl"));
}

}  // namespace
}  // namespace sbraid::collect
