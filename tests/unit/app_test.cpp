#include "app.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "io/unique_fd.hpp"

namespace sbraid {
namespace {

/// While it lives, our stdout is another file.
class StdoutTo {
  public:
    explicit StdoutTo(const char* path) : before_(::dup(1)) {
        const UniqueFd other(::open(path, O_WRONLY | O_CLOEXEC));
        EXPECT_EQ(::dup2(other.get(), 1), 1);
    }
    StdoutTo(const StdoutTo&) = delete;
    StdoutTo& operator=(const StdoutTo&) = delete;
    ~StdoutTo() { EXPECT_EQ(::dup2(before_.get(), 1), 1); }

  private:
    UniqueFd before_;
};

struct Ended {
    int code = 0;
    std::string err;
};

Ended run_with_stdout(const char* path, const std::vector<std::string>& arguments,
                      Environment environment = {}) {
    SystemClock clock;
    testing::internal::CaptureStderr();
    const StdoutTo redirected(path);
    const int code = run_app(arguments, std::move(environment), clock);
    return {.code = code, .err = testing::internal::GetCapturedStderr()};
}

TEST(App, AnAnswerThatCannotBeWrittenIsAnError) {
    for (const char* argument : {"--help", "--version", "--usage"}) {
        const auto ended = run_with_stdout("/dev/full", {argument});
        EXPECT_EQ(ended.code, 1) << argument;
        EXPECT_EQ(ended.err,
                  "sbraid: error: cannot write the answer to stdout: No space left on device\n"
                  "hint: whatever the command was to do is done; only its answer is lost\n");
    }
    EXPECT_EQ(run_with_stdout("/dev/full", {"check", "--help"}).code, 1);
    const auto wrong = run_with_stdout("/dev/full", {"check", "--json"});
    EXPECT_EQ(wrong.code, 2) << "what went wrong first";
    EXPECT_EQ(wrong.err, "sbraid: error: cannot write the answer to stdout: No space left on device\n");
}

TEST(App, EveryCommandThatAsksSlurmHearsOfThePatience) {
    const Environment environment(std::map<std::string, std::string>{{"SBRAID_PATIENCE", "soon"}});
    for (const char* command : {"list", "status", "wait", "cancel", "resume", "report"}) {
        const auto ended = run_with_stdout("/dev/null", {command}, environment);
        EXPECT_EQ(ended.code, 2) << command;
        EXPECT_NE(ended.err.find("SBRAID_PATIENCE"), std::string::npos) << ended.err;
    }
}

TEST(App, EveryCommandOfAFileRefusesAVariableThatTheFileDoesNotHave) {
    const std::string file = testing::TempDir() + "sbraid-app-vars.toml";
    std::ofstream(file) << "[vars]\nnote = 1\n[task.a]\nrun = \"{{note}}\"\n";
    for (const std::vector<std::string>& command :
         std::vector<std::vector<std::string>>{{"check"},
                                               {"plan"},
                                               {"submit", "--dry-run"},
                                               {"graph"},
                                               {"export"},
                                               {"export", "--format=wfformat"}}) {
        std::vector<std::string> arguments = command;
        arguments.insert(arguments.end(), {"-D", "nope=1", file});
        const auto ended = run_with_stdout("/dev/null", arguments);
        EXPECT_EQ(ended.code, 3) << command.front();
        EXPECT_EQ(ended.err,
                  "sbraid: error: -D nope: the file has no variable 'nope'\nhint: did you mean 'note'?\n")
            << command.front();
    }
    std::filesystem::remove(file);
}

TEST(App, AnAnswerThatIsWrittenIsNone) {
    const auto ended = run_with_stdout("/dev/null", {"--version"});
    EXPECT_EQ(ended.code, 0);
    EXPECT_EQ(ended.err, "");
}

}  // namespace
}  // namespace sbraid
