#include "orchestrator/run/export_journal.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "orchestrator/run/segment_choice.hpp"

using namespace reelpool;
using namespace reelpool::run;

namespace {

namespace fs = std::filesystem;

struct Directory {
    Directory() {
        std::string name = (fs::temp_directory_path() / "reelpool-test-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~Directory() { fs::remove_all(path); }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    fs::path path;
};

void write(const fs::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

JournalEntry entry(std::uint32_t index, const std::string& content) {
    Digester digester;
    digester.add(std::as_bytes(std::span(content.data(), content.size())));
    return {.segment = {.index = index, .first_frame = index * 10, .frame_count = 10},
            .key = {index, 7},
            .digest = digester.digest(),
            .bytes = content.size()};
}

const JournalFacts facts{.engine = "0.1.0",
                         .renderer = "llvmpipe \"15\"",
                         .output = "h264",
                         .frames = 35,
                         .segment_frames = 10,
                         .fps = "30000/1001",
                         .range = "0..10/3",
                         .media = {{"a \\ \"b\".mp4", {1, 2}}, {"\xff\xfe", {3, 4}}}};

}  // namespace

TEST_CASE("a manifest says the same when it is read back") {
    const std::map<std::uint32_t, JournalEntry> segments{{0, entry(0, "a")}, {2, entry(2, "b")}};
    JournalFacts plain = facts;
    plain.media.pop_back();
    for (const auto& some : {segments, std::map<std::uint32_t, JournalEntry>{}}) {
        const auto manifest = parse_manifest(manifest_text(plain, some));
        REQUIRE(manifest);
        CHECK(manifest->facts == plain);
        CHECK(manifest->segments == some);
    }
    // A path that is no UTF-8 is for people only: it is replaced, and does no harm.
    CHECK(parse_manifest(manifest_text(facts, segments)));
}

TEST_CASE("of a manifest that was cut, the segments before the cut are left") {
    JournalFacts plain = facts;
    plain.media.pop_back();
    const std::string text = manifest_text(plain, {{0, entry(0, "a")}, {1, entry(1, "b")}});
    const std::size_t head = text.find("\"segments\": [") + 13;
    for (std::size_t size = 0; size + 2 < text.size(); ++size) {
        CAPTURE(size);
        const auto manifest = parse_manifest(text.substr(0, size));
        CHECK(manifest.has_value() == (size >= head));
        if (!manifest) continue;
        CHECK(manifest->is_torn);
        CHECK(manifest->facts == plain);
        const std::string kept = text.substr(head, size - head);
        const auto whole = std::count(kept.begin(), kept.end(), '}');
        CHECK(static_cast<std::ptrdiff_t>(manifest->segments.size()) == whole);
        if (whole > 0) CHECK(manifest->segments.at(0) == entry(0, "a"));
    }
}

TEST_CASE("a manifest that was changed is refused or says something else, and no more") {
    const std::string text = manifest_text(facts, {{0, entry(0, "a")}, {1, entry(1, "b")}});
    int refused = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        for (const int bit : {0, 3, 6, 7}) {
            std::string other = text;
            other[at] = static_cast<char>(other[at] ^ (1 << bit));
            const auto manifest = parse_manifest(other);
            refused += manifest ? 0 : 1;
            if (!manifest) CHECK(manifest.error().code == ErrorCode::output);
        }
    }
    CHECK(refused > 400);
    for (const char* other :
         {"", "null", "[]", "{}", "{\"reelpoolSegments\":2}", "{\"reelpoolSegments\":1}",
          "{\"reelpoolSegments\":-1}", "{\"reelpoolSegments\":\"1\"}"})
        CHECK_FALSE(parse_manifest(other));
    std::string twice = text;
    twice.replace(twice.find("\"index\":1"), 9, "\"index\":0");
    CHECK_FALSE(parse_manifest(twice));
    // Torn, too: up to the second line of the same segment.
    const auto torn = parse_manifest(twice.substr(0, twice.size() - 4));
    REQUIRE(torn);
    CHECK(torn->segments.size() == 1);
}

TEST_CASE("a journal lists what is on the disk, and its directory holds nothing else") {
    const Directory directory;
    write(directory.path / "segment-000000", "zero");
    write(directory.path / "segment-000001", "one");
    write(directory.path / "segment-000005", "stale");
    write(directory.path / "segment-000002.tmp", "half");
    ExportJournal journal(directory.path);
    CHECK_FALSE(*journal.read());
    REQUIRE(journal.begin(facts, {{0, entry(0, "zero")}}));
    CHECK(fs::exists(directory.path / "segment-000000"));
    CHECK_FALSE(fs::exists(directory.path / "segment-000001"));
    CHECK_FALSE(fs::exists(directory.path / "segment-000005"));
    CHECK_FALSE(fs::exists(directory.path / "segment-000002.tmp"));
    write(directory.path / "segment-000001", "one");
    REQUIRE(journal.add(entry(1, "one")));
    CHECK(journal.segments().size() == 2);

    const ExportJournal later(directory.path);
    const auto manifest = later.read();
    REQUIRE(manifest);
    REQUIRE(*manifest);
    CHECK((*manifest)->segments == journal.segments());
    CHECK(later.look_at(entry(1, "one")) == ExportJournal::Finding::good);
    CHECK(later.look_at(entry(1, "two")) == ExportJournal::Finding::damaged);
    CHECK(later.look_at(entry(1, "longer")) == ExportJournal::Finding::damaged);
    CHECK(later.look_at(entry(2, "two")) == ExportJournal::Finding::missing);
    fs::create_directory(directory.path / "segment-000003");
    CHECK(later.look_at(entry(3, "")) == ExportJournal::Finding::damaged);

    write(directory.path / "manifest.json", read(directory.path / "manifest.json").substr(0, 300));
    const auto torn = later.read();
    REQUIRE_FALSE(torn);
    CHECK(torn.error().what == "the list of finished segments is damaged");
}

TEST_CASE("a manifest that cannot be written is an error, and the one before stays") {
    const Directory directory;
    ExportJournal journal(directory.path);
    REQUIRE(journal.begin(facts, {{0, entry(0, "zero")}}));
    const std::string before = read(directory.path / "manifest.json");
    fs::create_directory(directory.path / "manifest.json.tmp");
    const Status status = journal.add(entry(1, "one"));
    REQUIRE_FALSE(status);
    CHECK(status.error().code == ErrorCode::output);
    CHECK(journal.segments().size() == 1);
    CHECK(read(directory.path / "manifest.json") == before);
}

TEST_CASE("only names that a journal gives are its files") {
    for (const char* name : {"manifest.json", "manifest.json.tmp", "segment-000000",
                             "segment-4294967295", "segment-000012.tmp"})
        CHECK(is_journal_file(name));
    for (const char* name : {"", "manifest", "segment-", "segment-1", "segment-00000a", "output",
                             "segment-000000.bak", "xsegment-000000", ".tmp", "."})
        CHECK_FALSE(is_journal_file(name));
}

TEST_CASE("what is left to render are the frames beside the segments that are there") {
    OutputSettings settings;
    settings.frame_count = 35;
    settings.keyframe_interval = 10;
    using Spans = std::vector<model::FrameSpan>;
    const auto beside = [&](std::initializer_list<std::uint32_t> there) {
        std::map<std::uint32_t, JournalEntry> segments;
        for (const std::uint32_t index : there) segments[index] = entry(index, "");
        return frames_beside(segments, settings);
    };
    CHECK(beside({}) == Spans{{OutputIndex{0}, 35}});
    CHECK(beside({0}) == Spans{{OutputIndex{10}, 25}});
    CHECK(beside({1}) == Spans{{OutputIndex{0}, 10}, {OutputIndex{20}, 15}});
    CHECK(beside({3, 0}) == Spans{{OutputIndex{10}, 20}});
    CHECK(beside({0, 2}) == Spans{{OutputIndex{10}, 10}, {OutputIndex{30}, 5}});
    CHECK(beside({0, 1, 2, 3}).empty());
}
