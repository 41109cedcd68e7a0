#include "compositor/vk/instance.hpp"

#include <cstring>
#include <mutex>
#include <utility>

#include "compositor/vk/status.hpp"

namespace reelpool::compositor::vk {
namespace {

constexpr const char* validation_layer = "VK_LAYER_KHRONOS_validation";

bool has_layer(const char* wanted) {
    std::uint32_t count = 0;
    if (vkEnumerateInstanceLayerProperties(&count, nullptr) != VK_SUCCESS) return false;
    std::vector<VkLayerProperties> layers(count);
    if (vkEnumerateInstanceLayerProperties(&count, layers.data()) != VK_SUCCESS) return false;
    for (const VkLayerProperties& layer : layers)
        if (std::strcmp(layer.layerName, wanted) == 0) return true;
    return false;
}

}  // namespace

struct Instance::State {
    VkInstance instance = VK_NULL_HANDLE;
    VkDebugUtilsMessengerEXT messenger = VK_NULL_HANDLE;
    mutable std::mutex mutex;
    std::vector<std::string> messages;

    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        if (messenger != VK_NULL_HANDLE) {
            const auto destroy = reinterpret_cast<PFN_vkDestroyDebugUtilsMessengerEXT>(
                vkGetInstanceProcAddr(instance, "vkDestroyDebugUtilsMessengerEXT"));
            if (destroy != nullptr) destroy(instance, messenger, nullptr);
        }
        if (instance != VK_NULL_HANDLE) vkDestroyInstance(instance, nullptr);
    }

    static VKAPI_ATTR VkBool32 VKAPI_CALL
    on_message(VkDebugUtilsMessageSeverityFlagBitsEXT, VkDebugUtilsMessageTypeFlagsEXT,
               const VkDebugUtilsMessengerCallbackDataEXT* data, void* user) {
        auto* state = static_cast<State*>(user);
        const std::lock_guard lock(state->mutex);
        state->messages.emplace_back(data->pMessage);
        return VK_FALSE;
    }

    VkDebugUtilsMessengerCreateInfoEXT messenger_info() {
        return {.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT,
                .pNext = nullptr,
                .flags = 0,
                .messageSeverity = VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT |
                                   VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT,
                .messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT,
                .pfnUserCallback = on_message,
                .pUserData = this};
    }

    Status start_messenger() {
        const auto create = reinterpret_cast<PFN_vkCreateDebugUtilsMessengerEXT>(
            vkGetInstanceProcAddr(instance, "vkCreateDebugUtilsMessengerEXT"));
        if (create == nullptr)
            return refuse(ErrorCode::render, "the Vulkan validation layer reports no messages");
        const VkDebugUtilsMessengerCreateInfoEXT info = messenger_info();
        return check(create(instance, &info, nullptr, &messenger),
                     "vkCreateDebugUtilsMessengerEXT");
    }
};

Instance::Instance(std::unique_ptr<State> state) : state_(std::move(state)) {}
Instance::Instance(Instance&&) noexcept = default;
Instance& Instance::operator=(Instance&&) noexcept = default;
Instance::~Instance() = default;

Result<Instance> Instance::create(Validation validation) {
    const bool validate = validation == Validation::on;
    if (validate && !has_layer(validation_layer))
        return refuse(ErrorCode::render, "the Vulkan validation layer is not installed", {},
                      "install vulkan-validationlayers");
    const VkApplicationInfo application{.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
                                        .pNext = nullptr,
                                        .pApplicationName = "reelpool",
                                        .applicationVersion = 0,
                                        .pEngineName = nullptr,
                                        .engineVersion = 0,
                                        .apiVersion = VK_API_VERSION_1_2};
    const char* extension = VK_EXT_DEBUG_UTILS_EXTENSION_NAME;
    auto state = std::make_unique<State>();
    const VkDebugUtilsMessengerCreateInfoEXT messenger = state->messenger_info();
    const std::uint32_t extras = validate ? 1 : 0;
    const VkInstanceCreateInfo info{.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
                                    .pNext = validate ? &messenger : nullptr,
                                    .flags = 0,
                                    .pApplicationInfo = &application,
                                    .enabledLayerCount = extras,
                                    .ppEnabledLayerNames = &validation_layer,
                                    .enabledExtensionCount = extras,
                                    .ppEnabledExtensionNames = &extension};
    if (const VkResult result = vkCreateInstance(&info, nullptr, &state->instance);
        result != VK_SUCCESS) {
        Unexpected failure = call_failed(result, "vkCreateInstance");
        failure.error.hint = "install a Vulkan 1.2 driver, such as mesa-vulkan-drivers";
        return failure;
    }
    if (validate) REELPOOL_TRY_STATUS(state->start_messenger());
    return Instance(std::move(state));
}

VkInstance Instance::get() const {
    return state_->instance;
}

std::vector<std::string> Instance::validation_messages() const {
    const std::lock_guard lock(state_->mutex);
    return state_->messages;
}

}  // namespace reelpool::compositor::vk
