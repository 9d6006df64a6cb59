// From the name of a file to a document that says everything in one place.
//
// What a file includes is laid out as a list in which the included stand before those that include them, each
// file once; then the tables are merged from the front, so that the later wins (include_merge.cpp).
#include "source_files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>

#include "include_merge.hpp"
#include "without_detours.hpp"
#include "wording.hpp"

namespace sbraid {
namespace {

// With its `/`; empty: the folder where it all starts.
std::string folder_of(std::string_view path) {
    return std::string{path.substr(0, path.rfind('/') + 1)};
}

}  // namespace

std::string absolute_path(std::string_view directory, std::string_view path) {
    if (path.starts_with('/')) return std::string{path};
    while (path.starts_with("./")) path.remove_prefix(2);
    if (path.empty() || path == ".") return std::string{directory};
    return fmt::format("{}{}{}", directory, directory.ends_with('/') ? "" : "/", path);
}

SourceFiles::SourceFiles(Sources& sources, const Document& main, const WorkflowContext& context,
                         Diagnostics& out)
    : sources_(sources), main_(main), context_(context), out_(out) {
    const std::string& name = sources.name(main.file());
    shown_folder_ = folder_of(name);
    main_key_ = name.substr(shown_folder_.size());
}

void SourceFiles::error(const Place& place, std::string message, std::string hint) {
    out_.push_back({Severity::error, place, std::move(message), std::move(hint)});
}

std::string SourceFiles::key_of(std::uint32_t file, std::string_view path) const {
    const auto folder = folders_.find(file);
    // As the user wrote it, where that is the way from the workflow's own folder.
    if (folder == folders_.end() || folder->second.empty() || path.starts_with('/')) return std::string{path};
    return without_detours(folder->second + std::string{path});
}

std::string SourceFiles::document_key(std::uint32_t file, std::string_view path) const {
    return without_detours(key_of(file, path));
}

std::pair<std::uint32_t, bool> SourceFiles::add_script(const std::string& key, const std::string& text) {
    const auto [known, is_new] = scripts_.try_emplace(key, 0U);
    if (is_new) known->second = sources_.add(shown_name(key), text);
    return {known->second, is_new};
}

std::string SourceFiles::shown_name(std::string_view key) const {
    return key.starts_with('/') ? std::string{key} : shown_folder_ + std::string{key};
}

std::string SourceFiles::directory_of(std::uint32_t file) const {
    const auto found = folders_.find(file);
    if (found == folders_.end() || found->second.empty()) return context_.directory;
    std::string folder = absolute_path(context_.directory, found->second);
    if (folder.size() > 1) folder.pop_back();
    return folder;
}

std::vector<std::uint32_t> SourceFiles::parts() const {
    std::vector<std::uint32_t> files;
    for (const auto& [file, folder] : folders_) files.push_back(file);
    return files;
}

const Document& SourceFiles::main() {
    return *assembled(main_key_, main_);
}

const Document* SourceFiles::load(const std::string& key, const Place& place) {
    if (key == main_key_) return &main();
    const Document* const own = parsed(key, place, "workflow");
    return own == nullptr ? nullptr : assembled(key, *own);
}

const Document* SourceFiles::parsed(const std::string& key, const Place& place, std::string_view what) {
    named_.insert(key);
    if (const auto known = parsed_.find(key); known != parsed_.end())
        return known->second ? &*known->second : nullptr;
    const auto text = context_.files.find(key);
    if (text == context_.files.end()) {
        error(place, fmt::format("{} '{}' cannot be read", what, shown(key)),
              fmt::format("relative paths start at {}", directory_of(place.file)));
        return nullptr;
    }
    const std::uint32_t file = sources_.add(shown_name(key), text->second);
    folders_[file] = folder_of(key);
    auto document = parse(sources_, file);
    std::optional<Document>& slot = parsed_[key];
    if (document) return &slot.emplace(std::move(*document));
    out_.insert(out_.end(), document.error().begin(), document.error().end());
    return nullptr;
}

const Document* SourceFiles::assembled(const std::string& key, const Document& own) {
    if (own.root().find("include") == nullptr) return &own;
    if (const auto known = assembled_.find(key); known != assembled_.end()) return &known->second;
    std::vector<const Document*> parts;
    std::vector<std::string> path{key};
    std::set<std::string> seen{key};
    collect(own, path, seen, parts);
    Document whole = own;
    whole.root_ = merged(parts, sources_, out_);
    return &assembled_.emplace(key, std::move(whole)).first->second;
}

void SourceFiles::collect(const Document& document, std::vector<std::string>& path,
                          std::set<std::string>& seen, std::vector<const Document*>& parts) {
    if (const Entry* const entry = document.root().find("include")) {
        if (const auto* const list = std::get_if<Array>(&entry->node.value))
            for (const Node& item : list->items) include(document, item, path, seen, parts);
        else
            include(document, entry->node, path, seen, parts);
    }
    parts.push_back(&document);
}

void SourceFiles::include(const Document& includer, const Node& item, std::vector<std::string>& path,
                          std::set<std::string>& seen, std::vector<const Document*>& parts) {
    const auto* const name = std::get_if<std::string>(&item.value);
    if (name == nullptr) {
        error(item.place,
              fmt::format("'include' takes paths of files, not {}", with_article(item.type_name())),
              R"(include = ["site.toml"])");
    } else if (name->empty()) {
        error(item.place, "'include' names a file that has no name", R"(include = ["site.toml"])");
    } else if (name->find("{{") != std::string::npos) {
        error(item.place, "'include' takes no variables: what they are is known only when all is read",
              "write the path out");
    } else {
        const std::string key = document_key(includer.file(), *name);
        if (std::find(path.begin(), path.end(), key) != path.end()) {
            report_cycle(item.place, path, key);
        } else if (seen.insert(key).second) {
            const Document* const part = parsed(key, item.place, "include");
            if (part == nullptr) return;
            path.push_back(key);
            collect(*part, path, seen, parts);
            path.pop_back();
        }
    }
}

void SourceFiles::report_cycle(const Place& place, const std::vector<std::string>& path,
                               std::string_view again) {
    std::vector<std::string> names;
    for (auto at = std::find(path.begin(), path.end(), again); at != path.end(); ++at)
        names.push_back(shown_name(*at));
    names.push_back(names.front());
    error(place, fmt::format("these files include each other: {}", fmt::join(names, " -> ")),
          "put what both need into a third file");
}

}  // namespace sbraid
