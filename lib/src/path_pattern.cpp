// Two patterns meet when some text matches both. That is looked for as for two automata that run side by
// side: a position in each, and from there every pair of positions that one character can lead to. Wildcards
// can also match nothing. Pairs that have been seen are not looked at again, so it costs the product of the
// lengths.
#include "path_pattern.hpp"

#include <algorithm>

#include "without_detours.hpp"

namespace sbraid {
namespace {

/// A slash at the end stays.
std::string normal(std::string_view path) {
    std::string result = without_detours(path);
    if (path.ends_with('/') && !result.ends_with('/')) result += '/';
    return result;
}

}  // namespace

PathPattern::PathPattern(std::string_view directory, std::string_view text)
    : text_(normal(text.starts_with('/') ? std::string{text}
                                         : std::string{directory}.append("/").append(text))) {
    using enum Piece::Kind;
    constexpr char k_mark_begin = '\x1d';
    constexpr char k_mark_end = '\x1e';
    bool many = false;
    for (std::size_t i = 0; i < text_.size(); ++i) {
        const char c = text_[i];
        const std::size_t bracket = c == '[' ? text_.find(']', i + 2) : std::string::npos;
        if (c == k_mark_begin) {
            i = std::min(text_.find(k_mark_end, i), text_.size());
            pieces_.push_back({any});
            many = true;
        } else if (c == '%' && text_.substr(i, 2) == "%a") {
            ++i;
            pieces_.push_back({any});
            many = true;
        } else if (c == '*') {
            pieces_.push_back({any});
            plain_ = false;
        } else if (c == '?') {
            pieces_.push_back({any_one});
            plain_ = false;
        } else if (bracket != std::string::npos) {
            i = bracket;
            pieces_.push_back({any_one});
            plain_ = false;
        } else {
            pieces_.push_back({one, c});
        }
    }
    if (text_.ends_with('/')) pieces_.push_back({deep});
    if (plain_ && !many) literal_ = text_;
    // As long as pieces are characters, there is one for each.
    const auto wild =
        std::find_if(pieces_.begin(), pieces_.end(), [](const Piece& p) { return p.kind != one; });
    known_ = static_cast<std::size_t>(wild - pieces_.begin());
    if (wild != pieces_.end() && wild->kind == deep) --known_;  // the folder itself
}

bool PathPattern::overlaps(const PathPattern& other) const {
    if (!literal_.empty() && literal_ == other.literal_) return true;
    if (meet(pieces_, other.pieces_)) return true;
    // A folder can be meant without its slash.
    const auto as_file = [](std::vector<Piece> pieces) {
        pieces.resize(pieces.size() - 2);
        return pieces;
    };
    const bool folder = text_.ends_with('/') && text_.size() > 1;
    const bool other_folder = other.text_.ends_with('/') && other.text_.size() > 1;
    if (folder && meet(as_file(pieces_), other.pieces_)) return true;
    return other_folder && meet(pieces_, as_file(other.pieces_));
}

bool PathPattern::meet(const std::vector<Piece>& a, const std::vector<Piece>& b) {
    using enum Piece::Kind;
    const auto is_wild = [](const std::vector<Piece>& pieces, std::size_t at) {
        return at < pieces.size() && (pieces[at].kind == any || pieces[at].kind == deep);
    };
    const auto takes = [](const Piece& wild, const Piece& piece) {
        return wild.kind == deep || piece.kind != one || piece.character != '/';
    };
    const std::size_t width = b.size() + 1;
    std::vector<bool> seen((a.size() + 1) * width, false);
    std::vector<std::size_t> todo{0};
    const auto visit = [&](std::size_t i, std::size_t j) {
        const std::size_t pair = i * width + j;
        if (seen[pair]) return;
        seen[pair] = true;
        todo.push_back(pair);
    };
    while (!todo.empty()) {
        const std::size_t i = todo.back() / width;
        const std::size_t j = todo.back() % width;
        todo.pop_back();
        if (i == a.size() && j == b.size()) return true;
        if (is_wild(a, i)) {
            visit(i + 1, j);
            if (j < b.size() && takes(a[i], b[j])) visit(i, j + 1);
        }
        if (is_wild(b, j)) {
            visit(i, j + 1);
            if (i < a.size() && takes(b[j], a[i])) visit(i + 1, j);
        }
        if (i == a.size() || j == b.size() || is_wild(a, i) || is_wild(b, j)) continue;
        const bool both = a[i].kind == one && b[j].kind == one ? a[i].character == b[j].character
                          : a[i].kind == any_one               ? b[j].kind == any_one || b[j].character != '/'
                                                               : a[i].character != '/';
        if (both) visit(i + 1, j + 1);
    }
    return false;
}

}  // namespace sbraid
