#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "sbraid/import.hpp"
#include "sbraid/option_table.hpp"

// A workflow file in the making: what the importers know, before it is a text.

namespace sbraid {

/// The keys of one table. A key that this version knows but does not take yet is written commented out; a
/// value that the key's grammar refuses is not taken.
class DraftKeys {
  public:
    explicit DraftKeys(KeyScope scope = KeyScope::task) : scope_(scope) {}
    /// A string, as it is: braces are doubled where {{…}} would mean a variable. False: refused.
    [[nodiscard]] bool text(std::string_view key, std::string_view text);
    /// A value that is TOML already and right by construction: a number, a boolean, a table.
    void toml(std::string_view key, std::string toml);
    /// The last value of a key wins.
    struct Item {
        std::string key;
        std::string toml;
        bool is_disabled = false;
    };
    [[nodiscard]] const std::vector<Item>& items() const { return items_; }
    [[nodiscard]] bool has(std::string_view key) const;

  private:
    KeyScope scope_;
    std::vector<Item> items_;
};

/// A string of a workflow file that means `text`: braces doubled, in quotes.
[[nodiscard]] std::string flow_string(std::string_view text);
/// This version takes the key, so that it need not be commented out.
[[nodiscard]] bool is_taken(KeyScope scope, std::string_view key);

struct DraftTask {
    std::string source;  ///< its name in the imported file
    bool is_final = false;
    std::vector<std::string> comments{};
    DraftKeys keys{};
    std::vector<std::uint32_t> parents{};  ///< afterok
    std::vector<std::uint32_t> ended{};    ///< afterany
};

/// What has no twin in Slurm, or needs a look. Each is told once, as a warning and as a comment in the file.
class DraftNotes {
  public:
    explicit DraftNotes(const Sources& sources) : sources_(sources) {}
    void add(const Place& place, std::string message, std::string hint = {});
    /// Sorted by place. `FILE:LINE: message (hint)`, one each.
    [[nodiscard]] std::vector<std::string> comments() const;
    [[nodiscard]] Diagnostics take();

  private:
    const Sources& sources_;
    std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::string>> known_;
    Diagnostics notes_;
};

struct FlowDraft {
    std::string name;  ///< any text; made into a name
    std::vector<std::string> head{};
    DraftKeys defaults{KeyScope::defaults};
    std::vector<std::pair<std::string, std::string>> category_limits{};  ///< name, number
    std::vector<DraftTask> tasks{};
};

/// The text, with tasks renamed where their names are none of a workflow file.
[[nodiscard]] Imported write_flow(const FlowDraft& draft, DraftNotes& notes);

/// A valid name near `text`: `+`, `/` and `:` become `.`, other characters `_`, also `.` and `-` where they
/// are the first; a long one loses its middle.
[[nodiscard]] std::string near_name(std::string_view text);

/// Valid names for `sources`, one each and all different. A text that is a name already keeps it.
[[nodiscard]] std::vector<std::string> unique_names(const std::vector<std::string>& sources);

}  // namespace sbraid
