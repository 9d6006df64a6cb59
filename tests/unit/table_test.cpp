#include "sbraid/table.hpp"

#include <gtest/gtest.h>

namespace sbraid {
namespace {

TextTable fruits() {
    return {.columns = {{.key = "name", .title = "NAME"},
                        {.key = "count", .title = "COUNT", .right_aligned = true},
                        {.key = "note", .title = "NOTE"}},
            .rows = {{"pear", "7", "a \"sweet\" one, ripe"},
                     {"Äpfel…", "1234567", ""},
                     {"fig|plum", "", "two\nlines"}}};
}

TEST(Table, ForPeopleColumnsAreAlignedByCodePointsAndNothingTrails) {
    EXPECT_EQ(render_text(fruits(), 0),
              "NAME        COUNT  NOTE\n"
              "pear            7  a \"sweet\" one, ripe\n"
              "Äpfel…    1234567\n"
              "fig|plum           two lines\n");
}

TEST(Table, WhatDoesNotFitStandsBelowItsRowAndNothingIsCut) {
    EXPECT_EQ(render_text(fruits(), 20),
              "NAME        COUNT\n"
              "    NOTE\n"
              "pear            7\n"
              "    a \"sweet\" one,\n"
              "    ripe\n"
              "Äpfel…    1234567\n"
              "fig|plum\n"
              "    two lines\n");
    EXPECT_EQ(render_text(fruits(), 10, false),
              "pear\n"
              "    7  a\n"
              "    \"sweet\"\n"
              "    one,\n"
              "    ripe\n"
              "Äpfel…\n"
              "    1234567\n"
              "fig|plum\n"
              "    two\n"
              "    lines\n");
}

TEST(Table, AWordLongerThanTheLineStaysWhole) {
    const TextTable table{.columns = {{.key = "a", .title = "A"}, {.key = "b", .title = "B"}},
                          .rows = {{"1234567", "/a/long/path"}}};
    EXPECT_EQ(render_text(table, 5, false), "1234567\n    /a/long/path\n");
}

TEST(Table, RowsComeOneByOneWithTheHeaderFirst) {
    const auto rows = render_rows(fruits(), 20);
    ASSERT_EQ(rows.size(), 4U);
    EXPECT_EQ(rows[0], "NAME        COUNT\n    NOTE\n");
    EXPECT_EQ(rows[2], "Äpfel…    1234567\n");
}

TEST(Table, WithoutRowsTheHeaderStays) {
    auto table = fruits();
    table.rows.clear();
    EXPECT_EQ(render_text(table, 80), "NAME  COUNT  NOTE\n");
    EXPECT_EQ(render_text(table, 80, false), "");
}

TEST(Table, AMissingCellIsEmpty) {
    const TextTable table{.columns = {{.key = "a", .title = "A"}, {.key = "b", .title = "B"}},
                          .rows = {{"1"}}};
    EXPECT_EQ(render_text(table, 0), "A  B\n1\n");
    EXPECT_EQ(render_parsable(table), "a|b\n1|\n");
}

TEST(Table, ParsableHasOneLineARowWhateverTheFieldsHold) {
    EXPECT_EQ(render_parsable(fruits()),
              "name|count|note\n"
              "pear|7|a \"sweet\" one, ripe\n"
              "Äpfel…|1234567|\n"
              "fig plum||two lines\n");
    EXPECT_EQ(render_parsable(fruits(), false).substr(0, 7), "pear|7|");
}

TEST(Table, CsvQuotesWhatNeedsIt) {
    EXPECT_EQ(render_csv(fruits()),
              "name,count,note\r\n"
              "pear,7,\"a \"\"sweet\"\" one, ripe\"\r\n"
              "Äpfel…,1234567,\r\n"
              "fig|plum,,\"two\nlines\"\r\n");
}

TEST(Table, AnEscapeNeverReachesTheTerminal) {
    const TextTable table{.columns = {{.key = "a", .title = "A"}}, .rows = {{"\x1b[31mred\x07"}}};
    EXPECT_EQ(render_text(table, 0, false), " [31mred\n");
}

}  // namespace
}  // namespace sbraid
