#include "spank/arguments.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sbraid::spank {
namespace {

Arguments parse(std::vector<std::string>& words) {
    std::vector<char*> argv;
    argv.reserve(words.size());
    for (std::string& word : words) argv.push_back(word.data());
    return parse_arguments(static_cast<int>(argv.size()), argv.data(), "/default");
}

TEST(PlugstackArguments, HaveDefaults) {
    const Arguments arguments = parse_arguments(0, nullptr, "/default");
    EXPECT_STREQ(arguments.collect, "/default");
    EXPECT_STREQ(arguments.spool, "");
    EXPECT_STREQ(arguments.nvml, "");
    EXPECT_EQ(arguments.sim, nullptr);
    EXPECT_EQ(arguments.budget_us, 2000U);
    EXPECT_EQ(arguments.patience_ms, 500U);
    EXPECT_EQ(arguments.wrong, nullptr);
}

TEST(PlugstackArguments, AreTaken) {
    std::vector<std::string> words = {"collect=/a/b", "spool=/c",     "nvml=/d",
                                      "sim=/e=f",     "budget_us=17", "patience_ms=70"};
    const Arguments arguments = parse(words);
    EXPECT_STREQ(arguments.collect, "/a/b");
    EXPECT_STREQ(arguments.spool, "/c");
    EXPECT_STREQ(arguments.nvml, "/d");
    EXPECT_STREQ(arguments.sim, "/e=f");
    EXPECT_EQ(arguments.budget_us, 17U);
    EXPECT_EQ(arguments.patience_ms, 70U);
    EXPECT_EQ(arguments.wrong, nullptr);
}

TEST(PlugstackArguments, AWrongOneIsIgnoredAndTheFirstRemembered) {
    for (const char* wrong : {"colour=red", "collect", "collect=", "collect=relative", "=", "",
                              "budget_us=", "budget_us=-1", "budget_us=1x", "budget_us=99999999999"}) {
        std::vector<std::string> words = {wrong, "spool=/c", "also=wrong"};
        const Arguments arguments = parse(words);
        EXPECT_STREQ(arguments.wrong, wrong);
        EXPECT_STREQ(arguments.collect, "/default");
        EXPECT_STREQ(arguments.spool, "/c");
        EXPECT_EQ(arguments.budget_us, 2000U);
    }
}

TEST(PlugstackArguments, APathThatFitsNoPacketIsWrong) {
    std::vector<std::string> words = {"spool=/" + std::string(1000, 'x')};
    EXPECT_STREQ(parse(words).wrong, words[0].c_str());
    EXPECT_STREQ(parse(words).spool, "");
}

}  // namespace
}  // namespace sbraid::spank
