#include "ipc/wire/convert.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

namespace reelpool::wire {
namespace {

constexpr std::size_t max_text_bytes = 4096;

std::int64_t narrow(Int128 value) {
    REELPOOL_CHECK(value >= std::numeric_limits<std::int64_t>::min() &&
                   value <= std::numeric_limits<std::int64_t>::max());
    return static_cast<std::int64_t>(value);
}

/// The bytes of the well-formed UTF-8 character at the front of `text`; 0 if there is none.
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(0);
    const std::size_t length = lead < 0x80                   ? 1
                               : lead >= 0xc2 && lead < 0xe0 ? 2
                               : lead >= 0xe0 && lead < 0xf0 ? 3
                               : lead >= 0xf0 && lead < 0xf5 ? 4
                                                             : 0;
    if (length > text.size()) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xc0U) != 0x80) return 0;
    // Longer than necessary, half of a surrogate pair, or above U+10FFFF.
    if (lead == 0xe0 && byte(1) < 0xa0) return 0;
    if (lead == 0xed && byte(1) >= 0xa0) return 0;
    if (lead == 0xf0 && byte(1) < 0x90) return 0;
    if (lead == 0xf4 && byte(1) >= 0x90) return 0;
    return length;
}

bool is_control(std::string_view character) {
    const auto lead = static_cast<unsigned char>(character[0]);
    if (character.size() == 1) return (lead < 0x20 && lead != '\n') || lead == 0x7f;
    return lead == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
}

}  // namespace

void check_size(std::uint32_t width, std::uint32_t height) {
    if (width == 0 || height == 0 || width > max_picture_side || height > max_picture_side)
        throw Malformed("a picture's size is out of range");
}

std::string read_text(capnp::Text::Reader text) {
    std::string_view rest(text.begin(), text.size());
    std::string out;
    while (!rest.empty()) {
        const std::size_t length = utf8_length(rest);
        const std::string_view character = rest.substr(0, std::max<std::size_t>(length, 1));
        if (out.size() + character.size() > max_text_bytes) break;
        if (length == 0)
            out += '?';
        else if (is_control(character))
            out += ' ';
        else
            out += character;
        rest.remove_prefix(character.size());
    }
    return out;
}

void write(proto::Rational::Builder to, const Rational& from) {
    to.setNum(narrow(from.num()));
    to.setDen(narrow(from.den()));
}

Rational read(proto::Rational::Reader from) {
    const Rational value(from.getNum(), from.getDen());
    if (!value.is_valid()) throw Malformed("a fraction has the denominator 0");
    return value;
}

void write(proto::Level::Builder to, const Level& from) {
    to.setX(from.x);
    to.setY(from.y);
}

Level read(proto::Level::Reader from) {
    if (from.getX() > max_level || from.getY() > max_level)
        throw Malformed("a level is out of range");
    return {from.getX(), from.getY()};
}

void write(proto::PixelFormat::Builder to, const PixelFormat& from) {
    to.setModel(static_cast<std::uint8_t>(from.model));
    to.setBitDepth(from.bit_depth);
    to.setChromaShiftX(from.chroma_shift_x);
    to.setChromaShiftY(from.chroma_shift_y);
    to.setHasAlpha(from.has_alpha);
}

PixelFormat read(proto::PixelFormat::Reader from) {
    const PixelFormat to{.model = read_enum(from.getModel(), ColorModel::gray),
                         .bit_depth = from.getBitDepth(),
                         .chroma_shift_x = from.getChromaShiftX(),
                         .chroma_shift_y = from.getChromaShiftY(),
                         .has_alpha = from.getHasAlpha()};
    if (!validate(to)) throw Malformed("a pixel format does not exist");
    return to;
}

void write(proto::Color::Builder to, const ColorDescription& from) {
    to.setMatrix(static_cast<std::uint8_t>(from.matrix));
    to.setPrimaries(static_cast<std::uint8_t>(from.primaries));
    to.setTransfer(static_cast<std::uint8_t>(from.transfer));
    to.setRange(static_cast<std::uint8_t>(from.range));
    to.setSiting(static_cast<std::uint8_t>(from.siting));
}

ColorDescription read(proto::Color::Reader from) {
    // Code points without a name here are legal in files; what cannot be shown is refused later.
    return {.matrix = static_cast<ColorMatrix>(from.getMatrix()),
            .primaries = static_cast<ColorPrimaries>(from.getPrimaries()),
            .transfer = static_cast<ColorTransfer>(from.getTransfer()),
            .range = read_enum(from.getRange(), ColorRange::full),
            .siting = read_enum(from.getSiting(), ChromaSiting::top_left)};
}

void write(proto::Error::Builder to, const Error& from) {
    to.setCode(static_cast<std::uint8_t>(from.code));
    to.setComponent(static_cast<std::uint8_t>(from.component));
    to.setSubject(from.subject);
    to.setWhat(from.what);
    to.setCause(from.cause);
    to.setHint(from.hint);
}

Error read(proto::Error::Reader from) {
    Error to;
    const std::uint8_t code = from.getCode();
    to.code = (code >= 1 && code <= 8) || code == 75 || code == 130 ? static_cast<ErrorCode>(code)
                                                                    : ErrorCode::internal;
    to.component = read_enum(from.getComponent(), Component::output);
    to.subject = read_text(from.getSubject());
    to.what = read_text(from.getWhat());
    to.cause = read_text(from.getCause());
    to.hint = read_text(from.getHint());
    return to;
}

void write(proto::SandboxLevel::Builder to, const SandboxLevel& from) {
    to.setMode(static_cast<std::uint8_t>(from.mode));
    auto pieces = to.initPieces(static_cast<unsigned>(from.pieces.size()));
    for (unsigned i = 0; i < pieces.size(); ++i)
        pieces.set(i, static_cast<std::uint8_t>(from.pieces[i]));
    auto gaps = to.initGaps(static_cast<unsigned>(from.gaps.size()));
    for (unsigned i = 0; i < gaps.size(); ++i) {
        gaps[i].setPiece(static_cast<std::uint8_t>(from.gaps[i].piece));
        gaps[i].setReason(from.gaps[i].reason);
        gaps[i].setIsRelaxed(from.gaps[i].is_relaxed);
    }
}

SandboxLevel read(proto::SandboxLevel::Reader from) {
    constexpr unsigned max_entries = 32;
    if (from.getPieces().size() > max_entries || from.getGaps().size() > max_entries)
        throw Malformed("a sandbox has more pieces than there are");
    SandboxLevel to;
    to.mode = read_enum(from.getMode(), last_sandbox_mode);
    for (const std::uint8_t piece : from.getPieces()) to.add(read_enum(piece, last_sandbox_piece));
    for (const auto gap : from.getGaps())
        to.gaps.push_back({.piece = read_enum(gap.getPiece(), last_sandbox_piece),
                           .reason = read_text(gap.getReason()),
                           .is_relaxed = gap.getIsRelaxed()});
    return to;
}

void write(proto::StreamSummary::Builder to, const StreamSummary& from) {
    to.setIndex(from.index);
    to.setKind(from.kind);
    to.setCodec(from.codec);
    to.setFacts(from.facts);
    to.setIsShown(from.is_shown);
}

StreamSummary read(proto::StreamSummary::Reader from) {
    return {.index = from.getIndex(),
            .kind = read_text(from.getKind()),
            .codec = read_text(from.getCodec()),
            .facts = read_text(from.getFacts()),
            .is_shown = from.getIsShown()};
}

void write(proto::SoundStream::Builder to, const SoundInfo& from) {
    to.setCodec(from.codec);
    to.setRateHz(from.rate_hz);
    to.setChannels(from.channels);
    to.setLayoutMask(from.layout_mask);
    write(to.initFirstSample(), from.first_sample);
    write(to.initDuration(), from.duration);
}

SoundInfo read(proto::SoundStream::Reader from) {
    SoundInfo to{.codec = read_text(from.getCodec()),
                 .rate_hz = from.getRateHz(),
                 .channels = from.getChannels(),
                 .layout_mask = from.getLayoutMask(),
                 .first_sample = read(from.getFirstSample()),
                 .duration = read(from.getDuration())};
    if (const Status status = validate(to); !status) throw Malformed(status.error().what);
    return to;
}

void write(proto::MediaInfo::Builder to, const MediaInfo& from) {
    to.setContainer(from.container);
    to.setCodec(from.codec);
    write(to.initFormat(), from.format);
    to.setWidth(from.width);
    to.setHeight(from.height);
    write(to.initSampleAspect(), from.sample_aspect);
    to.setQuarterTurns(from.orientation.quarter_turns_clockwise);
    to.setMirrored(from.orientation.mirrored_horizontally);
    write(to.initTagged(), from.tagged);
    write(to.initColor(), from.color);
    to.setIsStill(from.is_still);
    to.setIsInterlaced(from.is_interlaced);
    to.setHasSound(from.has_sound);
    to.setHasNoPictures(!from.has_pictures);
    if (from.sound) write(to.initSoundStream(), *from.sound);
    to.setIsTopFieldFirst(from.is_top_field_first);
    auto streams = to.initStreams(static_cast<unsigned>(from.streams.size()));
    for (unsigned i = 0; i < streams.size(); ++i) write(streams[i], from.streams[i]);
    auto notes = to.initNotes(static_cast<unsigned>(from.notes.size()));
    for (unsigned i = 0; i < notes.size(); ++i) notes.set(i, from.notes[i]);
}

MediaInfo read(proto::MediaInfo::Reader from) {
    MediaInfo to;
    to.container = read_text(from.getContainer());
    to.codec = read_text(from.getCodec());
    to.format = read(from.getFormat());
    to.width = from.getWidth();
    to.height = from.getHeight();
    to.has_pictures = !from.getHasNoPictures();
    if (to.has_pictures)
        check_size(to.width, to.height);
    else if (to.width != 0 || to.height != 0)
        throw Malformed("a medium without pictures has a size");
    to.sample_aspect = read(from.getSampleAspect());
    constexpr Int128 max_term = std::numeric_limits<std::int32_t>::max();
    if (to.sample_aspect <= Rational(0) || to.sample_aspect.num() > max_term ||
        to.sample_aspect.den() > max_term)
        throw Malformed("a sample aspect ratio is out of range");
    if (from.getQuarterTurns() > 3) throw Malformed("an orientation is out of range");
    to.orientation = {from.getQuarterTurns(), from.getMirrored()};
    to.tagged = read(from.getTagged());
    to.color = read(from.getColor());
    to.is_still = from.getIsStill();
    to.is_interlaced = from.getIsInterlaced();
    to.has_sound = from.getHasSound();
    if (from.hasSoundStream()) to.sound = read(from.getSoundStream());
    if ((to.sound && !to.has_sound) || (!to.sound && !to.has_pictures))
        throw Malformed("a medium has neither pictures nor sound, or says both yes and no");
    to.is_top_field_first = from.getIsTopFieldFirst();
    constexpr unsigned max_streams = 256;
    const auto streams = from.getStreams();
    for (unsigned i = 0; i < std::min(streams.size(), max_streams); ++i)
        to.streams.push_back(read(streams[i]));
    constexpr unsigned max_notes = 64;
    const auto notes = from.getNotes();
    for (unsigned i = 0; i < std::min(notes.size(), max_notes); ++i)
        to.notes.push_back(read_text(notes[i]));
    return to;
}

void write(proto::FrameTable::Builder to, const FrameTable& from) {
    write(to.initTimeBase(), from.time_base);
    auto pts = to.initPts(static_cast<unsigned>(from.pts.size()));
    for (unsigned i = 0; i < pts.size(); ++i) pts.set(i, from.pts[i]);
    to.setEndPts(from.end_pts);
    auto keyframes = to.initKeyframes(static_cast<unsigned>(from.keyframes.size()));
    for (unsigned i = 0; i < keyframes.size(); ++i) keyframes.set(i, from.keyframes[i]);
}

FrameTable read(proto::FrameTable::Reader from) {
    FrameTable to;
    to.time_base = read(from.getTimeBase());
    const auto pts = from.getPts();
    to.pts.reserve(pts.size());
    for (const std::int64_t value : pts) to.pts.push_back(value);
    to.end_pts = from.getEndPts();
    const auto keyframes = from.getKeyframes();
    to.keyframes.reserve(keyframes.size());
    for (const std::uint32_t value : keyframes) to.keyframes.push_back(value);
    // Of a medium without pictures.
    if (to == FrameTable{}) return to;
    if (const Status status = validate(to); !status) throw Malformed(status.error().what);
    return to;
}

void write(proto::OutputSettings::Builder to, const OutputSettings& from) {
    to.setPartPath(from.part_path);
    to.setPngPattern(from.png_pattern);
    to.setJournalPath(from.journal_path);
    to.setCodec(static_cast<std::uint8_t>(from.codec));
    to.setContainer(static_cast<std::uint8_t>(from.container));
    auto format = to.initFormat();
    format.setWidth(from.format.width);
    format.setHeight(from.format.height);
    write(format.initFormat(), from.format.format);
    write(format.initColor(), from.format.color);
    format.setDither(static_cast<std::uint8_t>(from.format.dither));
    write(to.initFrameRate(), from.frame_rate);
    to.setFrameCount(from.frame_count);
    to.setPreset(from.preset);
    to.setCrf(from.crf);
    to.setBitrate(from.bitrate);
    to.setEncoderThreads(from.encoder_threads);
    to.setKeyframeInterval(from.keyframe_interval);
    to.setHasSound(from.sound.has_value());
    if (from.sound) write(to.initSound(), *from.sound);
    if (from.mastering_display) {
        const MasteringDisplay& d = *from.mastering_display;
        to.setMasteringDisplay({d.green[0], d.green[1], d.blue[0], d.blue[1], d.red[0], d.red[1],
                                d.white[0], d.white[1], d.max_luminance, d.min_luminance});
    }
    if (from.content_light)
        to.setContentLight(
            {from.content_light->brightest_pixel, from.content_light->brightest_frame_average});
    auto metadata = to.initMetadata(static_cast<unsigned>(from.metadata.size()));
    for (unsigned i = 0; i < metadata.size(); ++i) {
        metadata[i].setKey(from.metadata[i].first);
        metadata[i].setValue(from.metadata[i].second);
    }
}

OutputSettings read(proto::OutputSettings::Reader from) {
    OutputSettings to;
    to.part_path = std::string(from.getPartPath().cStr());
    to.png_pattern = std::string(from.getPngPattern().cStr());
    to.journal_path = std::string(from.getJournalPath().cStr());
    to.codec = read_enum(from.getCodec(), Codec::webp);
    to.container = read_enum(from.getContainer(), Container::ogg);
    const auto format = from.getFormat();
    to.format = {.width = format.getWidth(),
                 .height = format.getHeight(),
                 .format = read(format.getFormat()),
                 .color = read(format.getColor()),
                 .dither = read_enum(format.getDither(), Dither::ordered)};
    check_size(to.format.width, to.format.height);
    to.frame_rate = read(from.getFrameRate());
    if (to.frame_rate <= Rational(0)) throw Malformed("a frame rate is not positive");
    to.frame_count = from.getFrameCount();
    to.preset = read_text(from.getPreset());
    to.crf = from.getCrf();
    to.bitrate = from.getBitrate();
    to.encoder_threads = from.getEncoderThreads();
    to.keyframe_interval = from.getKeyframeInterval();
    if (from.getHasSound()) to.sound = read(from.getSound());
    if (const auto d = from.getMasteringDisplay(); d.size() == 10)
        to.mastering_display = {.green = {d[0], d[1]},
                                .blue = {d[2], d[3]},
                                .red = {d[4], d[5]},
                                .white = {d[6], d[7]},
                                .max_luminance = d[8],
                                .min_luminance = d[9]};
    else if (d.size() != 0)
        throw Malformed("a mastering display is not complete");
    if (const auto light = from.getContentLight(); light.size() == 2)
        to.content_light = {light[0], light[1]};
    else if (light.size() != 0)
        throw Malformed("a content light level is not complete");
    for (const auto entry : from.getMetadata())
        to.metadata.emplace_back(entry.getKey().cStr(), entry.getValue().cStr());
    return to;
}

}  // namespace reelpool::wire
