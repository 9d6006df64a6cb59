#include "sbraid/script_options.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace sbraid {
namespace {

std::string options_of(const std::string& script) {
    Sources sources;
    const std::uint32_t file = sources.add("job.sh", script);
    std::string text;
    for (const ScriptOption& option : read_script_options(sources, file).options) {
        text += fmt::format("{}{} {}:{}+{}\n", option.name, option.value ? "=" + *option.value : "",
                            option.place.line, option.place.column, option.place.length);
    }
    return text;
}

TEST(ScriptOptions, ReadsLongAndShortSpellings) {
    EXPECT_EQ(options_of("#!/bin/bash\n#SBATCH --time=10 --mem 4G\n#SBATCH -N2 -n 4\n"),
              "time=10 2:9+9\nmem=4G 2:19+8\nnodes=2 3:9+3\nntasks=4 3:13+4\n");
}

TEST(ScriptOptions, BundlesShortFlagsAndCompletesLongNamesThatAreUnambiguous) {
    EXPECT_EQ(options_of("#SBATCH -HW\n#SBATCH --arr=0-3 --excl --job-n x\n"),
              "hold 1:9+3\nwait 1:9+3\narray=0-3 2:9+9\nexcl 2:19+6\njob-name=x 2:26+9\n");
}

TEST(ScriptOptions, OptionalValuesNeedAnEqualsSign) {
    EXPECT_EQ(options_of("#SBATCH --exclusive=user --nice --no-kill off\n"),
              "exclusive=user 1:9+16\nnice 1:26+6\nno-kill 1:33+9\noff 1:43+3\n");
}

TEST(ScriptOptions, QuotesAndBackslashesJoinWords) {
    EXPECT_EQ(options_of("#SBATCH --comment=\"two words\" --job-name 'a \\b' -p big\\ mem\n"),
              "comment=two words 1:9+21\njob-name=a \\b 1:31+17\npartition=big mem 1:49+11\n");
}

TEST(ScriptOptions, AHashStartsAComment) {
    EXPECT_EQ(options_of("#SBATCH -t 10 # --array=1\n#SBATCH \"--comment=#1\"\n"),
              "time=10 1:9+5\ncomment=#1 2:9+14\n");
}

TEST(ScriptOptions, EndAtTheFirstCommand) {
    EXPECT_EQ(options_of("#!/bin/sh\n\n  # indented comment\n# SBATCH --not-this=1\n #SBATCH "
                         "--nor-this=1\n#SBATCH -t 1\necho\n#SBATCH -t 2\n"),
              "time=1 6:9+4\n");
}

TEST(ScriptOptions, KeepsItsLinesForTheGeneratedScript) {
    Sources sources;
    const std::uint32_t file =
        sources.add("job.sh", "#!/bin/bash\n#SBATCH   --time=10  \n#SBATCH\n#SBATCH -n 1 # one\r\n");
    EXPECT_EQ(read_script_options(sources, file).lines,
              (std::vector<std::string>{"--time=10", "", "-n 1 # one"}));
}

TEST(ScriptOptions, AScriptWithoutAnyHasNone) {
    EXPECT_EQ(options_of(""), "");
    EXPECT_EQ(options_of("#SBATCH"), "");
    EXPECT_EQ(options_of("#SBATCH -"), "- 1:9+1\n");
    EXPECT_EQ(options_of("#SBATCH -t"), "time 1:9+2\n");
    EXPECT_EQ(options_of("#SBATCH --time"), "time 1:9+6\n");
    EXPECT_EQ(options_of("#SBATCH \"open"), "open 1:9+5\n");
}

}  // namespace
}  // namespace sbraid
