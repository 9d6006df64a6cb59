// The keys of a submit description, one by one, by a table: a function for each key that has a twin in Slurm,
// a reason for those that have none.
#include "submit_keys.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

#include "characters.hpp"
#include "env_table.hpp"
#include "wording.hpp"

namespace sbraid {
namespace {

class SubmitKeys {
  public:
    SubmitKeys(SubmitValues& values, const DagNode& node, bool is_array, DraftTask& task, DraftNotes& notes)
        : values_(values), node_(node), is_array_(is_array), task_(task), notes_(notes) {}

    void take();
    [[nodiscard]] const std::string& initial_dir() const { return initial_dir_; }

    struct Rule;
    static const Rule* find_rule(std::string_view key);

  private:
    void note(const SubmitItem& item, std::string_view why) { values_.note(item, why); }

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
        const auto value = values_.fixed(item);
        if (!value || *value == "0") return;
        set_number(item, key, *value);
    }

    // `2048`, `2GB`, `2 G`: megabytes when no unit stands behind the number.
    void take_memory(const SubmitItem& item, std::string_view key) {
        const auto value = values_.fixed(item);
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
        if (const auto value = values_.fixed(item)) set(item, key, *value);
    }

    // The name of a log, with Slurm's %j and %a for what only the job knows.
    void take_path(const SubmitItem& item, std::string_view key) {
        const auto value = values_.expanded(item);
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
        const auto value = values_.fixed(item);
        if (!value) return;
        const auto variables = submit_environment(*value);
        if (!variables) {
            note(item, fmt::format("'{}' is not NAME=VALUE; left out", shown(*value)));
            return;
        }
        const std::string table = env_table(*variables, item.place, notes_);
        if (!table.empty()) task_.keys.toml(key, table);
    }

    void take_folder(const SubmitItem& item, std::string_view /*key*/) {
        if (const auto value = values_.fixed(item)) initial_dir_ = *value;
    }

    void take_notification(const SubmitItem& item, std::string_view key) {
        constexpr std::array<std::pair<std::string_view, std::string_view>, 4> k_types{
            {{"never", "NONE"}, {"complete", "END"}, {"error", "FAIL"}, {"always", "ALL"}}};
        const auto value = values_.fixed(item);
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
        const auto value = values_.fixed(item);
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
        const auto value = values_.fixed(item);
        if (value && equal_ignoring_case(*value, "true")) task_.keys.toml(key, "true");
    }

    void take_universe(const SubmitItem& item, std::string_view /*key*/) {
        const auto value = values_.fixed(item);
        if (!value || equal_ignoring_case(*value, "vanilla")) return;
        const bool container =
            equal_ignoring_case(*value, "docker") || equal_ignoring_case(*value, "container");
        if (!container)
            note(item, fmt::format("universe '{}' has no twin: the task runs as a plain job", shown(*value)));
    }

    SubmitValues& values_;
    const DagNode& node_;
    bool is_array_;
    DraftTask& task_;
    DraftNotes& notes_;
    std::string initial_dir_;
};

// What becomes of a key of a submit description.
struct SubmitKeys::Rule {
    std::string_view key;
    void (SubmitKeys::*take)(const SubmitItem&, std::string_view) = nullptr;
    std::string_view
        ours{};  ///< the key of the task; without `take`: why it is left out; empty: without a word
};

const SubmitKeys::Rule* SubmitKeys::find_rule(std::string_view key) {
    constexpr std::string_view k_shared = "files are taken from the shared file system, none is transferred";
    constexpr std::string_view k_environment =
        "Slurm hands the environment of 'sbraid submit' on, whatever it says";
    constexpr std::string_view k_records = "sbraid keeps its own records of a run";
    static constexpr std::array k_rules{
        Rule{"request_cpus", &SubmitKeys::take_count, "cpus_per_task"},
        Rule{"request_memory", &SubmitKeys::take_memory, "mem"},
        Rule{"request_gpus", &SubmitKeys::take_count, "gpus"},
        Rule{"machine_count", &SubmitKeys::take_count, "nodes"},
        Rule{"output", &SubmitKeys::take_path, "output"},
        Rule{"out", &SubmitKeys::take_path, "output"},
        Rule{"stdout", &SubmitKeys::take_path, "output"},
        Rule{"error", &SubmitKeys::take_path, "error"},
        Rule{"err", &SubmitKeys::take_path, "error"},
        Rule{"stderr", &SubmitKeys::take_path, "error"},
        Rule{"input", &SubmitKeys::take_path, "input"},
        Rule{"stdin", &SubmitKeys::take_path, "input"},
        Rule{"environment", &SubmitKeys::take_environment, "env"},
        Rule{"env", &SubmitKeys::take_environment, "env"},
        Rule{"initialdir", &SubmitKeys::take_folder, ""},
        Rule{"initial_dir", &SubmitKeys::take_folder, ""},
        Rule{"iwd", &SubmitKeys::take_folder, ""},
        Rule{"accounting_group", &SubmitKeys::take_text, "account"},
        Rule{"notify_user", &SubmitKeys::take_text, "mail_user"},
        Rule{"notification", &SubmitKeys::take_notification, "mail_type"},
        Rule{"allowed_execute_duration", &SubmitKeys::take_duration, "time"},
        Rule{"allowed_job_duration", &SubmitKeys::take_duration, "time"},
        Rule{"container_image", &SubmitKeys::take_text, "container_image"},
        Rule{"docker_image", &SubmitKeys::take_text, "container_image"},
        Rule{"hold", &SubmitKeys::take_hold, "hold"},
        Rule{"max_retries", &SubmitKeys::take_retries, "retry"},
        Rule{"universe", &SubmitKeys::take_universe, ""},
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

void SubmitKeys::take() {
    std::vector<SubmitItem> items;
    for (const SubmitItem& item : values_.description().items)
        if (values_.find(item.key) == &item) items.push_back(item);  // else another line further down counts
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
        else if (rule == nullptr && !values_.description().asked_for.contains(item.key))
            note(item, "it has no twin in Slurm; left out");
    }
}

}  // namespace

std::string take_submit_keys(SubmitValues& values, const DagNode& node, bool is_array, DraftTask& task,
                             DraftNotes& notes) {
    SubmitKeys keys{values, node, is_array, task, notes};
    keys.take();
    return keys.initial_dir();
}

bool is_known_submit_key(std::string_view key) {
    return SubmitKeys::find_rule(key) != nullptr;
}

}  // namespace sbraid
