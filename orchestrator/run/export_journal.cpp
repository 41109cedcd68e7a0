#include "orchestrator/run/export_journal.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>

#include "ipc/base/unique_fd.hpp"

namespace reelpool::run {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t version = 1;
constexpr std::uint64_t max_manifest_bytes = std::uint64_t{256} << 20;
constexpr std::uint32_t max_segments = 10'000'000;
/// What follows is one line for each segment. (In a text there is no line's end.)
constexpr std::string_view list_begin = ",\n  \"segments\": [";

Error journal_error(const std::string& path, std::string what, std::string cause,
                    std::string hint) {
    return {.code = ErrorCode::output,
            .component = Component::output,
            .subject = path,
            .what = std::move(what),
            .cause = std::move(cause),
            .hint = std::move(hint)};
}

Unexpected failed(const std::string& path, std::string what, int reason) {
    return unexpected(journal_error(
        path, std::move(what), std::strerror(reason),
        reason == ENOSPC || reason == EDQUOT ? "free space on that disk" : "check the disk"));
}

std::string segment_name(std::uint32_t index) {
    std::array<char, 32> name{};
    std::snprintf(name.data(), name.size(), "segment-%06u", index);
    return name.data();
}

int write_fully(int fd, const std::string& text) {
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t put = ::write(fd, text.data() + done, text.size() - done);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return errno;
        if (put == 0) return EIO;
        done += static_cast<std::size_t>(put);
    }
    return 0;
}

Json segment_json(const JournalEntry& entry) {
    return {{"index", entry.segment.index},        {"firstFrame", entry.segment.first_frame},
            {"frames", entry.segment.frame_count}, {"bytes", entry.bytes},
            {"content", to_text(entry.key)},       {"file", to_text(entry.digest)}};
}

/// Thrown inside parse_manifest, and nowhere else.
struct Malformed {
    std::string what;
};

template <class Value>
Value get(const Json& json, const char* name) {
    const auto entry = json.find(name);
    if (entry == json.end()) throw Malformed{std::string("it has no \"") + name + "\""};
    const bool fits =
        std::is_same_v<Value, std::string> ? entry->is_string() : entry->is_number_unsigned();
    if (!fits) throw Malformed{std::string("its \"") + name + "\" is of the wrong kind"};
    return entry->template get<Value>();
}

std::uint32_t get_u32(const Json& json, const char* name) {
    const auto number = get<std::uint64_t>(json, name);
    if (number > UINT32_MAX) throw Malformed{std::string("its \"") + name + "\" is too large"};
    return static_cast<std::uint32_t>(number);
}

Digest get_digest(const Json& json, const char* name) {
    const auto digest = parse_digest(get<std::string>(json, name));
    if (!digest) throw Malformed{std::string("its \"") + name + "\" is no digest"};
    return *digest;
}

const Json& get_array(const Json& json, const char* name) {
    const auto entry = json.find(name);
    if (entry == json.end() || !entry->is_array())
        throw Malformed{std::string("it has no list \"") + name + "\""};
    return *entry;
}

JournalEntry read_segment(const Json& json) {
    if (!json.is_object()) throw Malformed{"a segment is none"};
    JournalEntry entry;
    entry.segment = {.index = get_u32(json, "index"),
                     .first_frame = get_u32(json, "firstFrame"),
                     .frame_count = get_u32(json, "frames")};
    entry.bytes = get<std::uint64_t>(json, "bytes");
    entry.key = get_digest(json, "content");
    entry.digest = get_digest(json, "file");
    return entry;
}

Manifest read_manifest(const Json& json) {
    if (!json.is_object() || get<std::uint64_t>(json, "reelpoolSegments") != version)
        throw Malformed{"it is of another version"};
    Manifest manifest;
    JournalFacts& facts = manifest.facts;
    facts.engine = get<std::string>(json, "engine");
    facts.renderer = get<std::string>(json, "renderer");
    facts.output = get<std::string>(json, "output");
    facts.fps = get<std::string>(json, "fps");
    facts.range = get<std::string>(json, "range");
    facts.frames = get_u32(json, "frames");
    facts.segment_frames = get_u32(json, "segmentFrames");
    for (const Json& medium : get_array(json, "media")) {
        if (!medium.is_object()) throw Malformed{"a medium is none"};
        facts.media.emplace_back(get<std::string>(medium, "path"), get_digest(medium, "content"));
    }
    const Json& segments = get_array(json, "segments");
    if (segments.size() > max_segments) throw Malformed{"it has too many segments"};
    for (const Json& one : segments) {
        const JournalEntry entry = read_segment(one);
        if (!manifest.segments.emplace(entry.segment.index, entry).second)
            throw Malformed{"it has a segment twice"};
    }
    return manifest;
}

/// Whether a line of the list is a segment that is not there yet, and is kept.
bool take_line(std::string_view line, Manifest& manifest) {
    if (line.ends_with(',')) line.remove_suffix(1);
    const Json json = Json::parse(line, nullptr, false);
    if (json.is_discarded()) return false;
    try {
        const JournalEntry entry = read_segment(json);
        return manifest.segments.emplace(entry.segment.index, entry).second;
    } catch (const Malformed& /*malformed*/) {
        return false;
    }
}

/// Nothing: not even its head is whole.
std::optional<Manifest> salvage(const std::string& text) {
    const std::size_t list = text.find(list_begin);
    if (list == std::string::npos) return std::nullopt;
    std::size_t at = list + list_begin.size();
    Manifest manifest = read_manifest(Json::parse(text.substr(0, at) + "]}"));
    manifest.is_torn = true;
    for (++at; at < text.size() && manifest.segments.size() < max_segments;) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        if (!take_line(std::string_view(text).substr(at, end - at), manifest)) break;
        at = end + 1;
    }
    return manifest;
}

}  // namespace

bool is_journal_file(const std::string& name) {
    constexpr std::string_view unfinished = ".tmp";
    std::string_view base = name;
    if (base.ends_with(unfinished)) base.remove_suffix(unfinished.size());
    if (base == manifest_name) return true;
    constexpr std::string_view prefix = "segment-";
    if (!base.starts_with(prefix)) return false;
    base.remove_prefix(prefix.size());
    return base.size() >= 6 && base.size() <= 10 &&
           std::all_of(base.begin(), base.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string output_text(const OutputSettings& settings) {
    std::string text =
        std::string(codec_name(settings.codec)) + " in " + container_name(settings.container) +
        ", " + std::to_string(settings.format.width) + "x" +
        std::to_string(settings.format.height) + " " + to_text(settings.format.format);
    if (!settings.preset.empty()) text += ", preset " + settings.preset;
    if (settings.crf >= 0) text += ", crf " + std::to_string(settings.crf);
    if (settings.bitrate != 0) text += ", bitrate " + std::to_string(settings.bitrate);
    const ColorDescription& color = settings.format.color;
    text += ", colour";
    for (const int part : {static_cast<int>(color.matrix), static_cast<int>(color.primaries),
                           static_cast<int>(color.transfer), static_cast<int>(color.range)})
        text += " " + std::to_string(part);
    if (settings.format.dither != Dither::none) text += ", dithered";
    if (settings.mastering_display) text += ", mastered on " + to_text(*settings.mastering_display);
    if (settings.content_light) text += ", light " + to_text(*settings.content_light);
    return text + ", " + std::to_string(settings.encoder_threads) + " threads";
}

std::string manifest_text(const JournalFacts& facts,
                          const std::map<std::uint32_t, JournalEntry>& segments) {
    Json head{{"reelpoolSegments", version},
              {"engine", facts.engine},
              {"renderer", facts.renderer},
              {"output", facts.output},
              {"fps", facts.fps},
              {"range", facts.range},
              {"frames", facts.frames},
              {"segmentFrames", facts.segment_frames}};
    head["media"] = Json::array();
    for (const auto& [path, content] : facts.media)
        head["media"].push_back({{"path", path}, {"content", to_text(content)}});
    std::string text = head.dump(2, ' ', false, Json::error_handler_t::replace);
    text.resize(text.size() - 2);  // "\n}"
    text += list_begin;
    const char* separator = "\n    ";
    for (const auto& [index, entry] : segments) {
        text += separator + segment_json(entry).dump();
        separator = ",\n    ";
    }
    return text + "\n  ]\n}\n";
}

Result<Manifest> parse_manifest(const std::string& text) {
    const auto damaged = [](std::string what) {
        return unexpected(journal_error(manifest_name, "the list of finished segments is damaged",
                                        std::move(what), ""));
    };
    try {
        const Json json = Json::parse(text, nullptr, false);
        if (json.is_discarded())
            if (auto manifest = salvage(text)) return *std::move(manifest);
        return read_manifest(json.is_discarded() ? Json::parse(text) : json);
    } catch (const Malformed& malformed) {
        return damaged(malformed.what);
    } catch (const nlohmann::json::parse_error& failure) {
        return damaged("it is no JSON from byte " + std::to_string(failure.byte) + " on");
    } catch (const nlohmann::json::exception& /*failure*/) {
        return damaged("it has values of the wrong kind");
    }
}

Result<std::optional<Manifest>> ExportJournal::read() const {
    const std::string path = directory_ + "/" + manifest_name;
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!file && errno == ENOENT) return std::optional<Manifest>{};
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0)
        return failed(path, "the list of finished segments cannot be read", errno);
    if (!S_ISREG(status.st_mode) || static_cast<std::uint64_t>(status.st_size) > max_manifest_bytes)
        return unexpected(
            journal_error(path, "the list of finished segments is damaged", "it is too long", ""));
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    const ssize_t got = ::pread(file.get(), text.data(), text.size(), 0);
    if (got < 0) return failed(path, "the list of finished segments cannot be read", errno);
    text.resize(static_cast<std::size_t>(got));
    REELPOOL_TRY(manifest, parse_manifest(text));
    return std::optional<Manifest>(std::move(manifest));
}

ExportJournal::Finding ExportJournal::look_at(const JournalEntry& entry) const {
    const std::string path = directory_ + "/" + segment_name(entry.segment.index);
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat status {};
    if (!file) return errno == ENOENT ? Finding::missing : Finding::damaged;
    if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
        static_cast<std::uint64_t>(status.st_size) != entry.bytes)
        return Finding::damaged;
    std::vector<std::byte> block(std::size_t{1} << 18);
    Digester digester;
    for (;;) {
        const ssize_t got = ::read(file.get(), block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return Finding::damaged;
        if (got == 0) break;
        digester.add(std::span(block).first(static_cast<std::size_t>(got)));
    }
    return digester.digest() == entry.digest ? Finding::good : Finding::damaged;
}

Status ExportJournal::begin(JournalFacts facts, std::map<std::uint32_t, JournalEntry> segments) {
    facts_ = std::move(facts);
    segments_ = std::move(segments);
    // The manifest first: it must never list a file that is gone.
    REELPOOL_TRY_STATUS(write());
    std::vector<std::string> stale;
    {
        const std::unique_ptr<DIR, int (*)(DIR*)> listing(::opendir(directory_.c_str()),
                                                          ::closedir);
        if (!listing) return failed(directory_, "the journal cannot be listed", errno);
        while (const dirent* entry = ::readdir(listing.get()))
            if (is_journal_file(entry->d_name)) stale.emplace_back(entry->d_name);
    }
    std::erase(stale, manifest_name);
    for (const auto& [index, entry] : segments_) std::erase(stale, segment_name(index));
    for (const std::string& name : stale)
        if (::unlink((directory_ + "/" + name).c_str()) != 0)
            return failed(directory_ + "/" + name, "a stale segment cannot be deleted", errno);
    return ok();
}

Status ExportJournal::add(const JournalEntry& entry) {
    const std::uint32_t index = entry.segment.index;
    // What it takes the place of is overwritten: after a failure neither is claimed.
    segments_.insert_or_assign(index, entry);
    Status status = write();
    if (!status) segments_.erase(index);
    return status;
}

Status ExportJournal::write() const {
    const std::string path = directory_ + "/" + manifest_name;
    const std::string unfinished = path + ".tmp";
    {
        UniqueFd file(::open(unfinished.c_str(),
                             O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666));
        if (!file) return failed(path, "the list of finished segments cannot be written", errno);
        int reason = write_fully(file.get(), manifest_text(facts_, segments_));
        if (reason == 0 && ::fsync(file.get()) != 0) reason = errno;
        if (::close(file.release()) != 0 && reason == 0) reason = errno;
        if (reason != 0)
            return failed(path, "the list of finished segments cannot be written", reason);
    }
    if (::rename(unfinished.c_str(), path.c_str()) != 0)
        return failed(path, "the list of finished segments cannot be renamed", errno);
    const UniqueFd directory(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || ::fsync(directory.get()) != 0)
        return failed(directory_, "the journal cannot be brought to the disk", errno);
    return ok();
}

}  // namespace reelpool::run
