// Turns toml++'s tree into ours.
//
// toml++ keeps tables sorted by key and numbers as binary; it does keep where everything stood. So each
// table's entries are sorted back by the place of their keys, and a number's spelling is cut out of the text.
// Values are visited in the order of the text, which lets the locator below walk forward only: linear even
// where a file is one long line.
#include "sbraid/document.hpp"

#include <algorithm>
#include <cassert>
#include <stdexcept>

#include "syntax_error.hpp"
#include "toml_guard.hpp"
#include "utf8.hpp"

namespace {
// toml++ aborts the process where it is wrong about itself; we would rather say that the file could not be
// read.
struct TomlAssertion : std::logic_error {
    using std::logic_error::logic_error;
};
[[noreturn]] void toml_assertion_failed(const char* expression) {
    throw TomlAssertion(expression);
}
}  // namespace
#undef NDEBUG
#define TOML_ASSERT(expr) ((expr) ? static_cast<void>(0) : toml_assertion_failed(#expr))
#define TOML_EXCEPTIONS 1
#define TOML_UNRELEASED_FEATURES 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_MAX_NESTED_VALUES 64
#include <toml++/toml.h>
static_assert(TOML_MAX_NESTED_VALUES == sbraid::k_deepest_nesting);

namespace sbraid {
namespace {

// From line and column to the offset in the text.
class Locator {
  public:
    Locator(const Sources& sources, std::uint32_t file) : sources_(sources), file_(file) {}

    std::size_t offset(toml::source_position position) {
        if (position.line != line_ || position.column < column_) {
            line_ = position.line;
            column_ = 1;
            offset_ = sources_.line_start(file_, line_);
        }
        const std::string_view rest = std::string_view{sources_.text(file_)}.substr(offset_);
        offset_ += utf8::offset(rest, position.column - column_);
        column_ = position.column;
        return offset_;
    }

    std::string_view text(const toml::source_region& region) {
        const std::size_t begin = offset(region.begin);
        const std::size_t end = offset(region.end);
        return std::string_view{sources_.text(file_)}.substr(begin, end - begin);
    }

    Place place(const toml::source_region& region) {
        Place place{file_, region.begin.line, region.begin.column, 0};
        if (region.end.line == region.begin.line) {
            place.length = region.end.column - region.begin.column;
        } else {
            const std::size_t start = offset(region.begin) - sources_.line_start(file_, place.line);
            const std::string_view line = sources_.line(file_, place.line);
            place.length = static_cast<std::uint32_t>(utf8::count(line.substr(std::min(start, line.size()))));
        }
        return place;
    }

  private:
    const Sources& sources_;
    std::uint32_t file_;
    std::uint32_t line_ = 0;
    std::uint32_t column_ = 0;
    std::size_t offset_ = 0;
};

// Numbers may be followed by what toml++ counts as theirs.
std::string trimmed(std::string_view text) {
    const std::size_t end = text.find_first_of(" \t\r\n,]}#");
    return std::string{text.substr(0, end)};
}

Node convert(toml::node& node, Locator& locator);

Table convert_table(toml::table& table, Locator& locator) {
    std::vector<std::pair<const toml::key*, toml::node*>> entries;
    entries.reserve(table.size());
    for (auto&& [key, node] : table) entries.emplace_back(&key, &node);
    std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
        return a.first->source().begin < b.first->source().begin;
    });
    Table result;
    result.entries.reserve(entries.size());
    for (const auto& [key, node] : entries) {
        const Place key_place = locator.place(key->source());
        result.entries.push_back({std::string{key->str()}, key_place, convert(*node, locator)});
    }
    return result;
}

Node convert(toml::node& node, Locator& locator) {
    Node result;
    result.place = locator.place(node.source());
    switch (node.type()) {
        case toml::node_type::table:
            result.value = convert_table(*node.as_table(), locator);
            break;
        case toml::node_type::array: {
            Array array;
            array.items.reserve(node.as_array()->size());
            for (toml::node& item : *node.as_array()) array.items.push_back(convert(item, locator));
            result.value = std::move(array);
            break;
        }
        case toml::node_type::string:
            result.value = std::move(node.as_string()->get());
            break;
        case toml::node_type::integer:
            result.value = Integer{node.as_integer()->get(), trimmed(locator.text(node.source()))};
            break;
        case toml::node_type::floating_point:
            result.value = Float{node.as_floating_point()->get(), trimmed(locator.text(node.source()))};
            break;
        case toml::node_type::boolean:
            result.value = node.as_boolean()->get();
            break;
        case toml::node_type::date:
        case toml::node_type::time:
        case toml::node_type::date_time: {
            std::string text{locator.text(node.source())};
            while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
                text.pop_back();
            result.value = DateTime{std::move(text)};
            break;
        }
        case toml::node_type::none:
            assert(false && "toml++ stores no empty node");
            break;
    }
    return result;
}

Place place_of_offset(const Sources& sources, std::uint32_t file, std::size_t offset) {
    const std::string_view text = std::string_view{sources.text(file)}.substr(0, offset);
    const auto line = static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n') + 1);
    const std::size_t start = sources.line_start(file, line);
    return {file, line, static_cast<std::uint32_t>(utf8::count(text.substr(start)) + 1), 0};
}

}  // namespace

const Entry* Table::find(std::string_view key) const {
    const auto found =
        std::find_if(entries.begin(), entries.end(), [key](const Entry& entry) { return entry.key == key; });
    return found == entries.end() ? nullptr : &*found;
}

std::string_view Node::type_name() const {
    struct Name {
        std::string_view operator()(const std::string&) const { return "string"; }
        std::string_view operator()(const Integer&) const { return "integer"; }
        std::string_view operator()(const Float&) const { return "float"; }
        std::string_view operator()(bool) const { return "boolean"; }
        std::string_view operator()(const DateTime&) const { return "date or time"; }
        std::string_view operator()(const Array&) const { return "array"; }
        std::string_view operator()(const Table&) const { return "table"; }
    };
    return std::visit(Name{}, value);
}

tl::expected<Document, Diagnostics> parse(const Sources& sources, std::uint32_t file) {
    if (const auto trap = find_toml_trap(sources.text(file))) {
        return tl::unexpected{
            Diagnostics{syntax_error(sources, place_of_offset(sources, file, trap->offset), trap->message)}};
    }
    try {
        toml::table tree = toml::parse(std::string_view{sources.text(file)});
        Locator locator{sources, file};
        Document document;
        document.file_ = file;
        document.root_ = convert_table(tree, locator);
        return document;
    } catch (const toml::parse_error& error) {
        const toml::source_position begin = error.source().begin;
        const Place place{file, std::max(begin.line, 1U), std::max(begin.column, 1U), 0};
        return tl::unexpected{Diagnostics{syntax_error(sources, place, error.description())}};
    } catch (const TomlAssertion&) {
        return tl::unexpected{Diagnostics{syntax_error(sources, {file, 1, 1, 0}, "it cannot be read")}};
    }
}

}  // namespace sbraid
