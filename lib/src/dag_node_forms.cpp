// What is said of a node that another line makes: its scripts, retries, variables, and what limits it.

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <limits>

#include "characters.hpp"
#include "dag_form.hpp"
#include "dag_operands.hpp"
#include "dag_words.hpp"
#include "wording.hpp"

namespace sbraid {
namespace {

using MaybeCommand = DagForm::MaybeCommand;

// DEFER STATUS SECONDS and DEBUG FILE STREAM, in any order, before the kind of the script.
bool read_script_option(DagWords& words, const DagWord& option, DagScriptCommand& script) {
    constexpr std::array<std::string_view, 3> k_streams{"STDOUT", "STDERR", "ALL"};
    if (is_keyword(option.text, "DEFER")) {
        script.defer = true;
        constexpr std::int64_t k_any = std::numeric_limits<std::int64_t>::min();
        return need_number(words, "the exit code behind DEFER", k_any) &&
               need_number(words, "the time behind DEFER", k_any);
    }
    const auto file = need(words, "the file behind DEBUG");
    if (!file) return false;
    const auto stream = need(words, "the stream behind DEBUG: STDOUT, STDERR or ALL");
    if (!stream) return false;
    const auto known = std::find_if(k_streams.begin(), k_streams.end(),
                                    [&](std::string_view name) { return is_keyword(stream->text, name); });
    if (known == k_streams.end()) {
        words.refuse(stream->place,
                     fmt::format("a stream is STDOUT, STDERR or ALL, not '{}'", shown(stream->text)));
        return false;
    }
    script.debug_file = file->text;
    script.debug_stream = *known;
    return true;
}

MaybeCommand read_script(DagWords& words, DagCursor& /*cursor*/) {
    constexpr std::array<std::pair<std::string_view, DagScriptKind>, 3> k_kinds{
        {{"PRE", DagScriptKind::pre}, {"POST", DagScriptKind::post}, {"HOLD", DagScriptKind::hold}}};
    DagScriptCommand script;
    for (;;) {
        const auto word = need(words, "PRE, POST or HOLD");
        if (!word) return std::nullopt;
        const auto kind = std::find_if(k_kinds.begin(), k_kinds.end(), [&](const auto& known) {
            return is_keyword(word->text, known.first);
        });
        if (kind != k_kinds.end()) {
            script.kind = kind->second;
            break;
        }
        if (!is_keyword(word->text, "DEFER") && !is_keyword(word->text, "DEBUG")) {
            words.refuse(word->place,
                         fmt::format("a script is PRE, POST or HOLD, not '{}'", shown(word->text)));
            return std::nullopt;
        }
        if (!read_script_option(words, *word, script)) return std::nullopt;
    }
    const auto node = need(words, "the name of the node");
    if (!node) return std::nullopt;
    script.node = *node;
    const DagWord rest = words.rest();
    for (const std::string_view part : split(rest.text, ' '))
        for (const std::string_view word : split(part, '\t'))
            if (!word.empty()) script.words.emplace_back(word);
    if (script.words.empty()) {
        words.refuse_end("the script is missing");
        return std::nullopt;
    }
    return script;
}

MaybeCommand read_retry(DagWords& words, DagCursor& /*cursor*/) {
    const auto node = need(words, "the name of the node");
    if (!node) return std::nullopt;
    const auto most = need_number(words, "the number of retries", 0);
    if (!most) return std::nullopt;
    DagRetryCommand retry{*node, *most};
    if (const auto word = words.next()) {
        if (!is_keyword(word->text, "UNLESS-EXIT")) {
            words.refuse(word->place, fmt::format("'{}' is not expected here", shown(word->text)));
            return std::nullopt;
        }
        retry.unless_exit =
            need_number(words, "the exit code behind UNLESS-EXIT", std::numeric_limits<std::int64_t>::min());
        if (!retry.unless_exit || !at_end(words)) return std::nullopt;
    }
    return words.is_refused() ? std::nullopt : MaybeCommand{std::move(retry)};
}

MaybeCommand read_number(DagWords& words, DagNumberCommand::What what, std::string_view noun) {
    const auto node = need(words, "the name of the node");
    if (!node) return std::nullopt;
    const auto value = need_number(words, noun, std::numeric_limits<std::int64_t>::min());
    if (!value) return std::nullopt;
    if (what != DagNumberCommand::What::abort_dag_on) {
        if (!at_end(words)) return std::nullopt;
    } else if (const auto word = words.next()) {
        if (!is_keyword(word->text, "RETURN")) {
            words.refuse(word->place, fmt::format("'{}' is not expected here", shown(word->text)));
            return std::nullopt;
        }
        const auto code = need(words, "the exit code behind RETURN");
        if (!code) return std::nullopt;
        const auto number = integer(code->text);
        if (!number || *number < 0 || *number > 255) {
            words.refuse(code->place, fmt::format("an exit code is 0 to 255, not '{}'", shown(code->text)));
            return std::nullopt;
        }
        if (!at_end(words)) return std::nullopt;
    }
    return words.is_refused() ? std::nullopt : MaybeCommand{DagNumberCommand{what, *node, *value}};
}

// NODE NUMBER[%] [FAIL-FAST|WAIT]
MaybeCommand read_tolerance(DagWords& words, DagCursor& /*cursor*/) {
    const auto node = need(words, "the name of the node");
    if (!node) return std::nullopt;
    const auto value = need(words, "the number of failures");
    if (!value) return std::nullopt;
    std::string_view text = value->text;
    if (text.ends_with('%')) text.remove_suffix(1);
    const auto number = integer(text);
    if (!number || *number < 0) {
        words.refuse(value->place,
                     fmt::format("the number of failures is a whole number of at least 0, not '{}'",
                                 shown(value->text)));
        return std::nullopt;
    }
    auto word = words.next();
    if (word && word->text == "%") word = words.next();
    if (word && (is_keyword(word->text, "FAIL-FAST") || is_keyword(word->text, "WAIT"))) word = words.next();
    if (word) words.refuse(word->place, fmt::format("'{}' is not expected here", shown(word->text)));
    if (words.is_refused()) return std::nullopt;
    return DagNumberCommand{DagNumberCommand::What::tolerance, *node, *number};
}

MaybeCommand read_vars(DagWords& words, DagCursor& /*cursor*/) {
    const auto node = need(words, "the name of the node");
    if (!node) return std::nullopt;
    DagVarsCommand vars;
    vars.node = *node;
    for (bool is_first = true; const auto word = words.next(); is_first = false) {
        const bool is_append = is_keyword(word->text, "APPEND");
        if (is_first && (is_append || is_keyword(word->text, "PREPEND"))) {
            vars.append = is_append;
            continue;
        }
        const std::size_t equals = word->text.find('=');
        const std::string key = word->text.substr(0, equals);
        if (equals == std::string::npos)
            words.refuse(word->place, fmt::format("'{}' is not NAME=\"VALUE\"", shown(word->text)));
        else if (key.empty() || key == "+")
            words.refuse(word->place, "the variable has no name");
        else if (equal_ignoring_case(key.substr(0, 5), "queue"))
            words.refuse(word->place,
                         fmt::format("the name of a variable cannot begin with 'queue': '{}'", shown(key)));
        else
            vars.values.emplace_back(key, word->text.substr(equals + 1));
    }
    if (vars.values.empty()) words.refuse_end("the variables are missing");
    return words.is_refused() ? std::nullopt : MaybeCommand{std::move(vars)};
}

MaybeCommand read_done(DagWords& words, DagCursor& /*cursor*/) {
    const auto node = need(words, "the name of the node");
    if (!node || !at_end(words)) return std::nullopt;
    return DagDoneCommand{*node};
}

MaybeCommand read_category(DagWords& words, DagCursor& /*cursor*/) {
    const auto node = need(words, "the name of the node");
    if (!node) return std::nullopt;
    const auto category = need(words, "the category");
    if (!category || !at_end(words)) return std::nullopt;
    return DagCategoryCommand{*node, *category};
}

MaybeCommand read_max_jobs(DagWords& words, DagCursor& /*cursor*/) {
    const auto category = need(words, "the category");
    if (!category) return std::nullopt;
    const auto most = need_number(words, "the number of jobs", 0);
    if (!most || !at_end(words)) return std::nullopt;
    return DagMaxJobsCommand{*category, *most};
}

constexpr std::array k_forms{
    DagForm{"SCRIPT", "[DEFER CODE SECONDS] [DEBUG FILE STREAM] PRE|POST|HOLD NODE PROGRAM [ARGUMENT…]",
            read_script},
    DagForm{"RETRY", "NODE NUMBER [UNLESS-EXIT CODE]", read_retry},
    DagForm{"ABORT-DAG-ON", "NODE CODE [RETURN CODE]",
            [](DagWords& words, DagCursor&) {
                return read_number(words, DagNumberCommand::What::abort_dag_on, "the exit code");
            }},
    DagForm{"VARS", "NODE [PREPEND|APPEND] NAME=\"VALUE\"…", read_vars},
    DagForm{"PRIORITY", "NODE NUMBER",
            [](DagWords& words, DagCursor&) {
                return read_number(words, DagNumberCommand::What::priority, "the priority");
            }},
    DagForm{"PRE_SKIP", "NODE CODE",
            [](DagWords& words, DagCursor&) {
                return read_number(words, DagNumberCommand::What::pre_skip, "the exit code");
            }},
    DagForm{"TOLERANCE", "NODE NUMBER[%] [FAIL-FAST|WAIT]", read_tolerance},
    DagForm{"DONE", "NODE", read_done},
    DagForm{"CATEGORY", "NODE CATEGORY", read_category},
    DagForm{"MAXJOBS", "CATEGORY NUMBER", read_max_jobs},
};

}  // namespace

std::span<const DagForm> dag_node_forms() {
    return k_forms;
}

}  // namespace sbraid
