#include <gmock/gmock.h>

#include "new_settings.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid {
namespace {

using testing::HasSubstr;

constexpr std::string_view k_text = R"(name = "flow"
[defaults]
mem_per_cpu = "1G"
[task.train]
run = "true"
time = 60
[task.eval]
run = "true"
)";

struct Read {
    Sources sources;
    Validated validated;
    [[nodiscard]] std::string messages() const {
        std::string text;
        for (const auto& one : validated.diagnostics) text += render(sources, one);
        return text;
    }
    [[nodiscard]] std::string option(std::size_t task, std::string_view name) const {
        const auto* const found = validated.workflow->tasks().at(task).option(name);
        return found == nullptr ? "none" : found->value.value_or("flag");
    }
};
Read read(std::vector<Override> overrides) {
    Read result;
    const auto file = result.sources.add("flow.toml", std::string{k_text});
    const auto document = parse(result.sources, file).value();
    result.validated =
        validate(result.sources, document,
                 {.directory = "/home/ada", .vars = {}, .files = {}, .overrides = std::move(overrides)});
    return result;
}

TEST(Overrides, WinOverTheTaskAndDropWhatTheyExclude) {
    const auto result = read({{"--set train.time", "train", "time", "4:00:00"},
                              {"--set train.mem", "train", "mem", "64G"},
                              {"--set train.nodes", "train", "nodes", "2"},
                              {"--set train.exclusive", "train", "exclusive", "true"}});
    ASSERT_TRUE(result.validated.workflow) << result.messages();
    EXPECT_EQ(result.option(0, "time"), "4:00:00");
    EXPECT_EQ(result.option(0, "mem"), "64G");
    EXPECT_EQ(result.option(0, "mem-per-cpu"), "none");
    EXPECT_EQ(result.option(0, "nodes"), "2");
    EXPECT_EQ(result.option(0, "exclusive"), "flag");
    EXPECT_EQ(result.option(1, "mem-per-cpu"), "1G") << "another task";
    EXPECT_EQ(result.option(1, "time"), "none");
}

TEST(Overrides, AreCheckedLikeTheFileAndSayWhatIsWrongOnce) {
    const auto result =
        read({{"--set time", "train", "time", "soon"}, {"--set time", "eval", "time", "soon"}});
    EXPECT_FALSE(result.validated.workflow);
    ASSERT_EQ(result.validated.diagnostics.size(), 1U) << result.messages();
    EXPECT_THAT(result.messages(), HasSubstr("--set time:1:8: error: time: 'soon' is not a time limit"));
    EXPECT_THAT(result.messages(), HasSubstr("   1 | time = \"soon\"\n"));
}

TEST(Overrides, TakeOptionsOfSbatchAlone) {
    EXPECT_THAT(read({{"--set train.tme", "train", "tme", "1"}}).messages(),
                HasSubstr("--set train.tme:1:1: error: 'tme' is not a key of a task"));
    EXPECT_THAT(read({{"--set train.run", "train", "run", "false"}}).messages(),
                HasSubstr("'run' is not an option of sbatch about a job"));
    EXPECT_THAT(read({{"--set train.a b", "train", "a b", "false"}}).messages(),
                HasSubstr("'a b' is not a key of a task"));
    const auto both =
        read({{"--set mem", "train", "mem", "1G"}, {"--set mem_per_cpu", "train", "mem_per_cpu", "1G"}});
    EXPECT_THAT(both.messages(), HasSubstr("exclude each other"));
}

TEST(NewSettings, AreReadAsTaskKeyAndValue) {
    const auto one = [](const std::string& text) {
        const auto read = read_new_settings({text});
        return read ? read->front().tasks + "|" + read->front().key + "|" + read->front().value
                    : read.error().message;
    };
    EXPECT_EQ(one("train.time=4:00:00"), "train|time|4:00:00");
    EXPECT_EQ(one("mem=64G"), "|mem|64G");
    EXPECT_EQ(one("prep.0/train.gres=gpu:a.b=1"), "prep.0/train|gres|gpu:a.b=1");
    EXPECT_EQ(one("mem="), "|mem|");
    for (const char* const wrong : {"time", "=4", "train.=4", "train[lr=1].time=4"})
        EXPECT_EQ(one(wrong), std::string{"--set takes TASK.KEY=VALUE or KEY=VALUE, not '"} + wrong + "'");
}

}  // namespace
}  // namespace sbraid
