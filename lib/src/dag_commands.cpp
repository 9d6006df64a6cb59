#include "dag_commands.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <set>

#include "characters.hpp"

namespace sbraid {
namespace {

class Commands {
  public:
    Commands(DagBuilder& builder, DagScope& scope) : builder_(builder), scope_(scope) {}

    void run() {
        for (const std::uint32_t index : scope_.nodes) {
            DagNode& node = builder_.node(index);
            if (node.description) continue;
            const auto named = scope_.descriptions.find(node.file.text);
            if (named != scope_.descriptions.end()) node.description = named->second;
        }
        for (const DagCommand* const command : scope_.later)
            std::visit([&](const auto& what) { apply(what, *command); }, command->what);
        for (const DagCommand* const command : scope_.later)  // needs the edges and pins of all lines
            if (const auto* connect = std::get_if<DagConnectCommand>(&command->what))
                connect_splices(*connect);
    }

  private:
    // A splice that is named twice adds its nodes once: a short line must not make a long list.
    std::vector<std::uint32_t> ends_of(const std::vector<DagWord>& names, bool as_parents) {
        std::vector<std::uint32_t> ends;
        std::set<std::string_view> known;
        for (const DagWord& name : names)
            if (known.insert(name.text).second) builder_.add_ends(name, as_parents, scope_, ends);
        return ends;
    }

    void apply(const DagEdgesCommand& command, const DagCommand& line) {
        builder_.add_edges(ends_of(command.parents, true), ends_of(command.children, false), line.place,
                           command.weak);
        if (command.weak)
            builder_.notes().add(line.place, "WEAK PARENT: its children wait with afterany",
                                 "unlike DAGMan's, they run too when the parent itself could never run");
    }

    void apply(const DagScriptCommand& command, const DagCommand& line) {
        const bool hold = command.kind == DagScriptKind::hold;
        const auto nodes = builder_.targets(command.node, line, scope_, Subdag::not_possible);
        if (nodes.empty()) return;
        if (hold) {
            builder_.notes().add(
                line.place,
                fmt::format("SCRIPT HOLD {}: no script runs when a job is held", command.node.text),
                "mail_type tells of what happens to a job");
            return;
        }
        if (command.defer)
            builder_.notes().add(
                line.place,
                fmt::format("SCRIPT {}: DEFER has no twin, the script runs once", command.node.text),
                "let it try again by itself");
        for (const std::uint32_t index : nodes)
            (command.kind == DagScriptKind::pre ? builder_.node(index).pre : builder_.node(index).post) =
                command;
    }

    void apply(const DagRetryCommand& command, const DagCommand& line) {
        if (command.unless_exit)
            builder_.notes().add(
                line.place,
                fmt::format("RETRY {}: UNLESS-EXIT {} has no twin", command.node.text, *command.unless_exit),
                "`on` of retry names the failures that are tried again");
        for (const std::uint32_t index : builder_.targets(command.node, line, scope_, Subdag::not_possible))
            builder_.node(index).retries = command.most;
    }

    void apply(const DagVarsCommand& command, const DagCommand& line) {
        for (const std::uint32_t index : builder_.targets(command.node, line, scope_, Subdag::not_possible)) {
            auto& vars = command.append ? builder_.node(index).vars_last : builder_.node(index).vars;
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

    void apply(const DagNumberCommand& command, const DagCommand& line) {
        switch (command.what) {
            case DagNumberCommand::What::priority:
                set_priority(command, line);
                break;
            case DagNumberCommand::What::pre_skip:
                for (const std::uint32_t index :
                     builder_.targets(command.node, line, scope_, Subdag::not_possible))
                    builder_.node(index).pre_skip = command.value;
                break;
            case DagNumberCommand::What::abort_dag_on:
                if (!builder_.targets(command.node, line, scope_, Subdag::as_its_nodes).empty())
                    builder_.notes().add(
                        line.place,
                        fmt::format("ABORT-DAG-ON {} {}: a failed task stops those behind it, not the others",
                                    command.node.text, command.value),
                        "'sbraid cancel' stops the run");
                break;
            case DagNumberCommand::What::tolerance:
                if (!builder_.targets(command.node, line, scope_, Subdag::not_possible).empty())
                    builder_.notes().add(
                        line.place, fmt::format("TOLERANCE {}: an array fails when one of its elements does",
                                                command.node.text));
                break;
        }
    }

    // A sub-DAG's priority is added to that of its nodes.
    void set_priority(const DagNumberCommand& command, const DagCommand& line) {
        const auto named = scope_.names.find(command.node.text);
        const bool add = named != scope_.names.end() && named->second.is_group;
        for (const std::uint32_t index : builder_.targets(command.node, line, scope_, Subdag::as_its_nodes)) {
            std::int64_t& priority = builder_.node(index).priority;
            // Far less than nice has room for; the one of two such nodes that matters more may be lost.
            constexpr std::int64_t k_most = 1'000'000'000;
            priority = std::clamp((add ? priority : 0) + std::clamp(command.value, -k_most, k_most), -k_most,
                                  k_most);
        }
    }

    void apply(const DagDoneCommand& command, const DagCommand& line) {
        if (equal_ignoring_case(command.node.text, k_dag_all_nodes)) {
            builder_.error(command.node.place, "DONE takes the name of one node");
            return;
        }
        for (const std::uint32_t index : builder_.targets(command.node, line, scope_, Subdag::as_its_nodes))
            builder_.node(index).done = true;
    }

    // A category belongs to its DAG, unless it begins with '+'.
    [[nodiscard]] std::string category_name(const std::string& name) const {
        return name.starts_with('+') ? name.substr(1) : scope_.prefix + name;
    }

    void apply(const DagCategoryCommand& command, const DagCommand& line) {
        for (const std::uint32_t index : builder_.targets(command.node, line, scope_, Subdag::not_possible))
            builder_.node(index).category = category_name(command.category.text);
    }

    void apply(const DagMaxJobsCommand& command, const DagCommand& line) {
        if (command.most == 0) {
            builder_.notes().add(line.place, fmt::format("MAXJOBS {} 0: no job would ever run; left out",
                                                         command.category.text));
            return;
        }
        builder_.graph().max_jobs[category_name(command.category.text)] = command.most;
    }

    void apply(const DagPinCommand& command, const DagCommand& /*line*/) {
        std::vector<std::uint32_t> ends;
        builder_.add_ends(command.node, !command.in, scope_, ends);
        auto& pin = (command.in ? scope_.pins_in : scope_.pins_out)[command.pin];
        pin.insert(pin.end(), ends.begin(), ends.end());
    }

    void apply(const DagRejectCommand& /*command*/, const DagCommand& line) {
        builder_.error(line.place, "the file is marked with REJECT: DAGMan would not run it",
                       "take the line out to import it");
    }

    void apply(const DagOtherCommand& command, const DagCommand& line) {
        static const std::map<std::string_view, std::string_view> hints{
            {"DOT", "'sbraid graph' draws the workflow"},
            {"NODE_STATUS_FILE", "'sbraid status --json' tells the state of a run"},
            {"JOBSTATE_LOG", "state.jsonl in the run directory is the history of a run"},
            {"SAVE_POINT_FILE", "'sbraid resume' submits what did not succeed"},
            {"ENV", "variables for the jobs stand in env of [defaults]"},
        };
        const auto hint = hints.find(line.keyword);
        builder_.notes().add(
            line.place,
            fmt::format("{} {}: it is about DAGMan itself, and left out", line.keyword, command.rest),
            std::string{hint == hints.end() ? std::string_view{} : hint->second});
    }

    void apply(const DagConnectCommand& /*command*/, const DagCommand& /*line*/) {}
    void apply(const DagNodeCommand& /*command*/, const DagCommand& /*line*/) {}
    void apply(const DagSpliceCommand& /*command*/, const DagCommand& /*line*/) {}
    void apply(const DagIncludeCommand& /*command*/, const DagCommand& /*line*/) {}
    void apply(const DagDescriptionCommand& /*command*/, const DagCommand& /*line*/) {}

    const DagGroup* find_splice(const DagWord& name) {
        const DagTarget* const target = builder_.find(name, scope_);
        if (target == nullptr) return nullptr;
        if (target->is_group && !builder_.group(*target).is_subdag) return &builder_.group(*target);
        builder_.error(name.place, fmt::format("CONNECT joins splices, and '{}' is none", name.text));
        return nullptr;
    }

    void connect_splices(const DagConnectCommand& command) {
        const DagGroup* const from = find_splice(command.from);
        const DagGroup* const to = find_splice(command.to);
        if (from == nullptr || to == nullptr) return;
        const auto count = static_cast<std::int64_t>(from->pins_out.size());
        const bool match = count == static_cast<std::int64_t>(to->pins_in.size());
        const auto is_gapless = [](const auto& pins) {  // the keys are sorted, different, and at least 1
            return pins.empty() || pins.rbegin()->first == static_cast<std::int64_t>(pins.size());
        };
        if (count == 0 || !match || !is_gapless(from->pins_out) || !is_gapless(to->pins_in)) {
            builder_.error(command.from.place,
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
                builder_.error(command.to.place, fmt::format("node '{}' starts its splice and has no PIN_IN",
                                                             builder_.node(node).name));
        }
        for (const auto& [pin, parents] : from->pins_out)
            builder_.add_edges(parents, to->pins_in.at(pin), command.from.place);
    }

    DagBuilder& builder_;
    DagScope& scope_;
};

}  // namespace

void obey_commands(DagBuilder& builder, DagScope& scope) {
    Commands{builder, scope}.run();
}

}  // namespace sbraid
