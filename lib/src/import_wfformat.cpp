// WfFormat -> workflow.
//
// Tasks are called as the file's own references call them: in 1.5 by id, before by name, and by id too where
// names repeat. Edges are what `parents` and `children` say, together: in many files one of them is empty.
// Only where nobody has either, they are made from the files that tasks write and read.
//
// What was measured is taken with care: memory with a quarter more, cores rounded up; the run time becomes
// `expect`, never `time`, which would end a task that is slower once.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "dag_task.hpp"
#include "graph.hpp"
#include "import_formats.hpp"
#include "sbraid/suggest.hpp"
#include "sbraid/units.hpp"
#include "task_graph.hpp"
#include "wfformat.hpp"
#include "wording.hpp"

namespace sbraid {
namespace {

constexpr double k_headroom = 1.25;         // for what another run may need
constexpr std::uint64_t k_least_mib = 100;  // a shell and its children need some, whatever was measured
constexpr std::size_t k_most_suggestions = 100;

class WfImport {
  public:
    WfImport(const Sources& sources, WfDocument document, const ImportContext& context)
        : sources_(sources), context_(context), document_(std::move(document)), notes_(sources) {}

    tl::expected<Imported, Diagnostics> run(std::uint32_t file) {
        file_ = file;
        index_tasks();
        read_references();
        if (edges_.empty()) edges_from_files();
        if (errors_.empty()) refuse_cycles();
        if (!errors_.empty()) {
            sort_by_place(errors_);
            return tl::unexpected{std::move(errors_)};
        }
        write_head();
        for (std::uint32_t i = 0; i < document_.tasks.size(); ++i) add_task(i);
        return write_flow(draft_, notes_);
    }

  private:
    void error(const Place& place, std::string message, std::string hint = {}) {
        errors_.push_back({Severity::error, place, std::move(message), std::move(hint)});
    }

    void index_tasks() {
        parents_.resize(document_.tasks.size());
        for (std::uint32_t i = 0; i < document_.tasks.size(); ++i) {
            const WfTask& task = document_.tasks[i];
            by_name_[task.name.text].push_back(i);
            auto& same = by_id_[task.id.text];
            same.push_back(i);
            const bool has_own_id = &task.id.text != &task.name.text && task.id.text != task.name.text;
            if (same.size() > 1)
                error(task.id.place, fmt::format("a second task has the {} '{}'", has_own_id ? "id" : "name",
                                                 shown(task.id.text)));
        }
        names_repeat_ = by_name_.size() < document_.tasks.size();
    }

    // The tasks that a reference means: by id, else by name. Of several with the name, those whose files fit.
    std::vector<std::uint32_t> resolve(const WfText& reference, std::uint32_t from, bool is_parent) {
        if (const auto by_id = by_id_.find(reference.text); by_id != by_id_.end()) {
            ++references_by_id_;
            return by_id->second;
        }
        const auto by_name = by_name_.find(reference.text);
        if (by_name == by_name_.end()) {
            error(reference.place, fmt::format("there is no task '{}'", shown(reference.text)),
                  suggestion(reference));
            return {};
        }
        ++references_by_name_;
        if (by_name->second.size() == 1) return by_name->second;
        std::vector<std::uint32_t> fitting;
        for (const std::uint32_t other : by_name->second) {
            const auto& written = document_.tasks[is_parent ? other : from].outputs;
            const auto& read = document_.tasks[is_parent ? from : other].inputs;
            if (std::any_of(written.begin(), written.end(), [&](const std::string& file) {
                    return std::find(read.begin(), read.end(), file) != read.end();
                }))
                fitting.push_back(other);
        }
        if (!fitting.empty()) return fitting;
        notes_.add(reference.place,
                   fmt::format("{} tasks are called '{}', and no file tells which is meant: all of them",
                               by_name->second.size(), shown(reference.text)));
        return by_name->second;
    }

    std::string suggestion(const WfText& reference) const {
        if (errors_.size() > k_most_suggestions) return {};
        std::vector<std::string_view> names;
        for (const WfTask& task : document_.tasks) names.push_back(task.id.text);
        return did_you_mean(reference.text, names);
    }

    void read_references() {
        for (std::uint32_t i = 0; i < document_.tasks.size(); ++i) {
            for (const WfText& reference : document_.tasks[i].parents)
                for (const std::uint32_t parent : resolve(reference, i, true))
                    add_edge(parent, i, reference.place);
            for (const WfText& reference : document_.tasks[i].children)
                for (const std::uint32_t child : resolve(reference, i, false))
                    add_edge(i, child, reference.place);
        }
    }

    [[nodiscard]] bool has_too_many() const { return tried_ > k_most_edges; }

    void add_edge(std::uint32_t parent, std::uint32_t child, const Place& place) {
        if (has_too_many()) return;
        if (++tried_ > k_most_edges) {
            error(place, fmt::format("the tasks wait for each other by more than {} edges", k_most_edges));
            return;
        }
        if (parent == child)
            error(place, fmt::format("task '{}' waits for itself", source_of(child)));
        else if (edges_.insert((std::uint64_t{child} << 32U) | parent).second)
            parents_[child].push_back(parent);
    }

    void edges_from_files() {
        std::unordered_map<std::string, std::vector<std::uint32_t>> writers;
        for (std::uint32_t i = 0; i < document_.tasks.size(); ++i)
            for (const std::string& file : document_.tasks[i].outputs) writers[file].push_back(i);
        for (std::uint32_t i = 0; i < document_.tasks.size(); ++i) {
            for (const std::string& file : document_.tasks[i].inputs) {
                const auto found = writers.find(file);
                if (found == writers.end()) continue;
                for (const std::uint32_t writer : found->second)
                    if (writer != i) add_edge(writer, i, document_.tasks[i].name.place);
                if (has_too_many()) return;
            }
        }
        if (!edges_.empty())
            notes_.add(
                document_.version_place,
                fmt::format("no task names parents or children: {} edges are made from the files that are "
                            "written and read",
                            edges_.size()));
    }

    void refuse_cycles() {
        for (const auto& cycle : cycles(parents_)) {
            std::string path;
            for (const std::uint32_t index : cycle) path += source_of(index) + " -> ";
            error(document_.tasks[cycle.front()].name.place,
                  fmt::format("the tasks wait for each other: {}{}", path, source_of(cycle.front())));
        }
    }

    [[nodiscard]] const std::string& source_of(std::uint32_t index) const {
        const WfTask& task = document_.tasks[index];
        const bool by_id = names_repeat_ || references_by_id_ > references_by_name_;
        return by_id ? task.id.text : task.name.text;
    }

    void write_head() {
        draft_.name = document_.name.empty() ? std::string{"imported"} : document_.name;
        if (draft_.name.ends_with(".json")) draft_.name.resize(draft_.name.size() - 5);
        const std::string_view path = sources_.name(file_);
        draft_.head.push_back(fmt::format(
            "Imported by sbraid from {}, WfFormat {} of WfCommons.", path.substr(path.find_last_of('/') + 1),
            document_.version.empty() ? "without a version" : document_.version));
        const auto& tasks = document_.tasks;
        if (std::any_of(tasks.begin(), tasks.end(), [](const WfTask& task) { return task.memory_bytes; }))
            draft_.head.emplace_back("mem is what was measured and a quarter more, at least 100M.");
        if (!document_.left_out.empty())
            draft_.head.push_back(fmt::format("Left out of what is known of each task: {}.",
                                              fmt::join(document_.left_out, ", ")));
        if (!document_.version.starts_with("1."))
            notes_.add(document_.version_place,
                       "the schema version is not one of 1.3, 1.4, 1.5: taken as the nearest");
        if (!context_.workdir.empty())
            static_cast<void>(draft_.defaults.text("workdir", context_.workdir));  // has no grammar
    }

    void add_task(std::uint32_t index) {
        const WfTask& task = document_.tasks[index];
        DraftTask draft;
        draft.source = source_of(index);
        if (task.name.text != draft.source) draft.comments.push_back(fmt::format("name: {}", task.name.text));
        draft.parents = parents_[index];
        draft.keys.toml("run", flow_string(run_of(task)));
        if (task.cores && *task.cores > 0)
            set(draft, "cpus_per_task", fmt::format("{}", whole(*task.cores)), task);
        if (task.memory_bytes && *task.memory_bytes > 0) {
            const std::uint64_t mib = whole(*task.memory_bytes * k_headroom / (1024.0 * 1024.0));
            set(draft, "mem", fmt::format("{}M", std::max(mib, k_least_mib)), task);
        }
        if (task.runtime_s) {
            const std::string expect = fmt::format("{}s", std::max<std::uint64_t>(whole(*task.runtime_s), 1));
            if (parse_duration(expect))
                draft.keys.toml("expect", fmt::format("\"{}\"", expect));
            else
                leave_out("expect", expect, task);
        }
        draft_.tasks.push_back(std::move(draft));
    }

    static std::uint64_t whole(double value) {
        constexpr double k_most = 1e15;
        return static_cast<std::uint64_t>(std::ceil(std::min(value, k_most)));
    }

    void set(DraftTask& draft, std::string_view key, const std::string& value, const WfTask& task) {
        const bool is_number =
            std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
        const Key* const known = find_key(KeyScope::task, key);
        if (known != nullptr && known->grammar != nullptr && complaint(*known->grammar, value))
            leave_out(key, value, task);
        else
            draft.keys.toml(key, is_number ? value : fmt::format("\"{}\"", value));
    }

    void leave_out(std::string_view key, std::string_view value, const WfTask& task) {
        notes_.add(task.name.place, fmt::format("'{}' is no value for {}; left out", value, key));
    }

    // The arguments are pieces of a command line, with blanks and quotes in them; nothing is to be quoted
    // again.
    static std::string run_of(const WfTask& task) {
        if (task.program.find_first_not_of(" \t\r\n") == std::string::npos)
            return failing_run(fmt::format("{}: the imported file does not say what it runs", task.id.text));
        std::string run = task.program;
        for (const std::string& argument : task.arguments) run += ' ' + argument;
        if (run.find('\n') != std::string::npos && !run.ends_with('\n')) run += '\n';
        return run;
    }

    const Sources& sources_;
    const ImportContext& context_;
    WfDocument document_;
    DraftNotes notes_;
    std::uint32_t file_ = 0;
    Diagnostics errors_;
    FlowDraft draft_;
    std::unordered_map<std::string, std::vector<std::uint32_t>> by_name_;
    std::unordered_map<std::string, std::vector<std::uint32_t>> by_id_;
    bool names_repeat_ = false;
    std::size_t references_by_id_ = 0;
    std::size_t references_by_name_ = 0;
    Parents parents_;
    std::unordered_set<std::uint64_t> edges_;  // child, parent
    std::size_t tried_ = 0;                    // edges, also those that are there already
};

}  // namespace

tl::expected<Imported, Diagnostics> import_wfformat(const Sources& sources, std::uint32_t file,
                                                    const ImportContext& context) {
    Diagnostics errors;
    auto document = read_wfformat(sources, file, errors);
    if (!document) {
        sort_by_place(errors);
        return tl::unexpected{std::move(errors)};
    }
    return WfImport{sources, std::move(*document), context}.run(file);
}

}  // namespace sbraid
