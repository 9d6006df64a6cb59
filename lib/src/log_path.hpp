#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sbraid {

/// The pattern of an output file as sbatch takes it, absolute: a relative one starts in the working
/// directory. `none` (no file) and `/dev/...` stay as they are.
[[nodiscard]] std::string absolute_pattern(std::string_view pattern, std::string_view workdir);

/// The directory that must exist before the job starts: the part of `pattern` up to its last component, but
/// never beyond a component whose name is known only when the job runs (`%j`, `%A`...). `%x` is the job's
/// name,
/// `%%` a per cent sign, and a pattern with a backslash is no pattern (sbatch(1), "filename pattern").
/// Empty: none.
[[nodiscard]] std::string known_directory(std::string_view pattern, std::string_view job_name);

/// The pattern for a part of a task that is cut into several jobs. `%a` counts from 0 in each: where it is
/// all that tells their files apart, it becomes `%A_%a`. `names_differ`: so do those jobs' own names, `%x`.
[[nodiscard]] std::string pattern_of_part(std::string_view pattern, bool names_differ);

}  // namespace sbraid
