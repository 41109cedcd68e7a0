#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz_target.hpp"

// Runs a target without libFuzzer: first every file of a corpus as it is, then so many mutations
// of them, always the same ones. It needs no other compiler than the tests, and sees no coverage;
// tools/fuzz is the real thing. The input that is being run lies in LAST, so a crash leaves it.
// usage: TARGET CORPUS EXECUTIONS LAST

namespace {

using Input = std::vector<std::uint8_t>;
using Random = std::mt19937_64;

constexpr std::uint64_t seed = 20'240'229;
constexpr std::size_t most_bytes = 1 << 16;

std::size_t below(Random& random, std::size_t end) {
    return end == 0 ? 0 : static_cast<std::size_t>(random() % end);
}

std::vector<Input> read_corpus(const std::string& folder) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.is_regular_file()) paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    std::vector<Input> corpus;
    for (const auto& path : paths) {
        std::ifstream file(path, std::ios::binary);
        corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return corpus;
}

void insert(Input& input, std::size_t at, const std::uint8_t* from, std::size_t count) {
    input.insert(input.begin() + static_cast<std::ptrdiff_t>(at), from, from + count);
}

void erase(Input& input, std::size_t at, std::size_t count) {
    const auto begin = input.begin() + static_cast<std::ptrdiff_t>(at);
    input.erase(begin, begin + static_cast<std::ptrdiff_t>(std::min(count, input.size() - at)));
}

/// Numbers at which something changes, of any width.
void set_number(Input& input, Random& random) {
    constexpr std::array<std::uint64_t, 10> numbers{
        0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff, 0x7fffffffffffffff};
    const std::uint64_t number = numbers[below(random, numbers.size())];
    const std::size_t bytes = std::min<std::size_t>(1U << below(random, 4), input.size());
    std::memcpy(input.data() + below(random, input.size() - bytes + 1), &number, bytes);
}

void mutate(Input& input, const Input& other, Random& random) {
    if (input.empty()) input.push_back(0);
    const std::size_t at = below(random, input.size());
    switch (below(random, 7)) {
        case 0:
            input[at] = static_cast<std::uint8_t>(input[at] ^ (1U << below(random, 8)));
            break;
        case 1:
            input[at] = static_cast<std::uint8_t>(random());
            break;
        case 2:
            set_number(input, random);
            break;
        case 3:
            erase(input, at, 1 + below(random, 16));
            break;
        case 4: {
            const Input copy(input.begin() + static_cast<std::ptrdiff_t>(at),
                             input.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                 input.size(), at + 1 + below(random, 64))));
            insert(input, below(random, input.size()), copy.data(), copy.size());
            break;
        }
        case 5: {
            if (other.empty()) break;
            const std::size_t from = below(random, other.size());
            insert(input, at, other.data() + from,
                   std::min(other.size() - from, 1 + below(random, 128)));
            break;
        }
        case 6:
            input.resize(at + 1);
            break;
        default:
            break;
    }
    if (input.size() > most_bytes) input.resize(most_bytes);
}

/// Where the input lies that is being run. Written each time, because a crash asks nobody.
class LastInput {
  public:
    explicit LastInput(const char* path)
        : path_(path), file_(::open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) {}
    ~LastInput() {
        if (file_ < 0) return;
        ::close(file_);
        ::unlink(path_);
    }
    LastInput(const LastInput&) = delete;
    LastInput& operator=(const LastInput&) = delete;

    [[nodiscard]] bool is_open() const { return file_ >= 0; }
    void run(const Input& input) {
        const ssize_t wrote = ::pwrite(file_, input.data(), input.size(), 0);
        if (wrote < 0 || ::ftruncate(file_, wrote) != 0) std::perror(path_);
        LLVMFuzzerTestOneInput(input.data(), input.size());
    }

  private:
    const char* path_;
    int file_;
};

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) {
        std::fprintf(stderr, "usage: %s CORPUS EXECUTIONS LAST\n", arguments[0]);
        return 2;
    }
    const std::vector<Input> corpus = read_corpus(arguments[1]);
    const std::string text = arguments[2];
    std::uint64_t executions = 0;
    std::from_chars(text.data(), text.data() + text.size(), executions);
    LastInput last(arguments[3]);
    if (corpus.empty() || executions == 0 || !last.is_open()) {
        std::fprintf(stderr, "%s: an empty corpus, nothing to run, or no place for LAST\n",
                     arguments[0]);
        return 2;
    }
    for (const Input& input : corpus) last.run(input);
    Random random(seed);
    for (std::uint64_t n = 0; n < executions; ++n) {
        Input input = corpus[below(random, corpus.size())];
        const Input& other = corpus[below(random, corpus.size())];
        for (std::size_t times = 1 + below(random, 4); times > 0; --times)
            mutate(input, other, random);
        last.run(input);
    }
    std::printf("%zu files, %llu mutations\n", corpus.size(),
                static_cast<unsigned long long>(executions));
    return 0;
}
