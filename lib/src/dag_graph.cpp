// Files, splices and sub-DAGs become one graph.
//
// Each DAG is a scope of names. Reading its text adds nodes at once, reads splices, sub-DAGs and included
// files on the way, and keeps all other commands for the end, because they may speak of nodes further down. A
// splice and a sub-DAG that can be read are dissolved into their nodes, `SPLICE+NODE`; who waits for one
// waits for its last nodes, and its first nodes wait for whom it waits for. (A sub-DAG is one job to DAGMan,
// but its nodes could not be handed to Slurm then.)
#include "dag_graph.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <set>
#include <unordered_set>
#include <utility>

#include "characters.hpp"
#include "graph.hpp"
#include "sbraid/suggest.hpp"

namespace sbraid {
namespace {

constexpr std::size_t k_most_nodes = 1'000'000;
constexpr std::size_t k_most_edges = 10'000'000;
constexpr std::size_t k_most_groups = 20'000;    // each may hold two of the next file, and no node
constexpr std::size_t k_deepest = 100;           // files that are being read, each for the one before it
constexpr std::size_t k_most_suggestions = 100;  // they cost a look at all names

// The nodes of a splice or of a dissolved sub-DAG.
struct Group {
    bool is_subdag = false;
    std::vector<std::uint32_t> nodes{};
    std::vector<std::uint32_t> first{};  // without parents inside
    std::vector<std::uint32_t> last{};   // without children inside
    std::map<std::int64_t, std::vector<std::uint32_t>> pins_in{};
    std::map<std::int64_t, std::vector<std::uint32_t>> pins_out{};
};

struct Target {
    bool is_group = false;
    std::uint32_t index = 0;
};

struct Scope {
    std::string prefix{};  // `S1+`
    std::string dir{};
    bool is_splice = false;
    bool has_provisioner = false;
    std::optional<std::uint32_t> final_node{};
    std::map<std::string, Target, std::less<>> names{};  // as this DAG calls them
    std::vector<Target> own{};                           // what ALL_NODES means
    std::vector<std::uint32_t> nodes{};                  // with those of splices
    std::vector<DagCommand> later{};
    std::map<std::string, DagDescription> descriptions{};
    std::map<std::int64_t, std::vector<std::uint32_t>> pins_in{};
    std::map<std::int64_t, std::vector<std::uint32_t>> pins_out{};
};

std::string_view folder_of(std::string_view path) {
    return path.substr(0, path.find_last_of('/') + 1);  // 0 when there is none
}

bool has_edges(DagNodeKind kind) {
    return kind == DagNodeKind::job || kind == DagNodeKind::subdag;
}

class GraphReader {
  public:
    GraphReader(Sources& sources, std::uint32_t file, const ImportContext& context, DraftNotes& notes,
                Diagnostics& errors)
        : sources_(sources), file_(file), context_(context), notes_(notes), errors_(errors) {}

    DagGraph read() {
        Scope scope;
        open_.insert(path_of_first());
        read_commands(file_, scope);
        close(scope);
        if (errors_.empty()) refuse_cycles();
        return std::move(graph_);
    }

  private:
    [[nodiscard]] std::string path_of_first() const {
        const std::string_view name = sources_.name(file_);
        return std::string{name.substr(folder_of(name).size())};
    }

    void error(const Place& place, std::string message, std::string hint = {}) {
        errors_.push_back({Severity::error, place, std::move(message), std::move(hint)});
    }

    // The index of a file that a command names; nullopt: it cannot be read.
    std::optional<std::uint32_t> open_file(const std::string& path) {
        const auto [known, is_new] = files_.try_emplace(path, std::nullopt);
        if (!is_new) return known->second;
        if (!context_.read_file) return std::nullopt;
        if (auto text = context_.read_file(path)) {
            const bool absolute = path.starts_with('/');
            const std::string folder{absolute ? std::string_view{} : folder_of(sources_.name(file_))};
            known->second = sources_.add(folder + path, std::move(*text));
        }
        return known->second;
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

    // --- the commands that are obeyed while reading

    void read_commands(std::uint32_t file, Scope& scope) {
        for (DagCommand& command : read_dag(sources_, file, errors_)) {
            if (auto* node = std::get_if<DagNodeCommand>(&command.what))
                add_node(*node, command, scope);
            else if (const auto* splice = std::get_if<DagSpliceCommand>(&command.what))
                add_splice(*splice, scope);
            else if (const auto* include = std::get_if<DagIncludeCommand>(&command.what))
                add_include(*include, scope);
            else if (auto* description = std::get_if<DagDescriptionCommand>(&command.what))
                scope.descriptions[description->name.text] = {file, std::move(description->lines)};
            else
                scope.later.push_back(std::move(command));
        }
    }

    bool is_new_name(const DagWord& name, const Scope& scope) {
        if (!scope.names.contains(name.text)) return true;
        error(name.place, fmt::format("there is a node or splice '{}' already", name.text));
        return false;
    }

    void add_node(DagNodeCommand& command, const DagCommand& line, Scope& scope) {
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
        if (command.description)
            node.description = DagDescription{line.place.file, std::move(*command.description)};
        node.dir = dir;
        node.noop = command.noop;
        node.done = command.done;
        add(std::move(node), command.name.text, scope);
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

    void add(DagNode node, const std::string& name, Scope& scope) {
        if (graph_.nodes.size() == k_most_nodes) {
            if (!std::exchange(too_many_nodes_, true))
                error(node.place, fmt::format("more than {} nodes", k_most_nodes));
            return;
        }
        const auto index = static_cast<std::uint32_t>(graph_.nodes.size());
        if (node.kind == DagNodeKind::final)
            scope.final_node = index;
        else
            scope.own.push_back({false, index});
        scope.names[name] = {false, index};
        scope.nodes.push_back(index);
        graph_.nodes.push_back(std::move(node));
    }

    // False: the file cannot be read, so that the sub-DAG stays one node.
    bool add_subdag(const DagNodeCommand& command, const std::string& dir, Scope& scope) {
        const std::string path = path_below(dir, command.file.text);
        const auto file = open_file(path);
        if (!file) {
            notes_.add(command.file.place,
                       fmt::format("SUBDAG {}: '{}' cannot be read: a task that fails stands in its place",
                                   command.name.text, command.file.text),
                       "import it when it is there");
            return false;
        }
        Scope inner;
        inner.prefix = fmt::format("{}{}+", scope.prefix, command.name.text);
        inner.dir = dir;
        read_group(command.name, command.file, *file, path, inner, scope);
        notes_.add(command.file.place,
                   fmt::format("SUBDAG {0}: dissolved into its tasks, {0}+…", command.name.text),
                   "it is not retried, throttled or cancelled as a whole");
        return true;
    }

    void add_splice(const DagSpliceCommand& command, Scope& scope) {
        if (!is_new_name(command.name, scope)) return;
        Scope inner;
        inner.prefix = fmt::format("{}{}+", scope.prefix, command.name.text);
        inner.dir = command.dir.empty() ? scope.dir : path_below(scope.dir, command.dir);
        inner.is_splice = true;
        const std::string path = path_below(inner.dir, command.file.text);
        const auto file = open_file(path);
        if (!file) {
            error(command.file.place, fmt::format("the splice '{}' cannot be read", path),
                  "relative paths start at the folder of the first DAG file");
            scope.names[command.name.text] = {true, add_group({})};  // so that one mistake is told once
            return;
        }
        read_group(command.name, command.file, *file, path, inner, scope);
    }

    void read_group(const DagWord& name, const DagWord& word, std::uint32_t file, const std::string& path,
                    Scope& inner, Scope& outer) {
        if (!enter(path, word.place)) {
            outer.names[name.text] = {true, add_group({})};
            return;
        }
        if (++opened_groups_ > k_most_groups) {
            if (opened_groups_ == k_most_groups + 1)
                error(word.place, fmt::format("more than {} splices and sub-DAGs", k_most_groups));
            open_.erase(path);
            outer.names[name.text] = {true, add_group({})};
            return;
        }
        read_commands(file, inner);
        open_.erase(path);
        close(inner);
        Group group;
        group.is_subdag = !inner.is_splice;
        group.nodes = inner.nodes;
        ends_of(inner, group.first, group.last);
        group.pins_in = std::move(inner.pins_in);
        group.pins_out = std::move(inner.pins_out);
        if (group.is_subdag && inner.final_node) {
            graph_.nodes[*inner.final_node].ended = group.last;
            graph_.nodes[*inner.final_node].is_inner_final = true;
        }
        outer.nodes.insert(outer.nodes.end(), inner.nodes.begin(), inner.nodes.end());
        if (inner.is_splice)  // the nodes of a splice have names outside of it, those of a sub-DAG have not
            for (const auto& [inner_name, target] : inner.names)
                outer.names[fmt::format("{}+{}", name.text, inner_name)] = target;
        const Target target{true, add_group(std::move(group))};
        outer.names[name.text] = target;
        if (!inner.is_splice) outer.own.push_back(target);
    }

    void ends_of(const Scope& scope, std::vector<std::uint32_t>& first,
                 std::vector<std::uint32_t>& last) const {
        for (const std::uint32_t index : scope.nodes) {
            const DagNode& node = graph_.nodes[index];
            if (!has_edges(node.kind)) continue;
            if (node.parents.empty() && node.ended.empty()) first.push_back(index);
            if (node.children == 0) last.push_back(index);
        }
    }

    std::uint32_t add_group(Group group) {
        groups_.push_back(std::move(group));
        return static_cast<std::uint32_t>(groups_.size() - 1);
    }

    void add_include(const DagIncludeCommand& command, Scope& scope) {
        const std::string path = path_below(scope.dir, command.file.text);
        const auto file = open_file(path);
        if (!file) {
            error(command.file.place, fmt::format("the file '{}' cannot be read", path),
                  "relative paths start at the folder of the first DAG file");
        } else if (enter(path, command.file.place)) {
            read_commands(*file, scope);
            open_.erase(path);
        }
    }

    // --- the commands that are obeyed when all names are known

    void close(Scope& scope) {
        for (const std::uint32_t index : scope.nodes) {
            DagNode& node = graph_.nodes[index];
            if (node.description) continue;
            const auto named = scope.descriptions.find(node.file.text);
            if (named != scope.descriptions.end()) node.description = named->second;
        }
        for (const DagCommand& command : scope.later)
            std::visit([&](const auto& what) { apply(what, command, scope); }, command.what);
        for (const DagCommand& command : scope.later)  // needs the edges and pins of all lines
            if (const auto* connect = std::get_if<DagConnectCommand>(&command.what))
                connect_splices(*connect, scope);
    }

    std::string suggestion(std::string_view name, const Scope& scope) const {
        if (errors_.size() > k_most_suggestions) return {};
        std::vector<std::string_view> names;
        for (const auto& [known, target] : scope.names) names.push_back(known);
        return did_you_mean(name, names);
    }

    const Target* find(const DagWord& name, const Scope& scope) {
        const auto found = scope.names.find(name.text);
        if (found != scope.names.end()) return &found->second;
        error(name.place, fmt::format("there is no node '{}'", name.text), suggestion(name.text, scope));
        return nullptr;
    }

    // The nodes that a command with the name of a node speaks of. A splice is none; of a sub-DAG, `whole`
    // takes its nodes, otherwise a note says that the command is about all of it.
    enum class Subdag : std::uint8_t { as_its_nodes, not_possible };
    std::vector<std::uint32_t> targets(const DagWord& name, const DagCommand& command, const Scope& scope,
                                       Subdag subdag) {
        std::vector<Target> found;
        if (equal_ignoring_case(name.text, k_dag_all_nodes)) {
            found = scope.own;
        } else if (const Target* const one = find(name, scope)) {
            if (one->is_group && !groups_[one->index].is_subdag)
                error(name.place, fmt::format("{} cannot be applied to a splice", command.keyword),
                      "name a node of it: SPLICE+NODE");
            else
                found.push_back(*one);
        }
        std::vector<std::uint32_t> nodes;
        for (const Target& target : found) {
            if (!target.is_group) {
                nodes.push_back(target.index);
            } else if (subdag == Subdag::as_its_nodes) {
                const auto& all = groups_[target.index].nodes;
                nodes.insert(nodes.end(), all.begin(), all.end());
            } else {
                notes_.add(
                    command.place,
                    fmt::format("{} {}: a sub-DAG is dissolved into its tasks, and this is about all of it",
                                command.keyword, name.text),
                    "write it for the tasks that need it");
            }
        }
        return nodes;
    }

    // The ends of what stands in a list of parents or children.
    void add_ends(const DagWord& name, bool as_parent, const Scope& scope, std::vector<std::uint32_t>& ends) {
        const Target* const target = find(name, scope);
        if (target == nullptr) return;
        if (target->is_group) {
            const Group& group = groups_[target->index];
            const auto& nodes = as_parent ? group.last : group.first;
            ends.insert(ends.end(), nodes.begin(), nodes.end());
        } else if (!has_edges(graph_.nodes[target->index].kind)) {
            error(name.place,
                  fmt::format("'{}' is a FINAL, SERVICE or PROVISIONER node, which has no edges", name.text));
        } else {
            ends.push_back(target->index);
        }
    }

    void add_edges(const std::vector<std::uint32_t>& parents, const std::vector<std::uint32_t>& children,
                   const Place& place, bool weak = false) {
        for (const std::uint32_t child : children) {
            for (const std::uint32_t parent : parents) {
                if (parent == child) {
                    error(place, fmt::format("node '{}' waits for itself", graph_.nodes[child].name));
                } else if (edges_.size() >= k_most_edges) {
                    if (!too_many_) error(place, fmt::format("more than {} edges", k_most_edges));
                    too_many_ = true;
                    return;
                } else {
                    add_edge(parent, child, place, weak);
                }
            }
        }
    }

    // Of the same edge twice the stronger one counts.
    void add_edge(std::uint32_t parent, std::uint32_t child, const Place& place, bool weak) {
        DagNode& node = graph_.nodes[child];
        const bool is_new = edges_.insert((std::uint64_t{child} << 32U) | parent).second;
        const auto was_weak =
            is_new ? node.ended.end() : std::find(node.ended.begin(), node.ended.end(), parent);
        if (is_new) {
            ++graph_.nodes[parent].children;
        } else if (weak || was_weak == node.ended.end()) {
            return;
        } else {
            node.ended.erase(was_weak);
        }
        (weak ? node.ended : node.parents).push_back(parent);
        if (!weak) node.parent_places.push_back(place);
    }

    void apply(const DagEdgesCommand& command, const DagCommand& line, Scope& scope) {
        std::vector<std::uint32_t> parents;
        std::vector<std::uint32_t> children;
        for (const DagWord& name : command.parents) add_ends(name, true, scope, parents);
        for (const DagWord& name : command.children) add_ends(name, false, scope, children);
        add_edges(parents, children, line.place, command.weak);
        if (command.weak)
            notes_.add(line.place, "WEAK PARENT: its children wait with afterany",
                       "unlike DAGMan's, they run too when the parent itself could never run");
    }

    void apply(const DagScriptCommand& command, const DagCommand& line, Scope& scope) {
        const bool hold = command.kind == DagScriptKind::hold;
        const auto nodes = targets(command.node, line, scope, Subdag::not_possible);
        if (nodes.empty()) return;
        if (hold) {
            notes_.add(line.place,
                       fmt::format("SCRIPT HOLD {}: no script runs when a job is held", command.node.text),
                       "mail_type tells of what happens to a job");
            return;
        }
        if (command.defer)
            notes_.add(line.place,
                       fmt::format("SCRIPT {}: DEFER has no twin, the script runs once", command.node.text),
                       "let it try again by itself");
        for (const std::uint32_t index : nodes)
            (command.kind == DagScriptKind::pre ? graph_.nodes[index].pre : graph_.nodes[index].post) =
                command;
    }

    void apply(const DagRetryCommand& command, const DagCommand& line, Scope& scope) {
        if (command.unless_exit)
            notes_.add(
                line.place,
                fmt::format("RETRY {}: UNLESS-EXIT {} has no twin", command.node.text, *command.unless_exit),
                "`on` of retry names the failures that are tried again");
        for (const std::uint32_t index : targets(command.node, line, scope, Subdag::not_possible))
            graph_.nodes[index].retries = command.most;
    }

    void apply(const DagVarsCommand& command, const DagCommand& line, Scope& scope) {
        for (const std::uint32_t index : targets(command.node, line, scope, Subdag::not_possible)) {
            auto& vars = command.append ? graph_.nodes[index].vars_last : graph_.nodes[index].vars;
            for (const auto& [name, value] : command.values) {
                const auto known = std::find_if(vars.begin(), vars.end(), [&wanted = name](const auto& var) {
                    return equal_ignoring_case(var.first, wanted);
                });
                if (known == vars.end())
                    vars.emplace_back(name, value);
                else
                    known->second = value;
            }
        }
    }

    void apply(const DagNumberCommand& command, const DagCommand& line, Scope& scope) {
        switch (command.what) {
            case DagNumberCommand::What::priority:
                set_priority(command, line, scope);
                break;
            case DagNumberCommand::What::pre_skip:
                for (const std::uint32_t index : targets(command.node, line, scope, Subdag::not_possible))
                    graph_.nodes[index].pre_skip = command.value;
                break;
            case DagNumberCommand::What::abort_dag_on:
                if (!targets(command.node, line, scope, Subdag::as_its_nodes).empty())
                    notes_.add(
                        line.place,
                        fmt::format("ABORT-DAG-ON {} {}: a failed task stops those behind it, not the others",
                                    command.node.text, command.value),
                        "'sbraid cancel' stops the run");
                break;
            case DagNumberCommand::What::tolerance:
                if (!targets(command.node, line, scope, Subdag::not_possible).empty())
                    notes_.add(line.place,
                               fmt::format("TOLERANCE {}: an array fails when one of its elements does",
                                           command.node.text));
                break;
        }
    }

    // A sub-DAG's priority is added to that of its nodes.
    void set_priority(const DagNumberCommand& command, const DagCommand& line, Scope& scope) {
        const auto named = scope.names.find(command.node.text);
        const bool add = named != scope.names.end() && named->second.is_group;
        for (const std::uint32_t index : targets(command.node, line, scope, Subdag::as_its_nodes)) {
            std::int64_t& priority = graph_.nodes[index].priority;
            // Far less than nice has room for; the one of two such nodes that matters more may be lost.
            constexpr std::int64_t k_most = 1'000'000'000;
            priority = std::clamp((add ? priority : 0) + std::clamp(command.value, -k_most, k_most), -k_most,
                                  k_most);
        }
    }

    void apply(const DagDoneCommand& command, const DagCommand& line, Scope& scope) {
        if (equal_ignoring_case(command.node.text, k_dag_all_nodes)) {
            error(command.node.place, "DONE takes the name of one node");
            return;
        }
        for (const std::uint32_t index : targets(command.node, line, scope, Subdag::as_its_nodes))
            graph_.nodes[index].done = true;
    }

    // A category belongs to its DAG, unless it begins with '+'.
    static std::string category_name(const std::string& name, const Scope& scope) {
        return name.starts_with('+') ? name.substr(1) : scope.prefix + name;
    }

    void apply(const DagCategoryCommand& command, const DagCommand& line, Scope& scope) {
        for (const std::uint32_t index : targets(command.node, line, scope, Subdag::not_possible))
            graph_.nodes[index].category = category_name(command.category.text, scope);
    }

    void apply(const DagMaxJobsCommand& command, const DagCommand& line, Scope& scope) {
        if (command.most == 0) {
            notes_.add(line.place,
                       fmt::format("MAXJOBS {} 0: no job would ever run; left out", command.category.text));
            return;
        }
        graph_.max_jobs[category_name(command.category.text, scope)] = command.most;
    }

    void apply(const DagPinCommand& command, const DagCommand& /*line*/, Scope& scope) {
        std::vector<std::uint32_t> ends;
        add_ends(command.node, !command.in, scope, ends);
        auto& pin = (command.in ? scope.pins_in : scope.pins_out)[command.pin];
        pin.insert(pin.end(), ends.begin(), ends.end());
    }

    void apply(const DagRejectCommand& /*command*/, const DagCommand& line, Scope& /*scope*/) {
        error(line.place, "the file is marked with REJECT: DAGMan would not run it",
              "take the line out to import it");
    }

    void apply(const DagOtherCommand& command, const DagCommand& line, Scope& /*scope*/) {
        static const std::map<std::string_view, std::string_view> hints{
            {"DOT", "'sbraid graph' draws the workflow"},
            {"NODE_STATUS_FILE", "'sbraid status --json' tells the state of a run"},
            {"JOBSTATE_LOG", "state.jsonl in the run directory is the history of a run"},
            {"SAVE_POINT_FILE", "'sbraid resume' submits what did not succeed"},
            {"ENV", "variables for the jobs stand in env of [defaults]"},
        };
        const auto hint = hints.find(line.keyword);
        notes_.add(line.place,
                   fmt::format("{} {}: it is about DAGMan itself, and left out", line.keyword, command.rest),
                   std::string{hint == hints.end() ? std::string_view{} : hint->second});
    }

    void apply(const DagConnectCommand& /*command*/, const DagCommand& /*line*/, Scope& /*scope*/) {}
    void apply(const DagNodeCommand& /*command*/, const DagCommand& /*line*/, Scope& /*scope*/) {}
    void apply(const DagSpliceCommand& /*command*/, const DagCommand& /*line*/, Scope& /*scope*/) {}
    void apply(const DagIncludeCommand& /*command*/, const DagCommand& /*line*/, Scope& /*scope*/) {}
    void apply(const DagDescriptionCommand& /*command*/, const DagCommand& /*line*/, Scope& /*scope*/) {}

    const Group* find_splice(const DagWord& name, const Scope& scope) {
        const Target* const target = find(name, scope);
        if (target == nullptr) return nullptr;
        if (target->is_group && !groups_[target->index].is_subdag) return &groups_[target->index];
        error(name.place, fmt::format("CONNECT joins splices, and '{}' is none", name.text));
        return nullptr;
    }

    void connect_splices(const DagConnectCommand& command, const Scope& scope) {
        const Group* const from = find_splice(command.from, scope);
        const Group* const to = find_splice(command.to, scope);
        if (from == nullptr || to == nullptr) return;
        const auto count = static_cast<std::int64_t>(from->pins_out.size());
        const bool match = count == static_cast<std::int64_t>(to->pins_in.size());
        const auto is_gapless = [](const auto& pins) {  // the keys are sorted, different, and at least 1
            return pins.empty() || pins.rbegin()->first == static_cast<std::int64_t>(pins.size());
        };
        if (count == 0 || !match || !is_gapless(from->pins_out) || !is_gapless(to->pins_in)) {
            error(command.from.place,
                  fmt::format("the {} PIN_OUT of '{}' do not match the {} PIN_IN of '{}'", count,
                              command.from.text, to->pins_in.size(), command.to.text),
                  "both are numbered from 1 without gaps");
            return;
        }
        for (const std::uint32_t node : to->first) {
            const bool has_pin = std::any_of(to->pins_in.begin(), to->pins_in.end(), [node](const auto& pin) {
                return std::find(pin.second.begin(), pin.second.end(), node) != pin.second.end();
            });
            if (!has_pin)
                error(command.to.place,
                      fmt::format("node '{}' starts its splice and has no PIN_IN", graph_.nodes[node].name));
        }
        for (const auto& [pin, parents] : from->pins_out)
            add_edges(parents, to->pins_in.at(pin), command.from.place);
    }

    void refuse_cycles() {
        Parents parents;
        parents.reserve(graph_.nodes.size());
        for (const DagNode& node : graph_.nodes) {
            parents.push_back(node.parents);
            parents.back().insert(parents.back().end(), node.ended.begin(), node.ended.end());
        }
        for (const auto& cycle : cycles(parents)) {
            std::string path;
            for (const std::uint32_t index : cycle) path += graph_.nodes[index].name + " -> ";
            const DagNode& first = graph_.nodes[cycle.front()];
            const auto closing = std::find(first.parents.begin(), first.parents.end(), cycle.back());
            const bool is_weak = closing == first.parents.end();
            error(is_weak ? first.place
                          : first.parent_places[static_cast<std::size_t>(closing - first.parents.begin())],
                  fmt::format("the nodes wait for each other: {}{}", path, first.name));
        }
    }

    Sources& sources_;
    std::uint32_t file_;
    const ImportContext& context_;
    DraftNotes& notes_;
    Diagnostics& errors_;
    DagGraph graph_;
    std::vector<Group> groups_;
    std::unordered_set<std::uint64_t> edges_;  // child, parent
    bool too_many_ = false;
    bool too_many_nodes_ = false;
    std::size_t opened_groups_ = 0;
    std::map<std::string, std::optional<std::uint32_t>> files_;
    std::set<std::string> open_;  // the files that are being read
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
