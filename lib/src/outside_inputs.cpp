#include "sbraid/outside_inputs.hpp"

#include <fmt/format.h>

#include "outputs.hpp"
#include "sbraid/suggest.hpp"
#include "vars.hpp"
#include "wording.hpp"

namespace sbraid {

std::vector<OutsideInput> inputs_from_outside(const Workflow& workflow) {
    const auto& tasks = workflow.tasks();
    Outputs outputs;
    for (std::uint32_t task = 0; task < tasks.size(); ++task)
        for (const PlacedText& text : tasks[task].outputs)
            outputs.add({TaskIndex{task}, &text, {tasks[task].workdir, text.text}});
    std::vector<OutsideInput> result;
    for (std::uint32_t task = 0; task < tasks.size(); ++task) {
        for (const PlacedText& text : tasks[task].inputs) {
            bool is_written = false;
            outputs.each({tasks[task].workdir, text.text}, [&](const Output&) { is_written = true; });
            if (!is_written && !tasks[task].service) result.push_back({TaskIndex{task}, text});
        }
    }
    return result;
}

Diagnostic missing_input(const Workflow& workflow, const OutsideInput& input, const std::string& path) {
    std::vector<std::string_view> outputs;
    for (const Task& task : workflow.tasks())
        for (const PlacedText& output : task.outputs) outputs.push_back(output.text);
    std::string hint = did_you_mean(input.text.text, outputs);
    if (hint.empty()) hint = "it must be there when the task starts, or be an output of another task";
    const std::string text = shown(with_names(input.text.text));
    return {Severity::warning, input.text.place,
            text == path ? fmt::format("the input '{}' is not there, and no task writes it", text)
                         : fmt::format("'{}' is not there, and no task writes the input '{}'", path, text),
            std::move(hint)};
}

}  // namespace sbraid
