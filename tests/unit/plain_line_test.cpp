#include "../../lib/src/plain_line.hpp"

#include <gtest/gtest.h>

namespace sbraid {
namespace {

TEST(PlainLine, IsWhatATerminalMayShow) {
    EXPECT_EQ(plain_line("\x1b[31mred\x1b[0m \x1b]0;title\x07on\tx", 99), "red on\tx");
    EXPECT_EQ(plain_line("10%\r50%\rERROR: no memory\r", 99), "ERROR: no memory");
    EXPECT_EQ(plain_line("a\302\23331mb\342\200\256c\377d", 99), "a31mbc\357\277\275d");
    EXPECT_EQ(plain_line("世界世界", 2), "…世界");
    EXPECT_EQ(plain_line("\x1b[", 9), "");
    EXPECT_EQ(plain_line("x\x1b", 9), "x");
}

}  // namespace
}  // namespace sbraid
