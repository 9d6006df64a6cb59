// The value of the key `dependency`.
#include "dependency_expression.hpp"
#include "fuzz.hpp"

namespace sbraid {
namespace {

void look_at(const DependencyExpression& expression, std::string_view text) {
    for (const DependencyExpression::Leaf& leaf : expression.leaves) {
        fuzz::require(!leaf.name.empty(), "a leaf has a name", text);
        fuzz::require(text.substr(leaf.offset, leaf.name.size()) == leaf.name, "a name stands at its offset",
                      text);
    }
    for (const DependencyExpression& group : expression.groups) look_at(group, text);
}

}  // namespace
}  // namespace sbraid

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sbraid;
    const std::string text = fuzz::text_of(data, size);
    const auto expression = parse_dependency_expression(text);
    if (expression)
        look_at(*expression, text);
    else
        fuzz::require(expression.error().offset + expression.error().length <= text.size() + 1,
                      "an error lies in the text", text);
    return 0;
}
