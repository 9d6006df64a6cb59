// Appending: O_APPEND and one write. On a local file system that is whole and in order by itself; on NFS the
// client emulates O_APPEND (it writes where it believes the end to be), so it takes the lock, which also
// makes the client forget what it believes. A torn tail gets its newline in the same write as the record.

#include "state_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "byte_lock.hpp"

namespace sbraid {

int StateFile::open() {
    if (file_) return 0;
    int error = 0;
    file_ = open_regular(directory_, name_, O_RDWR | O_APPEND, error);
    if (error == ENOENT) {
        file_ = open_regular(directory_, name_, O_RDWR | O_APPEND | O_CREAT, error);
        new_name_ = true;
    }
    if (file_ && !is_ours(file_.get())) {
        file_.reset();
        error = EPERM;
    }
    return error;
}

int StateFile::append_once(std::string_view lines, const std::chrono::milliseconds* budget) {
    if (const int error = open(); error != 0) return error;
    if (budget != nullptr) {
        switch (lock_byte(file_.get(), k_append_byte, *budget)) {
            case Locked::busy:
                return EAGAIN;
            case Locked::unsupported:
                return ENOLCK;
            case Locked::yes:
                break;
        }
    }
    dirty_ = true;
    const int error = has_torn_tail(file_.get()) ? write_all(file_.get(), std::string{"\n"}.append(lines))
                                                 : write_all(file_.get(), lines);
    if (budget != nullptr) unlock_byte(file_.get(), k_append_byte);
    return error;
}

int StateFile::append(std::string_view lines) {
    const int error = append_once(lines, nullptr);
    if (error != ESTALE) return error;
    file_.reset();
    return append_once(lines, nullptr);
}

int StateFile::append_locked(std::string_view lines, std::chrono::milliseconds budget) {
    const int error = append_once(lines, &budget);
    if (error != ESTALE) return error;
    file_.reset();
    return append_once(lines, &budget);
}

int StateFile::sync() {
    if (dirty_ && file_ && ::fdatasync(file_.get()) != 0) return errno;
    dirty_ = false;
    if (new_name_ && ::fsync(directory_) != 0 && errno != EINVAL) return errno;
    new_name_ = false;
    return 0;
}

}  // namespace sbraid
