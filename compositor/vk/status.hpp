#pragma once

#include <vulkan/vulkan.h>

#include <string>

#include "ipc/base/result.hpp"

namespace reelpool::compositor::vk {

/// A failed Vulkan call as an Error: device loss and lack of memory are worth retrying.
[[nodiscard]] Unexpected call_failed(VkResult result, const char* call);

/// ok() for VK_SUCCESS, else the error of `call`.
[[nodiscard]] Status check(VkResult result, const char* call);

/// An Error of the compositor that no call returned.
[[nodiscard]] Unexpected refuse(ErrorCode code, std::string what, std::string cause = {},
                                std::string hint = {});

}  // namespace reelpool::compositor::vk
