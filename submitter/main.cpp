#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <string>
#include <tuple>
#include <vector>

#include "app.hpp"

namespace {

/// A descriptor 0, 1 or 2 that is closed would be given to the next file that we open, and what we say would
/// land in it. For reading only, so that an answer to a closed stdout is an error.
void ensure_standard_descriptors() {
    int fd = 0;
    do {
        fd = ::open("/dev/null", O_RDONLY);
    } while (fd >= 0 && fd <= 2);
    if (fd > 2) ::close(fd);
}

/// Who started us may have had its children reaped by the kernel, while we want to hear how ours end; and may
/// have ignored SIGPIPE, while `sbraid status --watch | head` is to end. Commands that change something
/// ignore it (ignore_broken_pipes()).
void set_signals() {
    std::ignore = ::signal(SIGCHLD, SIG_DFL);
    std::ignore = ::signal(SIGPIPE, SIG_DFL);
}

}  // namespace

#ifdef __SANITIZE_ADDRESS__
// libslurm forgets a few bytes of each answer that is a refusal.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_options();
extern "C" const char* __lsan_default_suppressions() {
    return "leak:libslurm.so\n";
}
extern "C" const char* __lsan_default_options() {
    return "print_suppressions=0";
}
#endif

int main(int argc, char** argv) {
    try {
        ensure_standard_descriptors();
        set_signals();
        sbraid::SystemClock clock;
        return sbraid::run_app({argv + 1, argv + argc}, sbraid::Environment::capture(), clock);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "sbraid: error: %s\nhint: this is a defect of sbraid\n", error.what());
        return 1;
    }
}
