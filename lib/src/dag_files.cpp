#include "dag_files.hpp"

#include <utility>

namespace sbraid {
namespace {

std::string_view folder_of(std::string_view path) {
    return path.substr(0, path.find_last_of('/') + 1);  // 0 when there is none
}

}  // namespace

std::string DagFiles::first_path() const {
    const std::string_view name = sources_.name(first_);
    return std::string{name.substr(folder_of(name).size())};
}

const DagFiles::Commands& DagFiles::first() {
    auto& commands = commands_[first_path()];
    if (!commands) commands = read_dag(sources_, first_, errors_);
    return *commands;
}

const DagFiles::Commands* DagFiles::open(const std::string& path) {
    const auto [known, is_new] = commands_.try_emplace(path);
    if (is_new && context_.read_file) {
        if (auto text = context_.read_file(path)) {
            const bool absolute = path.starts_with('/');
            const std::string folder{absolute ? std::string_view{} : folder_of(sources_.name(first_))};
            known->second = read_dag(sources_, sources_.add(folder + path, std::move(*text)), errors_);
        }
    }
    return known->second ? &*known->second : nullptr;
}

}  // namespace sbraid
