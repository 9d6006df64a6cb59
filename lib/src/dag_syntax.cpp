// DAGMan's commands, one function for each form. A function takes words from the line and returns the
// command; when something is wrong it says so and returns nothing. The line is then told with the form of its
// command as the hint, and reading goes on with the next one.
#include "dag_syntax.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <limits>

#include "characters.hpp"
#include "dag_operands.hpp"
#include "dag_words.hpp"
#include "sbraid/suggest.hpp"
#include "wording.hpp"

namespace sbraid {
namespace {

bool is_skipped(std::string_view line) {
    return line.empty() || line.starts_with('#') || line.starts_with("//");
}

using Command = decltype(DagCommand::what);
using MaybeCommand = std::optional<Command>;

bool is_right_node_name(DagWords& words, const DagWord& name) {
    constexpr std::array<std::string_view, 3> k_reserved{"ALL_NODES", "PARENT", "CHILD"};
    const bool reserved = std::any_of(k_reserved.begin(), k_reserved.end(),
                                      [&](std::string_view word) { return is_keyword(name.text, word); });
    if (reserved)
        words.refuse(name.place, fmt::format("'{}' is reserved, no node can be called so", name.text));
    else if (name.text.find('+') != std::string::npos)
        words.refuse(name.place, fmt::format("the name '{}' holds a '+'", shown(name.text)));
    return !words.is_refused();
}

MaybeCommand read_node(DagWords& words, DagCursor& cursor, DagNodeKind kind) {
    DagNodeCommand node;
    node.kind = kind;
    const auto name = need(words, "the name of the node");
    if (!name || !is_right_node_name(words, *name)) return std::nullopt;
    node.name = *name;
    const auto file = need(words, kind == DagNodeKind::subdag ? "the DAG file" : "the submit description");
    if (!file) return std::nullopt;
    node.file = *file;
    if (kind != DagNodeKind::subdag && opens_description(*file)) {
        node.description = inline_description(*file, words, cursor);
        if (!node.description) return std::nullopt;
    }
    while (const auto word = words.next()) {
        if (is_keyword(word->text, "NOOP")) {
            node.noop = true;
        } else if (is_keyword(word->text, "DONE")) {
            node.done = true;
        } else if (is_keyword(word->text, "DIR")) {
            const auto dir = need(words, "the folder behind DIR");
            if (!dir) return std::nullopt;
            node.dir = dir->text;
        } else {
            words.refuse(word->place, fmt::format("'{}' is not expected here", shown(word->text)));
        }
    }
    return words.is_refused() ? std::nullopt : MaybeCommand{std::move(node)};
}

MaybeCommand read_subdag(DagWords& words, DagCursor& cursor) {
    const auto word = need(words, "the word EXTERNAL");
    if (!word) return std::nullopt;
    if (!is_keyword(word->text, "EXTERNAL")) {
        words.refuse(word->place, fmt::format("the word EXTERNAL is expected, not '{}'", shown(word->text)));
        return std::nullopt;
    }
    return read_node(words, cursor, DagNodeKind::subdag);
}

MaybeCommand read_splice(DagWords& words, DagCursor& /*cursor*/) {
    DagSpliceCommand splice;
    const auto name = need(words, "the name of the splice");
    if (!name) return std::nullopt;
    const auto file = need(words, "the DAG file");
    if (!file) return std::nullopt;
    splice.name = *name;
    splice.file = *file;
    if (const auto word = words.next()) {
        if (!is_keyword(word->text, "DIR")) {
            words.refuse(word->place, fmt::format("'{}' is not expected here", shown(word->text)));
            return std::nullopt;
        }
        const auto dir = need(words, "the folder behind DIR");
        if (!dir || !at_end(words)) return std::nullopt;
        splice.dir = dir->text;
    }
    return words.is_refused() ? std::nullopt : MaybeCommand{std::move(splice)};
}

MaybeCommand read_include(DagWords& words, DagCursor& /*cursor*/) {
    const auto file = need(words, "the file");
    if (!file || !at_end(words)) return std::nullopt;
    return DagIncludeCommand{*file};
}

MaybeCommand read_description(DagWords& words, DagCursor& cursor) {
    const auto name = need(words, "the name of the description");
    if (!name) return std::nullopt;
    const auto opening = need(words, "the description between { and }");
    if (!opening) return std::nullopt;
    if (!opens_description(*opening)) {
        words.refuse(opening->place, fmt::format("the description is written between braces, '{}' opens none",
                                                 shown(opening->text)));
        return std::nullopt;
    }
    auto lines = inline_description(*opening, words, cursor);
    if (!lines || !at_end(words)) return std::nullopt;
    return DagDescriptionCommand{*name, std::move(*lines)};
}

MaybeCommand read_edges(DagWords& words, bool weak) {
    DagEdgesCommand edges;
    edges.weak = weak;
    bool children = false;
    while (auto word = words.next()) {
        if (!children && is_keyword(word->text, "CHILD")) {
            if (edges.parents.empty()) words.refuse(word->place, "no parent stands before CHILD");
            children = true;
        } else {
            (children ? edges.children : edges.parents).push_back(std::move(*word));
        }
    }
    if (edges.parents.empty())
        words.refuse_end("the parents are missing");
    else if (!children)
        words.refuse_end("the word CHILD is missing");
    else if (edges.children.empty())
        words.refuse_end("the children are missing");
    return words.is_refused() ? std::nullopt : MaybeCommand{std::move(edges)};
}

MaybeCommand read_weak_edges(DagWords& words, DagCursor& /*cursor*/) {
    const auto word = need(words, "the word PARENT");
    if (!word) return std::nullopt;
    if (is_keyword(word->text, "PARENT")) return read_edges(words, true);
    words.refuse(word->place, fmt::format("the word PARENT is expected, not '{}'", shown(word->text)));
    return std::nullopt;
}

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

MaybeCommand read_connect(DagWords& words, DagCursor& /*cursor*/) {
    const auto from = need(words, "the splice to connect from");
    if (!from) return std::nullopt;
    const auto to = need(words, "the splice to connect to");
    if (!to || !at_end(words)) return std::nullopt;
    return DagConnectCommand{*from, *to};
}

MaybeCommand read_pin(DagWords& words, bool in) {
    const auto node = need(words, "the name of the node");
    if (!node) return std::nullopt;
    const auto pin = need_number(words, "the number of the pin", 1);
    if (!pin || !at_end(words)) return std::nullopt;
    return DagPinCommand{in, *node, *pin};
}

MaybeCommand read_reject(DagWords& words, DagCursor& /*cursor*/) {
    return at_end(words) ? MaybeCommand{DagRejectCommand{}} : std::nullopt;
}

// FILE
MaybeCommand read_file(DagWords& words, DagCursor& /*cursor*/) {
    const auto file = need(words, "the file");
    if (!file || !at_end(words)) return std::nullopt;
    return DagOtherCommand{file->text};
}

MaybeCommand read_dot(DagWords& words, DagCursor& /*cursor*/) {
    const auto file = need(words, "the file");
    if (!file) return std::nullopt;
    while (const auto word = words.next()) {
        constexpr std::array<std::string_view, 4> k_flags{"UPDATE", "DONT-UPDATE", "OVERWRITE",
                                                          "DONT-OVERWRITE"};
        if (is_keyword(word->text, "INCLUDE")) {
            if (!need(words, "the file behind INCLUDE")) return std::nullopt;
        } else if (std::none_of(k_flags.begin(), k_flags.end(),
                                [&](std::string_view flag) { return is_keyword(word->text, flag); })) {
            words.refuse(word->place, fmt::format("'{}' is not expected here", shown(word->text)));
        }
    }
    return words.is_refused() ? std::nullopt : MaybeCommand{DagOtherCommand{file->text}};
}

MaybeCommand read_node_status(DagWords& words, DagCursor& /*cursor*/) {
    const auto file = need(words, "the file");
    if (!file) return std::nullopt;
    while (const auto word = words.next())
        if (!is_keyword(word->text, "ALWAYS-UPDATE") && !integer(word->text))
            words.refuse(word->place, fmt::format("'{}' is not expected here", shown(word->text)));
    return words.is_refused() ? std::nullopt : MaybeCommand{DagOtherCommand{file->text}};
}

MaybeCommand read_save_point(DagWords& words, DagCursor& /*cursor*/) {
    const auto node = need(words, "the name of the node");
    if (!node) return std::nullopt;
    if (words.next() && !at_end(words)) return std::nullopt;
    return words.is_refused() ? std::nullopt : MaybeCommand{DagOtherCommand{node->text}};
}

MaybeCommand read_job_attribute(DagWords& words, DagCursor& /*cursor*/) {
    DagWord rest = words.rest();
    if (rest.text.empty()) {
        words.refuse_end("the attribute is missing");
        return std::nullopt;
    }
    return DagOtherCommand{std::move(rest.text)};
}

MaybeCommand read_env(DagWords& words, DagCursor& /*cursor*/) {
    const auto action = need(words, "SET or GET");
    if (!action) return std::nullopt;
    if (!is_keyword(action->text, "SET") && !is_keyword(action->text, "GET")) {
        words.refuse(action->place, fmt::format("SET or GET is expected, not '{}'", shown(action->text)));
        return std::nullopt;
    }
    const DagWord rest = words.rest();
    if (rest.text.empty()) {
        words.refuse_end("the variables are missing");
        return std::nullopt;
    }
    return DagOtherCommand{fmt::format("{} {}", action->text, rest.text)};
}

// One row a keyword.
struct Form {
    std::string_view keyword;
    std::string_view operands;  // for the hint
    MaybeCommand (*read)(DagWords&, DagCursor&);
};

constexpr std::string_view k_node_operands = "NAME SUBMIT-DESCRIPTION [DIR FOLDER] [NOOP] [DONE]";

template <DagNodeKind kind>
MaybeCommand read_node_of(DagWords& words, DagCursor& cursor) {
    return read_node(words, cursor, kind);
}

constexpr std::array k_forms{
    Form{"JOB", k_node_operands, read_node_of<DagNodeKind::job>},
    Form{"FINAL", k_node_operands, read_node_of<DagNodeKind::final>},
    Form{"PROVISIONER", k_node_operands, read_node_of<DagNodeKind::provisioner>},
    Form{"SERVICE", k_node_operands, read_node_of<DagNodeKind::service>},
    Form{"SUBDAG", "EXTERNAL NAME DAG-FILE [DIR FOLDER] [NOOP] [DONE]", read_subdag},
    Form{"SPLICE", "NAME DAG-FILE [DIR FOLDER]", read_splice},
    Form{"INCLUDE", "FILE", read_include},
    Form{"SUBMIT-DESCRIPTION", "NAME { … }", read_description},
    Form{"PARENT", "NODE… CHILD NODE…", [](DagWords& words, DagCursor&) { return read_edges(words, false); }},
    Form{"WEAK", "PARENT NODE… CHILD NODE…", read_weak_edges},
    Form{"SCRIPT", "[DEFER CODE SECONDS] [DEBUG FILE STREAM] PRE|POST|HOLD NODE PROGRAM [ARGUMENT…]",
         read_script},
    Form{"RETRY", "NODE NUMBER [UNLESS-EXIT CODE]", read_retry},
    Form{"ABORT-DAG-ON", "NODE CODE [RETURN CODE]",
         [](DagWords& words, DagCursor&) {
             return read_number(words, DagNumberCommand::What::abort_dag_on, "the exit code");
         }},
    Form{"VARS", "NODE [PREPEND|APPEND] NAME=\"VALUE\"…", read_vars},
    Form{"PRIORITY", "NODE NUMBER",
         [](DagWords& words, DagCursor&) {
             return read_number(words, DagNumberCommand::What::priority, "the priority");
         }},
    Form{"PRE_SKIP", "NODE CODE",
         [](DagWords& words, DagCursor&) {
             return read_number(words, DagNumberCommand::What::pre_skip, "the exit code");
         }},
    Form{"TOLERANCE", "NODE NUMBER[%] [FAIL-FAST|WAIT]", read_tolerance},
    Form{"DONE", "NODE", read_done},
    Form{"CATEGORY", "NODE CATEGORY", read_category},
    Form{"MAXJOBS", "CATEGORY NUMBER", read_max_jobs},
    Form{"CONFIG", "FILE", read_file},
    Form{"DOT", "FILE [UPDATE|DONT-UPDATE] [OVERWRITE|DONT-OVERWRITE] [INCLUDE FILE]", read_dot},
    Form{"NODE_STATUS_FILE", "FILE [SECONDS] [ALWAYS-UPDATE]", read_node_status},
    Form{"JOBSTATE_LOG", "FILE", read_file},
    Form{"SAVE_POINT_FILE", "NODE [FILE]", read_save_point},
    Form{"SET_JOB_ATTR", "NAME = VALUE", read_job_attribute},
    Form{"ENV", "SET|GET VARIABLES", read_env},
    Form{"REJECT", "", read_reject},
    Form{"CONNECT", "SPLICE SPLICE", read_connect},
    Form{"PIN_IN", "NODE NUMBER", [](DagWords& words, DagCursor&) { return read_pin(words, true); }},
    Form{"PIN_OUT", "NODE NUMBER", [](DagWords& words, DagCursor&) { return read_pin(words, false); }},
};

const Form* find_form(std::string_view keyword) {
    const auto found = std::find_if(k_forms.begin(), k_forms.end(),
                                    [&](const Form& form) { return is_keyword(keyword, form.keyword); });
    return found == k_forms.end() ? nullptr : &*found;
}

// The next line that is no comment, with those that a backslash joins to it.
std::optional<DagWords> next_command_line(DagCursor& cursor) {
    std::optional<DagWords> words;
    while (cursor.next < cursor.lines.size()) {
        const TextLine& line = cursor.lines[cursor.next++];
        std::string_view text = trimmed(line.text);
        if (is_skipped(text)) continue;
        const auto indent = static_cast<std::size_t>(text.data() - line.text.data());
        const Place place{cursor.file, line.number, static_cast<std::uint32_t>(indent + 1), 0};
        const bool goes_on = text.ends_with('\\');
        if (goes_on) text.remove_suffix(1);
        if (words)
            words->join(place, text);
        else
            words.emplace(place, text);
        if (!goes_on) break;
    }
    return words;
}

Diagnostic unknown_command(const DagWord& keyword) {
    std::vector<std::string_view> known;
    for (const Form& form : k_forms) known.push_back(form.keyword);
    return {Severity::error, keyword.place,
            fmt::format("'{}' is not a command of DAGMan", shown(keyword.text)),
            did_you_mean(keyword.text, known)};
}

}  // namespace

std::vector<TextLine> lines_of(std::string_view text) {
    constexpr std::string_view k_mark = "\xEF\xBB\xBF";
    if (text.starts_with(k_mark)) text.remove_prefix(k_mark.size());
    std::vector<TextLine> lines;
    for (const std::string_view line : split(text, '\n'))
        lines.push_back({static_cast<std::uint32_t>(lines.size() + 1), std::string{line}});
    return lines;
}

std::vector<DagCommand> read_dag(const Sources& sources, std::uint32_t file, Diagnostics& errors) {
    const std::vector<TextLine> lines = lines_of(sources.text(file));
    std::vector<DagCommand> commands;
    DagCursor cursor{lines, 0, file};
    while (cursor.next < lines.size()) {
        auto line = next_command_line(cursor);
        if (!line) break;
        DagWords& words = *line;
        words.refuse_control_characters();
        const auto keyword = words.next();
        const Form* const form = keyword ? find_form(keyword->text) : nullptr;
        if (form == nullptr) {
            errors.push_back(keyword ? unknown_command(*keyword) : *words.wrong());
            continue;
        }
        if (auto what = form->read(words, cursor)) {
            commands.push_back({std::string{form->keyword}, keyword->place, std::move(*what)});
        } else {
            Diagnostic wrong = *words.wrong();
            wrong.message = fmt::format("{}: {}", form->keyword, wrong.message);
            if (wrong.hint.empty()) wrong.hint = fmt::format("{} {}", form->keyword, form->operands);
            errors.push_back(std::move(wrong));
        }
    }
    return commands;
}

}  // namespace sbraid
