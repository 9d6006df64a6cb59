// Files, splices and sub-DAGs become one graph.
//
// Each DAG is a scope of names. Taking its commands adds nodes at once, and those of splices, sub-DAGs and
// included files on the way, and keeps all other commands for the end, because they may speak of nodes
// further down. A splice and a sub-DAG that can be read are dissolved into their nodes, `SPLICE+NODE`; who
// waits for one waits for its last nodes, and its first nodes wait for whom it waits for. (A sub-DAG is one
// job to DAGMan, but its nodes could not be handed to Slurm then.)
#include "dag_graph.hpp"

#include <fmt/format.h>
#include <set>
#include <utility>

#include "dag_builder.hpp"
#include "dag_commands.hpp"
#include "dag_files.hpp"

namespace sbraid {
namespace {

constexpr std::size_t k_most_groups = 20'000;  // each may hold two of the next file, and no node
constexpr std::size_t k_deepest = 100;         // files that are being read, each for the one before it

class GraphReader {
    using Commands = DagFiles::Commands;

  public:
    GraphReader(Sources& sources, std::uint32_t file, const ImportContext& context, DraftNotes& notes,
                Diagnostics& errors)
        : files_(sources, file, context, errors),
          most_repeated_(context.most_repeated_commands),
          notes_(notes),
          errors_(errors),
          builder_(notes, errors) {}

    DagGraph read() {
        DagScope scope;
        open_.insert(files_.first_path());
        take_commands(files_.first(), scope);
        if (!is_too_much_) obey_commands(builder_, scope);
        if (errors_.empty()) builder_.refuse_cycles();
        return std::move(builder_.graph());
    }

  private:
    void error(const Place& place, std::string message, std::string hint = {}) {
        builder_.error(place, std::move(message), std::move(hint));
    }

    // False: the file cannot be read inside of those that are being read.
    bool enter(const std::string& path, const Place& place) {
        if (open_.contains(path)) {
            error(place, fmt::format("'{}' contains itself", path));
            return false;
        }
        if (open_.size() == k_deepest) {
            error(place, fmt::format("more than {} files in each other", k_deepest));
            return false;
        }
        open_.insert(path);
        return true;
    }

    // Files that are named again and again must not make an import of any size. A file's first time is free:
    // its length is what somebody wrote. False: it is too much, and nothing more is taken.
    bool may_take(const Commands& commands, const Place& place) {
        if (is_too_much_) return false;
        if (!taken_.insert(&commands).second) repeated_ += 1 + commands.size();
        if (repeated_ > most_repeated_)
            refuse_more(place, fmt::format("the files that are spliced or included more than once add more "
                                           "than {} commands",
                                           most_repeated_));
        return !is_too_much_;
    }

    void refuse_more(const Place& place, std::string message) {
        is_too_much_ = true;
        error(place, std::move(message), "import its parts one by one, and join them as sub-workflows");
    }

    void take_commands(const Commands& commands, DagScope& scope) {
        for (const DagCommand& command : commands) {
            if (is_too_much_) return;
            if (const auto* node = std::get_if<DagNodeCommand>(&command.what))
                add_node(*node, command, scope);
            else if (const auto* splice = std::get_if<DagSpliceCommand>(&command.what))
                add_splice(*splice, scope);
            else if (const auto* include = std::get_if<DagIncludeCommand>(&command.what))
                add_include(*include, scope);
            else if (const auto* description = std::get_if<DagDescriptionCommand>(&command.what))
                scope.descriptions[description->name.text] = {command.place.file, description->lines};
            else
                scope.later.push_back(&command);
        }
    }

    bool is_new_name(const DagWord& name, const DagScope& scope) {
        if (!scope.names.contains(name.text)) return true;
        error(name.place, fmt::format("there is a node or splice '{}' already", name.text));
        return false;
    }

    void add_node(const DagNodeCommand& command, const DagCommand& line, DagScope& scope) {
        if (!is_new_name(command.name, scope)) return;
        if (command.kind == DagNodeKind::final && scope.is_splice) {
            error(line.place, "a spliced DAG cannot have a FINAL node");
            return;
        }
        if (command.kind == DagNodeKind::final && scope.final_node) {
            error(line.place, "there is a FINAL node already");
            return;
        }
        if (command.kind == DagNodeKind::provisioner && scope.has_provisioner) {
            error(line.place, "there is a PROVISIONER node already");
            return;
        }
        const std::string dir = command.dir.empty() ? scope.dir : path_below(scope.dir, command.dir);
        if (command.kind == DagNodeKind::subdag && !command.noop && !command.done &&
            add_subdag(command, dir, scope))
            return;
        DagNode node;
        node.kind = command.kind;
        node.name = scope.prefix + command.name.text;
        node.place = command.name.place;
        node.file = command.file;
        if (command.description) node.description = DagDescription{line.place.file, command.description};
        node.dir = dir;
        node.noop = command.noop;
        node.done = command.done;
        builder_.add(std::move(node), command.name.text, scope);
        if (command.kind == DagNodeKind::provisioner) {
            scope.has_provisioner = true;
            notes_.add(
                line.place,
                fmt::format("PROVISIONER {}: in DAGMan all other nodes wait until it says that it is ready",
                            command.name.text),
                "here it starts beside them; write after = [\"…\"] where that matters");
        }
        if (command.kind == DagNodeKind::service && !is_taken(KeyScope::task, "service"))
            notes_.add(line.place, fmt::format("SERVICE {}: nothing ends it when the others have ended",
                                               command.name.text));
    }

    // False: the file cannot be read, so that the sub-DAG stays one node.
    bool add_subdag(const DagNodeCommand& command, const std::string& dir, DagScope& scope) {
        const std::string path = path_below(dir, command.file.text);
        const Commands* const commands = files_.open(path);
        if (commands == nullptr) {
            notes_.add(command.file.place,
                       fmt::format("SUBDAG {}: '{}' cannot be read: a task that fails stands in its place",
                                   command.name.text, command.file.text),
                       "import it when it is there");
            return false;
        }
        DagScope inner;
        inner.prefix = fmt::format("{}{}+", scope.prefix, command.name.text);
        inner.dir = dir;
        add_group(command.name, command.file, *commands, path, inner, scope);
        notes_.add(command.file.place,
                   fmt::format("SUBDAG {0}: dissolved into its tasks, {0}+…", command.name.text),
                   "it is not retried, throttled or cancelled as a whole");
        return true;
    }

    void add_splice(const DagSpliceCommand& command, DagScope& scope) {
        if (!is_new_name(command.name, scope)) return;
        DagScope inner;
        inner.prefix = fmt::format("{}{}+", scope.prefix, command.name.text);
        inner.dir = command.dir.empty() ? scope.dir : path_below(scope.dir, command.dir);
        inner.is_splice = true;
        const std::string path = path_below(inner.dir, command.file.text);
        const Commands* const commands = files_.open(path);
        if (commands == nullptr) {
            error(command.file.place, fmt::format("the splice '{}' cannot be read", path),
                  "relative paths start at the folder of the first DAG file");
            scope.names[command.name.text] = {true,
                                              builder_.add_group({})};  // so that one mistake is told once
            return;
        }
        add_group(command.name, command.file, *commands, path, inner, scope);
    }

    void add_group(const DagWord& name, const DagWord& word, const Commands& commands,
                   const std::string& path, DagScope& inner, DagScope& outer) {
        if (!enter(path, word.place)) {
            outer.names[name.text] = {true, builder_.add_group({})};
            return;
        }
        if (++opened_groups_ > k_most_groups)
            refuse_more(word.place, fmt::format("more than {} splices and sub-DAGs", k_most_groups));
        if (may_take(commands, word.place)) take_commands(commands, inner);
        open_.erase(path);
        if (is_too_much_) return;
        obey_commands(builder_, inner);
        DagGroup group;
        group.is_subdag = !inner.is_splice;
        group.nodes = inner.nodes;
        builder_.ends_of(inner, group.first, group.last);
        group.pins_in = std::move(inner.pins_in);
        group.pins_out = std::move(inner.pins_out);
        if (group.is_subdag && inner.final_node) {
            builder_.node(*inner.final_node).ended = group.last;
            builder_.node(*inner.final_node).is_inner_final = true;
        }
        outer.nodes.insert(outer.nodes.end(), inner.nodes.begin(), inner.nodes.end());
        if (inner.is_splice)  // the nodes of a splice have names outside of it, those of a sub-DAG have not
            for (const auto& [inner_name, target] : inner.names)
                outer.names[fmt::format("{}+{}", name.text, inner_name)] = target;
        const DagTarget target{true, builder_.add_group(std::move(group))};
        outer.names[name.text] = target;
        if (!inner.is_splice) outer.own.push_back(target);
    }

    void add_include(const DagIncludeCommand& command, DagScope& scope) {
        const std::string path = path_below(scope.dir, command.file.text);
        const Commands* const commands = files_.open(path);
        if (commands == nullptr) {
            error(command.file.place, fmt::format("the file '{}' cannot be read", path),
                  "relative paths start at the folder of the first DAG file");
        } else if (enter(path, command.file.place)) {
            if (may_take(*commands, command.file.place)) take_commands(*commands, scope);
            open_.erase(path);
        }
    }

    DagFiles files_;
    std::size_t most_repeated_;
    DraftNotes& notes_;
    Diagnostics& errors_;
    DagBuilder builder_;
    std::size_t opened_groups_ = 0;
    std::set<std::string> open_;       // the files that are being read
    std::set<const Commands*> taken_;  // the files that have been read
    std::size_t repeated_ = 0;         // commands of files that had been read before
    bool is_too_much_ = false;
};

}  // namespace

std::string path_below(std::string_view dir, std::string_view path) {
    while (path.starts_with("./")) path.remove_prefix(2);
    if (dir.empty() || path.starts_with('/')) return std::string{path};
    return fmt::format("{}{}{}", dir, dir.ends_with('/') ? "" : "/", path);
}

DagGraph read_dag_graph(Sources& sources, std::uint32_t file, const ImportContext& context, DraftNotes& notes,
                        Diagnostics& errors) {
    return GraphReader{sources, file, context, notes, errors}.read();
}

}  // namespace sbraid
