// A node becomes a task.
//
// What the submit description says is taken key by key from a table: a function for each key that has a twin,
// a reason for those that have none. The command line comes last, because scripts, DONE and NOOP decide what
// becomes of it.
#include "dag_task.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <array>

#include "characters.hpp"
#include "sbraid/shell_quote.hpp"
#include "wording.hpp"

namespace sbraid {
namespace {

constexpr std::string_view k_runtime_values = "\x01\x02\x03";

class TaskMaker {
  public:
    TaskMaker(const DagNode& node, const SubmitDescription* description, std::string_view workdir,
              DraftTask& task, DraftNotes& notes)
        : node_(node),
          description_(description),
          base_(workdir),
          task_(task),
          notes_(notes),
          macros_(description == nullptr ? SubmitDescription{} : *description, node.vars, node.vars_last,
                  node.name) {}

    void make() {
        dir_ = node_.dir;
        std::string job;
        if (node_.noop) {
            task_.comments.emplace_back("NOOP: the job itself does nothing");
        } else if (description_ == nullptr) {
            job = missing_job();
        } else {
            read_queue();
            read_items();
            job = job_line();
            tell_of_unused_vars();
        }
        set_run(job);
        set_workdir();
    }

  private:
    struct Rule;
    static const Rule* find_rule(std::string_view key);

    void note(const SubmitItem& item, std::string why, std::string hint = {}) {
        notes_.add(item.place, fmt::format("{}: {}", item.key, why), std::move(hint));
    }

    // The value of a key with its macros replaced; nullopt: said why not, or empty.
    std::optional<std::string> expanded(const SubmitItem& item) {
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

    void tell_of_unset(const SubmitItem& item) {
        for (const std::string& name : macros_.unset())
            note(item, fmt::format("nothing sets $({}); it is empty", name));
    }

    // A value that must be known now.
    std::optional<std::string> fixed(const SubmitItem& item) {
        auto value = expanded(item);
        if (value && value->find_first_of(k_runtime_values) != std::string::npos) {
            note(item, "it is known only when the job runs; left out");
            return std::nullopt;
        }
        return value;
    }

    void set(const SubmitItem& item, std::string_view key, const std::string& value) {
        if (!task_.keys.text(key, value))
            note(item, fmt::format("'{}' is no value for {}; left out", shown(value), key));
    }

    void set_number(const SubmitItem& item, std::string_view key, const std::string& value) {
        const auto count = number(value);
        if (!count || *count == 0)
            note(item, fmt::format("'{}' is no number for {}; left out", shown(value), key));
        else
            task_.keys.toml(key, fmt::format("{}", *count));
    }

    // --- one function for each kind of key

    void take_count(const SubmitItem& item, std::string_view key) {
        const auto value = fixed(item);
        if (!value || *value == "0") return;
        set_number(item, key, *value);
    }

    // `2048`, `2GB`, `2 G`: megabytes when no unit stands behind the number.
    void take_memory(const SubmitItem& item, std::string_view key) {
        const auto value = fixed(item);
        if (!value) return;
        std::string compact;
        for (const char c : *value)
            if (!is_blank(c)) compact += lower(c);
        if (compact.ends_with('b')) compact.pop_back();
        const char unit = compact.empty() ? 'm' : compact.back();
        const bool has_unit = std::string_view{"kmgt"}.find(unit) != std::string_view::npos;
        const auto amount = number(has_unit ? compact.substr(0, compact.size() - 1) : compact);
        if (!amount || *amount == 0)
            note(item, fmt::format("'{}' is no amount of memory; left out", shown(*value)));
        else
            set(item, key,
                fmt::format("{}{}", *amount, has_unit ? static_cast<char>(unit - 'a' + 'A') : 'M'));
    }

    void take_text(const SubmitItem& item, std::string_view key) {
        if (const auto value = fixed(item)) set(item, key, *value);
    }

    // The name of a log, with Slurm's %j and %a for what only the job knows.
    void take_path(const SubmitItem& item, std::string_view key) {
        const auto value = expanded(item);
        if (!value) return;
        std::string path;
        for (const char c : *value) {
            switch (c) {
                case '%':
                    path += "%%";
                    break;
                case static_cast<char>(RuntimeValue::job_id):
                    path += is_array_ ? "%A" : "%j";
                    break;
                case static_cast<char>(RuntimeValue::process):
                    path += is_array_ ? "%a" : "0";
                    break;
                case static_cast<char>(RuntimeValue::retry):
                    note(item, "$(RETRY) has no twin in the name of a file; 0 stands there");
                    path += '0';
                    break;
                default:
                    path += c;
            }
        }
        set(item, key, path);
    }

    void take_environment(const SubmitItem& item, std::string_view key) {
        const auto value = fixed(item);
        if (!value) return;
        const auto variables = submit_environment(*value);
        if (!variables) {
            note(item, fmt::format("'{}' is not NAME=VALUE; left out", shown(*value)));
            return;
        }
        std::vector<std::string> items;
        for (const auto& [name, text] : *variables) add_variable(name, text, item.place, items);
        if (!items.empty()) task_.keys.toml(key, fmt::format("{{ {} }}", fmt::join(items, ", ")));
    }

    // `NAME = "value"` for env, when the name is one.
    void add_variable(const std::string& name, const std::string& text, const Place& place,
                      std::vector<std::string>& items) {
        const bool is_name = !name.empty() && !is_digit(name.front()) &&
                             std::all_of(name.begin(), name.end(),
                                         [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
        const bool is_repeated = std::any_of(items.begin(), items.end(), [&](const std::string& item) {
            return item.starts_with(name + " =");
        });
        if (!is_name || name.starts_with("SBRAID_"))
            notes_.add(place, fmt::format("'{}' is no name for a variable; left out", shown(name)));
        else if (!is_repeated)
            items.push_back(fmt::format("{} = {}", name, flow_string(text)));
    }

    void take_folder(const SubmitItem& item, std::string_view /*key*/) {
        if (const auto value = fixed(item)) initial_dir_ = *value;
    }

    void take_notification(const SubmitItem& item, std::string_view key) {
        constexpr std::array<std::pair<std::string_view, std::string_view>, 4> k_types{
            {{"never", "NONE"}, {"complete", "END"}, {"error", "FAIL"}, {"always", "ALL"}}};
        const auto value = fixed(item);
        if (!value) return;
        for (const auto& [theirs, ours] : k_types) {
            if (!equal_ignoring_case(theirs, *value)) continue;
            set(item, key, std::string{ours});
            return;
        }
        note(item, fmt::format("'{}' is not understood; left out", shown(*value)));
    }

    // Seconds.
    void take_duration(const SubmitItem& item, std::string_view key) {
        const auto value = fixed(item);
        if (!value) return;
        const auto seconds = number(*value);
        constexpr std::uint64_t k_century = 3'155'760'000;
        if (!seconds || *seconds == 0 || *seconds > k_century)
            note(item, fmt::format("'{}' is no number of seconds; left out", shown(*value)));
        else
            set(item, key,
                fmt::format("{:02}:{:02}:{:02}", *seconds / 3600, *seconds / 60 % 60, *seconds % 60));
    }

    // RETRY of the node runs the whole of it again, this the job alone: a task has one count.
    void take_retries(const SubmitItem& item, std::string_view key) {
        if (node_.retries > 0)
            note(item, "left out: RETRY of the node counts");
        else
            take_count(item, key);
    }

    void take_hold(const SubmitItem& item, std::string_view key) {
        const auto value = fixed(item);
        if (value && equal_ignoring_case(*value, "true")) task_.keys.toml(key, "true");
    }

    void take_universe(const SubmitItem& item, std::string_view /*key*/) {
        const auto value = fixed(item);
        if (!value || equal_ignoring_case(*value, "vanilla")) return;
        const bool container =
            equal_ignoring_case(*value, "docker") || equal_ignoring_case(*value, "container");
        if (!container)
            note(item, fmt::format("universe '{}' has no twin: the task runs as a plain job", shown(*value)));
    }

    // ---

    void read_queue() {
        if (!description_->queue) return;
        const SubmitItem& queue = *description_->queue;
        const auto text = macros_.expand(queue.value);
        if (!text) {
            refusal_ = Diagnostic{Severity::warning, queue.place,
                                  fmt::format("queue {}: not understood", shown(queue.value))};
            return;
        }
        if (text->empty()) return;
        const auto count = number(*text);
        if (!count || *count == 0) {
            refusal_ = Diagnostic{Severity::warning, queue.place,
                                  fmt::format("queue {}: a job for each item is not imported", shown(*text)),
                                  "write it as array or matrix"};
        } else if (*count > 1) {
            is_array_ = true;
            if (!task_.keys.text("array", fmt::format("0-{}", *count - 1)))
                note(queue, fmt::format("'{}' is no number of jobs", shown(*text)));
        }
    }

    void read_items();

    // The last line with a key counts; it is taken at the place of the first.
    [[nodiscard]] const SubmitItem* find(std::string_view key) const {
        const auto found = std::find_if(description_->items.rbegin(), description_->items.rend(),
                                        [key](const SubmitItem& item) { return item.key == key; });
        return found == description_->items.rend() ? nullptr : &*found;
    }

    // A word for the shell: quoted, with the variables that stand for what only the job knows.
    [[nodiscard]] std::string shell_word(std::string_view word) const {
        if (word.find_first_of(k_runtime_values) == std::string_view::npos) return shell_quote(word);
        std::string result;
        std::string plain;
        const auto flush = [&] {
            if (!plain.empty()) result += shell_quote(plain);
            plain.clear();
        };
        for (const char c : word) {
            if (k_runtime_values.find(c) == std::string_view::npos) {
                plain += c;
                continue;
            }
            flush();
            if (c == static_cast<char>(RuntimeValue::job_id))
                result += is_array_ ? R"("$SLURM_ARRAY_JOB_ID")" : R"("$SLURM_JOB_ID")";
            else if (c == static_cast<char>(RuntimeValue::process))
                result += is_array_ ? R"("$SLURM_ARRAY_TASK_ID")" : "0";
            else
                result += R"("${SLURM_RESTART_COUNT:-0}")";
        }
        flush();
        return result;
    }

    // A path that is run is never looked up in PATH.
    static std::string as_program(const std::string& path) {
        return path.find('/') == std::string::npos ? "./" + path : path;
    }

    std::string job_line() {
        if (description_->not_understood) refusal_ = description_->not_understood;
        const SubmitItem* const program = find("executable");
        if (!refusal_ && program == nullptr) {
            refusal_ =
                Diagnostic{Severity::warning, node_.file.place, "the submit description names no executable"};
        }
        std::optional<std::string> path;
        std::optional<std::vector<std::string>> words = std::vector<std::string>{};
        if (!refusal_) {
            path = expanded(*program);
            const SubmitItem* const arguments =
                find("arguments") != nullptr ? find("arguments") : find("args");
            if (!path) {
                refusal_ = Diagnostic{Severity::warning, program->place, "the executable is not known"};
            } else if (arguments != nullptr) {
                const auto text = macros_.expand(macros_.value(arguments->key).value_or(""));
                words = text ? submit_arguments(*text) : std::nullopt;
                tell_of_unset(*arguments);
                if (!words)
                    refusal_ = Diagnostic{Severity::warning, arguments->place,
                                          text ? "arguments: a quote is not closed"
                                               : fmt::format("arguments: '{}' is known to HTCondor only",
                                                             shown(macros_.unknown()))};
            }
        }
        if (refusal_) {
            notes_.add(refusal_->place,
                       fmt::format("{}: a task that fails stands in its place", refusal_->message),
                       refusal_->hint.empty() ? "write its run by hand" : refusal_->hint);
            return failing_run(fmt::format(
                "{}: its submit description was not understood when it was imported", node_.name));
        }
        std::string line = shell_word(as_program(*path));
        for (const std::string& word : *words) line += ' ' + shell_word(word);
        return line;
    }

    std::string missing_job() {
        const std::string_view what = node_.kind == DagNodeKind::subdag ? "DAG file" : "submit description";
        std::vector<std::string> variables;
        for (const auto* vars : {&node_.vars_last, &node_.vars})
            for (const auto& [name, value] : *vars) add_variable(name, value, node_.place, variables);
        if (!variables.empty()) task_.keys.toml("env", fmt::format("{{ {} }}", fmt::join(variables, ", ")));
        return failing_run(fmt::format("{}: the {} '{}' could not be read when it was imported", node_.name,
                                       what, shown(node_.file.text)));
    }

    void tell_of_unused_vars() {
        for (const auto* vars : {&node_.vars, &node_.vars_last})
            for (const auto& [name, value] : *vars)
                if (!macros_.is_used(name) && find_rule(submit_key(name)) == nullptr)
                    task_.comments.push_back(fmt::format("VARS {}=\"{}\": nothing uses it", name, value));
    }

    // --- scripts

    // A script of DAGMan as a line of shell. `post_status`: how the job's exit code is called there.
    std::string script_line(const DagScriptCommand& script, bool is_post) {
        std::string line;
        for (const std::string& word : script.words)
            line += line.empty() ? shell_quote(as_program(word)) : ' ' + script_word(word, script, is_post);
        if (!script.debug_file.empty()) {
            const std::string file = shell_quote(script.debug_file);
            line += script.debug_stream == "STDERR"   ? fmt::format(" 2>>{}", file)
                    : script.debug_stream == "STDOUT" ? fmt::format(" >>{}", file)
                                                      : fmt::format(" >>{} 2>&1", file);
        }
        return line;
    }

    std::string script_word(const std::string& word, const DagScriptCommand& script, bool is_post) {
        std::string name = word;
        std::transform(name.begin(), name.end(), name.begin(), lower);
        if (name == "$job") return shell_quote(node_.name);
        if (name == "$retry") return R"("${SLURM_RESTART_COUNT:-0}")";
        if (name == "$max_retries") return fmt::format("{}", node_.retries);
        if (is_post && name == "$jobid") return R"("$SLURM_JOB_ID")";
        if (is_post && name == "$return") return R"("$status")";
        if (is_post && name == "$pre_script_return") return node_.pre ? "0" : "-1";
        if (name == "$dag_status" || name == "$failed_count")
            notes_.add(script.node.place, fmt::format("SCRIPT {}: {} has no twin; it is passed as it stands",
                                                      script.node.text, word));
        return shell_quote(word);
    }

    // The scripts run in the job; the code of the last that ran is the code of the node.
    void set_run(const std::string& job) {
        if (node_.done) {
            task_.comments.emplace_back("DONE in the DAG: it does nothing, and succeeds");
            set_run_text(":");
            return;
        }
        const bool has_scripts = node_.pre || node_.post;
        std::string body = job.empty() ? ":" : job;
        if (!initial_dir_.empty() && has_scripts && !job.empty())
            body = fmt::format("( cd {} && {} )", shell_quote(initial_dir_), job);
        if (!has_scripts) {
            set_run_text(body);
            return;
        }
        if (is_array_)
            task_.comments.emplace_back("DAGMan runs the scripts once; here they run for each element");
        std::string text;
        if (node_.pre) {
            text += script_line(*node_.pre, false);
            if (node_.pre_skip)
                text += fmt::format(
                    " || {{ pre=$?; if [ \"$pre\" -eq {} ]; then exit 0; fi; exit \"$pre\"; }}  # PRE_SKIP",
                    *node_.pre_skip);
            text += '\n';
        }
        if (!node_.post) {
            set_run_text(text + body + '\n');
            return;
        }
        text +=
            fmt::format("status=0\n{} || status=$?\n{}\n", in_subshell(body), script_line(*node_.post, true));
        set_run_text(text);
    }

    // Several lines as one command whose code can be caught.
    static std::string in_subshell(const std::string& body) {
        return body.find('\n') == std::string::npos ? body : fmt::format("(\n{})", body);
    }

    void set_run_text(const std::string& text) { task_.keys.toml("run", flow_string(text)); }

    void set_workdir() {
        const bool scripts_need_dir = (node_.pre || node_.post) && !node_.done;
        std::string dir = path_below(base_, dir_);
        if (dir_.empty()) dir = base_;
        if (!initial_dir_.empty() && !scripts_need_dir) dir = path_below(dir, initial_dir_);
        if (dir.empty() || dir == base_) return;
        if (dir.starts_with('~') || dir.starts_with('$')) dir.insert(0, "./");
        static_cast<void>(task_.keys.text("workdir", dir));  // has no grammar
    }

    const DagNode& node_;
    const SubmitDescription* description_;
    std::string base_;
    DraftTask& task_;
    DraftNotes& notes_;
    SubmitMacros macros_;
    std::string dir_;
    std::string initial_dir_;
    bool is_array_ = false;
    std::optional<Diagnostic> refusal_;  // why the job cannot be told
};

// What becomes of a key of a submit description.
struct TaskMaker::Rule {
    std::string_view key;
    void (TaskMaker::*take)(const SubmitItem&, std::string_view) = nullptr;
    std::string_view
        ours{};  ///< the key of the task; without `take`: why it is left out; empty: without a word
};

const TaskMaker::Rule* TaskMaker::find_rule(std::string_view key) {
    constexpr std::string_view k_shared = "files are taken from the shared file system, none is transferred";
    constexpr std::string_view k_environment =
        "Slurm hands the environment of 'sbraid submit' on, whatever it says";
    constexpr std::string_view k_records = "sbraid keeps its own records of a run";
    static constexpr std::array k_rules{
        Rule{"request_cpus", &TaskMaker::take_count, "cpus_per_task"},
        Rule{"request_memory", &TaskMaker::take_memory, "mem"},
        Rule{"request_gpus", &TaskMaker::take_count, "gpus"},
        Rule{"machine_count", &TaskMaker::take_count, "nodes"},
        Rule{"output", &TaskMaker::take_path, "output"},
        Rule{"out", &TaskMaker::take_path, "output"},
        Rule{"stdout", &TaskMaker::take_path, "output"},
        Rule{"error", &TaskMaker::take_path, "error"},
        Rule{"err", &TaskMaker::take_path, "error"},
        Rule{"stderr", &TaskMaker::take_path, "error"},
        Rule{"input", &TaskMaker::take_path, "input"},
        Rule{"stdin", &TaskMaker::take_path, "input"},
        Rule{"environment", &TaskMaker::take_environment, "env"},
        Rule{"env", &TaskMaker::take_environment, "env"},
        Rule{"initialdir", &TaskMaker::take_folder, ""},
        Rule{"initial_dir", &TaskMaker::take_folder, ""},
        Rule{"iwd", &TaskMaker::take_folder, ""},
        Rule{"accounting_group", &TaskMaker::take_text, "account"},
        Rule{"notify_user", &TaskMaker::take_text, "mail_user"},
        Rule{"notification", &TaskMaker::take_notification, "mail_type"},
        Rule{"allowed_execute_duration", &TaskMaker::take_duration, "time"},
        Rule{"allowed_job_duration", &TaskMaker::take_duration, "time"},
        Rule{"container_image", &TaskMaker::take_text, "container_image"},
        Rule{"docker_image", &TaskMaker::take_text, "container_image"},
        Rule{"hold", &TaskMaker::take_hold, "hold"},
        Rule{"max_retries", &TaskMaker::take_retries, "retry"},
        Rule{"universe", &TaskMaker::take_universe, ""},
        Rule{"executable", nullptr, ""},
        Rule{"arguments", nullptr, ""},
        Rule{"args", nullptr, ""},
        Rule{"getenv", nullptr, k_environment},  // a key of HTCondor
        Rule{"log", nullptr, k_records},
        Rule{"dagman_log", nullptr, k_records},
        Rule{"request_disk", nullptr, "left out; `tmp` asks for local disk space"},
        Rule{"requirements", nullptr, "left out; `constraint` and `partition` choose nodes"},
        Rule{"rank", nullptr, "left out; `prefer` names features that are tried first"},
        Rule{"require_gpus", nullptr, "left out; `constraint`, or a type in `gpus`, chooses GPUs"},
        Rule{"priority", nullptr, "left out; `nice` lowers the priority of a task"},
        Rule{"concurrency_limits", nullptr, "left out; `licenses` limits how many run at a time"},
        Rule{"should_transfer_files", nullptr, k_shared},
        Rule{"when_to_transfer_output", nullptr, k_shared},
        Rule{"transfer_input_files", nullptr, k_shared},
        Rule{"transfer_output_files", nullptr, k_shared},
        Rule{"transfer_executable", nullptr, k_shared},
        Rule{"stream_output", nullptr, ""},
        Rule{"stream_error", nullptr, ""},
    };
    const auto found =
        std::find_if(k_rules.begin(), k_rules.end(), [key](const Rule& rule) { return rule.key == key; });
    return found == k_rules.end() ? nullptr : &*found;
}

void TaskMaker::read_items() {
    std::vector<SubmitItem> items;
    for (const SubmitItem& item : description_->items)
        if (find(item.key) == &item) items.push_back(item);  // else another line further down counts
    for (const auto* vars : {&node_.vars, &node_.vars_last}) {
        for (const auto& [name, value] : *vars) {
            const std::string key = submit_key(name);
            const bool is_there = std::any_of(items.begin(), items.end(),
                                              [&](const SubmitItem& item) { return item.key == key; });
            if (!is_there && find_rule(key) != nullptr) items.push_back({key, value, node_.place});
        }
    }
    for (const SubmitItem& item : items) {
        const Rule* const rule = find_rule(item.key);
        if (rule != nullptr && rule->take != nullptr)
            (this->*rule->take)(item, rule->ours);
        else if (rule != nullptr && !rule->ours.empty())
            note(item, std::string{rule->ours});
        else if (rule == nullptr && !is_macro(*description_, item.key))
            note(item, "it has no twin in Slurm; left out");
    }
}

}  // namespace

std::string failing_run(std::string_view message) {
    return fmt::format("echo {} >&2\nexit 1\n", shell_quote(message));
}

void describe_task(const DagNode& node, const SubmitDescription* description, std::string_view workdir,
                   DraftTask& task, DraftNotes& notes) {
    TaskMaker{node, description, workdir, task, notes}.make();
}

}  // namespace sbraid
