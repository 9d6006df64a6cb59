// From the table `matrix` to a Matrix: axes in the order of the file, then holes, then rows.
#include "matrix_reader.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <deque>
#include <set>
#include <unordered_set>

#include "characters.hpp"
#include "element_model.hpp"
#include "sbraid/suggest.hpp"

namespace sbraid {
namespace {

constexpr std::string_view k_form = R"(matrix = { lr = ["1e-4", "3e-4"], seed = [1, 2, 3] })";

bool is_key(std::string_view text) {
    return !text.empty() && !is_digit(text.front()) && text.size() <= 64 &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}
bool is_about_rows(std::string_view key) {
    return key == "include" || key == "exclude";
}

/// What `task` says of aftercorr, without a word about what is wrong.
NeedsText pairs_of(const Table& task, Vars& vars) {
    NeedsText needs;
    const auto expanded = [&](const Node& node) {
        const auto* const text = std::get_if<std::string>(&node.value);
        return text == nullptr ? std::nullopt : vars.expand_quietly(*text);
    };
    if (const Entry* const list = task.find("aftercorr")) {
        const auto add = [&](const Node& node) {
            if (auto text = expanded(node))
                needs.lists.push_back({EdgeKind::aftercorr, std::move(*text), node.place});
        };
        if (const auto* const items = std::get_if<Array>(&list->node.value))
            std::for_each(items->items.begin(), items->items.end(), add);
        else
            add(list->node);
    }
    if (const Entry* const entry = task.find("dependency"))
        if (auto text = expanded(entry->node))
            needs.dependency = PlacedText{std::move(*text), entry->node.place};
    return needs;
}

class MatrixReader {
  public:
    explicit MatrixReader(Reader& reader) : reader_(reader) {}

    std::optional<Matrix> read(const Entry& entry) {
        const Table* const table =
            reader_.table(entry.key, entry.node, "a table of keys with their values", std::string{k_form});
        if (table == nullptr) return std::nullopt;
        for (const Entry& item : table->entries)
            if (!is_about_rows(item.key)) read_axis(item);
        if (right_ && axes_.empty()) error(entry.node.place, "the matrix has no key", std::string{k_form});
        const auto product = product_of(axes_);
        if (right_ && !product)
            error(entry.node.place,
                  "the matrix has more combinations than the largest array of Slurm (4000001)",
                  "make several tasks of it");
        if (!right_) return std::nullopt;
        std::vector<bool> is_excluded;
        if (const Entry* const exclude = table->find("exclude"))
            is_excluded = read_exclude(*exclude, *product);
        if (const Entry* const include = table->find("include")) read_include(*include, is_excluded);
        if (!right_) return std::nullopt;
        std::vector<std::uint32_t> excluded;
        for (std::uint32_t i = 0; i < is_excluded.size(); ++i)
            if (is_excluded[i]) excluded.push_back(i);
        if (excluded.size() == *product && rows_.empty()) {
            error(entry.node.place, "'exclude' leaves no combination of the matrix", "");
            return std::nullopt;
        }
        return Matrix{std::move(axes_), std::move(excluded), std::move(rows_)};
    }

  private:
    void error(const Place& place, std::string message, std::string hint) {
        reader_.error(place, std::move(message), std::move(hint));
        right_ = false;
    }

    void read_axis(const Entry& entry) {
        if (!is_key(entry.key))
            return error(entry.key_place, fmt::format("'{}' is not a key for a matrix", entry.key),
                         "letters, digits and _, no digit first");
        for (const Matrix::Axis& axis : axes_)
            if (equal_ignoring_case(axis.key, entry.key))
                return error(
                    entry.key_place,
                    fmt::format("'{}' and '{}' would be one variable of the job", axis.key, entry.key),
                    "they reach the job in capitals: SBRAID_PARAM_…");
        const auto* const array = std::get_if<Array>(&entry.node.value);
        if (array == nullptr || array->items.empty())
            return error(entry.node.place, fmt::format("matrix: '{}' has no list of values", entry.key),
                         entry.key == "max_parallel" ? "it stands beside the matrix: max_parallel = 3"
                                                     : std::string{k_form});
        Matrix::Axis axis{entry.key, {}};
        std::unordered_set<std::string> seen;
        for (const Node& node : array->items) {
            auto value = read_value(entry.key, node);
            if (!value) return;
            if (!seen.insert(*value).second)
                return error(node.place, fmt::format("matrix: '{}' has '{}' twice", entry.key, *value),
                             "once is enough");
            axis.values.push_back(std::move(*value));
        }
        axes_.push_back(std::move(axis));
    }

    std::optional<std::string> read_value(std::string_view key, const Node& node) {
        auto value = reader_.scalar(fmt::format("matrix.{}", key), node, "strings, numbers or booleans");
        if (value && std::any_of(value->begin(), value->end(), is_control)) {
            error(node.place,
                  fmt::format("matrix: a value of '{}' holds a line break or another control character", key),
                  "a value is one line");
            return std::nullopt;
        }
        if (!value) right_ = false;
        return value;
    }

    /// The tables of `include` or `exclude`.
    std::vector<const Node*> tables(const Entry& entry) {
        std::vector<const Node*> result;
        const auto* const array = std::get_if<Array>(&entry.node.value);
        const auto is_table = [](const Node& node) { return std::holds_alternative<Table>(node.value); };
        if (array == nullptr || !std::all_of(array->items.begin(), array->items.end(), is_table)) {
            error(entry.node.place, fmt::format("matrix: '{}' takes an array of tables", entry.key),
                  fmt::format("{} = [{{ lr = \"1e-4\", seed = 2 }}]", entry.key));
            return result;
        }
        for (const Node& node : array->items) result.push_back(&node);
        return result;
    }

    std::optional<std::size_t> axis_of(const Entry& entry) {
        const auto found = std::find_if(axes_.begin(), axes_.end(),
                                        [&](const Matrix::Axis& axis) { return axis.key == entry.key; });
        if (found != axes_.end()) return static_cast<std::size_t>(found - axes_.begin());
        std::vector<std::string_view> keys;
        for (const Matrix::Axis& axis : axes_) keys.emplace_back(axis.key);
        error(entry.key_place, fmt::format("'{}' is not a key of this matrix", entry.key),
              did_you_mean(entry.key, keys));
        return std::nullopt;
    }

    std::vector<bool> read_exclude(const Entry& entry, std::uint32_t product) {
        std::vector<bool> excluded(product, false);
        const Matrix whole{axes_, {}, {}};
        for (const Node* const node : tables(entry)) {
            Matrix::Selection selection;
            for (const Entry& item : std::get<Table>(node->value).entries) {
                if (!axis_of(item)) continue;
                if (auto value = read_value(item.key, item.node))
                    selection.emplace_back(item.key, std::move(*value));
            }
            if (!right_) return {};
            const auto found = whole.select(selection);
            if (!found) {
                error(node->place, fmt::format("'exclude' takes nothing away: {}", found.error().message),
                      found.error().hint);
                return {};
            }
            for (const std::uint32_t index : *found) excluded[index] = true;
        }
        return excluded;
    }

    /// Of the product; nullopt: not all of its values are there.
    [[nodiscard]] std::optional<std::uint32_t> index_of(const Matrix::Row& row) const {
        std::size_t index = 0;
        for (std::size_t i = 0; i < axes_.size(); ++i) {
            const auto& values = axes_[i].values;
            const auto found = std::find(values.begin(), values.end(), row[i]);
            if (found == values.end()) return std::nullopt;
            index = index * values.size() + static_cast<std::size_t>(found - values.begin());
        }
        return static_cast<std::uint32_t>(index);
    }

    /// `is_excluded`: by index, empty without `exclude`.
    void read_include(const Entry& entry, const std::vector<bool>& is_excluded) {
        std::set<Matrix::Row> seen;
        for (const Node* const node : tables(entry)) {
            Matrix::Row row(axes_.size());
            std::vector<bool> given(axes_.size(), false);
            for (const Entry& item : std::get<Table>(node->value).entries) {
                const auto axis = axis_of(item);
                auto value = axis ? read_value(item.key, item.node) : std::nullopt;
                if (!value) continue;
                row[*axis] = std::move(*value);
                given[*axis] = true;
            }
            for (std::size_t i = 0; right_ && i < given.size(); ++i)
                if (!given[i])
                    error(node->place, fmt::format("this combination has no '{}'", axes_[i].key),
                          "'include' adds combinations: each has a value for every key");
            if (!right_) continue;
            const auto index = index_of(row);
            const bool is_there = index && (is_excluded.empty() || !is_excluded[*index]);
            if (is_there || !seen.insert(row).second)
                error(node->place, "'include' adds a combination that is there already", "once is enough");
            rows_.push_back(std::move(row));
        }
    }

    Reader& reader_;
    std::vector<Matrix::Axis> axes_;
    std::vector<Matrix::Row> rows_;
    bool right_ = true;
};

}  // namespace

std::optional<Matrix> read_matrix(Reader& reader, const Entry& entry) {
    return MatrixReader{reader}.read(entry);
}

std::vector<std::string> matrix_keys(const Table& task) {
    std::vector<std::string> keys;
    const Entry* const matrix = task.find("matrix");
    const auto* const axes = matrix == nullptr ? nullptr : std::get_if<Table>(&matrix->node.value);
    for (std::size_t i = 0; axes != nullptr && i < axes->entries.size(); ++i)
        if (!is_about_rows(axes->entries[i].key)) keys.push_back(axes->entries[i].key);
    return keys;
}

MatrixKeys::MatrixKeys(const Composition& composition) {
    for (const Unit& unit : composition.units())
        for_each_task(*unit.document, [&](const Entry& entry, const Table& task) {
            if (!is_sub_workflow(task) && task.find("matrix") != nullptr)
                keys_[unit.prefix + entry.key] = matrix_keys(task);
        });
    if (keys_.empty()) return;

    struct Follower {
        TaskIndex task;
        std::uint32_t unit;
        const Table* table;
    };
    std::deque<std::string> names;
    std::vector<bool> is_final;
    std::vector<Follower> without_elements;
    for (std::uint32_t number = 0; number < composition.units().size(); ++number) {
        const Unit& unit = composition.units()[number];
        const Entry* const finals = unit.document->root().find("final");
        const auto* const final_tasks = finals == nullptr ? nullptr : std::get_if<Table>(&finals->node.value);
        for_each_task(*unit.document, [&](const Entry& entry, const Table& task) {
            if (is_sub_workflow(task)) return;
            if (task.find("matrix") == nullptr && task.find("array") == nullptr)
                without_elements.push_back(
                    {TaskIndex{static_cast<std::uint32_t>(names.size())}, number, &task});
            names.push_back(unit.prefix + entry.key);
            is_final.push_back(final_tasks != nullptr && &entry >= final_tasks->entries.data() &&
                               &entry < final_tasks->entries.data() + final_tasks->entries.size());
        });
    }
    NameIndex index{std::vector<std::string_view>(names.begin(), names.end())};
    for (const auto& [child, unit, task] : without_elements) {
        const auto followed = followed_names(pairs_of(*task, *composition.units()[unit].vars));
        const auto model = model_of(index, is_final, child, composition.full_names(unit, followed));
        if (model) follows_[names[child.value]] = names[model->value];
    }
}

const std::vector<std::string>& MatrixKeys::of(std::string_view task) const {
    static const std::vector<std::string> k_none;
    // No longer than there are tasks: what goes round has none.
    for (std::size_t steps = 0; steps <= follows_.size(); ++steps) {
        if (const auto own = keys_.find(task); own != keys_.end()) return own->second;
        const auto next = follows_.find(task);
        if (next == follows_.end()) return k_none;
        task = next->second;
    }
    return k_none;
}

}  // namespace sbraid
