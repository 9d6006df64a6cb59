#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sbraid/diagnostic.hpp"
#include "sbraid/document.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid {

/// The texts that a workflow is made of. A file is known by its path from the folder of the workflow file (or
/// by its absolute path): that is its key in WorkflowContext::files. A relative path in a file starts at the
/// folder of that file.
class SourceFiles {
  public:
    /// What is wrong with the files goes to `out`. All must outlive it; `main` is the workflow file.
    SourceFiles(Sources& sources, const Document& main, const WorkflowContext& context, Diagnostics& out);

    /// The workflow file with what it includes.
    [[nodiscard]] const Document& main();
    /// Another workflow file, with what it includes; nullptr when there is none or it is not TOML, which has
    /// been reported, once for each file. `place` is where it is named. Valid as long as this.
    [[nodiscard]] const Document* load(const std::string& key, const Place& place);

    /// The key of the file that `path` means where it stands in text number `file`.
    [[nodiscard]] std::string key_of(std::uint32_t file, std::string_view path) const;
    /// The same for a file that is looked at more closely: one file has one such key.
    [[nodiscard]] std::string document_key(std::uint32_t file, std::string_view path) const;
    /// The number in Sources of a batch script, and whether it is new there.
    [[nodiscard]] std::pair<std::uint32_t, bool> add_script(const std::string& key, const std::string& text);
    /// As the user would write the name of a text.
    [[nodiscard]] const std::string& shown_file(std::uint32_t file) const { return sources_.name(file); }
    /// The same, as the user would write it: for Sources.
    [[nodiscard]] std::string shown_name(std::string_view key) const;
    /// The absolute folder of text number `file`, or of the workflow file where that is not one of ours.
    [[nodiscard]] std::string directory_of(std::uint32_t file) const;
    /// The texts that are workflow files, besides the first.
    [[nodiscard]] std::vector<std::uint32_t> parts() const;
    /// Keys of all files that were asked for, whether they were there or not.
    [[nodiscard]] const std::set<std::string>& named() const { return named_; }

  private:
    /// A text as it stands, without what it includes.
    [[nodiscard]] const Document* parsed(const std::string& key, const Place& place, std::string_view what);
    [[nodiscard]] const Document* assembled(const std::string& key, const Document& own);
    void collect(const Document& document, std::vector<std::string>& path, std::set<std::string>& seen,
                 std::vector<const Document*>& parts);
    void include(const Document& includer, const Node& item, std::vector<std::string>& path,
                 std::set<std::string>& seen, std::vector<const Document*>& parts);
    void report_cycle(const Place& place, const std::vector<std::string>& path, std::string_view again);
    void error(const Place& place, std::string message, std::string hint = {});

    Sources& sources_;
    const Document& main_;
    const WorkflowContext& context_;
    Diagnostics& out_;
    std::string main_key_;
    std::string shown_folder_;                      // of the workflow file as the user named it, with its /
    std::map<std::uint32_t, std::string> folders_;  // of texts other than the main one: of their keys
    std::map<std::string, std::optional<Document>> parsed_;  // by key
    std::map<std::string, Document> assembled_;              // by key: those that include something
    std::map<std::string, std::uint32_t> scripts_;           // by key
    std::set<std::string> named_;
};

/// A path below `directory`, unless it is absolute.
[[nodiscard]] std::string absolute_path(std::string_view directory, std::string_view path);

}  // namespace sbraid
