#pragma once

#include "compositor/vk/device.hpp"
#include "compositor/vk/instance.hpp"

namespace reelpool::compositor::vk {

/// A logical device and the instance that it needs. Shared by all that own objects of the device.
struct Gpu {
    Instance instance;
    Device device;
};

}  // namespace reelpool::compositor::vk
