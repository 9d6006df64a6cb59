#include "sbraid/matrix.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sbraid {
namespace {

using testing::ElementsAre;

Matrix sweep(std::vector<std::uint32_t> excluded = {}, std::vector<Matrix::Row> included = {}) {
    return {{{"lr", {"1e-4", "3e-4"}}, {"seed", {"1", "2", "3"}}}, std::move(excluded), std::move(included)};
}

TEST(Matrix, TheLastKeyVariesFastest) {
    const Matrix matrix = sweep();
    EXPECT_EQ(to_string(matrix.indexes()), "0-5");
    EXPECT_EQ(matrix.label(0), "lr=1e-4,seed=1");
    EXPECT_EQ(matrix.label(1), "lr=1e-4,seed=2");
    EXPECT_EQ(matrix.label(5), "lr=3e-4,seed=3");
}

TEST(Matrix, ExcludedOnesAreHolesAndIncludedOnesComeLast) {
    const Matrix matrix = sweep({0, 4}, {{"1", "9"}});
    EXPECT_EQ(to_string(matrix.indexes()), "1-3,5-6");
    EXPECT_EQ(matrix.label(6), "lr=1,seed=9");
    EXPECT_EQ(to_string(sweep({0, 1, 2, 3, 4, 5}, {{"1", "9"}}).indexes()), "6");
}

TEST(Matrix, SelectsSlicesByTheTextOfTheValues) {
    const Matrix matrix = sweep({4}, {{"3e-4", "9"}});
    EXPECT_THAT(matrix.select({{"lr", "3e-4"}}).value(), ElementsAre(3, 5, 6));
    EXPECT_THAT(matrix.select({{"seed", "9"}}).value(), ElementsAre(6));
    EXPECT_EQ(matrix.select({{"lr", "0.0003"}}).error().message, "none of its 'lr' is '0.0003'");
    EXPECT_EQ(matrix.select({{"lr", "3e-4"}, {"seed", "2"}}).error().message, "it has no such combination");
    EXPECT_EQ(matrix.select({{"sed", "2"}}).error().hint, "did you mean 'seed'?");
}

TEST(Matrix, KnowsWhenItIsTooLargeForSlurm) {
    const std::vector<std::string> many(2001, "x");
    EXPECT_EQ(product_of({{"a", many}, {"b", many}}), std::nullopt);
    EXPECT_EQ(product_of({{"a", many}, {"b", std::vector<std::string>(1999, "y")}}), 2001U * 1999U);
}

TEST(Matrix, ASelectionIsKeysWithValues) {
    EXPECT_EQ(parse_selection("lr=1e-4,seed=1").value(), (Matrix::Selection{{"lr", "1e-4"}, {"seed", "1"}}));
    EXPECT_EQ(parse_selection("lr=a=b").value(), (Matrix::Selection{{"lr", "a=b"}}));
    EXPECT_EQ(parse_selection("name=a,b,seed=1").value(), (Matrix::Selection{{"name", "a,b"}, {"seed", "1"}}))
        << "as label() prints it";
    EXPECT_EQ(parse_selection("lr").error().message, "'lr' is no key with a value");
    EXPECT_EQ(parse_selection("lr=1,lr=2").error().message, "'lr' is named twice");
}

}  // namespace
}  // namespace sbraid
