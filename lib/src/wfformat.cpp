// WfFormat's JSON, with places.
//
// A general parser first says whether the text is JSON at all, and where it is not. Then the text is cut into
// its members, which keep their place in it. 1.3 and 1.4 have all of a task in `workflow.tasks`; 1.5 has what
// the task is in `workflow.specification.tasks`, and how it ran in `workflow.execution.tasks`, by id.
#include "wfformat.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string_view>
#include <unordered_map>

#include "json_members.hpp"
#include "utf8.hpp"

namespace sbraid {
namespace {

using Members = std::vector<JsonMember>;

class WfReader {
  public:
    WfReader(const Sources& sources, std::uint32_t file, Diagnostics& errors)
        : text_(sources.text(file)), file_(file), errors_(errors) {
        for (std::size_t at = 0; at != std::string_view::npos && at < text_.size();) {
            lines_.push_back(at);
            const std::size_t end = text_.find('\n', at);
            at = end == std::string_view::npos ? end : end + 1;
        }
        if (lines_.empty()) lines_.push_back(0);
    }

    std::optional<WfDocument> read() {
        if (!is_json()) return std::nullopt;
        std::string_view whole = text_;
        if (whole.starts_with("\xEF\xBB\xBF")) whole.remove_prefix(3);
        Members root;
        if (!split_members(whole, root)) {
            error({file_, 1, 1, 0}, "WfFormat is a JSON object");
            return std::nullopt;
        }
        document_.name = text_of(root, "name").text;
        const WfText version = text_of(root, "schemaVersion");
        document_.version = version.text;
        document_.version_place = version.place.line == 0 ? Place{file_, 1, 1, 0} : version.place;
        Members workflow;
        const JsonMember* const member = find(root, "workflow");
        if (member == nullptr || !split_members(member->value, workflow)) {
            error(member == nullptr ? Place{file_, 1, 1, 0} : place_of(member->value),
                  "there is no object 'workflow'", "WfFormat has its tasks in it");
            return std::nullopt;
        }
        read_workflow(workflow, place_of(member->key));
        if (!errors_.empty()) return std::nullopt;
        return std::move(document_);
    }

  private:
    bool is_json() {
        struct Syntax : nlohmann::json::json_sax_t {
            std::size_t at = 0;
            std::string what;
            bool null() override { return true; }
            bool boolean(bool) override { return true; }
            bool number_integer(number_integer_t) override { return true; }
            bool number_unsigned(number_unsigned_t) override { return true; }
            bool number_float(number_float_t, const string_t&) override { return true; }
            bool string(string_t&) override { return true; }
            bool binary(binary_t&) override { return true; }
            bool start_object(std::size_t) override { return true; }
            bool key(string_t&) override { return true; }
            bool end_object() override { return true; }
            bool start_array(std::size_t) override { return true; }
            bool end_array() override { return true; }
            bool parse_error(std::size_t position, const std::string&,
                             const nlohmann::detail::exception& error) override {
                at = position;
                what = error.what();
                return false;
            }
        } syntax;
        if (nlohmann::json::sax_parse(text_.begin(), text_.end(), &syntax)) return true;
        // "[json.exception.parse_error.101] parse error at line 1, column 3: syntax error while …; expected
        // …"
        std::string_view what = syntax.what;
        const std::size_t colon = what.find(": ");
        if (colon != std::string_view::npos) what.remove_prefix(colon + 2);
        error(place_at(syntax.at == 0 ? 0 : syntax.at - 1, 1), fmt::format("this is not JSON: {}", what));
        return false;
    }

    void error(const Place& place, std::string message, std::string hint = {}) {
        errors_.push_back({Severity::error, place, std::move(message), std::move(hint)});
    }

    [[nodiscard]] Place place_at(std::size_t offset, std::size_t length) const {
        offset = std::min(offset, text_.size());
        const auto next = std::upper_bound(lines_.begin(), lines_.end(), offset);
        const auto line = static_cast<std::size_t>(next - lines_.begin());
        const std::size_t start = lines_[line - 1];
        return {file_, static_cast<std::uint32_t>(line),
                static_cast<std::uint32_t>(utf8::count(text_.substr(start, offset - start)) + 1),
                static_cast<std::uint32_t>(utf8::count(text_.substr(offset, length)))};
    }

    // Of a piece of the text. Of a value of several lines only where it begins.
    [[nodiscard]] Place place_of(std::string_view piece) const {
        const auto offset = static_cast<std::size_t>(piece.data() - text_.data());
        return place_at(offset, piece.find('\n') == std::string_view::npos ? piece.size() : 1);
    }

    static const JsonMember* find(const Members& members, std::string_view key) {
        const auto found = std::find_if(members.begin(), members.end(),
                                        [key](const JsonMember& member) { return member.key == key; });
        return found == members.end() ? nullptr : &*found;
    }

    // Neither a shell nor Slurm can take a NUL.
    static std::optional<std::string> string_of(std::string_view value) {
        auto text = json_string(value);
        if (text && text->find('\0') != std::string::npos) return std::nullopt;
        return text;
    }

    WfText text_of(const Members& members, std::string_view key) {
        const JsonMember* const member = find(members, key);
        if (member == nullptr) return {};
        return text_of(*member);
    }

    WfText text_of(const JsonMember& member) {
        if (auto text = string_of(member.value)) return {std::move(*text), place_of(member.value)};
        error(place_of(member.value), fmt::format("'{}' is a string without NUL characters", member.key));
        return {};
    }

    std::optional<double> number_of(const JsonMember& member) {
        if (member.value == "null") return std::nullopt;
        double value = 0;
        const char* const end = member.value.data() + member.value.size();
        const auto [stop, wrong] = std::from_chars(member.value.data(), end, value);
        if (wrong == std::errc{} && stop == end && value >= 0) return value;
        error(place_of(member.value), fmt::format("'{}' is a number, not negative", member.key));
        return std::nullopt;
    }

    std::vector<WfText> texts_of(const JsonMember& member) {
        std::vector<WfText> texts;
        if (member.value == "null") return texts;
        const auto items = split_items(member.value);
        if (!items) {
            error(place_of(member.value), fmt::format("'{}' is an array", member.key));
            return texts;
        }
        for (const std::string_view item : *items) {
            if (auto text = string_of(item))
                texts.push_back({std::move(*text), place_of(item)});
            else
                error(place_of(item),
                      fmt::format("'{}' is an array of strings without NUL characters", member.key));
        }
        return texts;
    }

    // The objects of an array; an error when it is none.
    std::vector<std::string_view> objects_of(const JsonMember& member) {
        const auto items = split_items(member.value);
        if (items) return *items;
        error(place_of(member.value), fmt::format("'{}' is an array of objects", member.key));
        return {};
    }

    void read_workflow(const Members& workflow, const Place& place) {
        Members specification;
        const JsonMember* const inner = find(workflow, "specification");
        if (inner != nullptr && !split_members(inner->value, specification)) {
            error(place_of(inner->value), "'specification' is an object");
            return;
        }
        const JsonMember* tasks = find(inner != nullptr ? specification : workflow, "tasks");
        if (tasks == nullptr) tasks = find(workflow, "jobs");  // before 1.2
        if (tasks == nullptr) {
            error(place, "there is no array 'tasks'");
            return;
        }
        for (const std::string_view object : objects_of(*tasks)) read_task(object);
        if (document_.tasks.empty() && errors_.empty()) error(place_of(tasks->key), "there are no tasks");
        if (const JsonMember* const execution = find(workflow, "execution")) read_execution(*execution);
    }

    void read_task(std::string_view object) {
        Members members;
        if (!split_members(object, members)) {
            error(place_of(object), "a task is an object");
            return;
        }
        WfTask task;
        task.name = text_of(members, "name");
        task.id = text_of(members, "id");
        if (task.name.text.empty()) task.name = task.id;
        if (task.id.text.empty()) task.id = task.name;
        if (task.name.text.empty()) {
            error(place_of(object), "a task has neither a name nor an id");
            return;
        }
        for (const JsonMember& member : members) read_member(member, task);
        document_.tasks.push_back(std::move(task));
    }

    // What a task is, and how it ran: the keys of all versions.
    void read_member(const JsonMember& member, WfTask& task) {
        const std::string_view key = member.key;
        if (key == "name" || key == "id" || key == "type") {
            return;
        } else if (key == "parents") {
            task.parents = texts_of(member);
        } else if (key == "children") {
            task.children = texts_of(member);
        } else if (key == "inputFiles") {
            for (WfText& file : texts_of(member)) task.inputs.push_back(std::move(file.text));
        } else if (key == "outputFiles") {
            for (WfText& file : texts_of(member)) task.outputs.push_back(std::move(file.text));
        } else if (key == "files") {
            read_files(member, task);
        } else if (key == "runtime" || key == "runtimeInSeconds") {
            task.runtime_s = number_of(member);
        } else if (key == "cores" || key == "coreCount") {
            task.cores = number_of(member);
        } else if (key == "memoryInBytes") {
            task.memory_bytes = number_of(member);
        } else if (key == "memory") {  // 1.3: in KB
            if (const auto kilobytes = number_of(member)) task.memory_bytes = *kilobytes * 1024;
        } else if (key == "command") {
            read_command(member, task);
        } else {
            document_.left_out.emplace(key);
        }
    }

    // Before 1.5: { "link": "input", "name": … }
    void read_files(const JsonMember& member, WfTask& task) {
        for (const std::string_view object : objects_of(member)) {
            Members file;
            if (!split_members(object, file)) {
                error(place_of(object), "a file is an object");
                continue;
            }
            const std::string link = text_of(file, "link").text;
            std::string name = text_of(file, "name").text;
            if (link == "input")
                task.inputs.push_back(std::move(name));
            else if (link == "output")
                task.outputs.push_back(std::move(name));
        }
    }

    void read_command(const JsonMember& member, WfTask& task) {
        Members command;
        if (!split_members(member.value, command)) {
            error(place_of(member.value), "'command' is an object with 'program' and 'arguments'");
            return;
        }
        if (find(command, "program") != nullptr) task.program = text_of(command, "program").text;
        if (const JsonMember* const arguments = find(command, "arguments"))
            for (WfText& argument : texts_of(*arguments)) task.arguments.push_back(std::move(argument.text));
    }

    // 1.5: how the tasks ran, by id.
    void read_execution(const JsonMember& member) {
        Members execution;
        if (!split_members(member.value, execution)) {
            error(place_of(member.value), "'execution' is an object");
            return;
        }
        const JsonMember* const tasks = find(execution, "tasks");
        if (tasks == nullptr) return;
        std::unordered_map<std::string, std::size_t> by_id;
        for (std::size_t i = 0; i < document_.tasks.size(); ++i) by_id.emplace(document_.tasks[i].id.text, i);
        for (const std::string_view object : objects_of(*tasks)) {
            Members members;
            if (!split_members(object, members)) {
                error(place_of(object), "a task is an object");
                continue;
            }
            const WfText id = text_of(members, "id");
            const auto task = by_id.find(id.text);
            if (task == by_id.end()) {
                error(id.place.line == 0 ? place_of(object) : id.place,
                      fmt::format("'{}' ran and is no task of the specification", id.text));
                continue;
            }
            for (const JsonMember& one : members) read_member(one, document_.tasks[task->second]);
        }
    }

    std::string_view text_;
    std::uint32_t file_;
    Diagnostics& errors_;
    std::vector<std::size_t> lines_;  // offsets
    WfDocument document_;
};

}  // namespace

std::optional<WfDocument> read_wfformat(const Sources& sources, std::uint32_t file, Diagnostics& errors) {
    return WfReader{sources, file, errors}.read();
}

}  // namespace sbraid
