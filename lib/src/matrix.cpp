// Combinations by arithmetic: index = the digits of a number whose base changes from axis to axis.
#include "sbraid/matrix.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>

#include "characters.hpp"
#include "sbraid/suggest.hpp"

namespace sbraid {
namespace {

constexpr std::uint64_t k_most_combinations = 4'000'001;  // MaxArraySize at most (slurm.conf(5))

Unexpected wrong(std::string message, std::string hint = {}) {
    return Unexpected{Error{ErrorKind::invalid, std::move(message), std::move(hint)}};
}

std::vector<std::string_view> views(const std::vector<std::string>& texts) {
    return {texts.begin(), texts.end()};
}

/// `KEY=` stands at the start of `text`.
bool starts_pair(std::string_view text) {
    const auto end = std::find_if_not(text.begin(), text.end(),
                                      [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
    return end != text.begin() && end != text.end() && *end == '=';
}

/// The first comma that is not a part of a value: a key stands behind it.
std::size_t end_of_pair(std::string_view text) {
    std::size_t comma = text.find(',');
    while (comma != std::string_view::npos && !starts_pair(text.substr(comma + 1)))
        comma = text.find(',', comma + 1);
    return comma;
}

}  // namespace

std::optional<std::uint32_t> product_of(const std::vector<Matrix::Axis>& axes) {
    std::uint64_t product = 1;
    for (const Matrix::Axis& axis : axes) {
        product *= axis.values.size();
        if (product > k_most_combinations) return std::nullopt;
    }
    return static_cast<std::uint32_t>(product);
}

Matrix::Matrix(std::vector<Axis> axes, std::vector<std::uint32_t> excluded, std::vector<Row> included) {
    const std::uint32_t product = product_of(axes).value();
    parts_ = std::make_shared<const Parts>(
        Parts{std::move(axes), std::move(excluded), std::move(included), product});
}

ArraySpec Matrix::indexes() const {
    ArraySpec spec;
    std::uint32_t first = 0;
    const std::uint32_t end = product() + static_cast<std::uint32_t>(included().size());
    const auto add = [&](std::uint32_t stop) {
        if (first < stop) spec.ranges.push_back({first, stop - 1, 1});
        first = stop + 1;
    };
    for (const std::uint32_t hole : excluded()) add(hole);
    add(end);
    return spec;
}

const std::string& Matrix::value(std::uint32_t index, std::size_t axis) const {
    if (index >= product()) return included().at(index - product()).at(axis);
    for (std::size_t last = axes().size() - 1; last > axis; --last)
        index /= static_cast<std::uint32_t>(axes()[last].values.size());
    return axes()[axis].values[index % axes()[axis].values.size()];
}

std::string Matrix::label(std::uint32_t index) const {
    std::string text;
    for (std::size_t axis = 0; axis < axes().size(); ++axis)
        text += fmt::format("{}{}={}", axis == 0 ? "" : ",", axes()[axis].key, value(index, axis));
    return text;
}

std::optional<std::size_t> Matrix::axis_of(std::string_view key) const {
    const auto found =
        std::find_if(axes().begin(), axes().end(), [key](const Axis& axis) { return axis.key == key; });
    return found == axes().end() ? std::nullopt
                                 : std::optional{static_cast<std::size_t>(found - axes().begin())};
}

Result<std::vector<std::uint32_t>> Matrix::select(const Selection& selection) const {
    std::vector<std::pair<std::size_t, std::string_view>> wanted;
    for (const auto& [key, text] : selection) {
        const auto axis = axis_of(key);
        if (!axis) {
            std::vector<std::string_view> keys;
            for (const Axis& one : axes()) keys.emplace_back(one.key);
            std::string hint = did_you_mean(key, keys);
            return wrong(
                fmt::format("its matrix has no '{}'", key),
                hint.empty() ? fmt::format("its keys are {}", fmt::join(keys, ", ")) : std::move(hint));
        }
        wanted.emplace_back(*axis, text);
    }
    std::vector<std::uint32_t> found;
    const ArraySpec spec = indexes();
    for (const auto& range : spec.ranges) {
        for (std::uint32_t index = range.first; index <= range.last; ++index) {
            if (std::all_of(wanted.begin(), wanted.end(),
                            [&](const auto& one) { return value(index, one.first) == one.second; }))
                found.push_back(index);
        }
    }
    if (!found.empty()) return found;
    for (const auto& [axis, text] : wanted) {
        const auto& values = axes()[axis].values;
        if (std::find(values.begin(), values.end(), text) != values.end()) continue;
        std::string hint = did_you_mean(text, views(values));
        return wrong(fmt::format("none of its '{}' is '{}'", axes()[axis].key, text),
                     hint.empty() ? "values are compared as they are written" : std::move(hint));
    }
    return wrong("it has no such combination", "'exclude' took it away");
}

Result<Matrix::Selection> parse_selection(std::string_view text) {
    Matrix::Selection selection;
    for (bool more = true; more;) {
        const std::size_t comma = end_of_pair(text);
        const std::string_view part = text.substr(0, comma);
        more = comma != std::string_view::npos;
        if (more) text.remove_prefix(comma + 1);
        const std::size_t equals = part.find('=');
        if (equals == 0 || equals == std::string_view::npos)
            return wrong(fmt::format("'{}' is no key with a value", part), "as in \"train[lr=1e-4,seed=1]\"");
        const std::string_view key = part.substr(0, equals);
        if (std::any_of(selection.begin(), selection.end(),
                        [key](const auto& one) { return one.first == key; }))
            return wrong(fmt::format("'{}' is named twice", key));
        selection.emplace_back(key, part.substr(equals + 1));
    }
    return selection;
}

}  // namespace sbraid
