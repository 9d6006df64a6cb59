// Recursive descent over Slurm's dependency grammar, with names for ids and with parentheses.
//
// A name ends at the next `:`, `,`, `?` or `)` outside of brackets, but for the colon of `job:12345`. What
// may stand in a name is for parse_task_reference() to say.
#include "dependency_expression.hpp"

#include <fmt/format.h>
#include <array>

#include "characters.hpp"
#include "sbraid/suggest.hpp"
#include "wording.hpp"

namespace sbraid {
namespace {

constexpr std::size_t k_deepest = 32;  // parentheses in parentheses

using Parsed = tl::expected<DependencyExpression, ExpressionError>;
using Wrong = tl::unexpected<ExpressionError>;

class Parser {
  public:
    explicit Parser(std::string_view text) : text_(text) {}

    Parsed whole() {
        Parsed parsed = expression(0);
        if (parsed && at_ < text_.size())
            return wrong(at_, 1, "')' closes nothing", "remove it, or open it with '('");
        return parsed;
    }

  private:
    Parsed expression(std::size_t depth) {
        DependencyExpression result;
        char joint = '\0';
        for (;;) {
            if (auto failed = term(result, depth)) return Wrong{std::move(*failed)};
            skip_blanks();
            if (at_ == text_.size() || text_[at_] == ')') break;
            const char next = text_[at_];
            if (next != ',' && next != '?')
                return wrong(at_, 1, fmt::format("',' or '?' is missing before '{}'", rest()),
                             "',' means all of them, '?' means any of them");
            if (joint != '\0' && joint != next)
                return wrong(at_, 1, "',' and '?' beside each other: which goes first?",
                             "parentheses say it: \"afterok:a,(afterok:b?afternotok:c)\"");
            joint = next;
            ++at_;
        }
        result.join = joint == '?' ? Join::any : Join::all;
        if (result.singleton && (depth > 0 || result.join == Join::any))
            return wrong(0, text_.size(),
                         "'singleton' stands among what must all be met, outside of parentheses",
                         "as in \"afterok:a,singleton\", or write singleton = true");
        return result;
    }

    std::optional<ExpressionError> term(DependencyExpression& into, std::size_t depth) {
        skip_blanks();
        const std::size_t start = at_;
        if (at_ < text_.size() && text_[at_] == '(') {
            if (depth == k_deepest) return error(at_, 1, "too many parentheses in parentheses", "");
            ++at_;
            Parsed group = expression(depth + 1);
            if (!group) return std::move(group.error());
            if (at_ == text_.size()) return error(start, 1, "'(' is not closed", "");
            ++at_;
            into.groups.push_back(std::move(*group));
            return std::nullopt;
        }
        while (at_ < text_.size() && is_letter(text_[at_])) ++at_;
        const std::string_view word = text_.substr(start, at_ - start);
        if (word == "singleton") {
            into.singleton = true;
            return std::nullopt;
        }
        const std::optional<EdgeKind> kind = parse_edge_kind(word);
        if (!kind) return unknown_kind(start, word);
        if (at_ == text_.size() || text_[at_] != ':')
            return error(start, word.size(), fmt::format("'{}' names no task", word),
                         fmt::format("as in \"{}:prepare\"", word));
        while (at_ < text_.size() && text_[at_] == ':') {
            ++at_;
            const std::size_t begin = at_;
            const std::string_view name = read_name();
            if (name.empty())
                return error(begin - 1, 1, fmt::format("no name stands behind '{}:'", word),
                             fmt::format("as in \"{}:prepare\"", word));
            into.leaves.push_back({*kind, name, begin});
        }
        return std::nullopt;
    }

    std::string_view read_name() {
        const std::size_t begin = at_;
        if (text_.substr(at_).starts_with("job:")) at_ += 4;
        for (bool in_brackets = false; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '[') in_brackets = true;
            if (c == ']') in_brackets = false;
            if (!in_brackets && (c == ':' || c == ',' || c == '?' || c == ')' || c == '(' || is_blank(c)))
                break;
        }
        return text_.substr(begin, at_ - begin);
    }

    std::optional<ExpressionError> unknown_kind(std::size_t start, std::string_view word) {
        constexpr std::array<std::string_view, 6> k_kinds{"afterok", "afterany",  "afternotok",
                                                          "after",   "aftercorr", "singleton"};
        constexpr std::string_view k_form = "as in \"afterok:a:b,afternotok:c\"";
        if (word.empty()) {
            if (start == text_.size())
                return error(start, 0, "a dependency is missing at the end", std::string{k_form});
            return error(start, 1, fmt::format("a dependency is missing before '{}'", rest()),
                         std::string{k_form});
        }
        std::string hint = did_you_mean(word, k_kinds);
        return error(start, word.size(), fmt::format("'{}' is not a kind of dependency", word),
                     hint.empty() ? std::string{k_form} : std::move(hint));
    }

    [[nodiscard]] std::string rest() const { return shown(text_.substr(at_)); }
    void skip_blanks() {
        while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    }
    static ExpressionError error(std::size_t offset, std::size_t length, std::string message,
                                 std::string hint) {
        return {offset, length, std::move(message), std::move(hint)};
    }
    static Wrong wrong(std::size_t offset, std::size_t length, std::string message, std::string hint) {
        return Wrong{error(offset, length, std::move(message), std::move(hint))};
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

tl::expected<DependencyExpression, ExpressionError> parse_dependency_expression(std::string_view text) {
    return Parser{text}.whole();
}

}  // namespace sbraid
