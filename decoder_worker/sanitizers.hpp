#pragma once

/// What the sandbox of a worker that was built with a sanitizer does without. In no other build is
/// anything relaxed, and nothing can be at run time.
namespace reelpool::worker::sanitizer {

#if defined(__SANITIZE_ADDRESS__)
inline constexpr const char* name = "AddressSanitizer";
/// Its shadow memory is terabytes of address space.
inline constexpr bool reserves_memory = true;
/// Its words go to stderr, which may be a file.
inline constexpr bool writes_reports = true;
/// The checks of types find out through a pipe whether memory can be read.
inline constexpr bool makes_pipes = true;
inline constexpr bool has_own_threads = false;
#elif defined(__SANITIZE_THREAD__)
inline constexpr const char* name = "ThreadSanitizer";
inline constexpr bool reserves_memory = true;
inline constexpr bool writes_reports = true;
inline constexpr bool makes_pipes = true;
/// A process with several threads cannot have a user namespace of its own.
inline constexpr bool has_own_threads = true;
#else
inline constexpr const char* name = "";
inline constexpr bool reserves_memory = false;
inline constexpr bool writes_reports = false;
inline constexpr bool makes_pipes = false;
inline constexpr bool has_own_threads = false;
#endif

}  // namespace reelpool::worker::sanitizer
