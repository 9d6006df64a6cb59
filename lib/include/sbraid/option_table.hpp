#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sbraid {

/// Why a text is not what a grammar asks for. Either part may be empty.
struct Complaint {
    std::string because;  ///< goes behind "… is not a time limit: "
    std::string hint;     ///< what to write instead; empty: the grammar's form is the hint
};

/// What a text must look like to be the value of an option.
struct Grammar {
    std::string_view noun;  ///< for messages: "a time limit"
    std::string_view form;  ///< for hints: what is taken
    std::optional<Complaint> (*check)(std::string_view) = nullptr;
    /// Used without `check`: the value is one of these, in any case. Neither: any text.
    std::span<const std::string_view> words{};
    bool list = false;  ///< several words, comma between
};

/// The complaint of `grammar` about `text`; nullopt when it is right.
[[nodiscard]] std::optional<Complaint> complaint(const Grammar& grammar, std::string_view text);

/// Which TOML values a key takes.
enum class KeyType : std::uint8_t {
    text,            ///< string
    number,          ///< integer from 1
    text_or_number,  ///< string or integer, the same to sbatch
    texts,           ///< string, or array of strings that are joined by commas
    moment,          ///< string, or TOML date and time
    flag,            ///< boolean: true gives the option, false takes it away from [defaults]
    flag_or_text,    ///< boolean, or string as the option's value
    arguments,       ///< array of strings
    paths,           ///< array of paths, or one of them
    tasks,           ///< array of names of tasks, or one of them
    table,
};

enum class KeyScope : std::uint8_t {
    file,      ///< top level
    task,      ///< [task.NAME]
    defaults,  ///< [task.NAME] and [defaults]
};

enum class KeyRole : std::uint8_t {
    structure,  ///< our own: what runs, around it, and the parts of the file
    edge,       ///< waits for other tasks
    job,        ///< an option of sbatch about the job
    refused,    ///< an option of sbatch that has no place in a workflow
};

/// A key of the workflow file. The one table behind checking, manual page, schema and completion.
struct Key {
    std::string_view name;  ///< Slurm's long option with `_` for `-`, where there is one
    KeyScope scope = KeyScope::task;
    KeyRole role = KeyRole::structure;
    KeyType type = KeyType::text;
    const Grammar* grammar = nullptr;  ///< of the text; nullptr: the key has a reader of its own
    std::string_view sbatch;           ///< the option it becomes, without dashes; empty: none
    std::string_view example;          ///< a value as TOML; empty where `role` is refused
    /// One line; where `role` is refused: the reason. What holds where a key of
    /// our own is not given stands at the end: `; default: …`.
    std::string_view doc;
};

/// All keys, in the order of the manual.
[[nodiscard]] std::span<const Key> key_table();

/// nullptr when there is no such key. Keys of [defaults] are found for tasks too.
[[nodiscard]] const Key* find_key(KeyScope scope, std::string_view name);
/// The key that stands for an option of sbatch by its long name (`cpus-per-task`), of any role; nullptr: none
/// does.
[[nodiscard]] const Key* find_sbatch_option(std::string_view option);

/// The most likely meaning of a key that does not exist, ready to be a hint; empty when there is none.
[[nodiscard]] std::string hint_for_unknown_key(KeyScope scope, std::string_view name);

/// Options of one job that Slurm refuses beside each other (sbatch(1)); a task's choice drops the default's.
struct Exclusion {
    std::string_view first;
    std::string_view second;
};
[[nodiscard]] std::span<const Exclusion> exclusions();
/// The keys that exclude `key`, in the order of exclusions().
[[nodiscard]] std::span<const std::string_view> excluded_by(std::string_view key);

}  // namespace sbraid
