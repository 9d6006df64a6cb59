#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sbraid/document.hpp"

namespace sbraid {
namespace {

struct Parsed {
    Sources sources;
    std::optional<Document> document;
    std::string messages;
};

Parsed parse_text(const std::string& text) {
    Parsed result;
    const std::uint32_t file = result.sources.add("flow.toml", text);
    auto document = parse(result.sources, file);
    if (document)
        result.document = std::move(*document);
    else
        for (const Diagnostic& diagnostic : document.error())
            result.messages += render(result.sources, diagnostic);
    return result;
}

std::string show(const Place& place) {
    return fmt::format("{}:{}+{}", place.line, place.column, place.length);
}

// Keys and values in order, with their places.
std::string show(const Table& table, const std::string& path = "") {
    std::string text;
    for (const Entry& entry : table.entries) {
        const std::string name = path + entry.key;
        text += fmt::format("{} {} = {} {}\n", name, show(entry.key_place), entry.node.type_name(),
                            show(entry.node.place));
        if (const auto* inner = std::get_if<Table>(&entry.node.value)) text += show(*inner, name + ".");
    }
    return text;
}

TEST(Document, KeepsTheOrderOfTheTextAndThePlacesOfKeysAndValues) {
    const Parsed parsed = parse_text(
        "zebra = 1\napple.pie = \"ü\" # é\n[mango]\nx = [1,\n 2]\n[berry.\"blue black\"]\ny = {b = 1, a = "
        "true}\n");
    ASSERT_TRUE(parsed.document) << parsed.messages;
    EXPECT_EQ(show(parsed.document->root()),
              "zebra 1:1+5 = integer 1:9+1\n"
              "apple 2:1+5 = table 2:1+5\n"
              "apple.pie 2:7+3 = string 2:13+3\n"
              "mango 3:2+5 = table 3:1+7\n"
              "mango.x 4:1+1 = array 4:5+3\n"
              "berry 6:2+5 = table 6:1+20\n"
              "berry.blue black 6:8+12 = table 6:1+20\n"
              "berry.blue black.y 7:1+1 = table 7:5+17\n"
              "berry.blue black.y.b 7:6+1 = integer 7:10+1\n"
              "berry.blue black.y.a 7:13+1 = boolean 7:17+4\n");
}

TEST(Document, KeepsNumbersAndTimesAsTheyAreWritten) {
    const Parsed parsed =
        parse_text("a = [1e-4, +1_000, 0x1F, -0.50,3.0]\nb = 2030-01-20 12:34:00 # c\nc = 07:30:00");
    ASSERT_TRUE(parsed.document) << parsed.messages;
    const auto& items = std::get<Array>(parsed.document->root().find("a")->node.value).items;
    ASSERT_EQ(items.size(), 5U);
    EXPECT_EQ(std::get<Float>(items[0].value).text, "1e-4");
    EXPECT_EQ(std::get<Integer>(items[1].value).text, "+1_000");
    EXPECT_EQ(std::get<Integer>(items[1].value).value, 1000);
    EXPECT_EQ(std::get<Integer>(items[2].value).text, "0x1F");
    EXPECT_EQ(std::get<Float>(items[3].value).text, "-0.50");
    EXPECT_EQ(std::get<Float>(items[4].value).text, "3.0");
    EXPECT_EQ(std::get<DateTime>(parsed.document->root().find("b")->node.value).text, "2030-01-20 12:34:00");
    EXPECT_EQ(std::get<DateTime>(parsed.document->root().find("c")->node.value).text, "07:30:00");
}

TEST(Document, AnAbsentKeyIsNotFound) {
    const Parsed parsed = parse_text("a = 1");
    EXPECT_EQ(parsed.document->root().find("b"), nullptr);
    EXPECT_NE(parsed.document->root().find("a"), nullptr);
}

TEST(Document, OnlyTheFirstLineOfAValueIsMarked) {
    const Parsed parsed = parse_text("run = \"\"\"\nlong text\n\"\"\"\n");
    EXPECT_EQ(show(parsed.document->root().find("run")->node.place), "1:7+3");
}

// Each of these once made some TOML parser crash, loop or run out of stack.
class HostileText : public ::testing::TestWithParam<std::string> {};

TEST_P(HostileText, IsAnErrorWithAPlace) {
    const Parsed parsed = parse_text(GetParam());
    ASSERT_FALSE(parsed.document);
    EXPECT_TRUE(parsed.messages.starts_with("flow.toml:")) << parsed.messages;
    EXPECT_NE(parsed.messages.find(": error: not valid TOML: "), std::string::npos) << parsed.messages;
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string result;
    for (std::size_t i = 0; i < times; ++i) result += text;
    return result;
}

INSTANTIATE_TEST_SUITE_P(
    Document, HostileText,
    ::testing::Values("[", "[[", "[\n", "[ ", "[!]", "[.]", "[[.]]", "a", "a =", "a = ", "= 1", "a = [",
                      "a = {", "a = \"", "a = '''", "a = \"\\", "a = \"\\u12",
                      std::string("a = 1\0b = 2", 11), std::string(1, '\0'), "\xFF\xFE", "a = \"\xC3\"",
                      "\xEF\xBB", "a = 99999999999999999999", "a = 1e", "a = 2030-13-01", "\r",
                      "a = 1\rb = 2", "a = 1 b = 2", "a = " + repeated("[", 100'000),
                      "a = " + repeated("{a=", 100'000), "[a" + repeated(".a", 100'000) + "]",
                      "a" + repeated(".a", 100'000) + " = 1", "a" + repeated(" . a", 100'000) + " = 1",
                      repeated("[[a.", 50'000), repeated("\"", 99'999), "a = " + repeated("-", 50'000)));

TEST(Document, LongLinesAreReadInLinearTime) {
    std::string text = "a = [";
    for (int i = 0; i < 200'000; ++i) text += fmt::format("{}, ", i);
    text += "]\nb = { ";
    for (int i = 0; i < 50'000; ++i) text += fmt::format("{}x{} = {}", i == 0 ? "" : ", ", 50'000 - i, i);
    const Parsed parsed = parse_text(text + " }");
    ASSERT_TRUE(parsed.document) << parsed.messages;
    EXPECT_EQ(
        std::get<Integer>(std::get<Array>(parsed.document->root().find("a")->node.value).items.back().value)
            .text,
        "199999");
    EXPECT_EQ(std::get<Integer>(
                  std::get<Table>(parsed.document->root().find("b")->node.value).entries.back().node.value)
                  .text,
              "49999");
}

// toml++ 3.3 runs into undefined behaviour on some of these; the sanitizers' build shows it.
TEST(Document, LettersBeyondAsciiAreFineInTextAndErrorsElsewhere) {
    const Parsed parsed = parse_text("a = \"\"\"\\\n  ö \\\n  ß數\"\"\"\n");
    ASSERT_TRUE(parsed.document) << parsed.messages;
    EXPECT_EQ(std::get<std::string>(parsed.document->root().find("a")->node.value), "ö ß數");
    for (const char* wrong : {"größe = 1", "a = 1 ö", "[ö]", "a = ö", "a = [1 ß]", "a = \"\\ö\""})
        EXPECT_FALSE(parse_text(wrong).document) << wrong;
}

TEST(Document, ManyDotsOutsideOfKeysAreFine) {
    const Parsed parsed = parse_text("a = \"" + repeated("../", 1000) + "\" # " + repeated(".", 1000) +
                                     "\nb = [" + repeated("0.5, ", 1000) + "]\nc = \"\"\"\n" +
                                     repeated(".", 100) + "\"\"\"\"\nd = '''" + repeated(".", 100) + "'''\n");
    EXPECT_TRUE(parsed.document) << parsed.messages;
}

}  // namespace
}  // namespace sbraid
