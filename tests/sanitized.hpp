#pragma once

namespace reelpool::test {

/// Sanitizers make everything several times slower; they look for other faults than wrong pictures,
/// and find them in fewer cases. The release build runs them all.
// REELPOOL_SANITIZED: a part of a sanitizer build that is not instrumented itself.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(REELPOOL_SANITIZED)
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif

}  // namespace reelpool::test
