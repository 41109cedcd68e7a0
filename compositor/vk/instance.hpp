#pragma once

#include <vulkan/vulkan.h>

#include <memory>
#include <string>
#include <vector>

#include "ipc/base/result.hpp"

namespace reelpool::compositor::vk {

/// Whether the Khronos validation layer watches every call.
enum class Validation { off, on };

/// The connection to the Vulkan loader.
class Instance {
  public:
    /// Errors: no Vulkan 1.2 driver; validation asked for and not installed.
    [[nodiscard]] static Result<Instance> create(Validation validation);

    Instance(Instance&&) noexcept;
    Instance& operator=(Instance&&) noexcept;
    ~Instance();

    [[nodiscard]] VkInstance get() const;
    /// Everything that the validation layer has said so far. Thread: any.
    [[nodiscard]] std::vector<std::string> validation_messages() const;

  private:
    struct State;
    explicit Instance(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace reelpool::compositor::vk
