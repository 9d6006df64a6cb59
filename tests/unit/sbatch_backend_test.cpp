#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "backend/classify.hpp"
#include "backend/client.hpp"
#include "backend/sbatch.hpp"
#include "io/environment.hpp"

namespace sbraid {
namespace {

ProcessResult ended(int status, std::string out, std::string err) {
    return {
        .end = ProcessResult::End::exited, .status = status, .out = std::move(out), .err = std::move(err)};
}

TEST(ClassifySbatch, TakesTheJobId) {
    const auto outcome = classify_sbatch(ended(0, "123\n", ""));
    ASSERT_TRUE(std::holds_alternative<Submitted>(outcome));
    EXPECT_EQ(std::get<Submitted>(outcome).id, JobId{123});
    EXPECT_EQ(std::get<Submitted>(outcome).cluster, "");
}

TEST(ClassifySbatch, TakesTheCluster) {
    const auto outcome = classify_sbatch(ended(0, "123;blue\n", ""));
    ASSERT_TRUE(std::holds_alternative<Submitted>(outcome));
    EXPECT_EQ(std::get<Submitted>(outcome).cluster, "blue");
}

TEST(ClassifySbatch, AJobIdCountsHoweverTheCallEnded) {
    auto result = ended(0, "123\n", "");
    result.end = ProcessResult::End::timed_out;
    EXPECT_TRUE(std::holds_alternative<Submitted>(classify_sbatch(result)));
}

TEST(ClassifySbatch, ATornAnswerIsUnclear) {
    auto result = ended(0, "12", "");
    result.end = ProcessResult::End::signalled;
    result.status = 9;
    const auto outcome = classify_sbatch(result);
    ASSERT_TRUE(std::holds_alternative<Unclear>(outcome));
    EXPECT_EQ(std::get<Unclear>(outcome).message, "sbatch was killed by signal 9");
    EXPECT_TRUE(std::holds_alternative<Unclear>(classify_sbatch(ended(0, "", ""))));
    EXPECT_TRUE(std::holds_alternative<Unclear>(classify_sbatch(ended(0, "hello\n", ""))));
}

TEST(ClassifySbatch, ARefusalKeepsAllOfSlurmsWords) {
    const auto outcome = classify_sbatch(
        ended(1, "",
              "sbatch: error: invalid partition specified: nope\n"
              "sbatch: error: Batch job submission failed: Invalid partition name specified\n"));
    ASSERT_TRUE(std::holds_alternative<Refused>(outcome));
    EXPECT_EQ(std::get<Refused>(outcome).message,
              "sbatch: error: invalid partition specified: nope\n"
              "sbatch: error: Batch job submission failed: Invalid partition name specified");
}

TEST(ClassifySbatch, AControllerThatIsDownOrBusyIsWaitedFor) {
    for (const char* words :
         {"sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)",
          "sbatch: error: Job creation temporarily disabled, retrying",
          "sbatch: error: Batch job submission failed: Slurm backup controller in standby mode"}) {
        EXPECT_TRUE(std::holds_alternative<Busy>(classify_sbatch(ended(1, "", words)))) << words;
        EXPECT_TRUE(is_temporary(words));
    }
}

TEST(ClassifySbatch, ALimitOnSubmittedJobsIsARefusalThatNamesIt) {
    for (const auto& [words, limit] : std::map<std::string, std::string>{
             {"sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying.\n"
              "sbatch: error: Batch job submission failed: Resource temporarily unavailable",
              "MaxJobCount"},
             {"sbatch: error: Slurm job queue full, sleeping and retrying.", "MaxJobCount"},
             {"sbatch: error: AssocMaxSubmitJobLimit\nsbatch: error: Batch job submission failed: Job "
              "violates "
              "accounting/QOS policy (job submit limit, user's size and/or time limits)",
              "AssocMaxSubmitJobLimit"},
             {"sbatch: error: QOSMaxSubmitJobPerUserLimit", "QOSMaxSubmitJobPerUserLimit"}}) {
        EXPECT_TRUE(std::holds_alternative<Refused>(classify_sbatch(ended(1, "", words)))) << words;
        EXPECT_EQ(submit_limit(words), limit);
    }
    EXPECT_EQ(submit_limit("sbatch: error: invalid partition specified: nope"), "");
}

TEST(ClassifySbatch, AMachineThatIsShortOfProcessesOrMemoryIsBusy) {
    for (const int reason : {EAGAIN, ENOMEM, EMFILE, ENFILE}) {
        ProcessResult result;
        result.status = reason;
        EXPECT_TRUE(std::holds_alternative<Busy>(classify_sbatch(result))) << reason;
        EXPECT_TRUE(is_temporary(words_of("squeue", result))) << reason;
    }
}

TEST(ClassifySbatch, AnAnswerThatMayHaveBeenLostIsUnclear) {
    for (const char* words :
         {"sbatch: error: Batch job submission failed: Socket timed out on send/recv operation",
          "sbatch: error: Batch job submission failed: Unable to contact slurm controller (receive failure)",
          "sbatch: error: Batch job submission failed: Zero Bytes were transmitted or received"}) {
        EXPECT_TRUE(std::holds_alternative<Unclear>(classify_sbatch(ended(1, "", words)))) << words;
        EXPECT_TRUE(is_temporary(words));
    }
}

TEST(ClassifySbatch, WithoutSbatchTheMachineIsToBlame) {
    ProcessResult result;
    result.status = ENOENT;
    const auto outcome = classify_sbatch(result);
    ASSERT_TRUE(std::holds_alternative<Unavailable>(outcome));
    EXPECT_EQ(std::get<Unavailable>(outcome).message, "there is no sbatch in PATH");
}

TEST(ClassifySbatch, AMachineThatIsNotSetUpForSlurmRefusesNothing) {
    for (const char* words : {"sbatch: error: fetch_config: DNS SRV lookup failed\n"
                              "sbatch: fatal: Could not establish a configuration source",
                              "sbatch: error: _parse_next_key: Parsing error at unrecognized key: Foo\n"
                              "sbatch: fatal: Unable to process configuration file",
                              "sbatch: error: Batch job submission failed: Protocol authentication error"}) {
        EXPECT_TRUE(std::holds_alternative<Unavailable>(classify_sbatch(ended(1, "", words)))) << words;
        EXPECT_FALSE(is_temporary(words));
    }
    // munged may come back.
    EXPECT_TRUE(std::holds_alternative<Busy>(
        classify_sbatch(ended(1, "",
                              "sbatch: error: Munge encode failed: Failed to access \"/run/munge/socket\"\n"
                              "sbatch: error: Batch job submission failed: Protocol authentication error"))));
}

TEST(ClassifySbatch, ACallThatWeEndedIsUnclear) {
    ProcessResult result;
    result.end = ProcessResult::End::interrupted;
    const auto outcome = classify_sbatch(result);
    ASSERT_TRUE(std::holds_alternative<Unclear>(outcome));
    EXPECT_EQ(std::get<Unclear>(outcome).message, "sbatch was ended before it answered");
}

/// Commands of Slurm that say what a test wants, first in the PATH of this process.
class FakeCommands : public testing::Test {
  protected:
    FakeCommands() {
        char pattern[] = "/tmp/sbraid-backend-test-XXXXXX";
        folder_ = ::mkdtemp(pattern);
        ::setenv("PATH", (folder_ + ":" + path_).c_str(), 1);
        says("sbatch", "");
    }
    ~FakeCommands() override {
        ::setenv("PATH", path_.c_str(), 1);
        std::filesystem::remove_all(folder_);
    }
    void says(const std::string& program, const std::string& text) const {
        const auto file = folder_ + "/" + program;
        std::ofstream(file) << "#!/bin/sh\ncat <<'ANSWER'\n" << text << "ANSWER\n";
        std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    }
    /// One line with these values, in the order of the format's names.
    static std::string line(std::string_view format, const std::map<std::string, std::string>& fields) {
        std::string text;
        for (std::size_t from = 0; from <= format.size();) {
            const auto comma = std::min(format.find(',', from), format.size());
            const auto name = format.substr(from, std::min(format.find(':', from), comma) - from);
            const auto found = fields.find(std::string(name));
            if (from > 0) text += '\x1f';
            if (found != fields.end()) text += found->second;
            from = comma + 1;
        }
        return text + '\n';
    }
    static std::string queued(const std::string& id, const std::string& submit, const std::string& comment) {
        return line(k_squeue_format, {{"JobArrayID", id},
                                      {"JobID", id},
                                      {"State", "PENDING"},
                                      {"SubmitTime", submit},
                                      {"Comment", comment}});
    }
    std::string path_ = ::getenv("PATH");
    std::string folder_;
};

TEST_F(FakeCommands, WhereASiteRewritesCommentsTheSubmitLineTellsWhatIsOurs) {
    const std::string run = "flow-20260101T000000-5f3a9c";
    const std::string after = "1767225610";
    says("squeue", queued("6", "1767139200", "") + queued("7", after, "project=x") + queued("8", after, ""));
    says("sacct",
         line(k_sacct_format, {{"JobID", "7"},
                               {"State", "PENDING"},
                               {"SubmitLine", "sbatch --comment=sbraid:" + run + ":a#1"}}) +
             line(k_sacct_format, {{"JobID", "8"}, {"State", "PENDING"}, {"SubmitLine", "sbatch x"}}));
    SbatchBackend backend({.environment = {}, .user = "ada", .run = run, .cluster = {}});
    const auto found = backend.find(run);
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(found->front().status.key.job, JobId{7});
    EXPECT_EQ(found->front().token, (Token{.run = run, .job = "a", .submission = 1}));
    // A token that is there shows that comments are left alone: the accounting is not asked.
    says("squeue", queued("7", after, "") + queued("9", after, "sbraid:" + run + ":b#1"));
    ASSERT_EQ(backend.find(run)->size(), 1U);
    EXPECT_EQ(backend.calls().at("sacct"), 1U);
}

TEST(ClientTrouble, IsAMissingSbatchOrASlurmConfThatCannotBeRead) {
    EXPECT_EQ(client_trouble({"PATH=/nonexistent:"}), "there is no sbatch in PATH");
    EXPECT_EQ(client_trouble({"SLURM_CONF=/nonexistent/slurm.conf"}),
              "SLURM_CONF names '/nonexistent/slurm.conf', which cannot be read: No such file or directory");
    EXPECT_EQ(client_trouble({"SLURM_CONF=/dev/null"}), "");
    EXPECT_EQ(client_trouble({}), "");
}

TEST(EnvironmentForSlurm, DropsWhatAJobInheritsAndKeepsTheCluster) {
    const Environment environment({{"HOME", "/home/u"},
                                   {"PMIX_RANK", "1"},
                                   {"SBATCH_PARTITION", "gpu"},
                                   {"SLURM_CONF", "/etc/slurm.conf"},
                                   {"SLURM_CPU_BIND", "x"},
                                   {"SLURM_JWT", "secret"},
                                   {"SQUEUE_FORMAT", "%i"}});
    EXPECT_EQ(environment.for_slurm(),
              (std::vector<std::string>{"HOME=/home/u", "SLURM_CONF=/etc/slurm.conf", "SLURM_JWT=secret"}));
    EXPECT_EQ(environment.sbatch_input(), (std::map<std::string, std::string>{{"SBATCH_PARTITION", "gpu"}}));
}

}  // namespace
}  // namespace sbraid
