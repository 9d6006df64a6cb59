#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "reader.hpp"
#include "sbraid/script_options.hpp"
#include "sbraid/workflow.hpp"
#include "source_files.hpp"

namespace sbraid {

/// What a task's table says about what runs, until the whole table is read. Entries are the document's.
struct PayloadKeys {
    const Entry* first = nullptr;  ///< run, script or command
    const Entry* args = nullptr;
    std::optional<Payload> payload;            ///< absent: none is named, or it is wrong
    std::optional<std::uint32_t> script_file;  ///< in Sources
};

/// Reads run, script, command and args of one task after the other. Scripts come from the context's files;
/// each is added to the sources, and checked, once.
class PayloadReader {
  public:
    PayloadReader(Reader& reader, Sources& sources, SourceFiles& files, const WorkflowContext& context)
        : reader_(reader), sources_(sources), files_(files), context_(context) {}

    /// One of the four keys.
    void read(const Entry& entry, PayloadKeys& keys);
    /// Moves what was read to the task; reports what is missing.
    void finish(Task& task, PayloadKeys& keys);
    /// The last such option of the task's script; nullptr when there is none. It lives until the next call.
    [[nodiscard]] const ScriptOption* script_option(const PayloadKeys& keys, std::string_view name);

  private:
    void read_script(const Entry& entry, const std::string& path, PayloadKeys& keys);
    void check_script(std::uint32_t file, const ScriptOptions& script);

    Reader& reader_;
    Sources& sources_;
    SourceFiles& files_;
    const WorkflowContext& context_;
    ScriptOptions script_;
};

}  // namespace sbraid
