#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace sbraid::fuzz {

/// What must hold for every input; libFuzzer keeps the input that breaks it.
inline void require(bool holds, const char* what, std::string_view more = {}) {
    if (holds) return;
    std::fprintf(stderr, "not so: %s\n%.*s\n", what, static_cast<int>(more.size()), more.data());
    std::abort();
}

inline std::string text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

}  // namespace sbraid::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
