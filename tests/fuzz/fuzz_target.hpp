#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

/// One execution: hostile bytes go in, and either an error in words or a value that keeps its
/// promises comes out. libFuzzer calls this, and so does mutating_main.cpp. Always 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace reelpool::fuzz {

inline std::span<const std::byte> bytes_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const std::byte*>(data), size};
}

/// A broken promise ends the run, as a sanitizer's finding does.
inline void require(bool holds) {
    if (!holds) std::abort();
}

}  // namespace reelpool::fuzz
