#include "compositor/render/output_pool.hpp"

#include <condition_variable>
#include <mutex>
#include <utility>

namespace reelpool::compositor {

struct OutputPool::State {
    std::shared_ptr<const vk::Gpu> gpu;  // outlives the buffers below
    std::mutex mutex;
    std::condition_variable returned;
    std::vector<std::unique_ptr<vk::Buffer>> free;
    std::size_t made = 0;
};

OutputPool::OutputPool(std::shared_ptr<const vk::Gpu> gpu, std::uint64_t bytes, std::size_t limit)
    : bytes_(bytes), limit_(limit), state_(std::make_shared<State>()) {
    state_->gpu = std::move(gpu);
}

std::size_t OutputPool::available() const {
    const std::lock_guard lock(state_->mutex);
    return state_->free.size() + (limit_ - state_->made);
}

Result<OutputPool::Lease> OutputPool::acquire() {
    std::unique_ptr<vk::Buffer> buffer;
    {
        std::unique_lock lock(state_->mutex);
        state_->returned.wait(lock,
                              [this] { return !state_->free.empty() || state_->made < limit_; });
        if (!state_->free.empty()) {
            buffer = std::move(state_->free.back());
            state_->free.pop_back();
        } else {
            ++state_->made;
        }
    }
    if (!buffer) {
        auto made = vk::Buffer::create(state_->gpu->device, bytes_,
                                       VK_BUFFER_USAGE_STORAGE_BUFFER_BIT, vk::Placement::host);
        if (!made) {
            const std::lock_guard lock(state_->mutex);
            --state_->made;
            return unexpected(std::move(made).error());
        }
        buffer = std::make_unique<vk::Buffer>(std::move(made).value());
    }
    return Lease(buffer.release(), [state = state_](vk::Buffer* back) {
        {
            const std::lock_guard lock(state->mutex);
            state->free.emplace_back(back);
        }
        state->returned.notify_one();
    });
}

}  // namespace reelpool::compositor
