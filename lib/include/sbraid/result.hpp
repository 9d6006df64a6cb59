#pragma once

#include <string>
#include <tl/expected.hpp>

namespace sbraid {

/// What went wrong, for the program: `main` turns it into the exit code of the same number.
enum class ErrorKind {
    failed = 1,        ///< something that should have worked did not
    usage = 2,         ///< wrong option; unknown file, run or task
    invalid = 3,       ///< the workflow is not right
    slurm = 4,         ///< Slurm refused, or cannot be reached
    partial = 5,       ///< some of the run is submitted; resume finishes it
    run_failed = 6,    ///< the run ended with failures
    interrupted = 130  ///< by a signal
};

/// One expected failure. `message` says what is wrong and where, without a trailing full stop; `hint` (may be
/// empty) says what to do next. Neither ever holds a secret.
struct Error {
    ErrorKind kind = ErrorKind::failed;
    std::string message;
    std::string hint{};
};

template <class T>
using Result = tl::expected<T, Error>;
using Unexpected = tl::unexpected<Error>;

}  // namespace sbraid
