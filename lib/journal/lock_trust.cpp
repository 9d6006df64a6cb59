// Which locks can be believed. NFS mounted with `nolock` (or local_lock=posix|all, nfs(5)) and Lustre with
// `localflock` (mount.lustre(8)) grant every lock on the host alone; Lustre without `flock` refuses them.
// BeeGFS has global locks only if its client file says so, which no mount option shows; FUSE keeps them local
// unless the daemon implements them. Those are unknown. The list of local and cluster file systems that are
// known to be coherent is short and explicit: what is not on it is not trusted with records of compute nodes.

#include "sbraid/journal/lock_trust.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "descriptor.hpp"

namespace sbraid {
namespace {

// statfs(2), linux/magic.h; Lustre, GPFS and BeeGFS from their own headers.
constexpr std::uint64_t k_nfs = 0x6969;
constexpr std::uint64_t k_lustre = 0x0BD00BD0;
constexpr std::array<std::uint64_t, 9> k_coherent{
    0xEF53,      // ext2, ext3, ext4
    0x58465342,  // XFS
    0x9123683E,  // btrfs
    0x01021994,  // tmpfs
    0x2FC12FC1,  // ZFS
    0x794C7630,  // overlayfs
    0xF2F52010,  // F2FS
    0x47504653,  // GPFS (Spectrum Scale)
    0x00C36400,  // CephFS
};

bool has_option(std::string_view options, std::string_view wanted) {
    while (!options.empty()) {
        const std::size_t comma = std::min(options.find(','), options.size());
        if (options.substr(0, comma) == wanted) return true;
        options.remove_prefix(std::min(comma + 1, options.size()));
    }
    return false;
}

/// The space-separated field number `wanted` from 0; empty when there are fewer.
std::string_view field(std::string_view line, std::size_t wanted) {
    for (; wanted > 0; --wanted) line.remove_prefix(std::min(line.find(' '), line.size() - 1) + 1);
    return line.substr(0, line.find(' '));
}

}  // namespace

LockTrust judge_locks(std::uint64_t file_system_type, std::string_view options) {
    if (file_system_type == k_nfs) {
        // local_lock=flock is about flock(2) alone; ours are POSIX locks to NFS.
        const bool local = has_option(options, "nolock") || has_option(options, "local_lock=all") ||
                           has_option(options, "local_lock=posix");
        if (options.empty()) return LockTrust::unknown;
        return local ? LockTrust::lying : LockTrust::coherent;
    }
    if (file_system_type == k_lustre) {
        if (options.empty()) return LockTrust::unknown;
        return has_option(options, "flock") ? LockTrust::coherent : LockTrust::lying;
    }
    const bool known = std::find(k_coherent.begin(), k_coherent.end(), file_system_type) != k_coherent.end();
    return known ? LockTrust::coherent : LockTrust::unknown;
}

std::string_view mount_options(std::string_view mountinfo, std::uint64_t mount_id) {
    // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue      (proc(5))
    while (!mountinfo.empty()) {
        const std::size_t end = std::min(mountinfo.find('\n'), mountinfo.size());
        const std::string_view line = mountinfo.substr(0, end);
        mountinfo.remove_prefix(std::min(end + 1, mountinfo.size()));
        std::uint64_t id = 0;
        const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), id);
        if (error != std::errc{} || id != mount_id) continue;
        const std::size_t separator = line.find(" - ");
        if (separator == std::string_view::npos) return {};
        return field(line.substr(separator + 3), 2);
    }
    return {};
}

LockTrust lock_trust(const std::string& path) {
    struct statfs about {};
    if (::statfs(path.c_str(), &about) != 0) return LockTrust::unknown;
    const auto type = static_cast<std::uint64_t>(about.f_type) & 0xFFFFFFFFU;
    if (type != k_nfs && type != k_lustre) return judge_locks(type, {});
    struct statx mount {};
    if (::statx(AT_FDCWD, path.c_str(), AT_STATX_DONT_SYNC, STATX_MNT_ID, &mount) != 0 ||
        (mount.stx_mask & STATX_MNT_ID) == 0) {
        return LockTrust::unknown;
    }
    const Descriptor mountinfo{::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)};
    std::string text;
    if (!mountinfo || read_all(mountinfo.get(), text) != 0) return LockTrust::unknown;
    return judge_locks(type, mount_options(text, mount.stx_mnt_id));
}

}  // namespace sbraid
