#include "spank/node_name.hpp"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "spank/slice.hpp"

namespace sbraid::spank {
namespace {

constexpr int k_most_descriptors = 64;  // slurmstepd opens the socket among its first ones

void copy(std::string_view text, char* name, std::size_t size) noexcept {
    snprintf(name, size, "%.*s", static_cast<int>(text.size()), text.data());
}

}  // namespace

std::string_view node_of_socket(std::string_view path, std::uint32_t job) noexcept {
    char suffix[16];
    const int length = snprintf(suffix, sizeof suffix, "_%u.", job);
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos) return {};
    const std::string_view name = slice(path, slash + 1);
    const std::size_t end = name.rfind({suffix, static_cast<std::size_t>(length)});
    return end == std::string_view::npos ? std::string_view{} : slice(name, 0, end);
}

void find_node_name(std::uint32_t job, char* name, std::size_t size) noexcept {
    for (int fd = 3; fd < k_most_descriptors; ++fd) {
        sockaddr_un address{};
        socklen_t length = sizeof address - 1;
        // The interface's own cast: every address is passed as a sockaddr.
        if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) continue;
        if (address.sun_family != AF_UNIX) continue;
        const std::string_view node = node_of_socket({address.sun_path, strlen(address.sun_path)}, job);
        if (node.empty() || node.size() >= size) continue;
        copy(node, name, size);
        return;
    }
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    std::string_view text(host, strlen(host));
    copy(slice(text, 0, text.find('.')), name, size);
}

}  // namespace sbraid::spank
