#pragma once

#include <cstdint>
#include <ctime>

namespace reelpool {

/// CPU time that the calling thread has used.
[[nodiscard]] inline std::uint64_t thread_cpu_ns() {
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return static_cast<std::uint64_t>(used.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(used.tv_nsec);
}

/// CPU time that all threads of this process have used.
[[nodiscard]] inline std::uint64_t process_cpu_us() {
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<std::uint64_t>(used.tv_sec) * 1'000'000 +
           static_cast<std::uint64_t>(used.tv_nsec) / 1000;
}

/// Adds the CPU time that its thread uses during its life to a sum, in ns.
template <class Sum>
class CpuMeter {
  public:
    explicit CpuMeter(Sum& sum_ns) : sum_ns_(sum_ns), begun_ns_(thread_cpu_ns()) {}
    ~CpuMeter() { sum_ns_ += thread_cpu_ns() - begun_ns_; }
    CpuMeter(const CpuMeter&) = delete;
    CpuMeter& operator=(const CpuMeter&) = delete;

  private:
    Sum& sum_ns_;
    std::uint64_t begun_ns_;
};

}  // namespace reelpool
