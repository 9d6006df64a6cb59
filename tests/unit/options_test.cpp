#include "options.hpp"

#include <gtest/gtest.h>

#include <set>

#include "commands/commands.hpp"

namespace sbraid {
namespace {

const CommandSpec& spec() {
    static const CommandSpec command{.name = "brew",
                                     .summary = "make coffee",
                                     .operands = "CUP",
                                     .min_operands = 1,
                                     .max_operands = 2,
                                     .description = "Hot.",
                                     .examples = {{"sbraid brew mug", "one"}},
                                     .options = {{"strength", 's', "N", "how strong", "Coffee"},
                                                 {"dry-run", 0, "", "only look", "Coffee"},
                                                 {"define", 'D', "NAME=VALUE", "set", "Coffee"},
                                                 {"json", 0, "", "as JSON", "Output"}},
                                     .exit_codes = {4}};
    return command;
}

TEST(Options, TakesLongAndShortFormsAndOperandsInAnyOrder) {
    const auto options =
        parse_options(spec(), {"a", "-s", "3", "--dry-run", "-vv", "-Dx=1", "-D", "y=2", "b"});
    ASSERT_TRUE(options) << options.error().message;
    EXPECT_EQ(options->operands(), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(options->value("strength"), "3");
    EXPECT_TRUE(options->has("dry-run"));
    EXPECT_FALSE(options->has("json"));
    EXPECT_EQ(options->count("verbose"), 2U);
    EXPECT_EQ(options->values("define"), (std::vector<std::string>{"x=1", "y=2"}));
}

TEST(Options, TheLastValueWins) {
    const auto options = parse_options(spec(), {"a", "--strength=3", "--strength", "5"});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->value("strength"), "5");
}

TEST(Options, WhatStandsBehindTwoDashesIsAnOperand) {
    const auto options = parse_options(spec(), {"--", "--dry-run"});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->operands(), std::vector<std::string>{"--dry-run"});
}

TEST(Options, AnAbbreviationIsUnknown) {
    const auto options = parse_options(spec(), {"a", "--dry"});
    ASSERT_FALSE(options);
    EXPECT_EQ(options.error().kind, ErrorKind::usage);
    EXPECT_EQ(options.error().message, "'sbraid brew' has no option '--dry'");
}

TEST(Options, AnUnknownOptionHasASuggestion) {
    const auto options = parse_options(spec(), {"a", "--dry-rnu"});
    ASSERT_FALSE(options);
    EXPECT_EQ(options.error().message, "'sbraid brew' has no option '--dry-rnu'");
    EXPECT_EQ(options.error().hint, "did you mean '--dry-run'?");
}

TEST(Options, ARunThatIsAnOperandTakesNoOption) {
    const CommandSpec status{.name = "status", .summary = "rows", .operands = "[RUN]", .max_operands = 1};
    for (const char* option : {"-r", "--run"}) {
        const auto options = parse_options(status, {option, "x"});
        ASSERT_FALSE(options);
        EXPECT_EQ(options.error().message, std::string("'sbraid status' has no option '") + option + "'");
        EXPECT_EQ(options.error().hint, "the run is named without it: 'sbraid status RUN'");
    }
    const auto options = parse_options(spec(), {"-r", "x"});
    ASSERT_FALSE(options);
    EXPECT_EQ(options.error().hint, "'sbraid brew --help' lists the options");
}

TEST(Options, TooFewAndTooManyOperandsAreUsageErrors) {
    const auto none = parse_options(spec(), {});
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().message, "'sbraid brew' needs CUP");
    const auto three = parse_options(spec(), {"a", "b", "c"});
    ASSERT_FALSE(three);
    EXPECT_EQ(three.error().message, "'sbraid brew' has no use for 'c'");
    EXPECT_EQ(three.error().kind, ErrorKind::usage);
}

TEST(Options, AMissingValueIsAUsageError) {
    const auto options = parse_options(spec(), {"a", "--strength"});
    ASSERT_FALSE(options);
    EXPECT_EQ(options.error().kind, ErrorKind::usage);
}

TEST(Options, HelpNeedsNoOperands) {
    EXPECT_TRUE(parse_options(spec(), {"-h"}));
}

TEST(Options, HelpHasExamplesFirstAndExitCodesLast) {
    EXPECT_EQ(help_text(spec()),
              "usage: sbraid brew [options] CUP\n"
              "\n"
              "make coffee\n"
              "\n"
              "Hot.\n"
              "\n"
              "Examples\n"
              "  sbraid brew mug\n"
              "      one\n"
              "\n"
              "Coffee\n"
              "  -s, --strength N         how strong\n"
              "      --dry-run            only look\n"
              "  -D, --define NAME=VALUE  set\n"
              "\n"
              "Output\n"
              "      --json               as JSON\n"
              "\n"
              "General\n"
              "      --color WHEN         auto, always or never\n"
              "  -v, --verbose            say more on stderr: which calls of Slurm, which defaults\n"
              "  -Q, --quiet              say nothing on stderr but errors\n"
              "  -h, --help               this text\n"
              "      --usage              one line\n"
              "  -V, --version            the version of sbraid\n"
              "\n"
              "Exit codes\n"
              "  0    done\n"
              "  1    failed\n"
              "  2    usage: wrong option, unknown file, run or task\n"
              "  4    Slurm refused, or cannot be reached\n");
}

TEST(Options, EveryCommandHasHelpJsonAndParsableOutput) {
    const std::set<std::string> answer_with_a_text{"export", "graph", "import",
                                                   "schema"};  // which has no rows
    for (const auto* command : all_commands()) {
        SCOPED_TRACE(command->spec.name);
        EXPECT_FALSE(command->spec.summary.empty());
        EXPECT_FALSE(command->spec.examples.empty());
        std::vector<std::string> arguments(command->spec.min_operands, "x");
        arguments.emplace_back("--json");
        if (!answer_with_a_text.contains(command->spec.name))
            arguments.insert(arguments.end(), {"-P", "--noheader"});
        EXPECT_TRUE(parse_options(command->spec, arguments));
    }
}

}  // namespace
}  // namespace sbraid
