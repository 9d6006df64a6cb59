// From one workflow file to the tree of all that it is made of.
//
// A sub-workflow's table is read once. Keys of its matrix stay in the texts as marks (vars.hpp), and each
// combination puts its values in: for each there is a unit, which has the variables of the inner file, and
// what it waits for. Then the inner file is looked through for sub-workflows of its own. A file that is on
// the way to itself is a cycle.
#include "composition.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>

#include "matrix_reader.hpp"
#include "name_index.hpp"
#include "sbraid/option_table.hpp"
#include "sbraid/suggest.hpp"
#include "wording.hpp"

namespace sbraid {
namespace {

constexpr std::size_t k_most_units = 10'000;
constexpr std::size_t k_deepest = 32;

struct Given {
    std::string name;
    std::string text;
    Place place;
};

std::string with_values(std::string text, const std::optional<Matrix>& matrix,
                        std::optional<std::uint32_t> index) {
    return matrix && index ? with_values(std::move(text), *matrix, *index) : text;
}

NeedsText with_values(NeedsText needs, const std::optional<Matrix>& matrix,
                      std::optional<std::uint32_t> index) {
    for (EdgeText& edge : needs.lists) edge.text = with_values(std::move(edge.text), matrix, index);
    if (needs.dependency)
        needs.dependency->text = with_values(std::move(needs.dependency->text), matrix, index);
    return needs;
}

void refuse_key(Reader& reader, const Entry& entry) {
    const Key* const key = find_key(KeyScope::task, entry.key);
    if (key == nullptr) {
        reader.error(entry.key_place, fmt::format("'{}' is not a key of a task", entry.key),
                     hint_for_unknown_key(KeyScope::task, entry.key));
        return;
    }
    std::string hint = "write it in the file that 'workflow' names; 'vars' hands it values";
    if (entry.key == "run" || entry.key == "script" || entry.key == "command" || entry.key == "args")
        hint = "a task has one of run, script, command and workflow";
    else if (entry.key == "array")
        hint = "a matrix makes it several times: matrix = { shard = [0, 1, 2] }";
    else if (entry.key == "aftercorr")
        hint = "a sub-workflow has no elements: afterok, or name a task of it in the other's aftercorr";
    reader.error(entry.key_place, fmt::format("'{}' does not go with 'workflow'", entry.key),
                 std::move(hint));
}

}  // namespace

/// What the table of a sub-workflow says, marks still in it.
struct Composition::Use {
    PlacedText path;
    std::vector<Given> vars;
    std::optional<Matrix> matrix;
    const Table* axes = nullptr;
    NeedsText needs;
    Place place;
};

Composition::Composition(SourceFiles& files, const Sources* sources, const WorkflowContext& context,
                         Diagnostics& out)
    : files_(files), sources_(sources), out_(out) {
    Unit first;
    first.document = &files.main();
    first.directory = context.directory;
    read_unit(add_unit(std::move(first), context.vars));
}

std::uint32_t Composition::add_unit(Unit unit, const std::map<std::string, std::string>& given) {
    unit.vars = std::make_unique<Vars>(*unit.document, given, sources_, out_);
    units_.push_back(std::move(unit));
    return static_cast<std::uint32_t>(units_.size() - 1);
}

void Composition::read_unit(std::uint32_t unit) {
    const Entry* const tasks = units_[unit].document->root().find("task");
    const auto* const table = tasks == nullptr ? nullptr : std::get_if<Table>(&tasks->node.value);
    if (table == nullptr) return;
    for (const Entry& entry : table->entries)
        if (const auto* const task = std::get_if<Table>(&entry.node.value);
            task != nullptr && is_sub_workflow(*task))
            read_sub_workflow(unit, entry, *task);
}

void Composition::read_sub_workflow(std::uint32_t unit, const Entry& entry, const Table& table) {
    const auto number = static_cast<std::uint32_t>(sub_workflows_.size());
    SubWorkflow& sub = sub_workflows_.emplace_back();
    sub.entry = &entry;
    sub.parent = unit;
    sub.name = entry.key;
    units_[unit].named[entry.key] = number;
    Reader reader{*units_[unit].vars, out_};
    Use use;
    if (!read_use(use, unit, entry, table, reader)) return;
    sub.matrix = use.matrix;
    add_units(number, use, reader);
}

bool Composition::read_use(Use& use, std::uint32_t unit, const Entry& entry, const Table& table,
                           Reader& reader) {
    use.place = entry.key_place;
    bool right = true;
    Vars& vars_of_unit = *units_[unit].vars;
    vars_of_unit.set_parameters(matrix_keys(table));
    for (const Entry& item : table.entries) {
        const Key* const key = find_key(KeyScope::task, item.key);
        vars_of_unit.allow_parameters(item.key != "matrix");
        if (item.key == "workflow") {
            auto path = reader.text(item.key, item.node, "the path of a workflow file");
            if (path && path->empty()) reader.error(item.node.place, "'workflow' is empty");
            right = right && path && !path->empty();
            use.path = {path.value_or(""), item.node.place};
        } else if (item.key == "matrix") {
            use.matrix = read_matrix(reader, item);
            right = right && use.matrix;
            use.axes = std::get_if<Table>(&item.node.value);
        } else if (item.key == "vars") {
            const Table* const vars =
                reader.table(item.key, item.node, "a table of variables", "vars = { name = \"value\" }");
            for (std::size_t i = 0; vars != nullptr && i < vars->entries.size(); ++i) {
                const Entry& given = vars->entries[i];
                auto text = reader.scalar(fmt::format("vars.{}", given.key), given.node,
                                          "a string, a number or a boolean");
                use.vars.push_back({given.key, text.value_or(""), given.key_place});
            }
        } else if (key != nullptr && key->role == KeyRole::edge && item.key != "aftercorr" &&
                   item.key != "singleton") {
            read_needs(reader, item, use.needs);
        } else {
            refuse_key(reader, item);
        }
    }
    vars_of_unit.set_parameters({});
    vars_of_unit.allow_parameters(false);
    return right;
}

void Composition::add_units(std::uint32_t sub_workflow, const Use& use, Reader& reader) {
    const std::uint32_t parent = sub_workflows_[sub_workflow].parent;
    std::size_t depth = 0;
    for (std::uint32_t unit = parent; unit != 0; unit = units_[unit].parent) ++depth;
    const std::size_t copies = use.matrix ? use.matrix->indexes().size() : 1;
    if (units_.size() + copies > k_most_units || depth > k_deepest) {
        if (!complained_)
            reader.error(use.place,
                         depth > k_deepest
                             ? fmt::format("workflows are nested more than {} deep", k_deepest)
                             : fmt::format("the workflow is made of more than {} workflows", k_most_units),
                         "a matrix of a task is one array, however many combinations it has");
        complained_ = true;
        return;
    }
    if (!use.matrix) {
        add_combination(sub_workflow, use, std::nullopt, reader);
        return;
    }
    for (const std::uint32_t index : use.matrix->indexes().indexes())
        add_combination(sub_workflow, use, index, reader);
}

void Composition::add_combination(std::uint32_t sub_workflow, const Use& use,
                                  std::optional<std::uint32_t> index, Reader& reader) {
    const std::uint32_t parent = sub_workflows_[sub_workflow].parent;
    const std::string path = with_values(use.path.text, use.matrix, index);
    const Document* const document =
        files_.load(files_.document_key(use.path.place.file, path), use.path.place);
    if (document == nullptr || is_cycle(parent, *document, use.path.place, reader)) return;
    Unit unit;
    unit.parent = parent;
    unit.sub_workflow = sub_workflow;
    unit.document = document;
    unit.directory = files_.directory_of(document->file());
    const std::string name = index ? fmt::format("{}.{}", sub_workflows_[sub_workflow].name, *index)
                                   : sub_workflows_[sub_workflow].name;
    unit.prefix = fmt::format("{}{}/", units_[parent].prefix, name);
    unit.needs = with_values(use.needs, use.matrix, index);
    unit.needs.unit = parent;
    const Entry* const siblings = units_[parent].document->root().find("task");
    if (!prefixes_.insert(unit.prefix).second ||
        (index && std::get<Table>(siblings->node.value).find(name) != nullptr)) {
        reader.error(use.place,
                     fmt::format("'{}' is what a combination of '{}' is called, and a task", name,
                                 sub_workflows_[sub_workflow].name),
                     "call one of them otherwise");
        return;
    }
    const std::uint32_t added = add_unit(std::move(unit), values_for(use, *document, index, reader));
    sub_workflows_[sub_workflow].units.push_back(added);
    if (index) {
        sub_workflows_[sub_workflow].indexes.push_back(*index);
        units_[parent].named.try_emplace(name, sub_workflow);
    }
    read_unit(added);
}

std::map<std::string, std::string> Composition::values_for(const Use& use, const Document& document,
                                                           std::optional<std::uint32_t> index,
                                                           Reader& reader) const {
    std::map<std::string, std::string> values;
    const Entry* const entry = document.root().find("vars");
    const auto* const known = entry == nullptr ? nullptr : std::get_if<Table>(&entry->node.value);
    const auto give = [&](const std::string& name, std::string text, const Place& place) {
        if (known != nullptr && known->find(name) != nullptr) {
            values[name] = std::move(text);
            return;
        }
        std::vector<std::string_view> names;
        for (std::size_t i = 0; known != nullptr && i < known->entries.size(); ++i)
            names.push_back(known->entries[i].key);
        std::string hint = did_you_mean(name, names);
        if (hint.empty())
            hint = "a variable that is given must stand in [vars] there, with a value for other cases";
        reader.error(place, fmt::format("{} has no variable '{}'", files_.shown_file(document.file()), name),
                     std::move(hint));
    };
    for (const Given& given : use.vars)
        give(given.name, with_values(given.text, use.matrix, index), given.place);
    for (std::size_t axis = 0; index && axis < use.matrix->axes().size(); ++axis) {
        const std::string& key = use.matrix->axes()[axis].key;
        const Place place = use.axes->find(key)->key_place;
        if (std::any_of(use.vars.begin(), use.vars.end(),
                        [&](const Given& given) { return given.name == key; }))
            reader.error(place, fmt::format("'{}' is in 'vars', too", key),
                         "it has one value: leave one out");
        give(key, use.matrix->value(*index, axis), place);
    }
    return values;
}

bool Composition::is_cycle(std::uint32_t unit, const Document& document, const Place& place,
                           Reader& reader) const {
    std::vector<std::string> path{files_.shown_file(document.file())};
    for (std::uint32_t at = unit;; at = units_[at].parent) {
        path.push_back(files_.shown_file(units_[at].document->file()));
        if (units_[at].document->file() == document.file()) break;
        if (at == 0) return false;
    }
    std::reverse(path.begin(), path.end());
    reader.error(place, fmt::format("these workflows contain each other: {}", fmt::join(path, " -> ")),
                 "a workflow that contains itself has no end");
    return true;
}

std::vector<std::uint32_t> Composition::find(std::uint32_t unit, const PathStep& step) const {
    std::vector<std::uint32_t> found;
    const auto& named = units_.at(unit).named;
    if (!step.is_glob) {
        if (const auto one = named.find(step.name); one != named.end()) found.push_back(one->second);
        return found;
    }
    for (const auto& [name, sub_workflow] : named)
        if (sub_workflows_[sub_workflow].name == name && glob_matches(step.name, name))
            found.push_back(sub_workflow);
    std::sort(found.begin(), found.end());
    return found;
}

Result<std::vector<std::uint32_t>> Composition::units_of(std::uint32_t sub_workflow,
                                                         const PathStep& step) const {
    const SubWorkflow& sub = sub_workflows_.at(sub_workflow);
    const auto wrong = [](std::string message, std::string hint = {}) {
        return Unexpected{Error{ErrorKind::invalid, std::move(message), std::move(hint)}};
    };
    if (sub.units.empty()) return sub.units;
    std::vector<std::uint32_t> indexes;
    if (!step.is_glob && step.name != sub.name) {
        const std::string prefix = fmt::format("{}{}/", units_[sub.parent].prefix, step.name);
        if (step.has_elements())
            return wrong(fmt::format("'{}' is one combination already", step.name), "leave out the brackets");
        for (const std::uint32_t unit : sub.units)
            if (units_[unit].prefix == prefix) return std::vector{unit};
        return std::vector<std::uint32_t>{};
    }
    if (!step.has_elements()) return sub.units;
    if (!sub.matrix)
        return wrong(fmt::format("sub-workflow '{}' has no matrix", sub.name),
                     fmt::format("write \"{}\"", sub.name));
    if (step.elements) {
        const ArraySpec known = sub.matrix->indexes();
        for (const auto& range : step.elements->ranges)
            for (const std::uint32_t index : {range.first, range.last})
                if (!known.contains(index))
                    return wrong(
                        fmt::format("sub-workflow '{}' has no combination {}", sub.name, index),
                        fmt::format("name its values: \"{}[{}]\"", sub.name, sub.matrix->label(known.min())));
        indexes = step.elements->indexes();
    } else {
        auto selected = sub.matrix->select(step.selection);
        if (!selected) return Unexpected{std::move(selected.error())};
        indexes = std::move(*selected);
    }
    std::vector<std::uint32_t> units;
    for (const std::uint32_t index : indexes) {
        const auto at = std::find(sub.indexes.begin(), sub.indexes.end(), index);
        if (at != sub.indexes.end())
            units.push_back(sub.units[static_cast<std::size_t>(at - sub.indexes.begin())]);
    }
    if (units.empty()) return wrong(fmt::format("sub-workflow '{}' has no such combination", sub.name));
    return units;
}

std::string Composition::full_name(std::uint32_t unit, std::string_view text) const {
    if (text.find('/') != std::string_view::npos) {
        const auto reference = parse_task_reference(EdgeKind::aftercorr, text);
        if (!reference) return {};
        for (const PathStep& step : reference->path) {
            const auto subs = find(unit, step);
            if (subs.empty()) return {};
            const auto units = units_of(subs.front(), step);
            if (!units || units->empty()) return {};
            unit = units->front();
        }
        text = reference->name;
    }
    return units_.at(unit).prefix + std::string{text};
}

std::vector<std::string> Composition::full_names(std::uint32_t unit,
                                                 const std::vector<std::string>& texts) const {
    std::vector<std::string> names;
    names.reserve(texts.size());
    for (const std::string& text : texts) names.push_back(full_name(unit, text));
    return names;
}

}  // namespace sbraid
