// Preloaded into the programs under test: a wall clock that is a day ahead, then a day behind, with
// every look at it. The monotonic clocks go on as they do.
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>

#include <atomic>

namespace {

time_t jump() {
    static std::atomic<unsigned> looks{0};
    constexpr time_t day = 24 * 60 * 60;
    return (looks++ % 2 == 0) ? day : -day;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* now) {
    static const auto real =
        reinterpret_cast<int (*)(clockid_t, timespec*)>(::dlsym(RTLD_NEXT, "clock_gettime"));
    const int result = real(clock, now);
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) now->tv_sec += jump();
    return result;
}

time_t time(time_t* now) {
    timespec at{};
    ::clock_gettime(CLOCK_REALTIME, &at);
    if (now != nullptr) *now = at.tv_sec;
    return at.tv_sec;
}

int gettimeofday(timeval* now, void*) noexcept {
    timespec at{};
    ::clock_gettime(CLOCK_REALTIME, &at);
    now->tv_sec = at.tv_sec;
    now->tv_usec = at.tv_nsec / 1000;
    return 0;
}
}
