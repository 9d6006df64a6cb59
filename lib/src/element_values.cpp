// All elements of a matrix share one script, so it finds its values itself: each key is a bash array of them,
// and the element's number says which by arithmetic, as in Matrix::value(). Texts keep the names in double
// braces; the script replaces them as it opens the text for the task.
#include "element_values.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "concat.hpp"
#include "replaced.hpp"
#include "sbraid/shell_quote.hpp"
#include "vars.hpp"

namespace sbraid {
namespace {

std::string variable_of(std::string_view key) {
    std::string name = "SBRAID_PARAM_";
    for (const char c : key) name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return name;
}

std::string list_of(std::string_view name, const std::vector<std::string>& values) {
    return fmt::format("{}=({})", name, shell_join(values));
}

}  // namespace

ElementValues::ElementValues(const PlannedJob& job) : job_(&job) {
    if (!job.matrix) return;
    for (const Matrix::Axis& axis : job.matrix->axes())
        parameters_.push_back(
            {parameter_mark(axis.key), variable_of(axis.key), fmt::format("{{{{{}}}}}", axis.key)});
}

std::string ElementValues::assignments() const {
    if (parameters_.empty()) return {};
    const Matrix& matrix = *job_->matrix;
    std::string lists;
    std::string exports;
    std::uint64_t stride = 1;
    for (std::size_t axis = parameters_.size(); axis-- > 0;) {
        const auto& [key, values] = matrix.axes()[axis];
        const std::string digit = stride == 1 ? fmt::format("element % {}", values.size())
                                              : fmt::format("element / {} % {}", stride, values.size());
        lists = fmt::format("    local {}\n", list_of(key + "_values", values)) + lists;
        exports = fmt::format(" {}=${{{}_values[{}]}}", parameters_[axis].variable, key, digit) + exports;
        stride *= values.size();
    }
    const Numbering& numbering = job_->numbering;
    std::string element = "SLURM_ARRAY_TASK_ID";
    if (numbering.step != 1) element += fmt::format(" * {}", numbering.step);
    if (numbering.first != 0) element += fmt::format(" + {}", numbering.first);
    std::string lines = "\nset_values() { # of this element of the matrix\n";
    lines += fmt::format("    local element=$(({}))\n{}", element, lists);
    lines += fmt::format("    export{}\n{}}}\nset_values\n", exports, included_rows());
    return lines;
}

std::string ElementValues::included_rows() const {
    const Matrix& matrix = *job_->matrix;
    if (matrix.included().empty()) return {};
    std::string lines =
        fmt::format("    ((element < {})) && return # else a row of `include`\n", matrix.product());
    for (std::size_t axis = 0; axis < parameters_.size(); ++axis) {
        std::vector<std::string> values;
        for (const Matrix::Row& row : matrix.included()) values.push_back(row[axis]);
        const std::string name = matrix.axes()[axis].key + "_values";
        lines += fmt::format("    {}\n    {}=${{{}[element - {}]}}\n", list_of(name, values),
                             parameters_[axis].variable, name, matrix.product());
    }
    return lines;
}

bool ElementValues::is_in_a_value(std::string_view text) const {
    const auto holds = [text](const std::string& value) { return value.find(text) != std::string::npos; };
    const auto any_holds = [&](const std::vector<std::string>& values) {
        return std::any_of(values.begin(), values.end(), holds);
    };
    const Matrix& matrix = *job_->matrix;
    return std::any_of(matrix.included().begin(), matrix.included().end(), any_holds) ||
           std::any_of(matrix.axes().begin(), matrix.axes().end(),
                       [&](const Matrix::Axis& axis) { return any_holds(axis.values); });
}

std::string ElementValues::word(std::string_view text) const {
    std::string quoted;
    while (!text.empty()) {
        std::size_t at = text.size();
        const Parameter* first = nullptr;
        for (const Parameter& one : parameters_) {
            const std::size_t found = text.find(one.mark);
            if (found >= at) continue;
            at = found;
            first = &one;
        }
        if (at > 0) quoted += shell_quote(text.substr(0, at));
        if (first == nullptr) return quoted;
        quoted += fmt::format("\"${}\"", first->variable);
        text.remove_prefix(at + first->mark.size());
    }
    return quoted.empty() ? shell_quote(text) : quoted;
}

std::string ElementValues::words(const std::vector<std::string>& texts) const {
    std::string joined;
    for (const std::string& text : texts) joined += (joined.empty() ? "" : " ") + word(text);
    return joined;
}

std::string ElementValues::open(int descriptor, std::string_view text, std::string_view delimiter) const {
    std::string shown{text};
    if (!shown.empty() && shown.back() != '\n') shown += '\n';
    std::string replacements;
    for (const Parameter& one : parameters_) {
        if (shown.find(one.mark) == std::string::npos) continue;
        std::string name = one.shown;
        while (shown.find(name) != std::string::npos || is_in_a_value(name)) name = "{" + name + "}";
        shown = replaced(std::move(shown), one.mark, name);
        replacements += fmt::format("    text=${{text//{}/\"${}\"}}\n", shell_quote(name), one.variable);
    }
    std::string end{delimiter};
    for (int n = 2; shown.find(end) != std::string::npos; ++n) end = fmt::format("{}_{}", delimiter, n);
    if (replacements.empty())
        return concat({"exec ", std::to_string(descriptor), "<<'", end, "'\n", shown, end, "\n"});
    return fmt::format(
        "open_text() {{ # with the values in their places\n"
        "    local text\n"
        "    IFS= read -rd '' text\n"
        "{}"
        "    exec {}<<<\"${{text%$'\\n'}}\"\n"
        "}}\n"
        "open_text <<'{}'\n{}{}\n",
        replacements, descriptor, end, shown, end);
}

}  // namespace sbraid
