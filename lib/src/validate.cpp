// Document -> Workflow.
//
// One pass over the tables turns each into a Task and a list of names it waits for; [defaults] is read first
// and merged into each. Then the names are looked up and the graph is checked (edge_resolver.cpp). Everything
// that is wrong is reported on the way, and only a file without an error becomes a Workflow.
//
// A file may be made of several (composition.hpp): each use of one is read like a workflow of its own, its
// tasks behind a prefix, in the place of the task that names it.
#include <fmt/format.h>
#include <algorithm>
#include <limits>
#include <set>
#include <tuple>

#include "characters.hpp"
#include "composition.hpp"
#include "edge_resolver.hpp"
#include "element_model.hpp"
#include "limits.hpp"
#include "matrix_reader.hpp"
#include "notify_table.hpp"
#include "overrides.hpp"
#include "payload.hpp"
#include "reader.hpp"
#include "sbraid/option_table.hpp"
#include "sbraid/units.hpp"
#include "sbraid/workflow.hpp"
#include "services.hpp"
#include "settings.hpp"
#include "source_files.hpp"
#include "task_reference.hpp"
#include "vars.hpp"
#include "wording.hpp"

namespace sbraid {
namespace {

constexpr std::string_view k_default_shell = "/bin/bash -eo pipefail";

// The file's name without folder and ending: the default name of a workflow.
std::string_view stem(std::string_view path) {
    path.remove_prefix(path.find_last_of('/') + 1);
    const std::size_t dot = path.rfind('.');
    return dot == 0 ? path : path.substr(0, dot);
}

}  // namespace

/// What all files of a workflow share.
struct Whole {
    Sources& sources;
    const WorkflowContext& context;
    Diagnostics& found;
    SourceFiles& files;
    const Composition& composition;
    const MatrixKeys& matrix_keys;
    const Overrides& overrides;
    std::vector<NeedsText> needs{};   // parallel to the tasks
    std::vector<TaskRange> ranges{};  // by unit
};

class Validator {
  public:
    /// Of one unit. `outer`: [defaults] of the file around it; nullptr: there is none.
    Validator(Whole& whole, Workflow& workflow, std::uint32_t number, const Settings* outer)
        : whole_(whole),
          number_(number),
          unit_(whole.composition.units()[number]),
          document_(*unit_.document),
          outer_(outer),
          reader_(*unit_.vars, whole.found),
          payloads_(reader_, whole.sources, whole.files, whole.context),
          workflow_(workflow) {}

    static Validated validate(Sources& sources, const Document& document, const WorkflowContext& context) {
        Diagnostics found;
        SourceFiles files{sources, document, context, found};
        const Composition composition{files, &sources, context, found};
        const MatrixKeys matrix_keys{composition};
        const Overrides overrides{sources, context.overrides};
        Whole whole{sources, context, found, files, composition, matrix_keys, overrides};
        whole.ranges.resize(composition.units().size());
        Workflow workflow;
        Validator main{whole, workflow, 0, nullptr};
        main.read();
        std::vector<TaskIndex> order =
            resolve_edges(main.reader_, {workflow.tasks_, whole.needs, composition, whole.ranges});
        check_services(main.reader_, workflow.tasks_);
        workflow.order_ = keep_limits(main.reader_, main.limits_, workflow.tasks_, std::move(order));
        main.check_clusters();
        // What stands in a text that was not read, because of another mistake, is not known.
        if (!main.reader_.has_errors()) main.unit_.vars->refuse_unused(context.vars);
        for (const SubWorkflow& sub : composition.sub_workflows())
            workflow.sub_workflows_.push_back(
                {composition.units()[sub.parent].prefix + sub.name, sub.matrix});
        return main.result();
    }

    void read() {
        const auto begin = static_cast<std::uint32_t>(workflow_.tasks_.size());
        read_top();
        if (outer_ != nullptr) inherit_options(defaults_, *outer_);
        read_tasks();
        whole_.ranges[number_] = {begin, static_cast<std::uint32_t>(workflow_.tasks_.size())};
    }

  private:
    void read_top() {
        const bool is_main = number_ == 0;
        if (is_main) workflow_.name_ = stem(whole_.sources.name(document_.file()));
        bool named = !is_main;
        for (const Entry& entry : document_.root().entries) {
            const Key* const key = find_key(KeyScope::file, entry.key);
            if (key == nullptr)
                unknown_top_key(entry);
            else if (entry.key == "name")
                named = read_name(entry, is_main);
            else if (entry.key == "limits")
                read_limits_of_file(entry);
            else if (entry.key == "notify")
                read_notify_of_file(entry);
            else if (entry.key == "defaults")
                read_defaults(entry);
        }
        if (!named && !is_name(workflow_.name_))
            reader_.error({document_.file(), 1, 1, 0},
                          fmt::format("the workflow has no name, and the file's own, '{}', cannot be one",
                                      workflow_.name_),
                          fmt::format("write name = \"…\": {}", k_name_form));
    }

    void read_limits_of_file(const Entry& entry) {
        limits_ = read_limits(reader_, entry);
        if (number_ != 0) warn_of_no_effect(entry);
    }

    void read_notify_of_file(const Entry& entry) {
        auto webhook = read_notify(reader_, entry,
                                   [this](std::uint32_t file) { return whole_.files.directory_of(file); });
        if (number_ != 0) return warn_of_no_effect(entry);
        workflow_.webhook_ = std::move(webhook);
    }

    void warn_of_no_effect(const Entry& entry) {
        reader_.warning(entry.key_place,
                        fmt::format("[{}] of a workflow inside another has no effect", entry.key),
                        fmt::format("write it in {}",
                                    whole_.sources.name(whole_.composition.units()[0].document->file())));
    }

    bool read_name(const Entry& entry, bool is_main) {
        const auto name = reader_.text("name", entry.node, "the name of the workflow");
        if (name && !is_name(*name))
            reader_.error(entry.node.place, fmt::format("'{}' is not a name for a workflow", shown(*name)),
                          std::string{k_name_form});
        if (name && is_main) workflow_.name_ = *name;
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
        if (number_ == 0) {
            workflow_.tasks_.reserve(count);
            whole_.needs.reserve(count);
        }
        for (const Entry& entry : table->entries) {
            const auto* const task = std::get_if<Table>(&entry.node.value);
            if (task != nullptr && is_sub_workflow(*task))
                read_sub_workflow(entry);
            else
                read_task(entry, false);
        }
        if (finals == nullptr) return;
        for (const Entry& entry : finals->entries) {
            if (table->find(entry.key) != nullptr)
                reader_.error(entry.key_place, fmt::format("'{}' is a task already", entry.key),
                              "names are unique over [task] and [final]");
            read_task(entry, true);
        }
    }

    void read_sub_workflow(const Entry& entry) {
        check_task_name(entry);
        const auto& subs = whole_.composition.sub_workflows();
        const auto number = unit_.named.find(entry.key);
        if (number == unit_.named.end()) return;
        for (const std::uint32_t unit : subs[number->second].units)
            Validator{whole_, workflow_, unit, &defaults_}.read();
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
        NeedsText& needs = whole_.needs.emplace_back();
        needs.unit = number_;
        task.name = unit_.prefix + entry.key;
        if (entry.key_place.file != 0) task.file = whole_.sources.name(entry.key_place.file);
        task.place = entry.key_place;
        task.final = is_final;
        Settings own;
        PayloadKeys payload;
        const std::string where = "a task";
        unit_.vars->set_parameters(whole_.matrix_keys.of(task.name));
        for (const Entry& item : table->entries) {
            unit_.vars->allow_parameters(reaches_each_element(item.key));
            const Key* const key = find_key(KeyScope::task, item.key);
            if (key == nullptr || key->scope != KeyScope::task)
                read_shared_key(key, item, own, where);
            else if (item.key == "workflow" || item.key == "vars")
                refuse_composition(item, is_final, payload);
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
        unit_.vars->set_parameters({});
        merge(task, own, payload);
        check_together(reader_, task);
    }

    void refuse_composition(const Entry& entry, bool is_final, PayloadKeys& payload) {
        if (entry.key == "workflow") payload.first = &entry;
        if (entry.key == "vars")
            reader_.error(entry.key_place, "'vars' goes with 'workflow' only",
                          "variables of this file stand in [vars]");
        else if (is_final)
            reader_.error(entry.key_place, "a final task cannot be a workflow",
                          "a task that runs last is one task: write run = \"…\"");
    }

    void check_task_name(const Entry& entry) {
        if (!is_name(entry.key))
            reader_.error(entry.key_place, fmt::format("'{}' is not a name for a task", shown(entry.key)),
                          std::string{k_name_form});
        else if (entry.key == "job")
            reader_.error(entry.key_place, "no task can be called 'job'",
                          "job:12345 stands for a job outside the file");
    }

    void read_edges(const Entry& entry, Task& task, NeedsText& needs) {
        if (entry.key == "singleton") {
            task.singleton = reader_.flag(entry.key, entry.node).value_or(false);
            return;
        }
        read_needs(reader_, entry, needs);
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
               key == "inputs" || key == "outputs" || key == "apptainer" || key == "container_image";
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
        whole_.needs.back().has_wrong_elements = (array != nullptr || matrix != nullptr) && !task.array;
        const auto limit = std::exchange(max_parallel_, std::nullopt);
        if (!limit) return;
        const Entry& entry = *table.find("max_parallel");
        if (task.array && task.array->limit)
            reader_.error(entry.key_place, "the array has a limit already",
                          "write one of %N and max_parallel");
        else if (task.array)
            task.array->limit = limit;
        else if (array == nullptr && matrix == nullptr && followed_names(whole_.needs.back()).empty())
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
        set_workdir(task, own, payload);
        task.setup =
            joined_setup(defaults_.setup ? defaults_.setup->text : "", own.setup ? own.setup->text : "");
        task.env = own.env;
        task.env.insert(defaults_.env.begin(), defaults_.env.end());
        task.hold = own.hold.value_or(defaults_.hold.value_or(false) ||
                                      payloads_.script_option(payload, "hold") != nullptr);
        const auto& expect = own.expect ? own.expect : defaults_.expect;
        if (expect) task.expect = parse_duration(expect->text);
        if (const auto& category = own.category ? own.category : defaults_.category) {
            task.category = category->text;
            task.category_place = category->place;
        }
        task.options = merged_options(defaults_, whole_.overrides.over(reader_, task.name, own));
        task.on_dead_dependency =
            own.on_dead_dependency ? own.on_dead_dependency : defaults_.on_dead_dependency;
        merge_launch(reader_, defaults_, own, payload.first, task);
        const auto of_script = [&](std::string_view name) { return payloads_.script_option(payload, name); };
        merge_attempts(reader_, defaults_.attempts, own.attempts, of_script, task);
        if (expect) check_expected_time(reader_, task, *expect, of_script("time"));
    }

    void set_workdir(Task& task, const Settings& own, const PayloadKeys& payload) {
        task.workdir = absolute_path(unit_.directory, "");
        if (const auto& path = own.workdir ? own.workdir : defaults_.workdir) {
            task.workdir = absolute_path(whole_.files.directory_of(path->place.file), path->text);
            task.workdir_place = path->place;
        } else if (const ScriptOption* const chdir = payloads_.script_option(payload, "chdir");
                   chdir != nullptr && chdir->value) {
            task.workdir = absolute_path(unit_.directory, *chdir->value);
            task.workdir_place = chdir->place;
        }
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
        Diagnostics& found = whole_.found;
        sort_by_place(found);
        say_once(found);  // also what is wrong in [defaults] and shows in each task
        const bool wrong = std::any_of(found.begin(), found.end(),
                                       [](const Diagnostic& d) { return d.severity == Severity::error; });
        Validated validated;
        validated.diagnostics = std::move(found);
        validated.parts = whole_.files.parts();
        if (!wrong) validated.workflow = std::move(workflow_);
        return validated;
    }

    /// A file that is used several times has the same to say each time.
    static void say_once(Diagnostics& found) {
        const auto key = [](const Diagnostic& d) {
            return std::tie(d.place.file, d.place.line, d.place.column, d.message);
        };
        std::set<decltype(key(found.front()))> said;
        Diagnostics once;
        for (const Diagnostic& diagnostic : found)
            if (diagnostic.place.line == 0 || said.insert(key(diagnostic)).second) once.push_back(diagnostic);
        found = std::move(once);
    }

    Whole& whole_;
    std::uint32_t number_;
    const Unit& unit_;
    const Document& document_;  // with what it includes
    const Settings* outer_;
    Reader reader_;
    PayloadReader payloads_;
    Settings defaults_;
    Limits limits_;
    Workflow& workflow_;
    std::optional<std::uint32_t> max_parallel_;  // of the task that is being read
};

std::vector<std::string> referenced_files(const Sources& sources, const Document& document,
                                          const WorkflowContext& context) {
    Diagnostics ignored;  // validate() reports the same again, with places
    Sources scratch;
    for (std::uint32_t file = 0; file <= document.file(); ++file) scratch.add(sources.name(file), {});
    SourceFiles texts{scratch, document, context, ignored};
    const Composition composition{texts, nullptr, context, ignored};
    std::set<std::string> files = texts.named();
    for (const Unit& unit : composition.units())
        for_each_task(*unit.document, [&](const Entry&, const Table& task) {
            const Entry* const script = task.find("script");
            const auto* text = script == nullptr ? nullptr : std::get_if<std::string>(&script->node.value);
            if (text == nullptr) return;
            const std::optional<std::string> path = unit.vars->expand_quietly(*text);
            if (path && !path->empty()) files.insert(texts.key_of(script->node.place.file, *path));
        });
    return {files.begin(), files.end()};
}

Validated validate(Sources& sources, const Document& document, const WorkflowContext& context) {
    return Validator::validate(sources, document, context);
}

}  // namespace sbraid
