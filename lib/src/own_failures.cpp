// SBRAID_WHY is a variable of the batch shell alone. What a path may hold is made fit for a JSON string by
// the shell's own means, since the script needs nothing but bash and coreutils: in the C locale, where a
// character is a byte, so that it can also be cut to what a record has room for.
#include "own_failures.hpp"

#include <fmt/format.h>

#include "sbraid/shell_quote.hpp"

namespace sbraid {
namespace {

/// A word of the shell that is an output's path, or a glob that finds it.
std::string output_word(std::string_view text, const Numbering& numbering, const ElementValues& values) {
    std::string word;
    for (std::size_t at; (at = text.find("%a")) != std::string_view::npos; text.remove_prefix(at + 2)) {
        if (at > 0) word += values.word(text.substr(0, at));
        word += numbering == Numbering{}
                    ? "\"$SLURM_ARRAY_TASK_ID\""
                    : fmt::format("$((SLURM_ARRAY_TASK_ID * {} + {}))", numbering.step, numbering.first);
    }
    return text.empty() ? word : word + values.word(text);
}

/// Where the job is to run, if that is worth a look: the folder of the workflow file was there when it was
/// submitted. In a container the script may have another view of the files.
std::string_view folder_to_check(const SubmissionPlan& plan, const PlannedJob& job) {
    constexpr std::string_view k_chdir = "--chdir=";
    constexpr std::string_view k_container = "--container";  // of Slurm's, or pyxis' --container-image
    std::string_view folder;
    for (const std::string_view option : job.options) {
        if (option.starts_with(k_chdir)) folder = option.substr(k_chdir.size());
        if (option.starts_with(k_container)) return {};
    }
    for (const std::string_view line : job.sbatch_lines)
        if (line.starts_with(k_container)) return {};
    return folder == plan.file.substr(0, plan.file.rfind('/')) ? std::string_view{} : folder;
}

/// Whether SBRAID_WHY may be set, here or where attempts are counted.
bool may_fail(const SubmissionPlan& plan, const PlannedJob& job) {
    return job.checks_outputs || job.attempts.any() || !folder_to_check(plan, job).empty();
}

constexpr std::string_view k_why = R"sh(
why() ( # the member of a record that says it, if there is something to say
    LC_ALL=C
    text=${SBRAID_WHY:0:1500}
    ((${#SBRAID_WHY} <= 1500)) || text="${text% *} …"
    text=${text//[[:cntrl:]]/?}
    text=${text//\\/\\\\}
    text=${text//\"/\\\"}
    printf %s "${text:+,\"why\":\"$text\"}"
)
)sh";

}  // namespace

std::string workdir_check(const SubmissionPlan& plan, const PlannedJob& job) {
    const std::string folder{folder_to_check(plan, job)};
    if (folder.empty()) return {};
    return fmt::format(
        "\nenter_workdir() {{ # what another node has made may take a moment to be seen here\n"
        "    local try\n"
        "    for try in {{1..10}}; do\n"
        "        ((try == 1)) || sleep 1\n"
        "        cd {0} 2>/dev/null && return\n"
        "    done\n"
        "    SBRAID_WHY={1}\n"
        "    run_task() {{ echo {2}\"$SLURMD_NODENAME\" >&2; exit 1; }}\n"
        "}}\n"
        "[[ . -ef {0} ]] || enter_workdir # Slurm starts a job elsewhere when its folder is not there\n",
        shell_quote(folder), shell_quote("cannot enter workdir " + folder),
        shell_quote(fmt::format("sbraid: task {} fails: cannot enter workdir {} on ", job.task, folder)));
}

std::string outputs_check(const PlannedJob& job, const Task& task, const ElementValues& values) {
    if (!job.checks_outputs) return {};
    std::string paths;
    std::string globs;
    for (const PlacedText& output : task.outputs) {
        const bool is_glob = output.text.find_first_of("*?[") != std::string::npos;
        (is_glob ? globs : paths) += " " + output_word(output.text, job.numbering, values);
    }
    std::string text =
        "\ncheck_outputs() { # what another node has written may take a moment to be seen here\n"
        "    local path try missing\n"
        "    for try in {1..10}; do\n"
        "        ((try == 1)) || sleep 1\n"
        "        missing=()\n";
    if (!paths.empty())
        text +=
            fmt::format("        for path in{}; do [[ -e $path ]] || missing+=(\"$path\"); done\n", paths);
    if (!globs.empty())
        text += fmt::format(
            "        for path in{}; do compgen -G \"$path\" >/dev/null || missing+=(\"$path\"); done\n",
            globs);
    text += fmt::format(
        "        ((${{#missing[@]}})) || return 0\n"
        "    done\n"
        "    SBRAID_WHY=\"no output ${{missing[*]}}\"\n"
        "    printf 'sbraid: task %s fails: it ended with 0, but there is %s\\n' {} \"$SBRAID_WHY\" >&2\n"
        "    return 1\n"
        "}}\n",
        shell_quote(job.task));
    return text;
}

std::string outputs_call(const PlannedJob& job) {
    return job.checks_outputs ? "if ((code == 0)); then check_outputs || code=1; fi\n" : "";
}

std::string forget_outputs(const PlannedJob& job) {
    return job.checks_outputs ? "    SBRAID_WHY=${SBRAID_WHY##no output *}\n" : "";
}

std::string failure_functions(const SubmissionPlan& plan, const PlannedJob& job) {
    return may_fail(plan, job) ? std::string{k_why} : "";
}

std::string failure_member(const SubmissionPlan& plan, const PlannedJob& job) {
    return may_fail(plan, job) ? "$(why)" : "";
}

}  // namespace sbraid
