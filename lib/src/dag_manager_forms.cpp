// What is about DAGMan itself, or about the whole run of it.

#include <fmt/format.h>
#include <algorithm>
#include <array>

#include "dag_form.hpp"
#include "dag_operands.hpp"
#include "dag_words.hpp"
#include "wording.hpp"

namespace sbraid {
namespace {

using MaybeCommand = DagForm::MaybeCommand;

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

constexpr std::array k_forms{
    DagForm{"CONFIG", "FILE", read_file},
    DagForm{"DOT", "FILE [UPDATE|DONT-UPDATE] [OVERWRITE|DONT-OVERWRITE] [INCLUDE FILE]", read_dot},
    DagForm{"NODE_STATUS_FILE", "FILE [SECONDS] [ALWAYS-UPDATE]", read_node_status},
    DagForm{"JOBSTATE_LOG", "FILE", read_file},
    DagForm{"SAVE_POINT_FILE", "NODE [FILE]", read_save_point},
    DagForm{"SET_JOB_ATTR", "NAME = VALUE", read_job_attribute},
    DagForm{"ENV", "SET|GET VARIABLES", read_env},
    DagForm{"REJECT", "", read_reject},
};

}  // namespace

std::span<const DagForm> dag_manager_forms() {
    return k_forms;
}

}  // namespace sbraid
