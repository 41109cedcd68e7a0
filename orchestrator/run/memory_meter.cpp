#include "orchestrator/run/memory_meter.hpp"

#include <fstream>
#include <string>

namespace reelpool::run {

std::uint64_t private_bytes(const std::vector<pid_t>& processes) {
    std::uint64_t total_kib = 0;
    for (const pid_t pid : processes) {
        std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
        std::string line;
        std::uint64_t pss = 0;
        std::uint64_t shared_memory = 0;
        while (std::getline(file, line)) {
            const auto value = [&](const char* name) -> std::uint64_t {
                if (line.rfind(name, 0) != 0) return 0;
                return std::stoull(line.substr(line.find_first_of("0123456789")));
            };
            pss += value("Pss:");
            shared_memory += value("Pss_Shmem:");
        }
        total_kib += pss > shared_memory ? pss - shared_memory : 0;
    }
    return total_kib * 1024;
}

}  // namespace reelpool::run
