// DAGMan -> workflow: the graph is read (dag_graph.cpp), each node becomes a task (dag_task.cpp), and here
// the tasks get what concerns them all: edges, retries, categories, and priorities as `nice`.
//
// Why `nice`: --priority is for operators, and a negative nice too. So the node with the highest priority
// gets 0, and each other one what it lies below.
#include <fmt/format.h>
#include <algorithm>
#include <map>

#include "dag_graph.hpp"
#include "dag_task.hpp"
#include "import_formats.hpp"

namespace sbraid {
namespace {

std::string_view file_part(std::string_view path) {
    return path.substr(path.find_last_of('/') + 1);  // 0 when there is none
}

// The submit descriptions that nodes name, each read once.
class Descriptions {
  public:
    Descriptions(Sources& sources, std::uint32_t first, const ImportContext& context)
        : sources_(sources), context_(context) {
        const std::string_view name = sources.name(first);
        folder_ = name.substr(0, name.find_last_of('/') + 1);
    }

    /// nullptr: it cannot be read.
    const SubmitDescription* find(const DagNode& node) {
        if (node.kind == DagNodeKind::subdag) return nullptr;
        if (node.description) return &in_dag(*node.description);
        const std::string path = path_below(node.dir, node.file.text);
        const auto [known, is_new] = in_files_.try_emplace(path, std::nullopt);
        if (is_new && context_.read_file) {
            if (auto text = context_.read_file(path)) {
                const std::vector<TextLine> lines = lines_of(*text);
                const std::uint32_t file =
                    sources_.add(path.starts_with('/') ? path : folder_ + path, std::move(*text));
                known->second = read_submit_description(file, lines);
            }
        }
        return known->second ? &*known->second : nullptr;
    }

  private:
    const SubmitDescription& in_dag(const DagDescription& description) {
        const std::uint32_t line = description.lines->empty() ? 0 : description.lines->front().number;
        const auto [known, is_new] = in_dags_.try_emplace({description.file, line});
        if (is_new) known->second = read_submit_description(description.file, *description.lines);
        return known->second;
    }

    Sources& sources_;
    const ImportContext& context_;
    std::string folder_;
    std::map<std::string, std::optional<SubmitDescription>> in_files_;
    std::map<std::pair<std::uint32_t, std::uint32_t>, SubmitDescription> in_dags_;
};

class DagImport {
  public:
    DagImport(Sources& sources, std::uint32_t file, const ImportContext& context)
        : sources_(sources), file_(file), context_(context), notes_(sources) {}

    tl::expected<Imported, Diagnostics> run() {
        Diagnostics errors;
        graph_ = read_dag_graph(sources_, file_, context_, notes_, errors);
        const auto is_last = [](const DagNode& node) {
            return node.kind == DagNodeKind::final && !node.is_inner_final;
        };
        if (errors.empty() && std::all_of(graph_.nodes.begin(), graph_.nodes.end(), is_last))
            errors.push_back({Severity::error, {file_, 1, 1, 0}, "there is no JOB in the file"});
        if (!errors.empty()) {
            sort_by_place(errors);
            return tl::unexpected{std::move(errors)};
        }
        write_head();
        write_limits();
        set_default_nice();
        Descriptions descriptions{sources_, file_, context_};
        for (const DagNode& node : graph_.nodes) {
            const SubmitDescription* const description = descriptions.find(node);
            if (description == nullptr && node.kind != DagNodeKind::subdag && !node.noop)
                missing_[path_below(node.dir, node.file.text)].push_back(node.file.place);
            add_task(node, description);
        }
        tell_of_missing();
        tell_of_scripts();
        return write_flow(draft_, notes_);
    }

  private:
    void write_head() {
        const std::string_view name = file_part(sources_.name(file_));
        draft_.name = name.substr(0, name.ends_with(".dag") ? name.size() - 4 : name.size());
        draft_.head.push_back(
            fmt::format("Imported by sbraid from {}, an input file of HTCondor's DAGMan.", name));
        if (!context_.workdir.empty())
            static_cast<void>(draft_.defaults.text("workdir", context_.workdir));  // has no grammar
    }

    void write_limits() {
        std::vector<std::string> categories;
        for (const auto& [category, most] : graph_.max_jobs) categories.push_back(category);
        const std::vector<std::string> names = unique_names(categories);
        for (std::size_t i = 0; i < names.size(); ++i) {
            categories_[categories[i]] = names[i];
            draft_.category_limits.emplace_back(names[i],
                                                fmt::format("{}", graph_.max_jobs.at(categories[i])));
        }
        if (!graph_.max_jobs.empty() && !is_taken(KeyScope::file, "limits"))
            draft_.head.emplace_back(
                "Categories are not limited by this version of sbraid: see the lines behind #.");
    }

    // Nodes without PRIORITY have 0. Theirs is the default, when there are such nodes.
    void set_default_nice() {
        highest_ = graph_.nodes.front().priority;
        bool some_have_none = false;
        for (const DagNode& node : graph_.nodes) {
            highest_ = std::max(highest_, node.priority);
            some_have_none = some_have_none || node.priority == 0;
        }
        if (!some_have_none || highest_ == 0) return;
        default_nice_ = highest_;
        draft_.defaults.toml("nice", fmt::format("{}", default_nice_));
    }

    void add_task(const DagNode& node, const SubmitDescription* description) {
        DraftTask task;
        task.source = node.name;
        task.is_final = node.kind == DagNodeKind::final && !node.is_inner_final;
        task.parents = node.parents;
        task.ended = node.ended;
        if (node.is_inner_final)
            task.comments.emplace_back(
                "FINAL of a sub-DAG: runs when its last tasks have ended, or never can run");
        describe_task(node, description, context_.workdir, task, notes_);
        if (node.kind == DagNodeKind::service) task.keys.toml("service", "true");
        if (node.retries > 0) task.keys.toml("retry", fmt::format("{}", node.retries));
        if (!node.category.empty() && !graph_.max_jobs.contains(node.category))
            task.comments.push_back(fmt::format("CATEGORY {}: no MAXJOBS limits it", node.category));
        else if (!node.category.empty())
            task.keys.toml("category", fmt::format("\"{}\"", categories_.at(node.category)));
        set_nice(node, task);
        draft_.tasks.push_back(std::move(task));
    }

    void set_nice(const DagNode& node, DraftTask& task) const {
        const std::int64_t nice = highest_ - node.priority;
        if (nice != default_nice_) task.keys.toml("nice", fmt::format("{}", nice));
    }

    void tell_of_missing() {
        for (const auto& [path, places] : missing_)
            notes_.add(places.front(),
                       places.size() == 1
                           ? fmt::format("'{}' cannot be read: a task that fails stands in its place", path)
                           : fmt::format("'{}' cannot be read: {} tasks that fail stand in its place", path,
                                         places.size()),
                       "write what they `run`, or import the DAG where its submit descriptions are");
    }

    // Once a file, not once a line.
    void tell_of_scripts() {
        const auto has_script = [](const DagNode& node) { return node.pre || node.post; };
        const auto first = std::find_if(graph_.nodes.begin(), graph_.nodes.end(), has_script);
        if (first == graph_.nodes.end()) return;
        const DagScriptCommand& script = first->pre ? *first->pre : *first->post;
        notes_.add(
            script.node.place,
            "SCRIPT: PRE and POST scripts run in the job, on its first node, not where it is submitted",
            "a signal N ends the job with $RETURN 128+N");
    }

    Sources& sources_;
    std::uint32_t file_;
    const ImportContext& context_;
    DraftNotes notes_;
    DagGraph graph_;
    FlowDraft draft_;
    std::map<std::string, std::vector<Place>> missing_;  // submit descriptions, and where they are asked for
    std::map<std::string, std::string> categories_;      // that have a limit: their names here
    std::int64_t highest_ = 0;
    std::int64_t default_nice_ = 0;
};

}  // namespace

tl::expected<Imported, Diagnostics> import_dagman(Sources& sources, std::uint32_t file,
                                                  const ImportContext& context) {
    return DagImport{sources, file, context}.run();
}

}  // namespace sbraid
