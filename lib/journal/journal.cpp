// One writer. A record goes to the shared file under its lock; when that fails, for whatever reason, to the
// file in state.d/ that nobody else writes. A file system without locks is not asked again; after a lock that
// was not had in time the next ones get a short budget only, so that a stuck holder delays a writer once and
// not at every record.

#include "sbraid/journal/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "descriptor.hpp"
#include "sbraid/journal/lock_trust.hpp"
#include "state_file.hpp"

namespace sbraid {
namespace {

std::string clean_name(std::string_view text) {
    constexpr std::size_t k_longest = 128;
    std::string name{text.substr(0, k_longest)};
    for (char& c : name) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '.' || c == '_' || c == '-';
        if (!plain) c = '_';
    }
    if (name.starts_with('.')) name.front() = '_';
    return name;
}

}  // namespace

struct Journal::Impl {
    Options options;
    Descriptor run_dir;
    Descriptor own_dir;        // state.d/, opened when it is needed
    std::uint64_t number = 1;  // of the next record that we encode
    bool shared_works;
    StateFile shared;
    std::optional<StateFile> own;
    bool new_own_dir = false;

    Impl(Options with, Descriptor directory)
        : options(std::move(with)),
          run_dir(std::move(directory)),
          shared_works(!options.own_file_only && lock_trust(options.run_dir) != LockTrust::lying),
          shared(run_dir.get(), k_shared_file) {}

    /// 0 or errno.
    int append_to_own(std::string_view line) {
        if (!own) {
            if (::mkdirat(run_dir.get(), k_own_files, 0755) == 0) {
                new_own_dir = true;
            } else if (errno != EEXIST) {
                return errno;
            }
            own_dir = Descriptor{
                ::openat(run_dir.get(), k_own_files, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
            if (!own_dir) return errno;
            own.emplace(own_dir.get(), options.writer + ".jsonl");
        }
        return own->append(line);
    }

    /// Whether the record is in the shared file.
    bool append_to_shared(std::string_view line) {
        constexpr std::chrono::milliseconds k_after_a_stuck_lock{50};
        const int error = shared.append_locked(line, options.lock_budget);
        if (error == ENOLCK) shared_works = false;
        if (error == EAGAIN) options.lock_budget = std::min(options.lock_budget, k_after_a_stuck_lock);
        return error == 0;
    }

    /// 0 or errno, with where it went in `stored`.
    int append(std::string_view line, Stored& stored) {
        stored = Stored::shared;
        if (shared_works && append_to_shared(line)) return 0;
        stored = Stored::own_file;
        return append_to_own(line);
    }

    /// Whether there is a run directory of ours at the path again.
    bool reopen() {
        auto directory = open_directory(options.run_dir, false);
        if (!directory || !is_ours(directory->get())) return false;
        run_dir = std::move(*directory);
        shared = StateFile(run_dir.get(), k_shared_file);
        own.reset();
        return true;
    }
};

Journal::Journal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Journal::Journal(Journal&&) noexcept = default;
Journal& Journal::operator=(Journal&&) noexcept = default;
Journal::~Journal() = default;
const std::string& Journal::writer() const {
    return impl_->options.writer;
}

Result<Journal> Journal::open(Options options) {
    options.writer = clean_name(options.writer);
    if (options.writer.empty())
        return Unexpected{Error{ErrorKind::failed, "a writer of the state needs a name"}};
    auto directory = open_directory(options.run_dir, false);
    if (!directory) return Unexpected{std::move(directory.error())};
    if (!is_ours(directory->get())) {
        return Unexpected{Error{ErrorKind::failed, options.run_dir + " belongs to another user"}};
    }
    return Journal{std::make_unique<Impl>(std::move(options), std::move(*directory))};
}

Result<Stored> Journal::append(const Event& event, Timestamp now) {
    return append_line(encode({impl_->options.writer, impl_->number++, now, event}));
}

Result<Stored> Journal::append_line(std::string_view line) {
    Stored stored{};
    int error = impl_->append(line, stored);
    if ((error == ESTALE || error == ENOENT) && impl_->reopen()) error = impl_->append(line, stored);
    if (error != 0) return cannot("write the state in", impl_->options.run_dir, error);
    return stored;
}

Result<void> Journal::sync() {
    int error = impl_->shared.sync();
    if (impl_->own) {
        if (const int own_error = impl_->own->sync(); error == 0) error = own_error;
    }
    if (impl_->new_own_dir) {
        if (::fsync(impl_->run_dir.get()) != 0 && errno != EINVAL && error == 0) error = errno;
        impl_->new_own_dir = error != 0;
    }
    if (error != 0) return cannot("sync the state in", impl_->options.run_dir, error);
    return {};
}

std::string command_writer(std::string_view command, std::uint32_t random) {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) host = {'h', 'o', 's', 't'};
    return clean_name(fmt::format("{}.{}.{}.{:06x}", command, host.data(), ::getpid(), random & 0xFFFFFFU));
}

}  // namespace sbraid
