#include "submit_values.hpp"

#include <fmt/format.h>

#include "wording.hpp"

namespace sbraid {

SubmitValues::SubmitValues(const SubmitDescription& description, const DagNode& node, DraftNotes& notes)
    : description_(description), notes_(notes), macros_(description, node.vars, node.vars_last, node.name) {
    for (const SubmitItem& item : description.items) last_[item.key] = &item;
}

const SubmitItem* SubmitValues::find(std::string_view key) const {
    const auto found = last_.find(key);
    return found == last_.end() ? nullptr : found->second;
}

void SubmitValues::note(const SubmitItem& item, std::string_view why, std::string hint) {
    notes_.add(item.place, fmt::format("{}: {}", item.key, why), std::move(hint));
}

std::optional<std::string> SubmitValues::expanded(const SubmitItem& item) {
    const std::string text{macros_.value(item.key).value_or(item.value)};
    auto value = macros_.expand(text);
    if (!value) {
        note(item, fmt::format("'{}' is known to HTCondor only; left out", shown(macros_.unknown())));
        return std::nullopt;
    }
    tell_of_unset(item);
    if (value->empty()) return std::nullopt;
    return value;
}

std::optional<std::string> SubmitValues::fixed(const SubmitItem& item) {
    auto value = expanded(item);
    if (value && value->find_first_of(k_runtime_values) != std::string::npos) {
        note(item, "it is known only when the job runs; left out");
        return std::nullopt;
    }
    return value;
}

void SubmitValues::tell_of_unset(const SubmitItem& item) {
    for (const std::string& name : macros_.unset())
        note(item, fmt::format("nothing sets $({}); it is empty", name));
}

}  // namespace sbraid
