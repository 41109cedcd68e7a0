#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string_view>

#include "decoder_worker/zygote.hpp"
#include "ipc/base/result.hpp"

namespace {

/// The word after `name` among the arguments.
std::optional<std::string_view> word_after(int argc, char** argv, std::string_view name) {
    for (int i = 1; i + 1 < argc; ++i)
        if (argv[i] == name) return argv[i + 1];
    return std::nullopt;
}

template <class Number>
std::optional<Number> number_after(int argc, char** argv, std::string_view name) {
    const std::string_view text = word_after(argc, argv, name).value_or("");
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size()) return number;
    return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
    const auto socket = number_after<int>(argc, argv, "--zygote-fd");
    const auto parent = number_after<int>(argc, argv, "--parent");
    const auto memory = number_after<std::uint64_t>(argc, argv, "--worker-memory");
    // Without a word about it there is a sandbox; with one that means nothing there is no start.
    const auto sandbox =
        reelpool::sandbox_mode_of(word_after(argc, argv, "--sandbox").value_or("best-effort"));
    if (!socket || !sandbox) {
        std::fputs("reelpool-decoder-worker is a part of reelpool and is started by it\n", stderr);
        return static_cast<int>(reelpool::ErrorCode::usage);
    }
    return reelpool::worker::run_zygote(
        reelpool::UniqueFd(*socket), parent.value_or(::getppid()),
        {.mode = *sandbox, .memory_bytes = memory.value_or(reelpool::worker::usual_memory_bytes)});
}
