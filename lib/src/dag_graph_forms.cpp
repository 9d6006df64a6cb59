// What makes the graph: nodes, the files and splices that bring more of them, and the edges between them.

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
        if (node.description == nullptr) return std::nullopt;
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
    if (lines == nullptr || !at_end(words)) return std::nullopt;
    return DagDescriptionCommand{*name, std::move(lines)};
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

constexpr std::string_view k_node_operands = "NAME SUBMIT-DESCRIPTION [DIR FOLDER] [NOOP] [DONE]";

template <DagNodeKind kind>
MaybeCommand read_node_of(DagWords& words, DagCursor& cursor) {
    return read_node(words, cursor, kind);
}

constexpr std::array k_forms{
    DagForm{"JOB", k_node_operands, read_node_of<DagNodeKind::job>},
    DagForm{"FINAL", k_node_operands, read_node_of<DagNodeKind::final>},
    DagForm{"PROVISIONER", k_node_operands, read_node_of<DagNodeKind::provisioner>},
    DagForm{"SERVICE", k_node_operands, read_node_of<DagNodeKind::service>},
    DagForm{"SUBDAG", "EXTERNAL NAME DAG-FILE [DIR FOLDER] [NOOP] [DONE]", read_subdag},
    DagForm{"SPLICE", "NAME DAG-FILE [DIR FOLDER]", read_splice},
    DagForm{"INCLUDE", "FILE", read_include},
    DagForm{"SUBMIT-DESCRIPTION", "NAME { … }", read_description},
    DagForm{"PARENT", "NODE… CHILD NODE…",
            [](DagWords& words, DagCursor&) { return read_edges(words, false); }},
    DagForm{"WEAK", "PARENT NODE… CHILD NODE…", read_weak_edges},
    DagForm{"CONNECT", "SPLICE SPLICE", read_connect},
    DagForm{"PIN_IN", "NODE NUMBER", [](DagWords& words, DagCursor&) { return read_pin(words, true); }},
    DagForm{"PIN_OUT", "NODE NUMBER", [](DagWords& words, DagCursor&) { return read_pin(words, false); }},
};

}  // namespace

std::span<const DagForm> dag_graph_forms() {
    return k_forms;
}

}  // namespace sbraid
