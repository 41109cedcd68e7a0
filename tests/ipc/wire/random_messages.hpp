#pragma once

#include "ipc/wire/messages.hpp"
#include "tests/ipc/random.hpp"

namespace reelpool::test {

// Valid messages with random content. `kind` is the alternative of the variant.
[[nodiscard]] wire::ToZygote random_to_zygote(Random& random, std::size_t kind);
[[nodiscard]] wire::FromZygote random_from_zygote(Random& random, std::size_t kind);
[[nodiscard]] wire::ToWorker random_to_worker(Random& random, std::size_t kind);
[[nodiscard]] wire::FromWorker random_from_worker(Random& random, std::size_t kind);
[[nodiscard]] wire::ToCompositor random_to_compositor(Random& random, std::size_t kind);
[[nodiscard]] wire::FromCompositor random_from_compositor(Random& random, std::size_t kind);

}  // namespace reelpool::test
