#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "dag_graph.hpp"
#include "submit_description.hpp"

namespace sbraid {

/// What stands in expanded values for what only the job knows: each RuntimeValue.
inline constexpr std::string_view k_runtime_values = "\x01\x02\x03";

/// What a submit description says for one node: its values with macros and VARS replaced. What cannot be
/// known here becomes a note.
class SubmitValues {
  public:
    /// The arguments must outlive it.
    SubmitValues(const SubmitDescription& description, const DagNode& node, DraftNotes& notes);

    [[nodiscard]] const SubmitDescription& description() const { return description_; }
    [[nodiscard]] SubmitMacros& macros() { return macros_; }
    [[nodiscard]] const SubmitMacros& macros() const { return macros_; }
    /// The last line with the key, which counts; nullptr: there is none.
    [[nodiscard]] const SubmitItem* find(std::string_view key) const;
    /// `KEY: why`, at the place of the item.
    void note(const SubmitItem& item, std::string_view why, std::string hint = {});

    /// The item's value. nullopt: it is empty, or HTCondor alone knows it, which is noted.
    [[nodiscard]] std::optional<std::string> expanded(const SubmitItem& item);
    /// The same for a value that must be known before the job runs.
    [[nodiscard]] std::optional<std::string> fixed(const SubmitItem& item);
    /// Notes the macros that the last value asked for and that nothing sets.
    void tell_of_unset(const SubmitItem& item);

  private:
    const SubmitDescription& description_;
    DraftNotes& notes_;
    std::unordered_map<std::string_view, const SubmitItem*> last_;  // by key
    SubmitMacros macros_;
};

}  // namespace sbraid
