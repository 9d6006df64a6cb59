#include "sbraid/journal/journal.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "sbraid/journal/lock_trust.hpp"
#include "sbraid/journal/run_directory.hpp"
#include "sbraid/journal/run_lock.hpp"

namespace sbraid {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Timestamp at_ms(std::int64_t ms) {
    return Timestamp{milliseconds{ms}};
}
JobSkipped event(std::string why = "because") {
    return {"train", std::move(why)};
}

std::string text_of(const fs::path& path) {
    std::ifstream in{path};
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}
void put(const fs::path& path, const std::string& text) {
    std::ofstream{path, std::ios::app} << text;
}

/// Runs `work` in a child process; true when it returned true.
pid_t in_child(const std::function<bool()>& work) {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(work() ? 0 : 1);
    return pid;
}
bool succeeded(pid_t pid) {
    int status = 0;
    return ::waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

class JournalTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string name = testing::TempDir() + "sbraid-journal-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        base_ = name;
        run_ = base_ / "run";
        ASSERT_TRUE(create_run_dir(run_.string()));
    }
    void TearDown() override { fs::remove_all(base_); }

    Journal open(const std::string& writer, bool own_file_only = false) const {
        auto journal = Journal::open({run_.string(), writer, own_file_only, milliseconds{100}});
        if (!journal) throw std::runtime_error(journal.error().message);
        return std::move(*journal);
    }
    Decoded read() const {
        auto state = read_state(run_.string());
        if (!state) throw std::runtime_error(state.error().message);
        return std::move(*state);
    }
    std::vector<std::string> damage() const {
        std::vector<std::string> texts;
        for (const Damage& d : read().damage)
            texts.push_back(d.file + ":" + std::to_string(d.line) + ": " + d.what);
        return texts;
    }
    fs::path shared() const { return run_ / "state.jsonl"; }
    fs::path own(const std::string& writer) const { return run_ / "state.d" / (writer + ".jsonl"); }

    fs::path base_, run_;
};

TEST_F(JournalTest, RecordsAreReadBackInOrder) {
    Journal journal = open("submit.1");
    EXPECT_THAT(read().records, IsEmpty());
    for (int i = 1; i <= 3; ++i)
        EXPECT_EQ(journal.append(event(std::to_string(i)), at_ms(i)), Stored::shared);
    EXPECT_TRUE(journal.sync());
    const Decoded state = read();
    ASSERT_EQ(state.records.size(), 3U);
    EXPECT_EQ(state.records[2].number, 3U);
    EXPECT_EQ(state.records[2].writer, "submit.1");
    EXPECT_EQ(std::get<JobSkipped>(state.records[2].event).why, "3");
    EXPECT_THAT(state.damage, IsEmpty());
}

TEST_F(JournalTest, ATornTailIsHealedBeforeTheNextRecord) {
    put(shared(), R"({"v":1,"w":"dead","n":1,"t":5)");
    EXPECT_EQ(open("a").append(event(), at_ms(1)), Stored::shared);
    EXPECT_EQ(open("b").append(event(), at_ms(2)), Stored::shared);
    EXPECT_EQ(read().records.size(), 2U);
    EXPECT_THAT(damage(), ElementsAre("state.jsonl:1: torn"));
}

TEST_F(JournalTest, ARecordThatASuccessorRepeatsIsTakenOnce) {
    std::vector<std::string> lines;
    for (std::uint64_t n = 1; n <= 4; ++n)
        lines.push_back(encode({"collect.1", n, at_ms(static_cast<std::int64_t>(n)), event()}));
    for (const bool own_file_only : {false, true}) {
        Journal killed = open("collect.1", own_file_only);
        for (std::size_t i = 0; i < 3; ++i) ASSERT_TRUE(killed.append_line(lines[i]));
        Journal successor = open("collect.1", own_file_only);
        for (std::size_t i = 1; i < 4; ++i)
            EXPECT_EQ(successor.append_line(lines[i]), own_file_only ? Stored::own_file : Stored::shared);
        EXPECT_EQ(read().records.size(), 4U);
        EXPECT_THAT(damage(), IsEmpty());
    }
    EXPECT_EQ(text_of(own("collect.1")), text_of(shared())) << "as they are";
}

TEST_F(JournalTest, ARecordThatWasNotStoredIsAGap) {
    Journal journal = open("collect.1");
    for (const std::uint64_t n : {1U, 3U})
        ASSERT_TRUE(journal.append_line(encode({"collect.1", n, at_ms(1), event()})));
    EXPECT_THAT(damage(), ElementsAre(HasSubstr("gap: 1 record of writer collect.1 is missing")));
}

TEST_F(JournalTest, ARunDirectoryThatWasForgottenIsOpenedAgain) {
    for (const bool own_file_only : {false, true}) {
        Journal journal = open("a", own_file_only);
        // What it has open is gone, and the path leads to another directory: as when a server says ESTALE.
        fs::remove_all(run_);
        EXPECT_FALSE(journal.append(event(), at_ms(1)));
        ASSERT_TRUE(create_run_dir(run_.string()));
        EXPECT_EQ(journal.append(event(), at_ms(2)), own_file_only ? Stored::own_file : Stored::shared);
        EXPECT_TRUE(journal.sync());
        EXPECT_EQ(read().records.size(), 1U);
    }
}

TEST_F(JournalTest, WritesItsOwnFileWhileAnotherHoldsTheLock) {
    ASSERT_EQ(open("a").append(event(), at_ms(1)), Stored::shared);
    const int fd = ::open(shared().c_str(), O_RDWR | O_CLOEXEC);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_len = 1;
    ASSERT_EQ(::fcntl(fd, F_OFD_SETLK, &lock), 0);
    Journal journal = open("b");
    EXPECT_EQ(journal.append(event(), at_ms(2)), Stored::own_file);
    ::close(fd);
    EXPECT_EQ(journal.append(event(), at_ms(3)), Stored::shared);
    EXPECT_TRUE(journal.sync());
    EXPECT_EQ(read().records.size(), 3U);
    EXPECT_THAT(damage(), IsEmpty());
}

TEST_F(JournalTest, NeverWritesThroughALinkOrIntoAFifo) {
    const fs::path victim = base_ / "victim";
    put(victim, "precious\n");
    fs::create_symlink(victim, shared());
    EXPECT_EQ(open("a").append(event(), at_ms(1)), Stored::own_file);
    EXPECT_EQ(text_of(victim), "precious\n");
    EXPECT_THAT(damage(), ElementsAre("state.jsonl:0: cannot be read: Too many levels of symbolic links"));

    fs::remove(shared());
    ASSERT_EQ(::mkfifo(shared().c_str(), 0644), 0);
    EXPECT_EQ(open("b").append(event(), at_ms(1)), Stored::own_file);
    EXPECT_EQ(read().records.size(), 2U);
    EXPECT_THAT(damage(), ElementsAre("state.jsonl:0: cannot be read: Invalid argument"));

    fs::remove(shared());
    fs::create_directory(shared());
    EXPECT_EQ(open("c").append(event(), at_ms(1)), Stored::own_file);
    EXPECT_EQ(read().records.size(), 3U);
}

TEST_F(JournalTest, NoOwnFileThroughALinkEither) {
    const fs::path victim = base_ / "victim";
    put(victim, "precious\n");
    fs::create_symlink(victim, own("a"));
    EXPECT_FALSE(open("a", true).append(event(), at_ms(1)));
    fs::remove_all(run_ / "state.d");
    fs::create_directory(base_ / "elsewhere");
    fs::create_symlink(base_ / "elsewhere", run_ / "state.d");
    EXPECT_FALSE(open("a", true).append(event(), at_ms(1)));
    EXPECT_EQ(text_of(victim), "precious\n");
    EXPECT_TRUE(fs::is_empty(base_ / "elsewhere"));
}

TEST_F(JournalTest, RefusesARunDirectoryThatIsALinkOrAbsentOrAnothers) {
    fs::create_symlink(run_, base_ / "link");
    EXPECT_FALSE(Journal::open({(base_ / "link").string(), "w", false, milliseconds{1}}));
    EXPECT_FALSE(Journal::open({(base_ / "link").string() + "/", "w", false, milliseconds{1}}));
    const auto absent = Journal::open({(base_ / "absent").string(), "w", false, milliseconds{1}});
    ASSERT_FALSE(absent);
    EXPECT_EQ(absent.error().message,
              "cannot open the directory " + (base_ / "absent").string() + ": No such file or directory");
    EXPECT_FALSE(Journal::open({run_.string(), "", false, milliseconds{1}}));
    if (::geteuid() != 0) GTEST_SKIP() << "another user's directory needs root to make it";
    ASSERT_EQ(::chown(run_.c_str(), 12345, 12345), 0);
    const auto others = Journal::open({run_.string(), "w", false, milliseconds{1}});
    ASSERT_FALSE(others);
    EXPECT_EQ(others.error().message, run_.string() + " belongs to another user");
    EXPECT_TRUE(read_state(run_.string()));
}

TEST_F(JournalTest, AWriterNameCannotLeaveItsDirectory) {
    Journal journal = open("../../etc/x y", true);
    ASSERT_TRUE(journal.append(event(), at_ms(1)));
    EXPECT_EQ(journal.writer(), "_._.._etc_x_y");
    EXPECT_TRUE(fs::exists(own("_._.._etc_x_y")));
    EXPECT_EQ(read().records.at(0).writer, "_._.._etc_x_y");
}

TEST_F(JournalTest, UnreadableFilesAreDamageAndNoFailure) {
    ASSERT_TRUE(open("a").append(event(), at_ms(1)));
    ASSERT_TRUE(open("b", true).append(event(), at_ms(1)));
    put(own("c"), "nonsense\n");
    EXPECT_EQ(read().records.size(), 2U);
    EXPECT_THAT(damage(), ElementsAre("state.d/c.jsonl:1: not a record"));
    if (::geteuid() == 0) return;  // root can read everything
    fs::permissions(own("b"), fs::perms::none);
    EXPECT_EQ(read().records.size(), 1U);
}

TEST_F(JournalTest, SixtyFourWritersLoseAndTearNothing) {
    constexpr int k_writers = 64;
    constexpr int k_records = 200;
    std::vector<pid_t> children;
    for (int w = 0; w < k_writers; ++w) {
        children.push_back(in_child([&] {
            auto journal = Journal::open({run_.string(), "w" + std::to_string(w), false, milliseconds{2000}});
            for (int i = 0; journal && i < k_records; ++i) {
                if (!journal->append(event(std::string(static_cast<std::size_t>(i) * 7, 'x')), at_ms(i)))
                    return false;
            }
            return journal.has_value();
        }));
    }
    for (const pid_t child : children) EXPECT_TRUE(succeeded(child));
    const Decoded state = read();
    EXPECT_EQ(state.records.size(), static_cast<std::size_t>(k_writers) * k_records);
    EXPECT_THAT(damage(), IsEmpty());  // a lost record would be a gap
}

TEST_F(JournalTest, AWriterThatIsKilledHarmsNoOther) {
    for (int round = 0; round < 5; ++round) {
        int ready[2];
        ASSERT_EQ(::pipe(ready), 0);
        const pid_t victim = in_child([&] {
            auto journal =
                Journal::open({run_.string(), "victim" + std::to_string(round), false, milliseconds{2000}});
            for (int i = 0;; ++i) {
                if (!journal->append(event(std::string(3000, 'x')), at_ms(i))) return false;
                if (i == 20 && ::write(ready[1], "x", 1) != 1) return false;
            }
        });
        char byte = 0;
        ASSERT_EQ(::read(ready[0], &byte, 1), 1);
        ::close(ready[0]);
        ::close(ready[1]);
        ASSERT_EQ(::kill(victim, SIGKILL), 0);
        EXPECT_FALSE(succeeded(victim));
        EXPECT_EQ(open("after" + std::to_string(round)).append(event(), at_ms(round)), Stored::shared);
    }
    std::size_t after = 0;
    for (const Record& record : read().records) after += record.writer.starts_with("after") ? 1U : 0U;
    EXPECT_EQ(after, 5U);
}

TEST_F(JournalTest, AShortWriteGoesToTheOwnFile) {
    // A limit on the size of files makes write(2) short, then fail with EFBIG.
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE(open("big" + std::to_string(i)).append(event(std::string(3000, 'x')), at_ms(1)));
    EXPECT_TRUE(succeeded(in_child([&] {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{9500, 9500};
        if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return false;
        auto journal = Journal::open({run_.string(), "w", false, milliseconds{2000}});
        return journal->append(event(std::string(3000, 'y')), at_ms(2)) == Stored::own_file;
    })));
    EXPECT_EQ(open("next").append(event(), at_ms(3)), Stored::shared);
    EXPECT_EQ(read().records.size(), 5U);
    EXPECT_THAT(damage(), ElementsAre("state.jsonl:4: torn"));
}

TEST_F(JournalTest, AFullFileSystemIsAnErrorAndNoRecordIsFalse) {
    if (::geteuid() != 0 || ::mount("tmpfs", run_.c_str(), "tmpfs", 0, "size=64k") != 0) {
        GTEST_SKIP() << "a file system of 64 KiB needs root and the right to mount";
    }
    std::size_t stored = 0;
    bool failed = false;
    {
        Journal journal = open("w");
        for (int i = 0; i < 100 && !failed; ++i) {
            const auto result = journal.append(event(std::string(3000, 'x')), at_ms(i));
            if (result) {
                ++stored;
            } else {
                failed = true;
                EXPECT_EQ(result.error().message,
                          "cannot write the state in " + run_.string() + ": No space left on device");
            }
        }
    }
    const Decoded state = read();
    EXPECT_EQ(::umount(run_.c_str()), 0);
    EXPECT_TRUE(failed);
    EXPECT_GT(stored, 10U);
    EXPECT_EQ(state.records.size(), stored);
}

TEST_F(JournalTest, FoldMovesWhatEndedWritersWrote) {
    ASSERT_TRUE(open("a").append(event("1"), at_ms(1)));
    for (const char* writer : {"b", "c"}) {
        Journal journal = open(writer, true);
        for (int i = 0; i < 3; ++i) ASSERT_TRUE(journal.append(event(), at_ms(i)));
    }
    ASSERT_TRUE(fold(run_.string(), {"b", "never-was", "../a"}));
    EXPECT_FALSE(fs::exists(own("b")));
    EXPECT_TRUE(fs::exists(own("c")));
    EXPECT_EQ(read().records.size(), 7U);
    EXPECT_THAT(damage(), IsEmpty());
    ASSERT_TRUE(fold(run_.string(), {"b", "c"}));
    EXPECT_EQ(decode(text_of(shared()), "f").records.size(), 7U);
}

TEST_F(JournalTest, FoldAfterACrashTakesNothingTwice) {
    Journal journal = open("b", true);
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(journal.append(event(), at_ms(i)));
    // The crash came when two of the three were appended, the second one half.
    const std::string lines = text_of(own("b"));
    put(shared(), lines.substr(0, lines.size() / 2));
    ASSERT_TRUE(fold(run_.string(), {"b"}));
    EXPECT_FALSE(fs::exists(own("b")));
    EXPECT_EQ(decode(text_of(shared()), "f").records.size(), 3U);
    EXPECT_EQ(read().records.size(), 3U);
}

TEST_F(JournalTest, FoldKeepsRecordsOfKindsThatItDoesNotKnow) {
    const std::string body = R"({"v":1,"w":"b","n":1,"t":0,"e":"job_promoted")";
    const std::string line = body + ",\"sum\":" + std::to_string(cksum(body)) + "}\n";
    put(own("b"), line);
    ASSERT_TRUE(fold(run_.string(), {"b"}));
    EXPECT_EQ(text_of(shared()), line);
    EXPECT_EQ(read().unknown, 1U);
}

TEST_F(JournalTest, FoldLeavesDamageWhereItIs) {
    ASSERT_TRUE(open("b", true).append(event(), at_ms(1)));
    put(own("b"), "torn");
    ASSERT_TRUE(fold(run_.string(), {"b"}));
    EXPECT_TRUE(fs::exists(own("b")));
    EXPECT_EQ(read().records.size(), 1U);
    EXPECT_THAT(damage(), ElementsAre("state.d/b.jsonl:2: torn"));
}

TEST_F(JournalTest, TheRunLockKeepsASecondSubmitterAway) {
    EXPECT_FALSE(is_run_locked(run_.string()));
    auto first = RunLock::acquire(run_.string(), milliseconds{0});
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_TRUE(first->trusted());
    EXPECT_TRUE(is_run_locked(run_.string()));
    const auto second = RunLock::acquire(run_.string(), milliseconds{20});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().message, "another sbraid is submitting jobs of the run in " + run_.string());
    EXPECT_EQ(open("w").append(event(), at_ms(1)), Stored::shared) << "appending is another lock";
    first = tl::make_unexpected(Error{});
    EXPECT_FALSE(is_run_locked(run_.string()));
    EXPECT_TRUE(RunLock::acquire(run_.string(), milliseconds{0}));
}

TEST_F(JournalTest, TheRunLockStaysWithAChildThatOutlivesAKilledSubmitter) {
    int hold[2];
    int ready[2];
    ASSERT_EQ(::pipe(hold), 0);
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t submitter = in_child([&] {
        const auto lock = RunLock::acquire(run_.string(), milliseconds{0});
        const pid_t answer = in_child([&] {  // an sbatch that is under way
            ::close(hold[1]);
            char byte = 0;
            std::ignore = ::write(ready[1], "x", 1) + ::read(hold[0], &byte, 1);
            return lock.has_value();
        });
        return answer > 0 && ::pause() == 0;
    });
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    ::kill(submitter, SIGKILL);
    EXPECT_FALSE(succeeded(submitter));
    EXPECT_FALSE(RunLock::acquire(run_.string(), milliseconds{20}));
    ::close(hold[1]);  // the sbatch ends
    EXPECT_TRUE(RunLock::acquire(run_.string(), milliseconds{5000}));
    for (const int fd : {hold[0], ready[0], ready[1]}) ::close(fd);
}

TEST_F(JournalTest, ARunDirectoryIsMadeWithEverythingAboveAndBelow) {
    const fs::path path = base_ / "a" / ".sbraid" / "run-2";
    ASSERT_TRUE(create_run_dir(path.string()));
    for (const char* name : {"scripts", "state.d", "series", "logs"})
        EXPECT_TRUE(fs::is_directory(path / name)) << name;
    struct stat about {};
    ASSERT_EQ(::stat(path.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0022U, 0U);
    const auto again = create_run_dir(path.string());
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().message, "cannot make the directory " + path.string() + ": File exists");
}

TEST_F(JournalTest, ARunIsNotMoreOpenThanItsWorkflow) {
    const auto mode = [](const fs::path& path) {
        struct stat about {};
        EXPECT_EQ(::stat(path.c_str(), &about), 0) << path;
        return about.st_mode & 0777U;
    };
    put(base_ / "flow.toml", "secret");
    for (const auto& [file, directory] : {std::pair{0600U, 0700U}, {0640U, 0750U}, {0666U, 0755U}}) {
        ASSERT_EQ(::chmod((base_ / "flow.toml").c_str(), file), 0);
        const fs::path path = base_ / std::to_string(file);
        const mode_t before = ::umask(022);
        ASSERT_TRUE(create_run_dir(path.string(), {(base_ / "flow.toml").string()}));
        ASSERT_TRUE(write_durably((path / "plan.json").string(), "secret"));
        ::umask(before);
        EXPECT_EQ(mode(path), directory);
        EXPECT_EQ(mode(path / "scripts"), directory);
        EXPECT_EQ(mode(path / "plan.json"), directory & 0644U);
    }
}

TEST_F(JournalTest, ARunIsNotMoreOpenThanAnyFileThatItIsMadeOf) {
    for (const auto& [name, file_mode] :
         {std::pair{"flow.toml", 0644U}, {"hook.toml", 0640U}, {"a.sh", 0604U}}) {
        put(base_ / name, "text");
        ASSERT_EQ(::chmod((base_ / name).c_str(), file_mode), 0);
    }
    const auto mode_of_run_like = [this](const std::vector<std::string>& names) {
        const fs::path path = base_ / ("run-of-" + std::to_string(names.size()));
        std::vector<std::string> files;
        for (const auto& name : names) files.push_back(base_ / name);
        const mode_t before = ::umask(022);
        EXPECT_TRUE(create_run_dir(path.string(), files));
        ::umask(before);
        struct stat about {};
        EXPECT_EQ(::stat(path.c_str(), &about), 0);
        return about.st_mode & 0777U;
    };
    EXPECT_EQ(mode_of_run_like({"flow.toml"}), 0755U);
    EXPECT_EQ(mode_of_run_like({"flow.toml", "hook.toml"}), 0750U);
    EXPECT_EQ(mode_of_run_like({"flow.toml", "hook.toml", "a.sh"}), 0700U);
}

TEST_F(JournalTest, AFileIsReplacedWholeOrNotAtAll) {
    const fs::path path = run_ / "plan.json";
    ASSERT_TRUE(write_durably(path.string(), "one"));
    ASSERT_TRUE(write_durably(path.string(), "two", true));
    EXPECT_EQ(text_of(path), "two");
    EXPECT_EQ(::access(path.c_str(), X_OK), 0);
    EXPECT_FALSE(write_durably((run_ / "absent" / "x").string(), "x"));
    EXPECT_EQ(std::distance(fs::directory_iterator{run_}, {}), 5);  // four directories and the file
}

TEST_F(JournalTest, ABatchScriptsRecordsAreReadAsTheDocumentSays) {
    const std::string document = text_of(SBRAID_SOURCE_DIR "/lib/STATE.md");
    const std::size_t start = document.find("```bash\n") + 8;
    const std::string function = document.substr(start, document.find("```", start) - start);
    put(base_ / "job.sh",
        "set -eu\nwriter=batch.12_3.0 number=0\n" + function +
            "record attempt_started '\"key\":\"12_3\",\"job\":\"train\",\"restart\":0,\"node\":\"n1\"'\n"
            "record attempt_ended '\"key\":\"12_3\",\"job\":\"train\",\"restart\":0,\"exit_code\":3'\n");
    const std::string command =
        "SBRAID_RUN_DIR='" + run_.string() + "' bash '" + (base_ / "job.sh").string() + "'";
    ASSERT_EQ(std::system(command.c_str()), 0);
    const Decoded state = read();
    EXPECT_THAT(state.damage, IsEmpty());
    ASSERT_EQ(state.records.size(), 2U);
    EXPECT_EQ(std::get<AttemptEnded>(state.records[1].event).exit_code, 3);
}

TEST(LockTrust, BelievesOnlyWhatIsKnown) {
    constexpr std::uint64_t k_nfs = 0x6969;
    constexpr std::uint64_t k_lustre = 0x0BD00BD0;
    EXPECT_EQ(judge_locks(k_nfs, "rw,vers=4.2,local_lock=none,addr=10.0.0.1"), LockTrust::coherent);
    EXPECT_EQ(judge_locks(k_nfs, "rw,vers=3,local_lock=flock"), LockTrust::coherent);
    EXPECT_EQ(judge_locks(k_nfs, "rw,vers=3,nolock,local_lock=all"), LockTrust::lying);
    EXPECT_EQ(judge_locks(k_nfs, "rw,vers=3,local_lock=posix"), LockTrust::lying);
    EXPECT_EQ(judge_locks(k_nfs, ""), LockTrust::unknown);
    EXPECT_EQ(judge_locks(k_lustre, "rw,flock,lazystatfs"), LockTrust::coherent);
    EXPECT_EQ(judge_locks(k_lustre, "rw,localflock"), LockTrust::lying);
    EXPECT_EQ(judge_locks(k_lustre, "rw"), LockTrust::lying);
    EXPECT_EQ(judge_locks(0xEF53, ""), LockTrust::coherent);
    EXPECT_EQ(judge_locks(0x19830326, ""), LockTrust::unknown);  // BeeGFS
    EXPECT_EQ(judge_locks(0x65735546, ""), LockTrust::unknown);  // FUSE
}

TEST(LockTrust, FindsTheOptionsOfTheMountThatIsMeant) {
    const std::string_view mountinfo =
        "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
        "40 22 0:45 / /home\\040x rw,nosuid shared:7 master:2 - nfs srv:/home rw,vers=3,nolock\n"
        "41 22 0:46 / /scratch rw - lustre mgs:/s rw,flock\n";
    EXPECT_EQ(mount_options(mountinfo, 40), "rw,vers=3,nolock");
    EXPECT_EQ(mount_options(mountinfo, 41), "rw,flock");
    EXPECT_EQ(mount_options(mountinfo, 4), "");
    EXPECT_EQ(mount_options("40 22 nonsense\n", 40), "");
}

}  // namespace
}  // namespace sbraid
