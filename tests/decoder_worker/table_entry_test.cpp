#include "decoder_worker/table_entry.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "decoder_worker/av_log.hpp"
#include "decoder_worker/open_media.hpp"
#include "tests/decoder_worker/generated_media.hpp"
#include "tests/decoder_worker/worker_session.hpp"
#include "tests/ipc/random.hpp"

using namespace reelpool;
using namespace reelpool::worker;
using namespace reelpool::worker::test;

namespace {

constexpr wire::OpenMedia wanting{.table_entry = wire::TableEntry::wanted};
constexpr wire::OpenMedia giving{.table_entry = wire::TableEntry::given};

std::string h264() {
    return generated("h264.mp4", moving_picture(75), "-c:v libx264 -preset veryfast -g 24 -bf 3");
}

std::shared_ptr<const OpenedMedia> opened(const std::string& path, const wire::OpenMedia& wishes,
                                          const std::vector<std::byte>& entry = {}) {
    capture_av_log();
    UniqueFd fd;
    if (!entry.empty()) {
        const std::string kept = media_directory() + "entry" + std::to_string(::getpid());
        // What the orchestrator puts in front is not for the worker.
        write_file(
            kept, "front" + std::string(reinterpret_cast<const char*>(entry.data()), entry.size()));
        fd = open_file(kept);
        REQUIRE(::lseek(fd.get(), 5, SEEK_SET) == 5);
        ::unlink(kept.c_str());
    }
    auto media = open_media(open_file(path), wishes, std::move(fd));
    CAPTURE(path);
    REQUIRE(media.has_value());
    return *media;
}

bool is_same(const MediaIndex& a, const MediaIndex& b) {
    const auto same_point = [](const SeekPoint& x, const SeekPoint& y) {
        return x.pts == y.pts && x.dts == y.dts && x.position_bytes == y.position_bytes;
    };
    return a.table == b.table && a.seek == b.seek && a.naming == b.naming && a.stamps == b.stamps &&
           std::equal(a.seek_points.begin(), a.seek_points.end(), b.seek_points.begin(),
                      b.seek_points.end(), same_point);
}

}  // namespace

TEST_CASE("an entry tells the next worker everything, and the file is not read") {
    const std::string paths[] = {
        h264(),
        generated("mpeg4-b.avi", moving_picture(75), "-c:v mpeg4 -q:v 4 -bf 2 -g 20"),
        generated("h264.h264", moving_picture(75), "-c:v libx264 -g 24 -bf 2"),
        generated("h264-open.ts", moving_picture(75),
                  "-c:v libx264 -x264-params open-gop=1:keyint=20:bframes=3"),
    };
    for (const std::string& path : paths) {
        CAPTURE(path);
        const auto first = opened(path, wanting);
        REQUIRE(!first->entry.empty());
        CHECK(first->bytes_read > 0);
        const auto second = opened(path, giving, first->entry);
        CHECK(second->source == wire::TableSource::cache);
        CHECK(second->bytes_read == 0);
        CHECK(second->entry.empty());
        CHECK(second->info == first->info);
        CHECK(is_same(second->index, first->index));
    }
}

TEST_CASE("nothing is handed back where nobody wants it, or of a single picture") {
    CHECK(opened(h264(), {})->entry.empty());
    const std::string still = generated("still.png", moving_picture(1), "-frames:v 1");
    CHECK(opened(still, wanting)->entry.empty());
}

TEST_CASE("an entry for other wishes is of no use, and is replaced") {
    const auto first = opened(h264(), wanting);
    wire::OpenMedia other = giving;
    other.range_override = ColorRange::full;
    const auto second = opened(h264(), other, first->entry);
    CHECK(second->source == wire::TableSource::scan);
    CHECK(second->info.color.range == ColorRange::full);
    CHECK(decode_entry(second->entry, other).has_value());
    CHECK_FALSE(decode_entry(second->entry, giving).has_value());
}

TEST_CASE("damage at any place is noticed") {
    const std::vector<std::byte> whole = opened(h264(), wanting)->entry;
    REQUIRE(decode_entry(whole, giving).has_value());
    std::size_t accepted = 0;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const unsigned bit : {0U, 3U, 7U}) {
            std::vector<std::byte> damaged = whole;
            damaged[at] ^= std::byte{static_cast<std::uint8_t>(1U << bit)};
            if (decode_entry(damaged, giving)) ++accepted;
        }
        if (decode_entry(std::span(whole).first(at), giving)) ++accepted;
    }
    CHECK(accepted == 0);
    std::vector<std::byte> longer = whole;
    longer.resize(whole.size() + 8);
    CHECK_FALSE(decode_entry(longer, giving).has_value());
    const auto again = opened(h264(), giving, longer);
    CHECK(again->source == wire::TableSource::scan);
    CHECK(again->entry == whole);
}

TEST_CASE("random bytes are no entry") {
    reelpool::test::Random random(7);
    const std::vector<std::byte> whole = opened(h264(), wanting)->entry;
    for (int i = 0; i < 3000; ++i) {
        std::vector<std::byte> bytes = whole;
        const std::size_t begin = random.below(bytes.size());
        for (std::size_t at = begin; at < bytes.size(); ++at)
            bytes[at] = static_cast<std::byte>(random.below(256));
        CHECK_FALSE(decode_entry(bytes, giving).has_value());
    }
}

TEST_CASE("a worker takes an entry beside its file, and decodes by it") {
    const auto first = opened(h264(), wanting);
    const std::string kept = media_directory() + "given" + std::to_string(::getpid());
    write_file(
        kept, std::string(reinterpret_cast<const char*>(first->entry.data()), first->entry.size()));
    WorkerSession session;
    session.open(h264(), giving, open_file(kept));
    ::unlink(kept.c_str());
    REQUIRE(session.is_open());
    CHECK(session.opened().table_source == wire::TableSource::cache);
    CHECK(session.opened().bytes_read == 0);
    CHECK(session.opened().table == first->index.table);
    session.open_cursor(0, 1);
    session.decode(0, 24, {30});
    CHECK(session.picture(0) == decoded_by_ffmpeg(h264(), "yuv420p", 160, 90)[30]);
}

TEST_CASE("an entry that lies in good form makes no worker crash") {
    reelpool::test::Random random(11);
    const auto first = opened(h264(), wanting);
    for (int i = 0; i < 12; ++i) {
        TableRecord lie{first->info, first->index};
        for (SeekPoint& point : lie.index.seek_points)
            point = {random.any<std::int64_t>(), random.any<std::int64_t>(),
                     random.any<std::int64_t>()};
        lie.index.seek = static_cast<SeekMethod>(random.below(4));
        if (random.one_in(2)) lie.index.naming = FrameNaming::by_count;
        if (random.one_in(2))
            for (std::int64_t& pts : lie.index.table.pts) pts = pts * 3 + 1;
        lie.index.table.end_pts = lie.index.table.pts.back() + 1;
        const std::vector<std::byte> entry = encode_entry(lie, giving);
        REQUIRE(decode_entry(entry, giving).has_value());
        const std::string kept = media_directory() + "lie" + std::to_string(::getpid());
        write_file(kept, std::string(reinterpret_cast<const char*>(entry.data()), entry.size()));
        WorkerSession session;
        session.open(h264(), giving, open_file(kept));
        ::unlink(kept.c_str());
        REQUIRE(session.is_open());
        session.open_cursor(0, 1);
        session.start_decode(0, 48, {50});
        session.wait_for_answer();
        session.close_channel();
        const int status = session.zygote().reap(session.process().worker);
        CHECK(WIFEXITED(status));
    }
}
