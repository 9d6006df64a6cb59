#include "sbraid/diagnostic.hpp"

#include <gtest/gtest.h>

namespace sbraid {
namespace {

std::string rendered(const std::string& text, std::uint32_t line, std::uint32_t column,
                     std::uint32_t length) {
    Sources sources;
    const std::uint32_t file = sources.add("flow.toml", text);
    return render(sources, {Severity::error, {file, line, column, length}, "wrong", "mend it"});
}

TEST(Diagnostic, ShowsPlaceLineCaretAndHint) {
    EXPECT_EQ(rendered("a\nafterok = [\"tokenise\"]\n", 2, 12, 10),
              "flow.toml:2:12: error: wrong\n"
              "    2 | afterok = [\"tokenise\"]\n"
              "      |            ^~~~~~~~~~\n"
              "   hint: mend it\n");
}

TEST(Diagnostic, TheAddressOfAWebhookIsNotShown) {
    EXPECT_EQ(rendered("webhook = \"https//h/SECRET\"", 1, 11, 17),
              "flow.toml:1:11: error: wrong\n"
              "    1 | webhook = …\n"
              "      |           ^\n"
              "   hint: mend it\n");
    EXPECT_EQ(rendered("notify = { 'webhook'=\"https://h/SECRET\", on = 1 }", 1, 46, 1),
              "flow.toml:1:46: error: wrong\n"
              "    1 | notify = { 'webhook'= …\n"
              "      |                        ^\n"
              "   hint: mend it\n");
    EXPECT_NE(rendered("[task.webhook] # = x", 1, 2, 1).find("[task.webhook] # = x"), std::string::npos);
}

TEST(Diagnostic, TheAddressIsNotShownBehindAMisspeltKeyEither) {
    const auto shown = [](const std::string& line, const std::string& before = "[notify]\n") {
        const std::string text = rendered(before + line + "\n", before.empty() ? 1 : 2, 1, 1);
        const std::size_t begin = text.find("| ") + 2;
        return text.substr(begin, text.find('\n', begin) - begin);
    };
    for (const char* key : {"webhok", "web-hook", "WEBHOOK", "webhook_url", "notify.webhok"})
        EXPECT_EQ(shown(std::string{key} + " = \"https//h/SECRET\"", ""), std::string{key} + " = …");
    EXPECT_EQ(shown("\"webhok\"='https://h/SECRET'"), "\"webhok\"= …");
    EXPECT_EQ(shown("url = \"https://h/SECRET\""), "url = \"https://…");
    EXPECT_EQ(shown("https://h/SECRET\"\"\"", "[ notify ]\n"), "https://…");
    EXPECT_EQ(shown("notify = { url = \"https://h/SECRET\" }", ""), "notify = { url = \"https://…");
    EXPECT_EQ(shown("notfy = { url = \"https://h/SECRET\" }", ""), "notfy = { url = \"https://…");
    EXPECT_EQ(shown("on = [\"fnished\"]"), "on = [\"fnished\"]");
    EXPECT_EQ(shown("run = \"curl https://h/x\"", "[task.a]\n"), "run = \"curl https://h/x\"");
}

TEST(Diagnostic, WithoutAPlaceSpeaksForTheProgram) {
    const Sources sources;
    EXPECT_EQ(render(sources, {Severity::warning, {}, "odd", ""}), "sbraid: warning: odd\n");
    EXPECT_EQ(render(sources, {Severity::error, {}, "wrong", "mend it"}),
              "sbraid: error: wrong\nhint: mend it\n");
}

TEST(Diagnostic, PutsTheCaretUnderTheRightCodePoint) {
    EXPECT_EQ(rendered("größe = x", 1, 9, 1),
              "flow.toml:1:9: error: wrong\n"
              "    1 | größe = x\n"
              "      |         ^\n"
              "   hint: mend it\n");
}

TEST(Diagnostic, TabsBecomeBlanksAboveAndBelow) {
    EXPECT_EQ(rendered("\ta\tb = x", 1, 4, 1),
              "flow.toml:1:4: error: wrong\n"
              "    1 |     a   b = x\n"
              "      |         ^\n"
              "   hint: mend it\n");
}

TEST(Diagnostic, AMarkNeverGoesBeyondTheLine) {
    EXPECT_EQ(rendered("ab\ncd", 1, 2, 50),
              "flow.toml:1:2: error: wrong\n"
              "    1 | ab\n"
              "      |  ^\n"
              "   hint: mend it\n");
    EXPECT_EQ(rendered("ab", 1, 3, 0),
              "flow.toml:1:3: error: wrong\n"
              "    1 | ab\n"
              "      |   ^\n"
              "   hint: mend it\n");
    EXPECT_EQ(rendered("ab", 7, 1, 3),
              "flow.toml:7:1: error: wrong\n"
              "    7 |\n"
              "      | ^\n"
              "   hint: mend it\n");
}

TEST(Diagnostic, OfALongLineOnlyAWindowIsShown) {
    const std::string text = rendered(std::string(1000, 'a') + "X" + std::string(1000, 'b'), 1, 1001, 1);
    EXPECT_NE(text.find("    1 | …aaa"), std::string::npos) << text;
    EXPECT_NE(text.find("bbb…\n"), std::string::npos) << text;
    const std::size_t line = text.find("    1 | ");
    const std::size_t caret_line = text.find("      | ");
    // The cut mark is one column wide and three bytes long.
    EXPECT_EQ(text.find('X') - line - 2, text.find('^') - caret_line);
}

TEST(Diagnostic, NearTheEndOfALongLineTheWindowEndsWithIt) {
    const std::string text = rendered(std::string(1000, 'a') + "X" + std::string(10, 'b'), 1, 1001, 500);
    EXPECT_NE(text.find("aXbbbbbbbbbb\n"), std::string::npos) << text;
    EXPECT_NE(text.find(" ^~~~~~~~~~~\n"), std::string::npos) << text;
    EXPECT_NE(text.find("    1 | …" + std::string(89, 'a') + "X"), std::string::npos) << text;
}

TEST(Diagnostic, NothingInAFileMovesTheCursorOfATerminal) {
    EXPECT_EQ(rendered("a\x1b[31mb\xff\xc2\x9b", 1, 1, 1),
              "flow.toml:1:1: error: wrong\n"
              "    1 | a?[31mb??\n"
              "      | ^\n"
              "   hint: mend it\n");
    const Sources sources;
    EXPECT_EQ(render(sources, {Severity::error, {}, "task '\x1b[2J\n'", ""}),
              "sbraid: error: task '?[2J?'\n");
}

TEST(Diagnostic, DosLineEndsAndByteOrderMarkAreNotShown) {
    EXPECT_EQ(rendered("\xEF\xBB\xBF"
                       "ab\r\ncd",
                       1, 2, 1),
              "flow.toml:1:2: error: wrong\n"
              "    1 | ab\n"
              "      |  ^\n"
              "   hint: mend it\n");
}

TEST(Diagnostic, SortsByPlaceAndKeepsTheOrderOfEqualPlaces) {
    Diagnostics all{{Severity::error, {0, 2, 1, 0}, "c", ""},
                    {Severity::error, {1, 1, 1, 0}, "e", ""},
                    {Severity::error, {0, 1, 5, 0}, "a", ""},
                    {Severity::error, {0, 2, 1, 9}, "d", ""},
                    {Severity::error, {0, 1, 7, 0}, "b", ""}};
    sort_by_place(all);
    std::string order;
    for (const Diagnostic& diagnostic : all) order += diagnostic.message;
    EXPECT_EQ(order, "abcde");
}

TEST(Sources, GivesLinesWithoutTheirEnds) {
    Sources sources;
    const std::uint32_t file = sources.add("f", "one\ntwo\r\n\nfour");
    EXPECT_EQ(sources.line(file, 1), "one");
    EXPECT_EQ(sources.line(file, 2), "two");
    EXPECT_EQ(sources.line(file, 3), "");
    EXPECT_EQ(sources.line(file, 4), "four");
    EXPECT_EQ(sources.line(file, 5), "");
    EXPECT_EQ(sources.line(file, 0), "");
}

}  // namespace
}  // namespace sbraid
