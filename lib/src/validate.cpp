// Document -> Workflow.
//
// One pass over the tables turns each into a Task and a list of names it waits for; [defaults] is read first
// and merged into each. Then the names are looked up and the graph is checked (edge_resolver.cpp). Everything
// that is wrong is reported on the way, and only a file without an error becomes a Workflow.
#include <fmt/format.h>
#include <algorithm>
#include <limits>

#include "characters.hpp"
#include "edge_resolver.hpp"
#include "element_model.hpp"
#include "limits.hpp"
#include "matrix_reader.hpp"
#include "payload.hpp"
#include "reader.hpp"
#include "sbraid/option_table.hpp"
#include "sbraid/units.hpp"
#include "sbraid/workflow.hpp"
#include "services.hpp"
#include "settings.hpp"
#include "task_reference.hpp"
#include "vars.hpp"
#include "wording.hpp"

namespace sbraid {
namespace {

constexpr std::string_view k_default_shell = "/bin/bash -eo pipefail";

// A path below `directory`, unless it is absolute.
std::string absolute(std::string_view directory, std::string_view path) {
    if (path.starts_with('/')) return std::string{path};
    while (path.starts_with("./")) path.remove_prefix(2);
    if (path.empty() || path == ".") return std::string{directory};
    return fmt::format("{}{}{}", directory, directory.ends_with('/') ? "" : "/", path);
}

// The file's name without folder and ending: the default name of a workflow.
std::string_view stem(std::string_view path) {
    path.remove_prefix(path.find_last_of('/') + 1);
    const std::size_t dot = path.rfind('.');
    return dot == 0 ? path : path.substr(0, dot);
}

}  // namespace

class Validator {
  public:
    Validator(Sources& sources, const Document& document, const WorkflowContext& context)
        : sources_(sources),
          document_(document),
          context_(context),
          vars_(document, context.vars, &sources, found_),
          matrix_keys_(document, context),
          reader_(vars_, found_),
          payloads_(reader_, sources, context) {}

    Validated run() {
        read_top();
        read_tasks();
        std::vector<TaskIndex> order = resolve_edges(reader_, workflow_.tasks_, edges_);
        check_services(reader_, workflow_.tasks_);
        workflow_.order_ = keep_limits(reader_, limits_, workflow_.tasks_, std::move(order));
        check_clusters();
        vars_.warn_of_unused(context_.vars);
        return result();
    }

  private:
    void read_top() {
        workflow_.name_ = stem(sources_.name(document_.file()));
        bool named = false;
        for (const Entry& entry : document_.root().entries) {
            const Key* const key = find_key(KeyScope::file, entry.key);
            if (key == nullptr)
                unknown_top_key(entry);
            else if (key->role == KeyRole::later)
                not_supported(entry, *key);
            else if (entry.key == "name")
                named = read_name(entry);
            else if (entry.key == "limits")
                limits_ = read_limits(reader_, entry);
            else if (entry.key == "defaults")
                read_defaults(entry);
        }
        if (!named && !is_name(workflow_.name_))
            reader_.error({document_.file(), 1, 1, 0},
                          fmt::format("the workflow has no name, and the file's own, '{}', cannot be one",
                                      workflow_.name_),
                          "write name = \"…\": letters, digits, . _ -, at most 64");
    }

    bool read_name(const Entry& entry) {
        const auto name = reader_.text("name", entry.node, "the name of the workflow");
        if (name && !is_name(*name))
            reader_.error(entry.node.place, fmt::format("'{}' is not a name for a workflow", shown(*name)),
                          "letters, digits, . _ -, at most 64");
        if (name) workflow_.name_ = *name;
        return true;
    }

    void unknown_top_key(const Entry& entry) {
        std::string hint = hint_for_unknown_key(KeyScope::file, entry.key);
        if (hint.empty() && std::holds_alternative<Table>(entry.node.value))
            hint = fmt::format("a task is written [task.{}]", entry.key);
        if (hint.empty() && find_key(KeyScope::task, entry.key) != nullptr)
            hint = "it belongs below [defaults] or [task.NAME]";
        reader_.error(entry.key_place, fmt::format("'{}' is not a key of a workflow", entry.key),
                      std::move(hint));
    }

    void not_supported(const Entry& entry, const Key& key) {
        reader_.error(entry.key_place, fmt::format("'{}' is not supported by sbraid 0.1", entry.key),
                      std::string{key.doc});
    }

    void read_defaults(const Entry& defaults) {
        const Table* const table = reader_.table("defaults", defaults.node, "a table of keys for every task",
                                                 "write [defaults], and the keys below it");
        if (table == nullptr) return;
        for (const Entry& entry : table->entries) {
            const Key* const key = find_key(KeyScope::task, entry.key);
            if (key != nullptr && key->scope == KeyScope::task) {
                reader_.error(entry.key_place,
                              fmt::format("'{}' cannot be a default: it belongs to one task", entry.key),
                              "write it below [task.NAME]");
                continue;
            }
            read_shared_key(key, entry, defaults_, "[defaults]");
        }
        check_exclusions(reader_, defaults_);
    }

    // A key of [defaults], or one of a task that could stand there too.
    void read_shared_key(const Key* key, const Entry& entry, Settings& settings, std::string_view where) {
        if (key == nullptr) {
            reader_.error(entry.key_place, fmt::format("'{}' is not a key of {}", entry.key, where),
                          hint_for_key(entry.key));
        } else if (key->role == KeyRole::later) {
            not_supported(entry, *key);
        } else if (key->role == KeyRole::refused) {
            reader_.error(entry.key_place,
                          fmt::format("'{}' has no place in a workflow: {}", entry.key, key->doc));
        } else {
            read_setting(reader_, *key, entry, settings);
        }
    }

    static std::string hint_for_key(std::string_view name) {
        std::string hint = hint_for_unknown_key(KeyScope::task, name);
        if (!hint.empty()) return hint;
        std::string option{name};
        std::replace(option.begin(), option.end(), '_', '-');
        return fmt::format("an option that only sbatch knows is passed on by sbatch = {{ \"{}\" = … }}",
                           option);
    }

    void read_tasks() {
        const Entry* const tasks = document_.root().find("task");
        const Table* const table =
            tasks == nullptr ? nullptr
                             : reader_.table("task", tasks->node, "a table for each task",
                                             "a task is written [task.NAME], in one pair of brackets");
        if (table == nullptr || table->entries.empty()) {
            if (tasks == nullptr || table != nullptr)
                reader_.error(tasks == nullptr ? Place{document_.file(), 1, 1, 0} : tasks->key_place,
                              "the workflow has no task",
                              "a task is written [task.NAME], and below it run = \"…\"");
            return;
        }
        const Table* const finals = final_tasks();
        const std::size_t count = table->entries.size() + (finals == nullptr ? 0 : finals->entries.size());
        workflow_.tasks_.reserve(count);
        edges_.reserve(count);
        for (const Entry& entry : table->entries) read_task(entry, false);
        if (finals == nullptr) return;
        for (const Entry& entry : finals->entries) {
            if (table->find(entry.key) != nullptr)
                reader_.error(entry.key_place, fmt::format("'{}' is a task already", entry.key),
                              "names are unique over [task] and [final]");
            read_task(entry, true);
        }
    }

    const Table* final_tasks() {
        const Entry* const finals = document_.root().find("final");
        return finals == nullptr ? nullptr
                                 : reader_.table("final", finals->node, "a table for each task",
                                                 "a task that runs last is written [final.NAME]");
    }

    void read_task(const Entry& entry, bool is_final) {
        check_task_name(entry);
        const auto* table = std::get_if<Table>(&entry.node.value);
        if (table == nullptr) {
            reader_.error(
                entry.node.place,
                fmt::format("task '{}' is a table, not {}", entry.key, with_article(entry.node.type_name())),
                fmt::format("write [task.{}], and its keys below", entry.key));
            return;
        }
        Task& task = workflow_.tasks_.emplace_back();
        NeedsText& needs = edges_.emplace_back();
        task.name = entry.key;
        task.place = entry.key_place;
        task.final = is_final;
        Settings own;
        PayloadKeys payload;
        const std::string where = "a task";
        vars_.set_parameters(matrix_keys_.of(entry.key));
        for (const Entry& item : table->entries) {
            vars_.allow_parameters(reaches_each_element(item.key));
            const Key* const key = find_key(KeyScope::task, item.key);
            if (key == nullptr || key->scope != KeyScope::task)
                read_shared_key(key, item, own, where);
            else if (key->role == KeyRole::edge)
                read_edges(item, task, needs);
            else if (item.key == "array")
                read_array(item, task);
            else if (item.key == "matrix")
                task.matrix = read_matrix(reader_, item);
            else if (item.key == "inputs" || item.key == "outputs")
                read_paths(item, item.key == "inputs" ? task.inputs : task.outputs);
            else if (item.key == "service")
                task.service = reader_.flag(item.key, item.node).value_or(false);
            else if (item.key == "max_parallel")
                read_max_parallel(item);
            else
                payloads_.read(item, payload);
        }
        check_exclusions(reader_, own);
        payloads_.finish(task, payload);
        finish_elements(task, *table);
        vars_.set_parameters({});
        merge(task, own, payload);
        check_together(reader_, task);
    }

    void check_task_name(const Entry& entry) {
        if (!is_name(entry.key))
            reader_.error(entry.key_place, fmt::format("'{}' is not a name for a task", shown(entry.key)),
                          "letters, digits, . _ -, at most 64");
        else if (entry.key == "job")
            reader_.error(entry.key_place, "no task can be called 'job'",
                          "job:12345 stands for a job outside the file");
    }

    void read_edges(const Entry& entry, Task& task, NeedsText& needs) {
        if (entry.key == "singleton") {
            task.singleton = reader_.flag(entry.key, entry.node).value_or(false);
            return;
        }
        if (entry.key == "dependency") {
            if (auto text = reader_.text(entry.key, entry.node, "an expression"))
                needs.dependency = PlacedText{std::move(*text), entry.node.place};
            return;
        }
        const EdgeKind kind = parse_edge_kind(entry.key).value_or(EdgeKind::afterok);
        for (PlacedText& item : reader_.texts(entry.key, entry.node, "an array of names of tasks"))
            needs.lists.push_back({kind, std::move(item.text), item.place});
    }

    void read_array(const Entry& entry, Task& task) {
        constexpr std::string_view k_form = R"(as in "0-15", "1,3,5-9:2" or "0-99%10": at most 10 at a time)";
        std::optional<std::string> text;
        if (const auto* integer = std::get_if<Integer>(&entry.node.value)) {
            text = fmt::format("{}", integer->value);
        } else if (std::holds_alternative<std::string>(entry.node.value)) {
            text = reader_.text("array", entry.node, "");
        } else {
            reader_.wrong_type("array", entry.node, "a string of indexes", k_form);
        }
        if (!text) return;
        Result<ArraySpec> spec = parse_array_spec(*text);
        if (spec) {
            task.array = std::move(*spec);
            return;
        }
        reader_.error(entry.node.place, fmt::format("array: {}", spec.error().message),
                      spec.error().hint.empty() ? std::string{k_form} : std::move(spec.error().hint));
    }

    void read_paths(const Entry& entry, std::vector<PlacedText>& paths) {
        for (PlacedText& path : reader_.texts(entry.key, entry.node, "an array of paths")) {
            if (path.text.empty())
                reader_.error(path.place, fmt::format("a path in '{}' is empty", entry.key));
            else if (std::any_of(path.text.begin(), path.text.end(),
                                 [](char c) { return is_control(c) && c != '\x1d' && c != '\x1e'; }))
                reader_.error(path.place, fmt::format("a path in '{}' holds a control character", entry.key));
            else
                paths.push_back(std::move(path));
        }
    }

    /// Texts that a job reads for itself; the rest is told to sbatch, once for all elements.
    static bool reaches_each_element(std::string_view key) {
        return key == "run" || key == "command" || key == "args" || key == "env" || key == "setup" ||
               key == "inputs" || key == "outputs";
    }

    void read_max_parallel(const Entry& entry) {
        const auto* const number = std::get_if<Integer>(&entry.node.value);
        if (number == nullptr)
            reader_.wrong_type(entry.key, entry.node, "a whole number",
                               "so many elements at a time, at most");
        else if (number->value < 1 || number->value > std::numeric_limits<std::uint32_t>::max())
            reader_.error(entry.node.place,
                          fmt::format("max_parallel: '{}' is not a number from 1", number->text),
                          "so many elements at a time, at most");
        else
            max_parallel_ = static_cast<std::uint32_t>(number->value);
    }

    void finish_elements(Task& task, const Table& table) {
        const Entry* const array = table.find("array");
        const Entry* const matrix = table.find("matrix");
        if (array != nullptr && matrix != nullptr)
            reader_.error(std::max(array, matrix)->key_place, "'array' and 'matrix' exclude each other",
                          "a matrix is an array already: its key can be array = [0, 1, 2]");
        if (task.matrix) task.array = task.matrix->indexes();
        const auto limit = std::exchange(max_parallel_, std::nullopt);
        if (!limit) return;
        const Entry& entry = *table.find("max_parallel");
        if (task.array && task.array->limit)
            reader_.error(entry.key_place, "the array has a limit already",
                          "write one of %N and max_parallel");
        else if (task.array)
            task.array->limit = limit;
        else if (array == nullptr && matrix == nullptr && followed_names(edges_.back()).empty())
            reader_.error(entry.key_place, "'max_parallel' goes with 'array' or 'matrix'",
                          "a task of one element has nothing to limit");
        else
            task.limit = limit;
    }

    void merge(Task& task, const Settings& own, const PayloadKeys& payload) {
        if (own.shell && payload.first != nullptr && payload.first->key != "run")
            reader_.error(own.shell->place, "'shell' goes with 'run' only",
                          payload.first->key == "script" ? "a script's first line says what reads it"
                                                         : "a command runs without a shell");
        const auto& shell = own.shell ? own.shell : defaults_.shell;
        task.shell = shell ? shell->text : k_default_shell;
        task.workdir = workdir(own, payload);
        task.setup = defaults_.setup ? defaults_.setup->text : "";
        if (own.setup) {
            if (!task.setup.empty() && !task.setup.ends_with('\n')) task.setup += '\n';
            task.setup += own.setup->text;
        }
        task.env = own.env;
        task.env.insert(defaults_.env.begin(), defaults_.env.end());
        task.hold = own.hold.value_or(defaults_.hold.value_or(false) ||
                                      payloads_.script_option(payload, "hold") != nullptr);
        if (const auto& expect = own.expect ? own.expect : defaults_.expect)
            task.expect = parse_duration(*expect);
        if (const auto& category = own.category ? own.category : defaults_.category) {
            task.category = category->text;
            task.category_place = category->place;
        }
        task.options = merged_options(defaults_, own);
    }

    std::string workdir(const Settings& own, const PayloadKeys& payload) {
        const auto& path = own.workdir ? own.workdir : defaults_.workdir;
        if (path) return absolute(context_.directory, path->text);
        const ScriptOption* const chdir = payloads_.script_option(payload, "chdir");
        return absolute(context_.directory, chdir != nullptr && chdir->value ? *chdir->value : "");
    }

    // Jobs of different clusters cannot depend on each other.
    void check_clusters() {
        const Task* first = nullptr;
        for (const Task& task : workflow_.tasks_) {
            const SbatchOption* const cluster = task.option("clusters");
            if (first == nullptr) {
                first = &task;
                continue;
            }
            const SbatchOption* const expected = first->option("clusters");
            if ((cluster == nullptr && expected == nullptr) ||
                (cluster != nullptr && expected != nullptr && cluster->value == expected->value))
                continue;
            const auto cluster_name = [](const SbatchOption* option) {
                return option == nullptr ? std::string{"the cluster at hand"}
                                         : fmt::format("'{}'", *option->value);
            };
            reader_.error(cluster != nullptr ? cluster->place : task.place,
                          fmt::format("task '{}' goes to {}, but task '{}' to {}", task.name,
                                      cluster_name(cluster), first->name, cluster_name(expected)),
                          "a workflow runs on one cluster: write clusters = \"…\" below [defaults]");
            return;
        }
    }

    Validated result() {
        sort_by_place(found_);
        const bool wrong = std::any_of(found_.begin(), found_.end(),
                                       [](const Diagnostic& d) { return d.severity == Severity::error; });
        Validated validated;
        validated.diagnostics = std::move(found_);
        if (!wrong) validated.workflow = std::move(workflow_);
        return validated;
    }

    Sources& sources_;
    const Document& document_;
    const WorkflowContext& context_;
    Diagnostics found_;
    Vars vars_;
    MatrixKeys matrix_keys_;
    Reader reader_;
    PayloadReader payloads_;
    Settings defaults_;
    Limits limits_;
    Workflow workflow_;
    std::vector<NeedsText> edges_;               // parallel to the tasks
    std::optional<std::uint32_t> max_parallel_;  // of the task that is being read
};

std::vector<std::string> referenced_files(const Document& document, const WorkflowContext& context) {
    Diagnostics ignored;  // validate() reports the same again, with places
    Vars vars{document, context.vars, nullptr, ignored};
    std::vector<std::string> files;
    for_each_task(document, [&](const Entry&, const Table& task) {
        const Entry* const script = task.find("script");
        const auto* text = script == nullptr ? nullptr : std::get_if<std::string>(&script->node.value);
        if (text == nullptr) return;
        std::optional<std::string> path = vars.expand(*text, script->node.place);
        if (path && !path->empty()) files.push_back(std::move(*path));
    });
    std::sort(files.begin(), files.end());
    files.erase(std::unique(files.begin(), files.end()), files.end());
    return files;
}

Validated validate(Sources& sources, const Document& document, const WorkflowContext& context) {
    return Validator{sources, document, context}.run();
}

}  // namespace sbraid
