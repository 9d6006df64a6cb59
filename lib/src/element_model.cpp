// Who hands its array or matrix down to whom, along `aftercorr`. Asked twice: for the keys of a matrix before
// the tasks are read, and for the elements themselves afterwards.
#include "element_model.hpp"

#include <algorithm>

#include "dependency_expression.hpp"
#include "sbraid/named_tasks.hpp"

namespace sbraid {
namespace {

void append_followed(const DependencyExpression& group, std::vector<std::string>& names) {
    for (const auto& leaf : group.leaves)
        if (leaf.kind == EdgeKind::aftercorr) names.emplace_back(leaf.name);
    for (const DependencyExpression& inner : group.groups) append_followed(inner, names);
}

}  // namespace

std::vector<std::string> followed_names(const NeedsText& needs) {
    std::vector<std::string> names;
    for (const EdgeText& item : needs.lists)
        if (item.kind == EdgeKind::aftercorr) names.push_back(item.text);
    if (!needs.dependency || needs.dependency->text.find("aftercorr") == std::string::npos) return names;
    if (const auto parsed = parse_dependency_expression(needs.dependency->text))
        append_followed(*parsed, names);
    return names;
}

bool glob_takes(TaskIndex match, TaskIndex child, const std::vector<bool>& is_final) {
    return match != child && !is_final[match.value];
}

std::optional<TaskIndex> model_of(NameIndex& names, const std::vector<bool>& is_final, TaskIndex child,
                                  const std::vector<std::string>& followed) {
    for (const std::string& name : followed) {
        if (name.find('*') == std::string::npos) {
            if (const auto parent = names.find(name)) return parent;
            continue;
        }
        const std::vector<TaskIndex>& matches = names.matches(name);
        const auto first = std::find_if(matches.begin(), matches.end(), [&](TaskIndex match) {
            return glob_takes(match, child, is_final) &&
                   sub_workflow_of(names.name(match)) == sub_workflow_of(name);
        });
        if (first != matches.end()) return *first;
    }
    return std::nullopt;
}

}  // namespace sbraid
