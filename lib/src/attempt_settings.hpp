#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "reader.hpp"
#include "sbraid/attempts.hpp"
#include "sbraid/script_options.hpp"

namespace sbraid {

struct Task;

/// What [defaults] or a task says about being tried again, each key for itself.
struct AttemptSettings {
    struct Again {
        Retry retry;                                 ///< max 0: `retry = 0`, which takes a default away
        Place place;                                 ///< of the key
        std::optional<Place> inplace, oom, timeout;  ///< of the words that do not go with others
    };
    struct GoesOn {
        std::optional<Continuation> continuation;  ///< absent: `false`, which takes a default away
        Place place;                               ///< of the key
        Place lead_place;
    };
    std::optional<Again> retry;
    std::optional<GoesOn> goes_on;
};

/// Reads `entry` when its key is `retry` or `continue`; else false.
bool read_attempt_setting(Reader& reader, const Entry& entry, AttemptSettings& settings);

/// The last option of that name on the `#SBATCH` lines of a task's own script; nullptr when there is none.
using OptionOfScript = std::function<const ScriptOption*(std::string_view name)>;

/// Sets `attempts` of a task whose options and launcher are there already. What cannot work together is
/// reported.
void merge_attempts(Reader& reader, const AttemptSettings& defaults, const AttemptSettings& own,
                    const OptionOfScript& of_script, Task& task);

}  // namespace sbraid
