#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sbraid/diagnostic.hpp"
#include "sbraid/result.hpp"

namespace sbraid {

/// A TOML value with its place. Our own tree, so that no third-party type is seen above, keys keep the order
/// of the text, and numbers keep their spelling (`1e-4` reaches a job as `1e-4`).
class Node;
struct Entry;

struct Table {
    std::vector<Entry> entries;                                   ///< in the order of the text
    [[nodiscard]] const Entry* find(std::string_view key) const;  ///< nullptr when absent
};
struct Array {
    std::vector<Node> items;
};
struct Integer {
    std::int64_t value = 0;
    std::string text;  ///< as written
};
struct Float {
    double value = 0;
    std::string text;  ///< as written
};
struct DateTime {
    std::string text;  ///< as written
};

class Node {
  public:
    using Value = std::variant<std::string, Integer, Float, bool, DateTime, Array, Table>;
    Place place;
    Value value;
    [[nodiscard]] std::string_view type_name() const;  ///< "string", "integer", ... "table"
};

struct Entry {
    std::string key;
    Place key_place;
    Node node;
};

/// What parse() makes of a text, and inside of the library what it makes of a text and its includes; nothing
/// else can make one.
class Document {
  public:
    [[nodiscard]] const Table& root() const { return root_; }
    [[nodiscard]] std::uint32_t file() const { return file_; }  ///< index in the Sources it was parsed from

  private:
    friend tl::expected<Document, Diagnostics> parse(const Sources&, std::uint32_t);
    friend class SourceFiles;  // puts together what one file says and what it includes
    Document() = default;
    Table root_;
    std::uint32_t file_ = 0;
};

/// Parses TOML 1.0. `file` is the index in `sources` of the text to parse; places point into it.
/// On failure: the syntax error with its place (TOML's parser stops at the first one).
[[nodiscard]] tl::expected<Document, Diagnostics> parse(const Sources& sources, std::uint32_t file);

}  // namespace sbraid
