#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <optional>
#include <string_view>

#include "decoder_worker/zygote.hpp"
#include "ipc/base/result.hpp"

namespace {

/// The number after `name` among the arguments.
std::optional<int> number_after(int argc, char** argv, std::string_view name) {
    for (int i = 1; i + 1 < argc; ++i) {
        if (argv[i] != name) continue;
        const std::string_view text = argv[i + 1];
        int number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error == std::errc() && end == text.data() + text.size()) return number;
    }
    return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
    const auto socket = number_after(argc, argv, "--zygote-fd");
    const auto parent = number_after(argc, argv, "--parent");
    if (!socket) {
        std::fputs("reelpool-decoder-worker is a part of reelpool and is started by it\n", stderr);
        return static_cast<int>(reelpool::ErrorCode::usage);
    }
    return reelpool::worker::run_zygote(reelpool::UniqueFd(*socket), parent.value_or(::getppid()));
}
