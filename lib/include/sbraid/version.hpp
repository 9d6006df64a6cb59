#pragma once

namespace sbraid {

/// The version of this build, as in CMakeLists.txt: "0.1.0".
extern const char* const k_version;

}  // namespace sbraid
