#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <variant>

#include "plan_fixture.hpp"
#include "sbraid/batch_script.hpp"
#include "sbraid/record.hpp"
#include "sbraid/shell_quote.hpp"

// Generated scripts that are run: by bash, without Slurm, in a run directory of the test.

namespace sbraid {

namespace fs = std::filesystem;

inline std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

inline void write_file(const fs::path& path, std::string_view text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    ASSERT_TRUE(file.good()) << path;
}

struct Outcome {
    int exit_code = -1;
    std::string output;  ///< stdout and stderr
};

class BatchScript : public testing::Test {
  protected:
    void SetUp() override {
        std::string form = (fs::temp_directory_path() / "sbraid-script-XXXXXX").string();
        ASSERT_NE(mkdtemp(form.data()), nullptr);
        dir_ = form;
        fs::create_directories(dir_ / "state.d");
    }
    void TearDown() override { fs::remove_all(dir_); }

    /// The script of the one task `toml` has beside its name, or of a part of it, written to the test's
    /// folder.
    void plan_task(std::string_view toml, std::size_t part = 0,
                   std::map<std::string, std::string> files = {}) {
        PlanContext context = context_of_tests();
        context.run_dir = dir_.string();
        const SubmissionPlan planned =
            plan(workflow_of("name = \"flow\"\n" + std::string{toml}, std::move(files)), context);
        write_file(dir_ / "script", batch_script(planned, planned.jobs.at(part)));
    }

    /// Runs bash code in the test's folder, with what Slurm sets for job 12; minutes at most.
    [[nodiscard]] Outcome bash(const std::string& code) const {
        const std::string command =
            "cd " + shell_quote(dir_.string()) +
            " && env -u SLURM_RESTART_COUNT SLURM_JOB_ID=12 SLURMD_NODENAME=n1 timeout 200 bash -c " +
            shell_quote(code) + " > output 2>&1 < /dev/null";
        const int status = std::system(command.c_str());
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(dir_ / "output")};
    }
    [[nodiscard]] Outcome run(const std::string& environment = {}) const {
        return bash(environment + " bash script");
    }

    [[nodiscard]] Decoded records(const std::string& writer) const {
        return decode(read_file(dir_ / "state.d" / (writer + ".jsonl")), "state.d");
    }
    /// `attempt_ended`'s exit code; also checks that the two records of an attempt are there and sound.
    [[nodiscard]] int recorded_exit(const std::string& writer = "batch.12.0") const {
        const Decoded decoded = records(writer);
        EXPECT_THAT(decoded.damage, testing::IsEmpty());
        if (decoded.records.size() != 2) {
            ADD_FAILURE() << decoded.records.size() << " records";
            return -1;
        }
        const Record& end = decoded.records[0].number == 2 ? decoded.records[0] : decoded.records[1];
        return std::get<AttemptEnded>(end.event).exit_code;
    }

    fs::path dir_;
};

}  // namespace sbraid
