// A load file and an end record are written aside and linked into place, so each appears whole and never
// changes.
//
// Energy must never run backwards between two readers, although a load's end is only known afterwards. Hence
// the order: a reader takes the time first and looks whether the process lives second; whoever finds it dead
// records an end with a time taken after that. The end is then later than the time of every reader that still
// saw it alive. Who declares a start, or its own end, takes the time and links the file under a lock on the
// directory; readers take the time and list it under a shared one.
#include "folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "process.hpp"
#include "text.hpp"

namespace sbraid::sim {

namespace {

constexpr std::string_view k_end_suffix = ".end";
constexpr std::string_view k_blanks = " \t\r";

std::string loads_folder(const std::string& folder) {
    return folder + "/loads";
}

std::uint64_t read_clock_ns(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

// An open directory with an advisory lock on it. Gives up after about a second: a stopped holder must not
// stop the world, and without the lock only exactness within the race is lost.
class LockedDirectory {
  public:
    LockedDirectory(const std::string& path, int mode)
        : descriptor_(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
        if (descriptor_ < 0) return;
        for (int attempt = 0; attempt < 1000 && flock(descriptor_, mode | LOCK_NB) != 0; ++attempt)
            usleep(1000);
    }
    LockedDirectory(const LockedDirectory&) = delete;
    LockedDirectory& operator=(const LockedDirectory&) = delete;
    ~LockedDirectory() {
        if (descriptor_ >= 0) close(descriptor_);
    }
    [[nodiscard]] int descriptor() const { return descriptor_; }

  private:
    int descriptor_;
};

// Writes `text` aside. The name is this process' own.
bool write_aside(const std::string& path, const std::string& text) {
    const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (descriptor < 0) return false;
    const ssize_t put = write(descriptor, text.data(), text.size());
    fchmod(descriptor, 0644);  // whatever the umask: other users' readers must read it
    return close(descriptor) == 0 && put == static_cast<ssize_t>(text.size());
}

// Makes `name` in the loads folder appear with `text`; false with errno when it exists or cannot be made.
bool link_into_place(const std::string& loads, const std::string& name, const std::string& text) {
    const std::string aside = loads + "/.new-" + name + "-" + std::to_string(getpid());
    if (!write_aside(aside, text)) {
        const int error = errno;
        unlink(aside.c_str());
        errno = error;
        return false;
    }
    const bool linked = link(aside.c_str(), (loads + "/" + name).c_str()) == 0;
    const int error = errno;
    unlink(aside.c_str());
    errno = error;
    return linked;
}

std::optional<std::uint64_t> read_end(const std::string& path) {
    const auto text = read_file(path);
    return text ? parse_whole(std::string_view(*text).substr(0, text->find('\n'))) : std::nullopt;
}

std::string system_error(const std::string& what) {
    const int error = errno;
    return what + ": " + std::strerror(error);
}

Result<DeviceEntry> parse_device(std::string_view line) {
    DeviceEntry entry;
    entry.node = take_word(line);
    const auto index = parse_whole(take_word(line));
    entry.uuid = take_word(line);
    const auto memory = parse_whole(take_word(line));
    if (!index || *index > 255 || !memory || *memory == 0 || *memory > (std::uint64_t{1} << 40U)) {
        return Unexpected("expected 'NODE INDEX UUID MEMORY_MIB NAME...'");
    }
    entry.index = static_cast<unsigned>(*index);
    entry.memory_mib = *memory;
    entry.name = line.substr(0, line.find_last_not_of(k_blanks) + 1);
    if (entry.name.empty()) entry.name = "Simulated H100";
    return entry;
}

}  // namespace

// Both clocks at one instant: again, if we were interrupted between them.
Clock clock_now() {
    Clock now;
    for (int attempt = 0; attempt < 10; ++attempt) {
        now.monotonic_ns = read_clock_ns(CLOCK_MONOTONIC);
        now.wall_us = read_clock_ns(CLOCK_REALTIME) / 1000;
        if (read_clock_ns(CLOCK_MONOTONIC) - now.monotonic_ns < 10'000) break;
    }
    return now;
}

Result<std::vector<DeviceEntry>> read_devices(const std::string& folder, const std::string& node) {
    const std::string path = folder + "/devices";
    const auto text = read_file(path);
    if (!text) return Unexpected(system_error(path));
    std::vector<DeviceEntry> devices;
    std::vector<std::string> nodes;
    std::size_t line_number = 0;
    std::string_view rest = *text;
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        ++line_number;
        std::string_view peek = line;
        if (const auto word = take_word(peek); word.empty() || word.front() == '#') continue;
        auto device = parse_device(line);
        if (!device) return Unexpected(path + ":" + std::to_string(line_number) + ": " + device.error());
        auto known = std::find(nodes.begin(), nodes.end(), device->node);
        if (known == nodes.end()) known = nodes.insert(known, device->node);
        device->node_ordinal = static_cast<unsigned>(known - nodes.begin());
        if (node.empty() || device->node == node) devices.push_back(std::move(*device));
    }
    if (!node.empty()) {
        std::stable_sort(devices.begin(), devices.end(),
                         [](const DeviceEntry& a, const DeviceEntry& b) { return a.index < b.index; });
    }
    return devices;
}

Result<Load> declare(const std::string& folder, Load load) {
    const std::string loads = loads_folder(folder);
    const LockedDirectory lock(loads, LOCK_EX);
    if (lock.descriptor() < 0) return Unexpected(system_error(loads));
    const Clock now = clock_now();
    load.start_ns = now.monotonic_ns;
    load.start_us = now.wall_us;
    if (!link_into_place(loads, file_name(load), encode(load))) {
        return Unexpected(system_error(loads + "/" + file_name(load)));
    }
    return load;
}

void record_end(const std::string& folder, const Load& load) {
    const std::string loads = loads_folder(folder);
    const LockedDirectory lock(loads, LOCK_EX);
    if (lock.descriptor() < 0) return;
    const std::string end = std::to_string(clock_now().monotonic_ns) + "\n";
    link_into_place(loads, file_name(load) + std::string(k_end_suffix), end);
}

Snapshot LoadReader::observe() {
    Snapshot snapshot;
    {
        const LockedDirectory lock(loads_folder(folder_), LOCK_SH);
        snapshot.now = clock_now();
        if (lock.descriptor() >= 0) list(lock.descriptor());
    }
    for (auto& [name, entry] : entries_) {
        if (!entry.load) continue;
        settle(name, entry, snapshot.now.monotonic_ns);
        snapshot.loads.push_back({entry.load, entry.end_ns});
    }
    return snapshot;
}

// Learns new load files and end records, unless the directory is as it was. A directory changed within the
// last moments may change again without a new mtime, whose grain is the kernel's tick: it is listed again
// next time.
void LoadReader::list(int directory) {
    struct stat status {};
    if (fstat(directory, &status) != 0) return;
    const std::int64_t mtime_ns =
        std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
    if (mtime_ns == listed_mtime_ns_) return;
    const std::string loads = loads_folder(folder_);
    const auto path_of = [&loads](const std::string& name) {
        return std::string(loads).append("/").append(name);
    };
    DIR* stream = opendir(loads.c_str());
    if (stream == nullptr) return;
    std::vector<std::string> ends;
    while (const dirent* item = readdir(stream)) {
        const std::string name = item->d_name;
        if (name.empty() || name.front() == '.') continue;
        if (name.ends_with(k_end_suffix)) {
            ends.push_back(name);
        } else if (!entries_.contains(name)) {
            const auto text = read_file(path_of(name));
            if (!text) continue;  // perhaps next time
            auto load = decode(*text);
            const bool right = load && file_name(*load) == name;
            if (!right)
                std::fprintf(stderr, "simulated GPU: %s/%s is skipped: not a load\n", loads.c_str(),
                             name.c_str());
            entries_[name].load = right ? std::make_shared<const Load>(std::move(*load)) : nullptr;
        }
    }
    closedir(stream);
    for (const std::string& name : ends) {
        const auto entry = entries_.find(name.substr(0, name.size() - k_end_suffix.size()));
        if (entry == entries_.end() || entry->second.end_is_recorded) continue;
        if (const auto end = read_end(path_of(name))) {
            entry->second.end_ns = std::min(entry->second.end_ns, *end);
            entry->second.end_is_recorded = true;
        }
    }
    const auto wall_ns = static_cast<std::int64_t>(read_clock_ns(CLOCK_REALTIME));
    if (mtime_ns + 100'000'000 < wall_ns) listed_mtime_ns_ = mtime_ns;
}

// Finds out whether a load that was going on has ended: by its own duration, or because its process has.
void LoadReader::settle(const std::string& name, Entry& entry, std::uint64_t now_ns) {
    const Load& load = *entry.load;
    if (load.duration_ns && entry.end_ns > load.start_ns + *load.duration_ns &&
        now_ns >= load.start_ns + *load.duration_ns) {
        entry.end_ns = load.start_ns + *load.duration_ns;
    }
    if (entry.end_ns != k_never || living_start_ticks(load.pid) == load.start_ticks) return;
    entry.end_ns = clock_now().monotonic_ns;
    const std::string loads = loads_folder(folder_);
    const std::string end_name = name + std::string(k_end_suffix);
    if (link_into_place(loads, end_name, std::to_string(entry.end_ns) + "\n") || errno != EEXIST) return;
    if (const auto end = read_end(loads + "/" + end_name)) entry.end_ns = *end;  // somebody saw it earlier
}

}  // namespace sbraid::sim
