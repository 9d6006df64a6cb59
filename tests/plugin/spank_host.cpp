#include "spank_host.hpp"

#include <unistd.h>

#include <cstdarg>
#include <cstdio>

namespace sbraid::test {

Host& host() {
    static Host the_host;
    return the_host;
}

}  // namespace sbraid::test

using sbraid::test::host;

namespace {

// clang-tidy 14 takes every va_list that is handed on for uninitialised.
// NOLINTBEGIN(clang-analyzer-valist.Uninitialized)

// Some releases declare the codes as another enumeration than the functions return.
spank_err_t code(int value) {
    return static_cast<spank_err_t>(value);
}

template <class T, class Value>
spank_err_t store(va_list& arguments, Value value) {
    *va_arg(arguments, T*) = static_cast<T>(value);
    return code(ESPANK_SUCCESS);
}

spank_err_t store_task(spank_item item, va_list& arguments) {
    if (!host().has_task) return code(ESPANK_NOT_TASK);
    switch (static_cast<int>(item)) {
        case S_TASK_ID:
            return store<int>(arguments, host().task.local);
        case S_TASK_GLOBAL_ID:
            return store<std::uint32_t>(arguments, host().task.global);
        case S_TASK_PID:
            return store<pid_t>(arguments, host().task.pid);
        case S_TASK_EXIT_STATUS:
            return store<int>(arguments, host().task.status);
        default:
            return code(ESPANK_BAD_ARG);
    }
}

spank_err_t store_groups(va_list& arguments) {
    *va_arg(arguments, gid_t**) = host().groups.data();
    *va_arg(arguments, int*) = static_cast<int>(host().groups.size());
    return code(ESPANK_SUCCESS);
}

spank_err_t store_item(spank_item item, va_list& arguments) {
    switch (static_cast<int>(item)) {
        case S_JOB_UID:
            return store<uid_t>(arguments, getuid());
        case S_JOB_GID:
            return store<gid_t>(arguments, getgid());
        case S_JOB_ID:
            return store<std::uint32_t>(arguments, host().job);
        case S_JOB_STEPID:
            return store<std::uint32_t>(arguments, host().step);
        case S_JOB_ARRAY_ID:
            return store<std::uint32_t>(arguments, host().array_job);
        case S_JOB_ARRAY_TASK_ID:
            return store<std::uint32_t>(arguments, host().array_task);
        case S_SLURM_RESTART_COUNT:
            return store<std::uint32_t>(arguments, host().restart);
        case S_JOB_NNODES:
            return store<std::uint32_t>(arguments, host().nodes);
        case S_JOB_LOCAL_TASK_COUNT:
            return store<std::uint32_t>(arguments, host().ranks);
        case S_JOB_SUPPLEMENTARY_GIDS:
            return store_groups(arguments);
        default:
            return store_task(item, arguments);
    }
}

}  // namespace

extern "C" {

spank_context_t spank_context(void) {
    return host().context;
}

int spank_remote(spank_t) {
    return host().context == S_CTX_REMOTE ? 1 : 0;
}

spank_err_t spank_getenv(spank_t, const char* name, char* buffer, int length) {
    ++host().getenv_calls;
    if (host().context != S_CTX_REMOTE) return code(ESPANK_NOT_REMOTE);
    const auto found = host().environment.find(name);
    if (found == host().environment.end()) return code(ESPANK_ENV_NOEXIST);
    if (static_cast<int>(found->second.size()) >= length) return code(ESPANK_NOSPACE);
    std::snprintf(buffer, static_cast<std::size_t>(length), "%s", found->second.c_str());
    return code(ESPANK_SUCCESS);
}

spank_err_t spank_get_item(spank_t, spank_item_t item, ...) {
    ++host().item_calls;
    if (host().context != S_CTX_REMOTE) return code(ESPANK_NOT_REMOTE);
    va_list arguments;
    va_start(arguments, item);
    const spank_err_t result = store_item(item, arguments);
    va_end(arguments);
    return result;
}

void slurm_info(const char* format, ...) {
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    host().log.emplace_back(line);
}
}
// NOLINTEND(clang-analyzer-valist.Uninitialized)
