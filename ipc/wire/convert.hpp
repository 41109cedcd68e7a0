#pragma once

#include <capnp/common.h>

#include <stdexcept>
#include <string>

#include "ipc/base/rational.hpp"
#include "ipc/frame/draw_list.hpp"
#include "ipc/frame/frame_table.hpp"
#include "ipc/frame/media_info.hpp"
#include "ipc/frame/output_settings.hpp"
#include "ipc/frame/sound_mix.hpp"
#include "ipc/frame/sound_result.hpp"
#include "ipc/process/sandbox_level.hpp"
#include "protocol.capnp.h"

/// Between our values and their Cap'n Proto forms. Private to ipc/wire.
/// Errors: reading throws Malformed (or kj::Exception); messages.cpp turns both into an Error.
namespace reelpool::wire {

namespace proto = ::reelpool_proto;

struct Malformed : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A byte that must name an enumerator: refused when above `last`.
template <class Enum>
Enum read_enum(std::uint8_t value, Enum last) {
    if (value > static_cast<std::uint8_t>(last)) throw Malformed("an enumerator does not exist");
    return static_cast<Enum>(value);
}

/// Text for people: at most 4 KiB, well-formed UTF-8, control characters replaced.
std::string read_text(capnp::Text::Reader text);

/// Refuses what no picture may have: a side of 0, or above max_picture_side.
void check_size(std::uint32_t width, std::uint32_t height);

void write(proto::Rational::Builder to, const Rational& from);
Rational read(proto::Rational::Reader from);
void write(proto::Level::Builder to, const Level& from);
Level read(proto::Level::Reader from);
void write(proto::PixelFormat::Builder to, const PixelFormat& from);
PixelFormat read(proto::PixelFormat::Reader from);
void write(proto::Color::Builder to, const ColorDescription& from);
ColorDescription read(proto::Color::Reader from);
void write(proto::Error::Builder to, const Error& from);
Error read(proto::Error::Reader from);
void write(proto::MediaInfo::Builder to, const MediaInfo& from);
MediaInfo read(proto::MediaInfo::Reader from);
void write(proto::SandboxLevel::Builder to, const SandboxLevel& from);
SandboxLevel read(proto::SandboxLevel::Reader from);
void write(proto::FrameTable::Builder to, const FrameTable& from);
FrameTable read(proto::FrameTable::Reader from);
void write(proto::OutputSettings::Builder to, const OutputSettings& from);
OutputSettings read(proto::OutputSettings::Reader from);
void write(proto::DrawList::Builder to, const DrawList& from);
DrawList read(proto::DrawList::Reader from);
void write(proto::SoundMix::Builder to, const SoundMix& from);
SoundMix read(proto::SoundMix::Reader from);
void write(proto::SoundSettings::Builder to, const SoundSettings& from);
SoundSettings read(proto::SoundSettings::Reader from);
void write(proto::SoundResult::Builder to, const SoundResult& from);
SoundResult read(proto::SoundResult::Reader from);

}  // namespace reelpool::wire
