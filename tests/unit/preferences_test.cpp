#include "preferences.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "app.hpp"

// What is said of a file of the configuration that is not right: which, where, which key, and what to do.

namespace sbraid {
namespace {

namespace fs = std::filesystem;

class PreferencesOfAFile : public testing::Test {
  protected:
    void SetUp() override {
        std::string name = testing::TempDir() + "sbraid-preferences-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        home_ = name;
        fs::create_directories(home_ / "sbraid");
    }
    void TearDown() override { fs::remove_all(home_); }

    Result<Preferences> read(const std::string& text, std::map<std::string, std::string> variables = {},
                             WrongFiles wrong_files = WrongFiles::are_errors) {
        std::ofstream(file()) << text;
        variables["XDG_CONFIG_HOME"] = home_;
        const Environment environment(std::move(variables));
        SystemClock clock;
        const App app{.environment = environment,
                      .clock = clock,
                      .out = Terminal(1, environment, ColourChoice::never),
                      .err = Terminal(2, environment, ColourChoice::never)};
        return read_preferences(app, Options{}, wrong_files);
    }

    /// `MESSAGE | HINT`, the file's own name left out.
    std::string trouble(const std::string& text, std::map<std::string, std::string> variables = {}) {
        const auto preferences = read(text, std::move(variables));
        if (preferences) return "none";
        EXPECT_EQ(preferences.error().kind, ErrorKind::usage);
        std::string message = preferences.error().message;
        if (const auto at = message.find(file()); at == 0) message.erase(0, file().size());
        return preferences.error().hint.empty() ? message : message + " | " + preferences.error().hint;
    }

    [[nodiscard]] std::string file() const { return (home_ / "sbraid/config.toml").string(); }

  private:
    fs::path home_;
};

TEST_F(PreferencesOfAFile, AWrongValueIsToldWithItsKeyAndPlace) {
    EXPECT_EQ(trouble("\npatience = \"long\"\n"),
              ":2:1: 'patience' takes a duration like 90s, 10m or 2h, not 'long'");
    EXPECT_EQ(trouble("backend = \"ssh\"\n"), ":1:1: 'backend' takes auto, sbatch or libslurm, not 'ssh'");
    EXPECT_EQ(trouble("connections = 99\n"), ":1:1: 'connections' takes a number from 1 to 64, not '99'");
    EXPECT_EQ(trouble("connections = [1]\n"), ":1:1: 'connections' takes one value, not 'array'");
    EXPECT_EQ(trouble("gpu_style = \"x\"\n"), ":1:1: 'gpu_style' takes gres, gpus or tres, not 'x'");
    EXPECT_EQ(trouble("kill_invalid_dep = \"x\"\n"),
              ":1:1: 'kill_invalid_dep' takes true, false or auto, not 'x'");
    EXPECT_EQ(trouble("", {{"SBRAID_PATIENCE", "long"}}),
              "SBRAID_PATIENCE takes a duration like 90s, 10m or 2h, not 'long'");
}

TEST_F(PreferencesOfAFile, AnUnknownKeyHasASuggestion) {
    EXPECT_EQ(trouble("patiense = \"1m\"\n"),
              ":1:1: 'patiense' is not a key of the configuration | did you mean 'patience'?");
    EXPECT_EQ(trouble("[gates]\n"), ":1:2: 'gates' is not a key of the configuration | did you mean 'gate'?");
    EXPECT_EQ(trouble("\n[notify]\nwebhook = \"https://h/SECRET\"\n"),
              ":2:2: 'notify' is not a key of the configuration | it is a key of the workflow file");
    EXPECT_EQ(trouble("hook = \"https://h/SECRET\"\n"),
              ":1:1: 'hook' is not a key of the configuration | the keys of the configuration: patience, "
              "connections, backend, kill_invalid_dep, gpu_style, gate");
}

TEST_F(PreferencesOfAFile, AnOptionOfGateIsToldWithItsOwnPlace) {
    EXPECT_EQ(trouble("gate = \"x\"\n"), ":1:1: 'gate' takes a table of sbatch's options, not 'string'");
    EXPECT_EQ(trouble("[gate]\nqos = \"x\"\npartitoin = \"cpu\"\n"),
              ":3:1: 'gate.partitoin' is no option for a job | did you mean 'partition'?");
    EXPECT_EQ(
        trouble("[gate]\nrun = \"x\"\n"),
        ":2:1: 'gate.run' is no option for a job | as in gate = { partition = \"cpu\", qos = \"short\" }");
    EXPECT_EQ(trouble("[gate]\npartition = true\n"), ":2:1: 'gate.partition' takes a value, not 'true'");
    EXPECT_EQ(trouble("[gate]\ntime = [1]\n"), ":2:1: 'gate.time' takes one value, not 'array'");
    EXPECT_EQ(trouble("[gate]\ntime = \"10m\"\n"),
              ":2:1: 'gate.time' takes a time limit, not '10m' | did you mean \"00:10:00\"?");
}

TEST_F(PreferencesOfAFile, WhatIsRightIsTaken) {
    const auto preferences =
        read("connections = 2\n[gate]\npartition = \"cpu\"\ntime = 5\nexclusive = false\nrequeue = false\n");
    ASSERT_TRUE(preferences) << preferences.error().message;
    EXPECT_EQ(preferences->connections, 2U);
    EXPECT_EQ(preferences->gate_options,
              (std::vector<std::string>{"--partition=cpu", "--time=5", "--no-requeue"}));
}

TEST_F(PreferencesOfAFile, WhoLooksOrCancelsGoesOnWithoutAFileThatIsWrong) {
    const std::string text = "connections = 2\npatience = \"long\"\n";
    testing::internal::CaptureStderr();
    const auto warned = read(text, {{"SBRAID_PATIENCE", "7s"}}, WrongFiles::are_warnings);
    EXPECT_EQ(testing::internal::GetCapturedStderr(),
              "sbraid: warning: " + file() +
                  ":2:1: 'patience' takes a duration like 90s, 10m or 2h, not 'long'; nothing of this file "
                  "is obeyed\n");
    ASSERT_TRUE(warned);
    EXPECT_EQ(warned->connections, Preferences{}.connections);
    EXPECT_EQ(warned->patience, std::chrono::seconds(7));
    EXPECT_FALSE(read("", {{"SBRAID_PATIENCE", "long"}}, WrongFiles::are_warnings))
        << "a variable is no file";

    const auto noted = read(text, {}, WrongFiles::are_noted);
    ASSERT_TRUE(noted);
    ASSERT_EQ(noted->wrong_files.size(), 1U);
    EXPECT_EQ(noted->wrong_files.front().message,
              file() + ":2:1: 'patience' takes a duration like 90s, 10m or 2h, not 'long'");
}

}  // namespace
}  // namespace sbraid
