#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "compositor/vk/buffer.hpp"
#include "compositor/vk/gpu.hpp"
#include "ipc/base/result.hpp"

namespace reelpool::compositor {

/// The output buffers: host memory that the device writes and the encoder reads, reused.
class OutputPool {
  public:
    /// A lent buffer; its last copy's end gives the buffer back, on any thread.
    using Lease = std::shared_ptr<vk::Buffer>;

    /// At most `limit` buffers of `bytes`, made when first needed. Leases may outlive the pool:
    /// they keep the device alive.
    OutputPool(std::shared_ptr<const vk::Gpu> gpu, std::uint64_t bytes, std::size_t limit);

    /// A free buffer; waits for one (without polling) while all are lent.
    [[nodiscard]] Result<Lease> acquire();
    /// Buffers that are not lent, the ones not made yet included.
    [[nodiscard]] std::size_t available() const;

  private:
    struct State;
    std::uint64_t bytes_;
    std::size_t limit_;
    std::shared_ptr<State> state_;
};

}  // namespace reelpool::compositor
