#include "sbraid/batch_script.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "attempts.hpp"
#include "characters.hpp"
#include "concat.hpp"
#include "dependency_text.hpp"
#include "element_values.hpp"
#include "launch_words.hpp"
#include "notifier_script.hpp"
#include "own_failures.hpp"
#include "replaced.hpp"
#include "sbraid/shell_quote.hpp"
#include "shell_text.hpp"
#include "task_exports.hpp"

// A script has six parts: a comment that says what it is; `#SBATCH` lines of a wrapped script; its body,
// which is run_task() (the payload as a child process of its own) and the texts that the payload reads as
// here-documents; the names of the run, and the note-taking.
//
// Why so: the payload must be in this file, since Slurm keeps it but the run directory may be gone; as a
// here-document it needs no quoting and has no limit of length. A child opens it as /proc/$$/fd/9 of this
// shell instead of inheriting it, so that no descriptor leaks into the task. `<&0` undoes the /dev/null that
// a background process gets. Slurm sends SIGTERM to every process of a job (time limit, scancel), so this
// shell only has to survive it; other signals to the batch shell alone (`--signal=B:`, `scancel --batch`) are
// passed on.

namespace sbraid {

namespace {

/// What run_task() executes, in words of the shell, and the texts behind it.
struct Execution {
    std::string before;  ///< lines of run_task() ahead of the command
    std::string command;
    std::string text;   ///< descriptor 9; has_text tells an empty one from none
    std::string setup;  ///< descriptor 8; empty: none
    bool has_text = false;
};

constexpr std::string_view k_shell = "/bin/bash -eo pipefail";
constexpr std::string_view k_text_path = "\"/proc/$$/fd/9\"";
constexpr std::string_view k_setup_path = "\"/proc/$$/fd/8\"";
/// The setup runs as a child of the batch shell, whose descriptors these are.
constexpr std::string_view k_text_path_from_setup = "\"/proc/$PPID/fd/9\"";

std::string with_newline(std::string_view text) {
    std::string result{text};
    if (!result.empty() && result.back() != '\n') result += '\n';
    return result;
}

/// The interpreter and its one argument, as the kernel reads `#!` (execve(2)).
std::string interpreter(std::string_view script) {
    if (!script.starts_with("#!")) return "/bin/bash";
    std::string_view line = script.substr(2, script.find('\n') - 2);
    const auto trim = [](std::string_view text) {
        while (!text.empty() && (is_blank(text.front()) || text.front() == '\r')) text.remove_prefix(1);
        while (!text.empty() && (is_blank(text.back()) || text.back() == '\r')) text.remove_suffix(1);
        return text;
    };
    line = trim(line);
    const std::size_t blank = line.find_first_of(" \t");
    if (blank == std::string_view::npos) return line.empty() ? "/bin/bash" : shell_quote(line);
    return shell_quote(line.substr(0, blank)) + " " + shell_quote(trim(line.substr(blank)));
}

/// Words between blanks, without looking at quotes: `/bin/bash -eo pipefail`.
std::string requoted(std::string_view command) {
    if (command == k_shell) return std::string{command};  // in most tasks
    std::string line;
    for (const std::string_view word : split(command, ' ')) {
        if (word.empty()) continue;
        if (!line.empty()) line += ' ';
        line += shell_quote(word);
    }
    return line;
}

/// `command` reads the text at the end of it, with `arguments` behind; the setup goes before it.
Execution reader(std::string command, std::string_view text, const std::string& arguments,
                 const std::string& setup) {
    Execution result;
    result.text = text;
    result.has_text = true;
    if (setup.empty()) {
        result.command = concat({command, " ", k_text_path, arguments});
        return result;
    }
    result.setup =
        fmt::format("{}exec {} {}{}\n", with_newline(setup), command, k_text_path_from_setup, arguments);
    result.command = fmt::format("{} {}", k_shell, k_setup_path);
    return result;
}

struct Executor {
    const Task& task;
    const ElementValues& values;
    std::string launch;       ///< words in front of the payload's own; empty: none
    std::string preparation;  ///< lines that those need, behind the setup

    Execution operator()(const RunText& run) const {
        const std::string& shell = task.shell;
        if (takes_arguments(task.launch)) return in_a_text(shell, std::string{trimmed(run.text)});
        if (!launch.empty()) return by_environment(shell, run.text);
        if (reads_shell_text(shell))
            return reader(requoted(shell),
                          outlive_signal(task.attempts, shell) + with_newline(task.setup) + run.text, {}, {});
        return reader(requoted(shell), run.text, {}, task.setup);
    }
    Execution operator()(const ScriptFile& script) const {
        std::string arguments;
        for (const std::string& argument : script.args) arguments += " " + values.word(argument);
        return reader(interpreter(script.text), script.text, arguments, task.setup);
    }
    Execution operator()(const Command& command) const {
        const std::string words = values.words(command.argv);
        if (!task.setup.empty() || !preparation.empty()) return in_a_text(std::string{k_shell}, words);
        Execution result;
        result.command = launch.empty() ? words : launch_in_function() + " " + words;
        return result;
    }

  private:
    [[nodiscard]] std::string launch_in_function() const {
        std::string words = launch;
        for (std::size_t line = 0; (line = words.find("\\\n", line)) != std::string::npos; line += 2)
            words.insert(line + 2, "    ");
        return words;
    }

    /// The setup and the command in one text.
    [[nodiscard]] Execution in_a_text(const std::string& shell, const std::string& words) const {
        const bool is_long = launch.find('\n') != std::string::npos;
        const std::string command = launch.empty() ? words : launch + (is_long ? " \\\n    " : " ") + words;
        return reader(requoted(shell),
                      fmt::format("{}{}exec {}\n", with_newline(task.setup), preparation, command), {}, {});
    }

    /// Ranks, on other nodes and in containers, have the text in their environment.
    [[nodiscard]] Execution by_environment(const std::string& shell, std::string_view text) const {
        const std::string rank =
            reads_shell_text(shell)
                ? requoted(shell) + " -c 'eval \"$SBRAID_TEXT\"'"
                : "/bin/bash -c " +
                      shell_quote(fmt::format("exec {} /dev/fd/9 9<<<\"$SBRAID_TEXT\"", requoted(shell)));
        Execution result;
        result.text = outlive_signal(task.attempts, shell) + std::string{text};
        result.has_text = true;
        result.before = fmt::format("    SBRAID_TEXT=$(<{})\n    export SBRAID_TEXT\n", k_text_path);
        if (task.setup.empty()) {
            result.before += "    # shellcheck disable=SC2016 # it is the rank that looks\n";
            result.command = fmt::format("{} {}", launch_in_function(), rank);
        } else {
            result.setup = fmt::format("{}exec {} {}\n", with_newline(task.setup), launch, rank);
            result.command = fmt::format("{} {}", k_shell, k_setup_path);
        }
        return result;
    }
};

/// `#   sbatch --a=b ...`, wrapped.
std::string submission_comment(const SubmissionPlan& plan, const PlannedJob& job) {
    constexpr std::size_t k_width = 116;
    std::vector<std::string> words = job.options;
    const auto& elements = job.again.empty() ? std::nullopt : job.again.back().elements;
    if (const auto& array = elements ? elements : job.array) words.push_back("--array=" + to_string(*array));
    if (!job.edges.empty() || job.singleton) words.push_back("--dependency=" + dependency_by_name(plan, job));
    std::string comment;
    std::string line = "#   sbatch";
    for (const std::string& word : words) {
        std::string quoted = shell_quote(word);
        std::replace(quoted.begin(), quoted.end(), '\n', ' ');
        if (line.size() + 1 + quoted.size() > k_width) {
            comment += line + "\n";
            line = "#      ";
        }
        line += " " + quoted;
    }
    return comment + line + "\n";
}

std::string file_name(std::string_view path) {
    return std::string{path.substr(path.rfind('/') + 1)};
}

// What is set outside of a subshell starts with SBRAID_ or is local to a function: any other name may be a
// variable that the user exports to the task.

constexpr std::string_view k_one_job_a_task = R"sh(
# Slurm may have two jobs for this task, or one of a run that was taken back (an answer that came late): the one
# that state.jsonl does not know leaves.
is_superfluous() (
    job=${{SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}}
    known() (
        set -o pipefail
        timeout 10 grep -hsF -e '"e":"job_submitted","job":"{0}",' -e '"e":"rollback_started"' -e '"e":"run_taken_back"' \
            "$@" | grep -oE '"id":[0-9]*,|rollback_started|run_taken_back'
    ) 2>/dev/null
    is_another() {{ ids=$(known "$SBRAID_RUN_DIR/state.jsonl") && [[ $ids != *":$job,"* ]]; }}
    # Twice, because records move from state.d/ to state.jsonl.
    if [[ $job ]] && is_another && ! known "$SBRAID_RUN_DIR"/state.d/*.jsonl | grep -q ":$job," && is_another; then
        echo "sbraid: job $job leaves with exit code 79: task '{0}' of run $SBRAID_RUN is another job, or taken back (${{ids//$'\n'/ }})"
        exit 0
    fi
    exit 1
)
if is_superfluous; then exit 79; fi # not 0: what has not run must never look COMPLETED
)sh";

constexpr std::string_view k_notes = R"sh(
# One record for the start and one for the end of each attempt, in a file that only this attempt writes.
note() ( # NUMBER EVENT MEMBERS; no trouble in here is the task's trouble
    trap '' HUP INT QUIT ALRM TERM USR1 USR2
    job=${{SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}} restart=${{SLURM_RESTART_COUNT:-0}}
    [[ $job ]] || exit
    key=$job${{SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}} writer=batch.$key.$restart
    line='{{"v":1,"w":"'$writer'","n":'$1',"t":'$(date +%s.%3N)',"e":"'$2'","key":"'$key'","job":"{0}","restart":'$restart,$3
    sum=$(printf %s "$line" | cksum)
    printf '%s,"sum":%s}}\n' "$line" "${{sum%% *}}" | tee -a "$SBRAID_RUN_DIR/state.d/$writer.jsonl"
) >/dev/null 2>&1
)sh";

constexpr std::string_view k_pass_signals = R"sh(
pass_signals_on() {
    local signal
    SBRAID_GOT=
    for signal in HUP INT QUIT ALRM TERM USR1 USR2; do
        # shellcheck disable=SC2064
        trap "kill -s $signal \"\${SBRAID_CHILD:-\$!}\"; SBRAID_GOT=$signal" "$signal" # scancel and time limits signal the batch shell alone
    done
}
trap '' TERM # until the task is there to get it
)sh";

constexpr std::string_view k_note_start =
    R"sh(exec 7< <(note 1 attempt_started '"node":"'"$SLURMD_NODENAME"'"'; echo)
)sh";

constexpr std::string_view k_traps = "pass_signals_on\n";

constexpr std::string_view k_start = R"sh(run_task <&0 7<&- 8<&- 9<&- &
SBRAID_CHILD=$!
)sh";

constexpr std::string_view k_wait =
    R"sh({ wait "$SBRAID_CHILD"; while kill -0 "$SBRAID_CHILD"; do wait "$SBRAID_CHILD"; done; wait "$SBRAID_CHILD"; code=$?; } 2>/dev/null
# bash can forget how a child ended at the very moment of a signal: it says -1 or 127 then
if [[ $SBRAID_GOT && $code =~ ^(-1|127)$ ]]; then code=$((128 + $(kill -l "$SBRAID_GOT"))); fi
)sh";

/// What the record of the end has after the exit code is put for @WHY@.
constexpr std::string_view k_note_end = R"sh(read -rt 10 -u 7
read -rt 10 < <(note 2 attempt_ended '"exit_code":'"$code@WHY@"; echo)
)sh";

constexpr std::string_view k_exit = "exit \"$code\"\n";

}  // namespace

std::string script_body(const PlannedJob& job, const Task& task) {
    const ElementValues values{job};
    const Execution execution = std::visit(
        Executor{task, values, launch_words(job, task, values), launch_preparation(job, task)}, task.payload);
    std::string body =
        concat({values.assignments(), "\nrun_task() {\n    trap - HUP INT QUIT ALRM TERM USR1 USR2\n",
                rendezvous(job, task), task_exports(job, task, values, "    "), execution.before, "    exec ",
                execution.command, "\n}\n"});
    std::string texts;
    if (!execution.setup.empty()) texts += values.open(8, execution.setup, "SBRAID_SETUP");
    if (execution.has_text) texts += values.open(9, execution.text, "SBRAID_TEXT");
    const bool is_read_again = task.attempts.retry && task.attempts.retry->inplace && !texts.empty();
    body += is_read_again ? fmt::format("\nopen_texts() {{ # for each attempt anew\n{}}}\n", texts) : texts;
    return body + outputs_check(job, task, values);
}

namespace {

std::string file_of(const SubmissionPlan& plan, const PlannedJob& job) {
    return file_name(job.file.empty() ? plan.file : job.file);
}

std::string gate_script(const SubmissionPlan& plan, const PlannedJob& job) {
    return fmt::format(
        "#!/bin/sh\n"
        "# A gate of run {}, made by sbraid {} for task '{}' ({} line {}). It runs nothing.\n"
        "# That it ends well says that this is met, which Slurm cannot be told in one --dependency with the "
        "rest:\n"
        "#   {}\n"
        "exit 0\n",
        plan.run, plan.version, job.task, file_of(plan, job), job.line, dependency_by_name(plan, job));
}

std::string closer_script(const SubmissionPlan& plan, const PlannedJob& job) {
    return fmt::format(
        "#!/bin/sh\n"
        "# Made by sbraid {1} for the service '{2}' of run {0} ({3} line {4}), which it ends:\n"
        "# everything that needs it has ended.\n"
        "squeue --me --noheader --format='%A %k' | while read -r job comment; do\n"
        "    case $comment in sbraid:{0}:{2}#*) echo \"$job\" ;; esac\n"
        "done | sort -u | xargs -r scancel\n",
        plan.run, plan.version, job.task, file_name(plan.file), job.line);
}

/// A job of some elements of an array that `resume` submits anew still looks like the whole.
std::string array_exports(const PlannedJob& job) {
    if (!job.array || job.again.empty() || !job.again.back().elements) return {};
    return fmt::format(
        "# Of the array only these elements are submitted anew: {}. The numbers are those of the whole.\n"
        "export SLURM_ARRAY_TASK_MIN={} SLURM_ARRAY_TASK_MAX={} SLURM_ARRAY_TASK_COUNT={}\n",
        to_string(*job.again.back().elements), job.array->min(), job.array->max(), job.array->size());
}

}  // namespace

std::string batch_script(const SubmissionPlan& plan, const PlannedJob& job) {
    if (job.role == JobRole::gate) return gate_script(plan, job);
    if (job.role == JobRole::closer) return closer_script(plan, job);
    if (job.role == JobRole::notifier) return notifier_script(plan);
    const std::string name = job.name();
    std::string script = "#!/bin/bash\n";
    script += fmt::format("# Task '{}' of run {}, from {} line {}.\n", name, plan.run, file_of(plan, job),
                          job.line);
    script +=
        "# What is not in run_task() takes notes, and changes neither the task's input and output, its\n";
    script +=
        fmt::format("# signals, nor its exit code. Written by sbraid {} and submitted with\n", plan.version);
    script += submission_comment(plan, job);
    if (!job.sbatch_lines.empty()) script += "# and the script's own options, which yield to those:\n";
    for (const std::string& line : job.sbatch_lines) script += fmt::format("#SBATCH {}\n", line);
    script += array_exports(job);
    script += early_trap(job);
    script += job.script_body;
    script += workdir_check(plan, job);
    script += fmt::format("\nexport SBRAID_RUN={} SBRAID_TASK={}\nexport SBRAID_RUN_DIR={}\n",
                          shell_quote(plan.run), shell_quote(job.task), shell_quote(plan.run_dir));
    script += attempt_exports(job);
    script += fmt::format(k_one_job_a_task, name);
    script += fmt::format(k_notes, name);
    script += failure_functions(plan, job);
    script += attempt_functions(job);
    script += k_pass_signals;
    script += all_attempts(
        job, {.note_start = std::string{k_note_start},
              .traps = std::string{k_traps},
              .start = std::string{k_start},
              .wait = std::string{k_wait},
              .outputs = outputs_call(job),
              .note_end = replaced(std::string{k_note_end}, "@WHY@", failure_member(plan, job))});
    script += k_exit;
    return script;
}

std::string bare_script(const PlannedJob& job) {
    std::string script = "#!/bin/bash\n";
    for (const std::string& line : job.sbatch_lines) script += fmt::format("#SBATCH {}\n", line);
    script += job.script_body;
    script += open_texts(job);
    for (const std::string_view part : {k_pass_signals, k_traps, k_start, k_wait}) script += part;
    script += outputs_call(job);
    script += k_exit;
    return script;
}

}  // namespace sbraid
