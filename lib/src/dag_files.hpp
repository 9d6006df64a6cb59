#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dag_syntax.hpp"
#include "sbraid/import.hpp"

namespace sbraid {

/// The DAG files of an import, by their paths. Each is read, understood, and told what is wrong with its
/// lines once, however often it is spliced or included.
class DagFiles {
  public:
    /// `first`: the imported file. What is wrong with a line goes to `errors`.
    DagFiles(Sources& sources, std::uint32_t first, const ImportContext& context, Diagnostics& errors)
        : sources_(sources), first_(first), context_(context), errors_(errors) {}

    using Commands = std::vector<DagCommand>;
    /// The path by which the imported file would be named in itself.
    [[nodiscard]] std::string first_path() const;
    /// The imported file's. The same object each time, as from open(); it lives as long as this.
    [[nodiscard]] const Commands& first();
    /// nullptr: the file cannot be read.
    [[nodiscard]] const Commands* open(const std::string& path);

  private:
    Sources& sources_;
    std::uint32_t first_;
    const ImportContext& context_;
    Diagnostics& errors_;
    std::map<std::string, std::optional<Commands>> commands_;  // nullopt: cannot be read
};

}  // namespace sbraid
