#include "../../lib/src/shell_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sbraid {
namespace {

/// The text up to where its first command ends; all of it when nothing follows.
std::string first_command(std::string_view text) {
    return std::string{text.substr(0, end_of_first_command(text).value_or(text.size()))};
}

TEST(ShellText, OneCommandIsOne) {
    for (const char* const text :
         {"train.py", "train.py --lr 1e-4\n", "\n\ntrain.py;\n# that was all\n", "train.py \\\n  --lr 1",
          "train.py 'a; b' \"c && d\\\" ; e\"", "train.py $(ls; date) `ls; date`", "train.py 2>&1 >log &>all",
          "train.py | tee log", "train.py |\n  tee log", "train.py |& tee log", "train.py --name a#b;", "",
          "'open"})
        EXPECT_EQ(end_of_first_command(text), std::nullopt) << text;
}

TEST(ShellText, TwoCommandsAreTold) {
    EXPECT_EQ(first_command("train.py\nevaluate.py\n"), "train.py");
    EXPECT_EQ(first_command("a; b"), "a");
    EXPECT_EQ(first_command("a && b"), "a ");
    EXPECT_EQ(first_command("a || b"), "a ");
    EXPECT_EQ(first_command("a & b"), "a ");
    EXPECT_EQ(first_command("a # note\nb"), "a # note");
    EXPECT_EQ(first_command("a | b\nc"), "a | b");
    EXPECT_EQ(first_command("\na 'x\ny'\nb"), "\na 'x\ny'");
}

TEST(ShellText, ShellsAreKnownByAnyPath) {
    for (const char* const shell : {"/bin/bash -eo pipefail", "sh", "/usr/bin/zsh", "ksh -e"})
        EXPECT_TRUE(reads_shell_text(shell)) << shell;
    for (const char* const shell : {"/usr/bin/python3", "/usr/bin/env bash", "fish"})
        EXPECT_FALSE(reads_shell_text(shell)) << shell;
}

}  // namespace
}  // namespace sbraid
