#include <gtest/gtest.h>

#include "sbraid/plan.hpp"

namespace sbraid {
namespace {

const Token k_token{"flow-20260101T000000-5f3a9c", "prep/train.2", 3};
constexpr const char* k_text = "sbraid:flow-20260101T000000-5f3a9c:prep/train.2#3";

TEST(Token, IsTheFirstWordOfAComment) {
    EXPECT_EQ(to_string(k_token), k_text);
    EXPECT_EQ(find_token(k_text), k_token);
    EXPECT_EQ(find_token(std::string{k_text} + " for the paper"), k_token);
    EXPECT_EQ(find_token("for the paper " + std::string{k_text}), std::nullopt);
}

TEST(Token, IsFoundInASubmitLine) {
    const std::string line = "sbatch --parsable --mem=1G --comment=" + std::string{k_text};
    EXPECT_EQ(find_token(line), k_token);
    EXPECT_EQ(find_token(line + " for the paper --hold"), k_token);
    EXPECT_EQ(find_token("sbatch --comment='" + std::string{k_text} + " for the paper' --hold"), k_token);
    EXPECT_EQ(find_token("sbatch --job-name=x--comment=" + std::string{k_text}), std::nullopt);
    EXPECT_EQ(find_token("sbatch --comment=mine --comment=" + std::string{k_text}), k_token);
}

TEST(Token, IsNotFoundInWhatOnlyLooksLikeOne) {
    for (const char* text :
         {"", "sbraid:", "sbraid:flow:train#1", "sbraid:flow-20260101T000000-5f3a9c:train",
          "sbraid:flow-20260101T000000-5f3a9c:train#", "sbraid:flow-20260101T000000-5f3a9c:train#0",
          "sbraid:flow-20260101T000000-5f3a9c:train#1x",
          "sbraid:flow-20260101T000000-5f3a9c:train#4294967296", "sbraid:flow-20260101T000000-5f3a9c:#1",
          "sbraid:flow-20260101T000000-5f3a9c:a:b#1", "SBRAID:flow-20260101T000000-5f3a9c:train#1"}) {
        EXPECT_EQ(find_token(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace sbraid
