#include "data_edges.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <map>

#include "array_ranges.hpp"
#include "condition.hpp"
#include "outputs.hpp"
#include "sbraid/named_tasks.hpp"
#include "shared_outputs.hpp"
#include "vars.hpp"
#include "wording.hpp"

namespace sbraid {
namespace {

class DataEdges {
  public:
    DataEdges(Reader& reader, std::vector<Task>& tasks) : reader_(reader), tasks_(tasks) {}

    void run() {
        for (std::uint32_t task = 0; task < tasks_.size(); ++task)
            for (const PlacedText& text : tasks_[task].outputs) add_output(TaskIndex{task}, text);
        if (outputs_.empty()) return;
        if (!outputs_.are_files()) refuse_shared_outputs();
        for (std::uint32_t task = 0; task < tasks_.size(); ++task) add_edges(TaskIndex{task});
    }

  private:
    void add_output(TaskIndex index, const PlacedText& text) {
        const Task& task = tasks_[index.value];
        Output output{index, &text, {task.workdir, text.text}};
        if (task.array && output.is_file())
            reader_.error(text.place, fmt::format("every element of '{}' writes '{}'", task.name, text.text),
                          task.matrix ? "name a key of the matrix in it; a folder of all of them ends with /"
                                      : "%a is the number of the element; a folder of all ends with /");
        const bool is_shared = task.matrix && output.pattern.literal().empty() && output.pattern.is_plain() &&
                               !output.pattern.text().ends_with('/') &&
                               !names_all_keys(output.pattern.text(), task);
        if (is_shared)
            reader_.error(text.place,
                          fmt::format("several elements of '{}' write the same '{}'", task.name,
                                      shown(with_names(text.text))),
                          "name all keys of the matrix in it, or %a; a folder of all of them ends with /");
        if (const auto writer = outputs_.add(std::move(output))) refuse_second_writer(index, text, *writer);
    }

    void refuse_shared_outputs() {
        for (const SharedOutput& shared : shared_outputs(tasks_))
            if (shared.is_certain) refuse_second_writer(shared.second, *shared.second_text, shared.first);
    }

    void refuse_second_writer(TaskIndex index, const PlacedText& text, TaskIndex first) {
        const std::string path = shown(with_names(text.text));
        reader_.error(text.place,
                      first == index
                          ? fmt::format("'{}' names the output '{}' twice", tasks_[index.value].name, path)
                          : fmt::format("'{}' is written by '{}', too", path, tasks_[first.value].name),
                      "a file has one writer");
    }

    void add_edges(TaskIndex index) {
        Task& task = tasks_[index.value];
        if (task.final) return;  // comes after all that could write, however that ended
        std::map<std::uint32_t, Edge> edges;
        for (const PlacedText& text : task.inputs) {
            const PathPattern input{task.workdir, text.text};
            const auto add = [&](const Output& output) {
                if (output.task == index || !writes_before(output, task, text)) return;
                Edge edge{
                    .kind = goes_by_element(output, task, input) ? EdgeKind::aftercorr : EdgeKind::afterok,
                    .parent = output.task,
                    .element = {},
                    .origin = EdgeOrigin::data,
                    .place = text.place};
                const auto [known, is_new] = edges.try_emplace(output.task.value, edge);
                if (!is_new && edge.kind == EdgeKind::afterok) known->second = edge;
            };
            outputs_.each(input, add);
        }
        std::vector<Edge> added;
        for (const auto& [parent, edge] : edges)
            if (!waits_already(task, edge)) added.push_back(edge);
        add_required_edges(task, added);
    }

    bool writes_before(const Output& output, const Task& reader, const PlacedText& input) {
        const Task& writer = tasks_[output.task.value];
        if (!writer.final || sub_workflow_of(writer.name) != sub_workflow_of(reader.name)) return true;
        reader_.error(input.place,
                      fmt::format("'{}' is written by '{}', which runs when all others have ended",
                                  shown(with_names(input.text)), writer.name),
                      fmt::format("write [final.{}]", reader.name));
        return false;
    }

    /// Each element reads what the same element of the other writes.
    [[nodiscard]] bool goes_by_element(const Output& output, const Task& reader,
                                       const PathPattern& input) const {
        const Task& writer = tasks_[output.task.value];
        if (!writer.array || !reader.array || !input.literal().empty() || !input.is_plain()) return false;
        if (input.text() != output.pattern.text()) return false;
        return same_indexes(*writer.array, *reader.array) && writer.matrix == reader.matrix &&
               names_all_keys(input.text(), reader);
    }

    /// With one key left out, an element reads what several write.
    static bool names_all_keys(const std::string& text, const Task& task) {
        if (!task.matrix || text.find("%a") != std::string::npos) return true;
        const auto& axes = task.matrix->axes();
        return std::all_of(axes.begin(), axes.end(), [&text](const Matrix::Axis& axis) {
            return text.find(parameter_mark(axis.key)) != std::string::npos;
        });
    }

    /// By an edge of the file that says as much.
    static bool waits_already(const Task& task, const Edge& edge) {
        if (task.condition) return false;
        return std::any_of(task.edges.begin(), task.edges.end(), [&edge](const Edge& other) {
            return other.parent == edge.parent && !other.element &&
                   (other.kind == EdgeKind::afterok || other.kind == edge.kind);
        });
    }

    Reader& reader_;
    std::vector<Task>& tasks_;
    Outputs outputs_;
};

}  // namespace

void add_data_edges(Reader& reader, std::vector<Task>& tasks) {
    DataEdges{reader, tasks}.run();
}

}  // namespace sbraid
