// A plan as a bash script.
//
// What is submitted in which order, what is held, and what is released last is asked of the same walk that
// `submit` takes, with made-up job ids. The words of each call are those that sbatch_arguments() gives, but
// for the token, and with `${id[task]}` in the place of ids.
#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <set>

#include "dependency_text.hpp"
#include "readable_script.hpp"
#include "replaced.hpp"
#include "sbraid/action.hpp"
#include "sbraid/batch_script.hpp"
#include "sbraid/export.hpp"
#include "sbraid/shell_quote.hpp"

namespace sbraid {
namespace {

constexpr std::size_t k_width = 110;

constexpr std::string_view k_environment = R"sh(
# In a job there are dozens of variables that would steer sbatch.
for name in $(compgen -e); do
    case $name in
    SLURM_CONF | SLURM_CONF_SERVER | SLURM_JWT) ;;
    SLURM_* | SBATCH_* | SCANCEL_* | SCONTROL_* | PMI*) unset "$name" ;;
    esac
done
)sh";

constexpr std::string_view k_functions = R"sh(
declare -A id # job ids by name
ids=()        # and in order

control() { # hold|release ID...: a thousand at a time
    local what=$1 IFS=,
    shift
    while (($#)); do
        scontrol @CLUSTER@"$what" "${*:1:1000}" || return
        shift $(($# < 1000 ? $# : 1000))
    done
}

take_back() { # WHY: cancels what is in, and ends
    trap '' HUP INT TERM
    echo "$1: cancelling the ${#ids[@]} jobs that are in" >&2
    ((${#ids[@]})) || exit 1
    control hold "${ids[@]}" || true # so that none starts because another is gone
    printf '%s\n' "${ids[@]}" | xargs -n 1000 scancel@ALSO_CLUSTER@
    exit 1
}
trap 'take_back interrupted' HUP INT TERM

submit() { # NAME OPTION...: the batch script is on standard input
    local name=$1 answer
    shift
    answer=$(trap '' HUP INT TERM; exec sbatch --parsable "$@") || take_back "Slurm refuses '$name'"
    id[$name]=${answer%%;*}
    ids+=("${id[$name]}")
    echo "${id[$name]} $name"
}
)sh";

struct Step {
    JobIndex job;
    Submission how;
};

/// The calls of sbatch in their order, and what is released behind them in its order.
struct Sequence {
    std::vector<Step> steps;
    std::vector<JobIndex> released;
};

JobId made_up_id(JobIndex job) {
    return JobId{job.value + 1};
}

Sequence sequence_of(const SubmissionPlan& plan, bool kill_on_invalid_dep) {
    Sequence sequence;
    RunState state = replay(plan, {});
    SubmissionWalk walk(plan, state);
    std::uint64_t number = 0;
    for (auto todo = walk.next(state); !todo.empty(); todo = walk.next(state)) {
        for (const Action& action : todo) {
            // In a new run nothing is skipped, and nobody is lost.
            const auto* const submit = std::get_if<Submit>(&action);
            if (submit == nullptr) continue;
            sequence.steps.push_back({submit->job, submit->how});
            sequence.steps.back().how.kill_on_invalid_dep = kill_on_invalid_dep;
            JobSubmitted submitted;
            submitted.job = plan.jobs[submit->job.value].name();
            submitted.id = made_up_id(submit->job);
            submitted.held = submit->how.held;
            apply(state, plan, {.writer = "export", .number = ++number, .time = {}, .event = submitted});
        }
    }
    for (const JobId id : to_release(plan, state)) sequence.released.push_back(JobIndex{id.value - 1});
    return sequence;
}

/// The name of a task as a word that no shell takes for a word of its own language.
std::string name_word(const std::string& name) {
    constexpr std::array<std::string_view, 20> k_keywords{
        "if",    "then", "else", "elif",     "fi",     "do",   "done",   "case", "esac",    "while",
        "until", "for",  "in",   "function", "select", "time", "coproc", "let",  "declare", "export"};
    const bool is_keyword = std::find(k_keywords.begin(), k_keywords.end(), name) != k_keywords.end();
    return is_keyword ? fmt::format("'{}'", name) : shell_quote(name);
}

/// A comment stays one line, whatever a name holds.
std::string one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    return text;
}

class BashWriter {
  public:
    BashWriter(const Workflow& workflow, const SubmissionPlan& plan, const BashExport& how)
        : plan_(plan),
          how_(how),
          folder_(plan.file.substr(0, plan.file.rfind('/'))),
          logs_(plan.run_dir + "/logs") {
        for (const Task& task : workflow.tasks()) tasks_.emplace(task.name, &task);
        for (const PlannedJob& job : plan.jobs)
            for (const std::string& option : job.options)
                if (option.starts_with("--clusters=")) cluster_ = option;
    }

    Exported write() {
        const Sequence sequence = sequence_of(plan_, how_.kill_on_invalid_dep);
        std::string calls;
        for (const Step& step : sequence.steps)
            if (plan_.jobs[step.job.value].role != JobRole::notifier) calls += call(step);
        if (plan_.webhook)
            notes_.push_back("[notify]: to tell the webhook takes sbraid, so the exported script does not");
        return {head() + calls + tail(sequence.released), std::move(notes_)};
    }

  private:
    /// One word of the shell, with paths below the folder of the workflow, and of the logs, by their
    /// variables.
    [[nodiscard]] std::string path_word(std::string_view path) const {
        const auto below = [path](std::string_view folder) {
            return path == folder ||
                   (path.starts_with(folder) && path.substr(folder.size()).starts_with('/'));
        };
        for (const auto& [folder, variable] :
             {std::pair<std::string_view, std::string_view>{logs_, "logs"}, {folder_, "dir"}}) {
            if (folder.empty() || !below(folder)) continue;
            const std::string_view rest = path.substr(folder.size());
            const std::string quoted = shell_quote(rest);
            if (rest.empty() || quoted == rest) return fmt::format("\"${}{}\"", variable, rest);
            return fmt::format("\"${}\"{}", variable, quoted);
        }
        return shell_quote(path);
    }

    [[nodiscard]] std::string word(std::string_view argument) const {
        for (const std::string_view option : {"--chdir=", "--output=", "--error="})
            if (argument.starts_with(option))
                return fmt::format("{}{}", option, path_word(argument.substr(option.size())));
        return shell_quote(argument);
    }

    [[nodiscard]] std::string dependency_word(const PlannedJob& job) const {
        std::string value;
        std::size_t line = 0;
        for (const DependencyPiece& piece : dependency_pieces(job)) {
            if (piece.parent == nullptr) {
                value += piece.text;
            } else if (const auto* inside = std::get_if<JobIndex>(&piece.parent->parent)) {
                if (value.size() - line > k_width) {  // within quotes this is no blank
                    value += "\\\n";
                    line = value.size();
                }
                value += fmt::format("${{id[{}]}}", plan_.jobs[inside->value].name());
            } else {
                value += fmt::format("{}", std::get<JobId>(piece.parent->parent).value);
            }
        }
        return fmt::format("--dependency=\"{}\"", value);
    }

    [[nodiscard]] std::vector<std::string> words(const PlannedJob& job, const Submission& how) const {
        std::vector<std::string> result;
        for (const std::string& argument : sbatch_arguments(plan_, job, how)) {
            if (argument == "--parsable") continue;
            // Nothing in the exported script takes that signal.
            if (job.attempts.continuation && argument.starts_with("--signal=")) continue;
            if (argument.starts_with("--comment=")) {
                if (!job.comment.empty()) result.push_back(shell_quote("--comment=" + job.comment));
            } else if (argument.starts_with("--dependency=")) {
                result.push_back(dependency_word(job));
            } else {
                result.push_back(word(argument));
            }
        }
        return result;
    }

    std::string script_of(const PlannedJob& job) {
        if (job.role == JobRole::gate)
            return fmt::format("#!/bin/sh\n# A gate: that it ends well says that this is met: {}\nexit 0\n",
                               dependency_by_name(plan_, job));
        if (job.role == JobRole::closer) return closer(job);
        note_what_is_lost(job);
        const Task& task = *tasks_.at(job.task);
        if (auto readable = readable_script(job, task)) return *readable;
        return bare_script(job);
    }

    /// The shell puts the ids in: this is the one here-document that is not quoted.
    [[nodiscard]] std::string closer(const PlannedJob& job) const {
        std::string ids;
        for (const PlannedJob& other : plan_.jobs)
            if (other.task == job.task && other.role == JobRole::task)
                ids += fmt::format(" ${{id[{}]}}", other.name());
        return fmt::format(
            "#!/bin/sh\n# Ends the service '{}': everything that needs it has ended.\nscancel{}{}\n",
            job.task, cluster_.empty() ? "" : " " + cluster_, ids);
    }

    /// To try again takes a run directory to count in.
    void note_what_is_lost(const PlannedJob& job) {
        if (job.attempts.any() && noted_.insert(job.task).second)
            notes_.push_back(fmt::format("task '{}': the exported script runs it once, without {}", job.task,
                                         !job.attempts.continuation ? "retry"
                                         : job.attempts.retry       ? "retry and continue"
                                                                    : "continue"));
    }

    std::string call(const Step& step) {
        const PlannedJob& job = plan_.jobs[step.job.value];
        std::string text = "\n";
        std::string line = fmt::format("submit {}", name_word(job.name()));
        for (const std::string& one : words(job, step.how)) {
            if (line.size() + 1 + one.substr(0, one.find('\n')).size() > k_width) {
                text += line + " \\\n";
                line = "   ";
            }
            line += " " + one;
        }
        std::string script = script_of(job);
        std::string end = "END_OF_JOB";
        for (int n = 2; script.find(end) != std::string::npos; ++n) end = fmt::format("END_OF_JOB_{}", n);
        const std::string quote = job.role == JobRole::closer ? "" : "'";
        return text + line + fmt::format(" <<{}{}{}\n{}{}\n", quote, end, quote, script, end);
    }

    [[nodiscard]] std::string head() const {
        std::string text = "#!/bin/bash\n";
        text +=
            one_line(fmt::format(
                "# Workflow '{}', from {}: jobs for Slurm. Written by sbraid {}, and needs nothing of it.",
                plan_.workflow, plan_.file.substr(plan_.file.rfind('/') + 1), plan_.version)) +
            "\n";
        text +=
            "#\n# Jobs go parents first. What could start at once is held until all are in; when Slurm "
            "refuses one, those\n"
            "# that are in are cancelled again. Each is told in a line: its id and its name.\n";
        for (const auto& [name, value] : plan_.sbatch_environment)
            text +=
                one_line(fmt::format("# From the environment of whoever exported it: {}={}", name, value)) +
                "\n";
        text += "set -euo pipefail\n\n";
        text += fmt::format("dir=${{FLOW_DIR:-{}}} # where the workflow's own paths start\n",
                            shell_quote(folder_));
        text += fmt::format("logs=${{FLOW_LOGS:-{}}}\n", shell_quote(how_.logs));
        text += "dir=$(cd -- \"$dir\" && pwd)\nmkdir -p -- \"$logs\"\nlogs=$(cd -- \"$logs\" && pwd)\n";
        std::set<std::string> folders;
        for (const PlannedJob& job : plan_.jobs)
            folders.insert(job.log_directories.begin(), job.log_directories.end());
        folders.erase(logs_);
        for (const std::string& folder : folders) text += fmt::format("mkdir -p -- {}\n", path_word(folder));
        text += k_environment;
        const std::string cluster = cluster_.empty() ? "" : shell_quote(cluster_);
        std::string functions =
            replaced(std::string{k_functions}, "@CLUSTER@", cluster.empty() ? "" : cluster + " ");
        return text + replaced(functions, "@ALSO_CLUSTER@", cluster.empty() ? "" : " " + cluster);
    }

    [[nodiscard]] std::string tail(const std::vector<JobIndex>& released) const {
        std::string text = "\ntrap - HUP INT TERM\n";
        if (released.empty()) return text;
        std::string line = "held=(";
        for (const JobIndex job : released) {
            const std::string one = fmt::format("\"${{id[{}]}}\"", plan_.jobs[job.value].name());
            if (line.size() + 1 + one.size() > k_width) {
                text += line + "\n";
                line = "   ";
            }
            line += (line.ends_with('(') ? "" : " ") + one;
        }
        text += line + ")\n";
        text +=
            "control release \"${held[@]}\" || {\n"
            "    echo \"all jobs are in, and some still held: 'scontrol release ID' lets them start\" >&2\n"
            "    exit 1\n}\n";
        // A held job has lost its priority.
        for (const JobIndex job : released)
            for (const std::string& option : plan_.jobs[job.value].options)
                if (option.starts_with("--priority="))
                    text += fmt::format("scontrol {}update JobId=\"${{id[{}]}}\" Priority={}\n",
                                        cluster_.empty() ? "" : shell_quote(cluster_) + " ",
                                        plan_.jobs[job.value].name(),
                                        shell_quote(option.substr(option.find('=') + 1)));
        return text;
    }

    const SubmissionPlan& plan_;
    const BashExport& how_;
    std::string folder_;   ///< of the workflow
    std::string logs_;     ///< in the plan
    std::string cluster_;  ///< `--clusters=x`; may be empty
    std::map<std::string, const Task*> tasks_;
    std::vector<std::string> notes_;
    std::set<std::string> noted_;  ///< tasks
};

}  // namespace

Exported export_bash(const Workflow& workflow, const SubmissionPlan& plan, const BashExport& how) {
    return BashWriter{workflow, plan, how}.write();
}

}  // namespace sbraid
