// The words of a line. A blank ends a word unless it stands in quotes or beside the `=` that makes the word a
// pair; inside quotes a backslash takes the meaning from the character behind it.
#include "dag_words.hpp"

#include <algorithm>

#include "characters.hpp"
#include "utf8.hpp"

namespace sbraid {

void DagWords::join(Place line, std::string_view text) {
    if (!pieces_.empty()) text_ += ' ';
    pieces_.push_back({text_.size(), line});
    text_ += text;
}

void DagWords::skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
}

std::optional<DagWord> DagWords::next() {
    if (is_refused()) return std::nullopt;
    skip_blanks();
    if (at_ == text_.size()) return std::nullopt;
    const std::size_t begin = at_;
    std::size_t end = at_;
    std::string word;
    bool is_pair = false;
    bool has_value = false;
    while (at_ < text_.size()) {
        const char c = text_[at_];
        if (is_blank(c)) {
            skip_blanks();
            const bool value_follows = is_pair && !has_value;
            const bool pair_follows = !is_pair && at_ < text_.size() && text_[at_] == '=';
            if (!value_follows && !pair_follows) break;
            continue;
        }
        if (c == '"' || c == '\'') {
            const std::size_t quote = at_++;
            while (at_ < text_.size() && text_[at_] != c) {
                if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
                word += text_[at_++];
            }
            if (at_ >= text_.size()) {
                refuse(place(quote, 1), "the quote is not closed");
                return std::nullopt;
            }
            has_value = has_value || is_pair;
        } else if (c == '=' && !is_pair) {
            is_pair = true;
            word += c;
        } else {
            word += c;
            has_value = has_value || is_pair;
        }
        end = ++at_;
    }
    if (is_pair && !has_value) {
        refuse(place(begin, end - begin), "nothing stands behind the '='");
        return std::nullopt;
    }
    return DagWord{std::move(word), place(begin, end - begin)};
}

DagWord DagWords::rest() {
    skip_blanks();
    std::string_view left = std::string_view{text_}.substr(at_);
    while (!left.empty() && is_blank(left.back())) left.remove_suffix(1);
    DagWord word{std::string{left}, place(at_, left.size())};
    at_ = text_.size();
    return word;
}

void DagWords::continue_with(Place line, std::string_view text) {
    pieces_.clear();
    text_.clear();
    at_ = 0;
    join(line, text);
    refuse_control_characters();
}

void DagWords::refuse(const Place& place, std::string message) {
    if (!wrong_) wrong_ = Diagnostic{Severity::error, place, std::move(message)};
}

void DagWords::refuse_control_characters() {
    const auto found =
        std::find_if(text_.begin(), text_.end(), [](char c) { return is_control(c) && c != '\t'; });
    if (found != text_.end())
        refuse(place(static_cast<std::size_t>(found - text_.begin()), 1),
               "the line holds a control character");
}

Place DagWords::place(std::size_t begin, std::size_t length) const {
    auto piece = pieces_.rbegin();
    while (piece->begin > begin) ++piece;  // the first one begins at 0
    const std::string_view text = text_;
    Place place = piece->line;
    place.column += static_cast<std::uint32_t>(utf8::count(text.substr(piece->begin, begin - piece->begin)));
    place.length = static_cast<std::uint32_t>(utf8::count(text.substr(begin, length)));
    return place;
}

Place DagWords::end() const {
    std::size_t last = text_.size();
    while (last > 0 && is_blank(text_[last - 1])) --last;
    return place(last, 0);
}

}  // namespace sbraid
