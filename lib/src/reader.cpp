// Type checks of TOML values, with messages that name the key, what it takes, and what stands there.
#include "reader.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "characters.hpp"
#include "wording.hpp"

namespace sbraid {
void Reader::error(const Place& place, std::string message, std::string hint) {
    out_.push_back({Severity::error, place, std::move(message), std::move(hint)});
}

void Reader::warning(const Place& place, std::string message, std::string hint) {
    out_.push_back({Severity::warning, place, std::move(message), std::move(hint)});
}

bool Reader::has_errors() const {
    return std::any_of(out_.begin(), out_.end(),
                       [](const Diagnostic& one) { return one.severity == Severity::error; });
}

void Reader::wrong_type(std::string_view key, const Node& node, std::string_view takes,
                        std::string_view hint) {
    error(node.place, fmt::format("'{}' takes {}, not {}", key, takes, with_article(node.type_name())),
          std::string{hint});
}

std::optional<std::string> Reader::expanded(std::string_view key, const std::string& text,
                                            const Place& place) {
    if (text.find('\0') != std::string::npos) {
        error(place, fmt::format("'{}' holds a NUL character", key), "neither a shell nor Slurm can take it");
        return std::nullopt;
    }
    return vars_.expand(text, place);
}

std::optional<std::string> Reader::text(std::string_view key, const Node& node, std::string_view takes) {
    if (const auto* string = std::get_if<std::string>(&node.value)) return expanded(key, *string, node.place);
    wrong_type(key, node, takes);
    return std::nullopt;
}

std::optional<std::string> Reader::scalar(std::string_view key, const Node& node, std::string_view takes) {
    if (const auto* integer = std::get_if<Integer>(&node.value)) return integer->text;
    if (const auto* real = std::get_if<Float>(&node.value)) return real->text;
    if (const auto* truth = std::get_if<bool>(&node.value)) return *truth ? "true" : "false";
    return text(key, node, takes);
}

std::optional<bool> Reader::flag(std::string_view key, const Node& node) {
    if (const auto* truth = std::get_if<bool>(&node.value)) return *truth;
    wrong_type(key, node, "true or false", "without quotes");
    return std::nullopt;
}

const Table* Reader::table(std::string_view key, const Node& node, std::string_view takes,
                           std::string_view hint) {
    const auto* result = std::get_if<Table>(&node.value);
    if (result == nullptr) wrong_type(key, node, takes, hint);
    return result;
}

std::vector<PlacedText> Reader::texts(std::string_view key, const Node& node, std::string_view takes) {
    std::vector<PlacedText> result;
    const auto take = [&](const Node& item) {
        if (std::optional<std::string> read = text(key, item, takes))
            result.push_back({std::move(*read), item.place});
    };
    if (const auto* array = std::get_if<Array>(&node.value)) {
        result.reserve(array->items.size());
        for (const Node& item : array->items) take(item);
    } else {
        take(node);
    }
    return result;
}

std::optional<std::vector<std::string>> Reader::arguments(std::string_view key, const Node& node) {
    const auto* array = std::get_if<Array>(&node.value);
    if (array == nullptr) {
        wrong_type(key, node, "an array of strings",
                   R"(each argument is a string of its own: ["python", "train.py"])");
        return std::nullopt;
    }
    std::vector<std::string> result;
    for (const Node& item : array->items)
        if (auto read = scalar(key, item, "an array of strings")) result.push_back(std::move(*read));
    return result.size() == array->items.size() ? std::optional{std::move(result)} : std::nullopt;
}

std::optional<std::string> Reader::option_value(const Key& key, const Node& node) {
    const Grammar& grammar = *key.grammar;
    std::optional<std::string> value;
    if (const auto* integer = std::get_if<Integer>(&node.value);
        integer != nullptr && key.type == KeyType::text_or_number) {
        value = fmt::format("{}", integer->value);
    } else if (const auto* moment = std::get_if<DateTime>(&node.value);
               moment != nullptr && key.type == KeyType::moment) {
        value = moment->text;
        std::replace(value->begin(), value->end(), ' ', 'T');
    } else if (std::holds_alternative<DateTime>(node.value)) {
        wrong_type(key.name, node, grammar.noun, "write it in quotes: \"02:00:00\"");
    } else if (key.type == KeyType::texts && std::holds_alternative<Array>(node.value)) {
        std::string joined;
        const std::vector<PlacedText> items = texts(key.name, node, grammar.noun);
        if (items.size() < std::get<Array>(node.value).items.size()) return std::nullopt;
        for (const PlacedText& item : items) {
            if (!joined.empty()) joined += ',';
            joined += item.text;
        }
        value = std::move(joined);
    } else if (std::holds_alternative<std::string>(node.value)) {
        value = text(key.name, node, grammar.noun);
    } else {
        wrong_type(key.name, node, grammar.noun, grammar.form);
    }
    if (!value) return std::nullopt;
    if (std::any_of(value->begin(), value->end(), is_control)) {
        error(node.place, fmt::format("'{}' holds a line break or another control character", key.name),
              "an option of sbatch is one line");
        return std::nullopt;
    }
    if (auto complaint = sbraid::complaint(grammar, *value)) {
        error(node.place,
              fmt::format("{}: '{}' is not {}{}{}", key.name, shown(*value), grammar.noun,
                          complaint->because.empty() ? "" : ": ", complaint->because),
              complaint->hint.empty() ? std::string{grammar.form} : std::move(complaint->hint));
        return std::nullopt;
    }
    return value;
}

}  // namespace sbraid
