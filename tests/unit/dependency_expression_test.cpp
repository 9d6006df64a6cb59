#include "../../lib/src/dependency_expression.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace sbraid {
namespace {

/// `all(afterok:a any(afterok:b afternotok:c))`
std::string shown(const DependencyExpression& expression) {
    std::string text = expression.join == Join::any ? "any(" : "all(";
    std::string gap;
    for (const auto& leaf : expression.leaves)
        text += fmt::format("{}{}:{}", std::exchange(gap, " "), to_string(leaf.kind), leaf.name);
    for (const auto& group : expression.groups) text += std::exchange(gap, " ") + shown(group);
    if (expression.singleton) text += std::exchange(gap, " ") + "singleton";
    return text + ")";
}

std::string parsed(std::string_view text) {
    const auto expression = parse_dependency_expression(text);
    if (expression) return shown(*expression);
    const ExpressionError& error = expression.error();
    return fmt::format("{}+{}: {}", error.offset, error.length, error.message);
}

TEST(DependencyExpression, IsSlurmsOwnGrammarWithNames) {
    EXPECT_EQ(parsed("afterok:a"), "all(afterok:a)");
    EXPECT_EQ(parsed("afterok:a:b,afternotok:c"), "all(afterok:a afterok:b afternotok:c)");
    EXPECT_EQ(parsed("afterok:a:b?afternotok:c"), "any(afterok:a afterok:b afternotok:c)");
    EXPECT_EQ(parsed("after:a+10,singleton"), "all(after:a+10 singleton)");
    EXPECT_EQ(parsed("singleton"), "all(singleton)");
}

TEST(DependencyExpression, TakesWhatTheListsTakeForANameToo) {
    EXPECT_EQ(parsed("afterok:job:12345:prep-*,afterany:job:12_3"),
              "all(afterok:job:12345 afterok:prep-* afterany:job:12_3)");
    EXPECT_EQ(parsed("afterok:train[lr=1e-4,seed=1]:train[0-3]"),
              "all(afterok:train[lr=1e-4,seed=1] afterok:train[0-3])");
}

TEST(DependencyExpression, MixesAndAndOrByParentheses) {
    EXPECT_EQ(parsed("afterok:a,(afterok:b?afternotok:c)"), "all(afterok:a any(afterok:b afternotok:c))");
    EXPECT_EQ(parsed("( afterok:a , afterok:b ) ? ( afterok:c )"),
              "any(all(afterok:a afterok:b) all(afterok:c))");
    EXPECT_EQ(parsed("(afterok:a?(afterok:b,afterok:c)),afterok:d"),
              "all(afterok:d any(afterok:a all(afterok:b afterok:c)))");
}

TEST(DependencyExpression, SaysWhereItIsWrong) {
    EXPECT_EQ(parsed(""), "0+0: a dependency is missing at the end");
    EXPECT_EQ(parsed("afterok:a,"), "10+0: a dependency is missing at the end");
    EXPECT_EQ(parsed("afterok:a,?afterok:b"), "10+1: a dependency is missing before '?afterok:b'");
    EXPECT_EQ(parsed("afterok"), "0+7: 'afterok' names no task");
    EXPECT_EQ(parsed("afterok:"), "7+1: no name stands behind 'afterok:'");
    EXPECT_EQ(parsed("afterok:a::b"), "9+1: no name stands behind 'afterok:'");
    EXPECT_EQ(parsed("afterrok:a"), "0+8: 'afterrok' is not a kind of dependency");
    EXPECT_EQ(parsed("afterok:a,afterok:b?afterok:c"),
              "19+1: ',' and '?' beside each other: which goes first?");
    EXPECT_EQ(parsed("afterok:a afterok:b"), "10+1: ',' or '?' is missing before 'afterok:b'");
    EXPECT_EQ(parsed("(afterok:a"), "0+1: '(' is not closed");
    EXPECT_EQ(parsed("afterok:a)"), "9+1: ')' closes nothing");
    EXPECT_EQ(parsed("afterok:a?singleton"),
              "0+19: 'singleton' stands among what must all be met, outside of parentheses");
    EXPECT_EQ(parsed(std::string(40, '(')), "32+1: too many parentheses in parentheses");
}

}  // namespace
}  // namespace sbraid
