#include "compositor/vk/status.hpp"

#include <utility>

namespace reelpool::compositor::vk {
namespace {

std::string result_name(VkResult result) {
    struct Name {
        VkResult result;
        const char* text;
    };
    static constexpr Name names[] = {
        {VK_NOT_READY, "VK_NOT_READY"},
        {VK_TIMEOUT, "VK_TIMEOUT"},
        {VK_INCOMPLETE, "VK_INCOMPLETE"},
        {VK_ERROR_OUT_OF_HOST_MEMORY, "out of host memory"},
        {VK_ERROR_OUT_OF_DEVICE_MEMORY, "out of device memory"},
        {VK_ERROR_INITIALIZATION_FAILED, "initialisation failed"},
        {VK_ERROR_DEVICE_LOST, "the device was lost"},
        {VK_ERROR_MEMORY_MAP_FAILED, "mapping memory failed"},
        {VK_ERROR_LAYER_NOT_PRESENT, "a layer is not installed"},
        {VK_ERROR_EXTENSION_NOT_PRESENT, "an extension is missing"},
        {VK_ERROR_FEATURE_NOT_PRESENT, "a feature is missing"},
        {VK_ERROR_INCOMPATIBLE_DRIVER, "no compatible driver"},
        {VK_ERROR_TOO_MANY_OBJECTS, "too many objects"},
        {VK_ERROR_INVALID_EXTERNAL_HANDLE, "the driver refuses this memory"},
    };
    for (const Name& name : names)
        if (name.result == result) return name.text;
    return "VkResult " + std::to_string(static_cast<int>(result));
}

}  // namespace

Unexpected call_failed(VkResult result, const char* call) {
    const bool transient = result == VK_ERROR_DEVICE_LOST ||
                           result == VK_ERROR_OUT_OF_HOST_MEMORY ||
                           result == VK_ERROR_OUT_OF_DEVICE_MEMORY;
    return refuse(transient ? ErrorCode::retryable : ErrorCode::render,
                  std::string(call) + " failed", result_name(result));
}

Status check(VkResult result, const char* call) {
    if (result == VK_SUCCESS) return ok();
    return call_failed(result, call);
}

Unexpected refuse(ErrorCode code, std::string what, std::string cause, std::string hint) {
    return unexpected({.code = code,
                       .component = Component::compositor,
                       .subject = {},
                       .what = std::move(what),
                       .cause = std::move(cause),
                       .hint = std::move(hint)});
}

}  // namespace reelpool::compositor::vk
