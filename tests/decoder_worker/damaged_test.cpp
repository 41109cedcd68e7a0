#include <doctest/doctest.h>

#include <cstdlib>
#include <random>

#include "tests/decoder_worker/worker_session.hpp"
#include "tests/media/child.hpp"
#include "tests/sanitized.hpp"
#include "tools/seek_stress/linear_decoding.hpp"

// A corpus of damaged files. Whatever is in them, a worker refuses them in words or serves them;
// and what it serves depends neither on threads, nor on cursors, nor on the order of requests.

using namespace reelpool;
using namespace reelpool::worker::test;
using seek_stress::PictureHash;
using seek_stress::Rendering;

namespace {

constexpr std::uint32_t slots = 64;
constexpr std::uint32_t batch = 16;

bool is_long_run() {
    const char* value = std::getenv("REELPOOL_LONG");
    return value != nullptr && *value != '\0';
}

/// Of so many cases every n-th; all of them in a long run.
int step_of_cases() {
    return is_long_run() ? 1 : test::is_sanitized() ? 20 : 5;
}

struct Source {
    const char* name;
    const char* arguments;
};
const Source sources[] = {
    {"hurt.mp4", "-c:v libx264 -preset veryfast -g 12 -bf 2 -movflags +faststart"},
    {"hurt.mkv", "-c:v libx264 -preset veryfast -x264-params open-gop=1:keyint=12:bframes=2"},
    {"hurt.ts", "-c:v mpeg2video -q:v 4 -g 12 -bf 2"},
    {"hurt.webm", "-c:v libvpx-vp9 -g 12 -cpu-used 8 -b:v 200k -auto-alt-ref 1 -lag-in-frames 8"},
    {"hurt-h264.ts", "-c:v libx264 -preset veryfast -g 12 -bf 2"},
    {"hurt-hevc.mkv",
     "-c:v libx265 -preset ultrafast -x265-params log-level=0:keyint=12:bframes=2:open-gop=1"},
};

std::string healthy(const Source& source) {
    return read_file(generated(source.name, moving_picture(48, "scale=128:72,noise=alls=8:allf=t"),
                               source.arguments));
}

struct Served {
    PictureHash picture;
    bool is_concealed = false;
    friend bool operator==(const Served&, const Served&) = default;
};

/// One worker on one file.
class Patient {
  public:
    Patient(seek_stress::ZygoteDriver& zygote, const std::string& path)
        : zygote_(zygote), id_{}, driver_(make(zygote)) {
        REQUIRE(driver_->open(open_file(path), {}).has_value());
    }
    /// The worker ends as it should, and the zygote lives.
    void end() {
        driver_.reset();
        auto status = zygote_.reap(id_);
        REQUIRE(status.has_value());
        CHECK(WIFEXITED(*status));
    }

    [[nodiscard]] bool is_open() const { return driver_->is_open(); }
    [[nodiscard]] bool has_refused() const {
        return driver_->failure() && driver_->failure()->error.code != ErrorCode::internal &&
               !driver_->failure()->error.what.empty();
    }
    [[nodiscard]] std::string refusal() const {
        return driver_->failure() ? to_string(driver_->failure()->error) : "no words";
    }
    [[nodiscard]] std::uint32_t frames() const { return driver_->opened().table.frame_count(); }

    std::vector<Served> play(std::uint32_t cursor, std::uint32_t threads, Rendering rendering) {
        std::vector<Served> served;
        driver_->set_rendering(rendering);
        driver_->open_cursor(cursor, threads);
        for (std::uint32_t first = 0; first < frames(); first += batch) {
            std::vector<std::uint32_t> wanted;
            for (std::uint32_t f = first; f < std::min(first + batch, frames()); ++f)
                wanted.push_back(f);
            const auto got = ask(cursor, first == 0 ? 0 : wire::no_seek, wanted);
            served.insert(served.end(), got.begin(), got.end());
            if (got.size() != wanted.size()) break;
        }
        return served;
    }

    void open_cursor(std::uint32_t cursor, std::uint32_t threads) {
        driver_->open_cursor(cursor, threads);
    }
    std::vector<Served> one(std::uint32_t cursor, std::uint32_t frame) {
        return ask(cursor, driver_->opened().table.keyframe_at({frame}).value, {frame});
    }

  private:
    std::unique_ptr<seek_stress::WorkerDriver> make(seek_stress::ZygoteDriver& zygote) {
        auto forked = zygote.fork_worker();
        REQUIRE(forked.has_value());
        id_ = forked->worker;
        return std::make_unique<seek_stress::WorkerDriver>(zygote, std::move(*forked), slots);
    }

    std::vector<Served> ask(std::uint32_t cursor, std::uint32_t seek_to,
                            const std::vector<std::uint32_t>& frames) {
        driver_->start_decode(cursor, seek_to, frames);
        const Status status = driver_->wait_for_slots(frames.size());
        if (!status) MESSAGE(to_string(status.error()));
        std::vector<Served> served;
        for (const wire::SlotReady& ready : driver_->take_ready())
            served.push_back({seek_stress::hash_slot(driver_->slot(ready), driver_->opened().info),
                              ready.is_concealed});
        return served;
    }

    seek_stress::ZygoteDriver& zygote_;
    WorkerId id_;
    std::unique_ptr<seek_stress::WorkerDriver> driver_;
};

/// In words, which frames are not alike.
std::string differences(const std::vector<Served>& a, const std::vector<Served>& b) {
    std::string text;
    if (a.size() != b.size()) text = "not as many; ";
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        if (a[i].picture != b[i].picture) text += std::to_string(i) + " looks different; ";
        if (a[i].is_concealed != b[i].is_concealed)
            text += std::to_string(i) + (a[i].is_concealed ? " is" : " is not") + " concealed; ";
    }
    return text;
}

std::size_t concealed_in(const std::vector<Served>& served) {
    return static_cast<std::size_t>(std::count_if(served.begin(), served.end(),
                                                  [](const Served& s) { return s.is_concealed; }));
}

/// What ffmpeg with one thread says: frames that it puts out, and those that it flags.
struct Oracle {
    std::size_t frames = 0;
    std::size_t flagged = 0;
};
Oracle asked_ffmpeg(const std::string& path) {
    const auto run = test_media::run_program(
        {"ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "warning", "-threads", "1", "-i", path,
         "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "framecrc", "-"});
    Oracle oracle;
    const auto count = [](const std::string& text, const std::string& word) {
        std::size_t n = 0;
        for (std::size_t at = text.find(word); at != std::string::npos;
             at = text.find(word, at + 1))
            ++n;
        return n;
    };
    oracle.flagged = count(run.err, "corrupt decoded frame");
    oracle.frames = count(run.out, "\n0, ");
    return oracle;
}

struct Tally {
    int files = 0;
    int refused = 0;
    int damaged = 0;
    std::size_t concealed = 0;
};

class Corpus {
  public:
    Corpus() {
        const char* executable = std::getenv("REELPOOL_WORKER");
        REQUIRE(executable != nullptr);
        auto zygote = seek_stress::ZygoteDriver::start(executable);
        REQUIRE(zygote.has_value());
        zygote_ = std::move(*zygote);
    }

    void examine(const std::string& name, const std::string& bytes) {
        CAPTURE(name);
        const std::string path = media_directory() + "patient-" + name;
        write_file(path, bytes);
        ++tally.files;
        Patient patient(*zygote_, path);
        if (!patient.is_open()) {
            ++tally.refused;
            const std::string refusal = patient.refusal();
            CAPTURE(refusal);
            CHECK(patient.has_refused());
        } else {
            compare(patient, path);
        }
        patient.end();
    }

    Tally tally;

  private:
    void compare(Patient& patient, const std::string& path) {
        const std::vector<Served> served = patient.play(0, 1, Rendering::copied);
        CHECK(served.size() == patient.frames());
        CHECK(differences(patient.play(1, 4, Rendering::direct), served) == "");
        patient.open_cursor(2, 3);
        for (int i = 0; i < 12 && !served.empty(); ++i) {
            const auto frame = static_cast<std::uint32_t>(random_() % served.size());
            CAPTURE(frame);
            CHECK(differences(patient.one(2, frame), {served[frame]}) == "");
        }
        const std::size_t concealed = concealed_in(served);
        tally.concealed += concealed;
        tally.damaged += concealed > 0 ? 1 : 0;
        const Oracle oracle = asked_ffmpeg(path);
        const std::size_t missing =
            served.size() > oracle.frames ? served.size() - oracle.frames : 0;
        CAPTURE(oracle.frames);
        CAPTURE(served.size());
        CHECK(concealed >= oracle.flagged);
        CHECK(concealed >= missing);
    }

    std::unique_ptr<seek_stress::ZygoteDriver> zygote_;
    std::mt19937 random_{1};
};

void tell(const char* what, const Tally& tally) {
    MESSAGE(what << ": " << tally.files << " files, " << tally.refused << " refused, "
                 << tally.damaged << " with concealed frames, " << tally.concealed
                 << " concealed frames");
    CHECK(tally.refused < tally.files);
}

}  // namespace

TEST_CASE("flipped bits") {
    for (const Source& source : sources) {
        const std::string whole = healthy(source);
        Corpus corpus;
        for (int seed = 0; seed < 100; seed += step_of_cases()) {
            std::mt19937 random(static_cast<unsigned>(seed));
            std::string bytes = whole;
            const auto flips = 1 + random() % 30;
            for (std::uint64_t i = 0; i < flips; ++i) {
                char& byte = bytes[random() % bytes.size()];
                byte = static_cast<char>(byte ^ (1 << (random() % 8)));
            }
            corpus.examine(std::to_string(seed) + "-" + source.name, bytes);
        }
        tell(source.name, corpus.tally);
    }
}

TEST_CASE("files that end early") {
    for (const Source& source : sources) {
        const std::string whole = healthy(source);
        Corpus corpus;
        for (int place = 1; place < 50; place += step_of_cases()) {
            const std::size_t end = whole.size() * static_cast<std::size_t>(place) / 50;
            corpus.examine("cut-" + std::to_string(place) + "-" + source.name,
                           whole.substr(0, end));
        }
        tell(source.name, corpus.tally);
    }
}

TEST_CASE("headers of other files") {
    Corpus corpus;
    for (const Source& source : sources) {
        const std::string whole = healthy(source);
        for (const Source& other : sources) {
            if (&other == &source) continue;
            const std::string head = healthy(other);
            if (test::is_sanitized() && &other != &sources[0]) continue;
            for (const std::size_t bytes : {std::size_t{64}, std::size_t{700}, std::size_t{4096}})
                corpus.examine(std::to_string(bytes) + "-of-" + other.name + "-" + source.name,
                               head.substr(0, bytes) + whole.substr(bytes));
        }
    }
    MESSAGE(corpus.tally.files << " files, " << corpus.tally.refused << " refused");
}
