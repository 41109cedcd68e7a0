#pragma once

/// Marks a plain loop that is compiled twice: for every x86-64, and for those with AVX2; the loader
/// picks. Sanitizers run before the loader's choice could be made, and do without.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define REELPOOL_VECTORISED __attribute__((target_clones("avx2", "default")))
#else
#define REELPOOL_VECTORISED
#endif
