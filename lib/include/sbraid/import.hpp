#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sbraid/diagnostic.hpp"
#include "sbraid/result.hpp"

namespace sbraid {

/// What import reads: input files of HTCondor's DAGMan (`.dag`), and WfFormat JSON of WfCommons, 1.3 to 1.5.
enum class ImportFormat : std::uint8_t { dagman, wfformat };

/// By the ending of the name, else by the first character of the text.
[[nodiscard]] ImportFormat guess_import_format(std::string_view name, std::string_view text);

/// What import_workflow() must know of the world.
struct ImportContext {
    /// The text of a file that the imported one names: absolute, or from the folder of the imported file on.
    /// nullopt: it cannot be read. Empty: nothing can.
    std::function<std::optional<std::string>(const std::string& path)> read_file{};
    /// Where the tasks run, seen from the folder of the new workflow file. Empty: in that folder.
    std::string workdir{};
    /// How many commands a DAGMan file may gain by splicing or including files more than once: some lines can
    /// ask for billions. Beyond it the import is refused.
    std::size_t most_repeated_commands = 1'000'000;
};

struct ImportedTask {
    std::string name;    ///< in the workflow file
    std::string source;  ///< in the imported file: a node `SPLICE+NODE`, the id of a task
};

struct Imported {
    std::string text;   ///< the workflow file; parse() and validate() take it
    Diagnostics notes;  ///< warnings: what has no twin in Slurm or needs a look; sorted by place
    std::vector<ImportedTask> tasks;  ///< in the order of the workflow file
    std::size_t edges = 0;
};

/// The workflow file that says the same as the file with the index `file` in `sources`. Files that it names
/// are read through `context` and added to `sources`, so that messages point into them.
/// On failure: all that is wrong with the file, sorted by place. A cycle is wrong too: no workflow can say
/// it.
[[nodiscard]] tl::expected<Imported, Diagnostics> import_workflow(Sources& sources, std::uint32_t file,
                                                                  ImportFormat format,
                                                                  const ImportContext& context);

}  // namespace sbraid
