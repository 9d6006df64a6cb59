// PRE, the job and POST one after the other in one shell text. $status is the code of the job, for POST.
#include "dag_scripts.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "characters.hpp"
#include "sbraid/shell_quote.hpp"
#include "submit_command.hpp"

namespace sbraid {
namespace {

std::string script_word(const std::string& word, const DagScriptCommand& script, bool is_post,
                        const DagNode& node, DraftNotes& notes) {
    std::string name = word;
    std::transform(name.begin(), name.end(), name.begin(), lower);
    if (name == "$job") return shell_quote(node.name);
    if (name == "$retry") return R"("${SLURM_RESTART_COUNT:-0}")";
    if (name == "$max_retries") return fmt::format("{}", node.retries);
    if (is_post && name == "$jobid") return R"("$SLURM_JOB_ID")";
    if (is_post && name == "$return") return R"("$status")";
    if (is_post && name == "$pre_script_return") return node.pre ? "0" : "-1";
    if (name == "$dag_status" || name == "$failed_count")
        notes.add(script.node.place, fmt::format("SCRIPT {}: {} has no twin; it is passed as it stands",
                                                 script.node.text, word));
    return shell_quote(word);
}

// A script of DAGMan as a line of shell.
std::string script_line(const DagScriptCommand& script, bool is_post, const DagNode& node,
                        DraftNotes& notes) {
    std::string line;
    for (const std::string& word : script.words)
        line += line.empty() ? shell_quote(as_program(word))
                             : ' ' + script_word(word, script, is_post, node, notes);
    if (!script.debug_file.empty()) {
        const std::string file = shell_quote(script.debug_file);
        line += script.debug_stream == "STDERR"   ? fmt::format(" 2>>{}", file)
                : script.debug_stream == "STDOUT" ? fmt::format(" >>{}", file)
                                                  : fmt::format(" >>{} 2>&1", file);
    }
    return line;
}

// Several lines as one command whose code can be caught.
std::string in_subshell(std::string_view body) {
    return body.find('\n') == std::string_view::npos ? std::string{body} : fmt::format("(\n{})", body);
}

}  // namespace

std::string between_scripts(std::string_view job, const DagNode& node, DraftNotes& notes) {
    std::string text;
    if (node.pre) {
        text += script_line(*node.pre, false, node, notes);
        if (node.pre_skip)
            text += fmt::format(
                " || {{ pre=$?; if [ \"$pre\" -eq {} ]; then exit 0; fi; exit \"$pre\"; }}  # PRE_SKIP",
                *node.pre_skip);
        text += '\n';
    }
    if (!node.post) return fmt::format("{}{}\n", text, job);
    return fmt::format("{}status=0\n{} || status=$?\n{}\n", text, in_subshell(job),
                       script_line(*node.post, true, node, notes));
}

}  // namespace sbraid
