#include "task_elements.hpp"

#include <fmt/format.h>

#include "array_ranges.hpp"

namespace sbraid {

Result<std::vector<std::uint32_t>> elements_named(const Task& task, std::string_view name,
                                                  const TaskReference& reference) {
    const auto wrong = [](std::string message, std::string hint) {
        return Unexpected(Error{ErrorKind::invalid, std::move(message), std::move(hint)});
    };
    if (!task.array)
        return wrong(fmt::format("'{}' names an element, but task '{}' is neither an array nor a matrix",
                                 reference.text, name),
                     fmt::format("write \"{}\"", name));
    if (!reference.elements && !task.matrix)
        return wrong(fmt::format("'{}' names values, but task '{}' is no matrix", reference.text, name),
                     fmt::format("its elements are {}", indexes_of(*task.array)));
    if (!reference.elements) {
        auto selected = task.matrix->select(reference.selection);
        if (selected) return std::move(*selected);
        return wrong(fmt::format("'{}': {}", reference.text, selected.error().message),
                     std::move(selected.error().hint));
    }
    std::vector<std::uint32_t> elements = reference.elements->indexes();
    for (const std::uint32_t element : elements) {
        if (task.array->contains(element)) continue;
        return wrong(fmt::format("task '{}' has no element {}", name, element),
                     task.matrix ? fmt::format("name its values: \"{}[{}]\"", name,
                                               task.matrix->label(task.array->min()))
                                 : fmt::format("its elements are {}", indexes_of(*task.array)));
    }
    return elements;
}

}  // namespace sbraid
