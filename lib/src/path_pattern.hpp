#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sbraid {

/// A path with wildcards, as the shell knows them: `*` and `?` and `[…]` within a folder. A path that ends
/// with `/` means the folder and all that is in it; parameter_mark()s and `%a` stand for any text without
/// `/`.
class PathPattern {
  public:
    /// `text` below `directory`, unless it is absolute; `.`, `..` and doubled slashes are taken out.
    PathPattern(std::string_view directory, std::string_view text);

    /// The path, where it can only be one; empty otherwise.
    [[nodiscard]] const std::string& literal() const { return literal_; }
    /// Without wildcards of the user's own: the same for each element but for marks and `%a`.
    [[nodiscard]] bool is_plain() const { return plain_; }
    /// There is a path that both mean.
    [[nodiscard]] bool overlaps(const PathPattern& other) const;
    /// The normal form of the text: equal ones mean equal paths.
    [[nodiscard]] const std::string& text() const { return text_; }
    /// What every path begins with that it means.
    [[nodiscard]] std::string_view known_start() const { return std::string_view{text_}.substr(0, known_); }

  private:
    struct Piece {
        enum class Kind : std::uint8_t { one, any_one, any, deep } kind;
        char character = 0;
    };
    [[nodiscard]] static bool meet(const std::vector<Piece>& a, const std::vector<Piece>& b);

    std::string text_;
    std::string literal_;
    bool plain_ = true;
    std::size_t known_ = 0;  ///< bytes of the text before the first wildcard
    std::vector<Piece> pieces_;
};

}  // namespace sbraid
