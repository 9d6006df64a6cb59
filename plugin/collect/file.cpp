#include "collect/file.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace sbraid::collect {

void Fd::reset() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
}

std::string read_whole(const std::string& path, std::size_t most) {
    const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::string text;
    if (!fd) return text;
    char buffer[4096];
    while (text.size() < most) {
        const ssize_t got = read(fd.get(), buffer, sizeof buffer);
        if (got <= 0) break;
        text.append(buffer, static_cast<std::size_t>(got));
    }
    if (text.size() > most) text.resize(most);
    return text;
}

bool write_once(const std::string& path, std::string_view text) {
    const Fd fd(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    return fd && write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

}  // namespace sbraid::collect
