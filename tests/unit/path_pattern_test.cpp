#include "../../lib/src/path_pattern.hpp"

#include <gtest/gtest.h>

namespace sbraid {
namespace {

bool overlap(const char* a, const char* b) {
    const PathPattern first{"/w", a};
    const PathPattern second{"/w", b};
    EXPECT_EQ(first.overlaps(second), second.overlaps(first)) << a << " " << b;
    return first.overlaps(second);
}

TEST(PathPattern, NormalForm) {
    const auto text = [](const char* path) { return PathPattern{"/w/d", path}.text(); };
    EXPECT_EQ(text("a/b"), "/w/d/a/b");
    EXPECT_EQ(text("./a//b/../c"), "/w/d/a/c");
    EXPECT_EQ(text("../x"), "/w/x");
    EXPECT_EQ(text("/abs/"), "/abs/");
    EXPECT_EQ(text("../../../.."), "/");
    EXPECT_EQ(text("."), "/w/d");
}

TEST(PathPattern, LiteralIsEmptyWhereThePathIsNotOne) {
    EXPECT_EQ((PathPattern{"/w", "a"}.literal()), "/w/a");
    for (const char* many : {"a*", "a?", "[ab]", "a%a", "a\x1dlr\x1e"})
        EXPECT_EQ((PathPattern{"/w", many}.literal()), "") << many;
    EXPECT_EQ((PathPattern{"/w", "a["}.literal()), "/w/a[");
}

TEST(PathPattern, WhatIsKnownStandsBeforeTheFirstWildcard) {
    const auto start = [](const char* path) { return std::string{PathPattern{"/w", path}.known_start()}; };
    EXPECT_EQ(start("a/b"), "/w/a/b");
    EXPECT_EQ(start("a/b*"), "/w/a/b");
    EXPECT_EQ(start("a%a"), "/w/a");
    EXPECT_EQ(start("a/\x1dlr\x1e/"), "/w/a/");
    EXPECT_EQ(start("a/"), "/w/a") << "the folder itself, too";
    EXPECT_EQ(start("/"), "");
}

TEST(PathPattern, PatternsMeetWhereAPathMatchesBoth) {
    EXPECT_TRUE(overlap("a.txt", "a.txt"));
    EXPECT_FALSE(overlap("a.txt", "a.txt2"));
    EXPECT_TRUE(overlap("*.txt", "a.*"));
    EXPECT_FALSE(overlap("*.txt", "a.bin"));
    EXPECT_TRUE(overlap("a*c", "*b*"));
    EXPECT_FALSE(overlap("a*c", "b*"));
    EXPECT_TRUE(overlap("?.txt", "[ab].txt"));
    EXPECT_FALSE(overlap("??.txt", "a.txt"));
    EXPECT_TRUE(overlap("*", "\x1dlr\x1e.pt"));
    EXPECT_TRUE(overlap("out/\x1dlr\x1e.pt", "out/0.1.pt"));
    EXPECT_TRUE(overlap("shard-%a", "shard-12"));
}

TEST(PathPattern, AWildcardStaysInItsFolder) {
    EXPECT_FALSE(overlap("*", "a/b"));
    EXPECT_FALSE(overlap("a?b", "a/b"));
    EXPECT_TRUE(overlap("*/b", "a/*"));
}

TEST(PathPattern, AFolderIsAllThatIsInIt) {
    EXPECT_TRUE(overlap("a/", "a/b/c"));
    EXPECT_TRUE(overlap("a/", "a"));
    EXPECT_TRUE(overlap("a/", "a/b/"));
    EXPECT_TRUE(overlap("a/*.bin", "a/"));
    EXPECT_FALSE(overlap("a/", "ab"));
    EXPECT_FALSE(overlap("a/", "b/a"));
    EXPECT_TRUE(overlap("/", "x"));
}

}  // namespace
}  // namespace sbraid
