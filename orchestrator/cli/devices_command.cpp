#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "ipc/process/event_loop.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/error_block.hpp"
#include "orchestrator/run/compositor_link.hpp"

namespace reelpool::cli {
namespace {

Result<wire::Devices> ask_compositor() {
    EventLoop loop;
    REELPOOL_TRY(compositor, run::CompositorLink::start(loop, {}));
    std::optional<wire::Devices> devices;
    std::optional<Error> failure;
    compositor->set_events({.on_message =
                                [&](wire::FromCompositor message) {
                                    if (auto* const m = std::get_if<wire::Devices>(&message))
                                        devices = std::move(*m);
                                    compositor->expect_end();
                                    loop.stop();
                                },
                            .on_failed =
                                [&](Error error) {
                                    failure = std::move(error);
                                    loop.stop();
                                }});
    compositor->send(wire::ListDevices{});
    loop.run();
    if (failure) return unexpected(std::move(*failure));
    REELPOOL_CHECK(devices.has_value());
    return std::move(*devices);
}

void print_text(const wire::Devices& found) {
    for (std::size_t i = 0; i < found.devices.size(); ++i) {
        const wire::Device& device = found.devices[i];
        std::printf("%zu  %s (%s, %s)\n", i, device.name.c_str(), device.kind.c_str(),
                    device.driver.c_str());
        if (device.refusal.empty())
            std::printf("   frames: %s\n", device.strategy.c_str());
        else
            std::printf("   cannot be used: %s\n", device.refusal.c_str());
    }
    if (found.devices.empty())
        std::puts("no Vulkan device; Mesa's lavapipe (mesa-vulkan-drivers) renders on the CPU");
}

void print_json(const wire::Devices& found) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < found.devices.size(); ++i) {
        const wire::Device& device = found.devices[i];
        list.push_back({{"index", i},
                        {"name", device.name},
                        {"kind", device.kind},
                        {"driver", device.driver},
                        {"strategy", device.strategy},
                        {"refusal", device.refusal}});
    }
    std::puts(list.dump(2).c_str());
}

}  // namespace

int run_devices(const DevicesOptions& options) {
    const auto devices = ask_compositor();
    if (!devices) return report_error(devices.error());
    if (options.json)
        print_json(*devices);
    else
        print_text(*devices);
    return 0;
}

}  // namespace reelpool::cli
