#include "ipc/wire/messages.hpp"

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include <cstring>
#include <exception>

#include "ipc/wire/convert.hpp"

namespace reelpool::wire {
namespace {

template <class... Handlers>
struct Overloaded : Handlers... {
    using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

Bytes to_bytes(capnp::MallocMessageBuilder& builder) {
    const kj::Array<capnp::word> words = capnp::messageToFlatArray(builder);
    const auto bytes = words.asBytes();
    const auto* const begin = reinterpret_cast<const std::byte*>(bytes.begin());
    return Bytes(begin, begin + bytes.size());
}

/// Copies the bytes to aligned private memory and reads the root under tight limits.
template <class Root, class Read>
auto from_bytes(std::span<const std::byte> bytes, Read read_root)
    -> Result<decltype(read_root(std::declval<typename Root::Reader>()))> {
    const auto malformed = [](const char* cause) {
        return unexpected({.code = ErrorCode::decode,
                           .component = Component::worker,
                           .subject = {},
                           .what = "a process sent a malformed message",
                           .cause = cause,
                           .hint = {}});
    };
    try {
        if (bytes.size() % sizeof(capnp::word) != 0) return malformed("odd size");
        kj::Array<capnp::word> words =
            kj::heapArray<capnp::word>(bytes.size() / sizeof(capnp::word));
        if (!bytes.empty()) std::memcpy(words.begin(), bytes.data(), bytes.size());
        capnp::ReaderOptions options;
        options.traversalLimitInWords = 4 * words.size() + 64;
        options.nestingLimit = 16;
        capnp::FlatArrayMessageReader reader(words, options);
        return read_root(reader.getRoot<Root>());
    } catch (const kj::Exception& error) {
        return malformed(error.getDescription().cStr());
    } catch (const std::exception& error) {
        return malformed(error.what());
    }
}

template <class List>
unsigned size_of(const List& list) {
    return static_cast<unsigned>(list.size());
}

void write(proto::Decode::Builder to, const Decode& from) {
    to.setCursor(from.cursor.value);
    to.setSeekTo(from.seek_to);
    auto steps = to.initSteps(size_of(from.steps));
    for (unsigned i = 0; i < steps.size(); ++i) {
        steps[i].setFrame(from.steps[i].frame.value);
        auto grants = steps[i].initGrants(size_of(from.steps[i].grants));
        for (unsigned g = 0; g < grants.size(); ++g) {
            const SlotGrant& grant = from.steps[i].grants[g];
            wire::write(grants[g].initLevel(), grant.level);
            grants[g].setSegment(grant.segment.value);
            grants[g].setOffsetBytes(grant.offset_bytes);
            grants[g].setSlotBytes(grant.slot_bytes);
            grants[g].setGeneration(grant.generation.value);
            grants[g].setMayBeDirect(grant.may_be_direct);
        }
    }
}

Decode read(proto::Decode::Reader from) {
    Decode to;
    to.cursor = CursorId{from.getCursor()};
    to.seek_to = from.getSeekTo();
    for (const auto step : from.getSteps()) {
        DecodeStep& added = to.steps.emplace_back();
        added.frame = FrameIndex{step.getFrame()};
        if (to.steps.size() > 1 && !(to.steps[to.steps.size() - 2].frame < added.frame))
            throw Malformed("the steps of a Decode do not ascend");
        for (const auto grant : step.getGrants()) {
            added.grants.push_back({.level = wire::read(grant.getLevel()),
                                    .segment = SegmentId{grant.getSegment()},
                                    .offset_bytes = grant.getOffsetBytes(),
                                    .slot_bytes = grant.getSlotBytes(),
                                    .generation = Generation{grant.getGeneration()},
                                    .may_be_direct = grant.getMayBeDirect()});
        }
    }
    return to;
}

void write(proto::WorkerCounters::Builder to, const WorkerCounters& from) {
    to.setFramesDecoded(from.frames_decoded);
    to.setFramesCopied(from.frames_copied);
    to.setFramesDirect(from.frames_direct);
    to.setFramesConverted(from.frames_converted);
    to.setFramesSkipped(from.frames_skipped);
    to.setSeeks(from.seeks);
    to.setSeekCorrections(from.seek_corrections);
    to.setBytesRead(from.bytes_read);
    to.setCpuUs(from.cpu_us);
    to.setCopyUs(from.copy_us);
    to.setSoundBlocks(from.sound_blocks);
    to.setSoundSeeks(from.sound_seeks);
}

WorkerCounters read(proto::WorkerCounters::Reader from) {
    return {.frames_decoded = from.getFramesDecoded(),
            .frames_skipped = from.getFramesSkipped(),
            .frames_copied = from.getFramesCopied(),
            .frames_direct = from.getFramesDirect(),
            .frames_converted = from.getFramesConverted(),
            .seeks = from.getSeeks(),
            .seek_corrections = from.getSeekCorrections(),
            .bytes_read = from.getBytesRead(),
            .cpu_us = from.getCpuUs(),
            .copy_us = from.getCopyUs(),
            .sound_blocks = from.getSoundBlocks(),
            .sound_seeks = from.getSoundSeeks()};
}

void write(proto::DecodeSound::Builder to, const DecodeSound& from) {
    to.setBlock(from.block);
    to.setStart(static_cast<std::uint8_t>(from.start));
    to.setStartBlock(from.start_block);
    to.setSegment(from.segment.value);
    to.setOffsetBytes(from.offset_bytes);
    to.setGeneration(from.generation.value);
}

DecodeSound read(proto::DecodeSound::Reader from) {
    const DecodeSound to{.block = from.getBlock(),
                         .start = read_enum(from.getStart(), SoundStart::beginning),
                         .start_block = from.getStartBlock(),
                         .segment = SegmentId{from.getSegment()},
                         .offset_bytes = from.getOffsetBytes(),
                         .generation = Generation{from.getGeneration()}};
    if (to.block >= max_sound_blocks) throw Malformed("a block of sound is out of range");
    if (to.start_block > (to.start == SoundStart::at_block ? to.block : 0))
        throw Malformed("sound is to start after what is wanted of it");
    return to;
}

void write(proto::SoundReady::Builder to, const SoundReady& from) {
    to.setBlock(from.block);
    to.setSegment(from.segment.value);
    to.setOffsetBytes(from.offset_bytes);
    to.setGeneration(from.generation.value);
    to.setMissingSamples(from.missing_samples);
    to.setIsConcealed(from.is_concealed);
    write(to.initCounters(), from.counters);
}

SoundReady read(proto::SoundReady::Reader from) {
    if (from.getMissingSamples() > sound_block_samples)
        throw Malformed("a block of sound lacks more than it has");
    return {.block = from.getBlock(),
            .segment = SegmentId{from.getSegment()},
            .offset_bytes = from.getOffsetBytes(),
            .generation = Generation{from.getGeneration()},
            .missing_samples = from.getMissingSamples(),
            .is_concealed = from.getIsConcealed(),
            .counters = read(from.getCounters())};
}

void write(proto::SlotsReady::Builder to, const SlotsReady& from) {
    to.setCursor(from.cursor.value);
    auto slots = to.initSlots(size_of(from.slots));
    for (unsigned i = 0; i < slots.size(); ++i) {
        const SlotReady& slot = from.slots[i];
        slots[i].setSegment(slot.segment.value);
        slots[i].setOffsetBytes(slot.offset_bytes);
        slots[i].setGeneration(slot.generation.value);
        slots[i].setFrame(slot.frame.value);
        wire::write(slots[i].initLevel(), slot.level);
        slots[i].setIsConcealed(slot.is_concealed);
        slots[i].setIsHeld(slot.is_held);
    }
    auto released = to.initReleased(size_of(from.released));
    for (unsigned i = 0; i < released.size(); ++i) {
        released[i].setSegment(from.released[i].segment.value);
        released[i].setOffsetBytes(from.released[i].offset_bytes);
        released[i].setGeneration(from.released[i].generation.value);
    }
    to.setStepsDone(from.steps_done);
    write(to.initCounters(), from.counters);
}

MediaOpened read(proto::MediaOpened::Reader from) {
    MediaOpened to{.info = wire::read(from.getInfo()), .table = wire::read(from.getTable())};
    to.table_source = read_enum(from.getTableSource(), TableSource::cache);
    to.open_us = from.getOpenUs();
    to.bytes_read = from.getBytesRead();
    const auto entry = from.getEntry();
    if (entry.size() > max_table_entry_bytes) throw Malformed("a table entry is too large");
    const auto* const begin = reinterpret_cast<const std::byte*>(entry.begin());
    to.entry.assign(begin, begin + entry.size());
    to.sandbox = wire::read(from.getSandbox());
    if (to.info.has_pictures == to.table.pts.empty())
        throw Malformed("a medium has pictures without frames, or frames without pictures");
    return to;
}

SlotsReady read(proto::SlotsReady::Reader from) {
    SlotsReady to;
    to.cursor = CursorId{from.getCursor()};
    constexpr unsigned max_slots = 65536;
    if (from.getSlots().size() > max_slots || from.getReleased().size() > max_slots)
        throw Malformed("more slots than there can be");
    for (const auto slot : from.getSlots()) {
        to.slots.push_back({.segment = SegmentId{slot.getSegment()},
                            .offset_bytes = slot.getOffsetBytes(),
                            .generation = Generation{slot.getGeneration()},
                            .frame = FrameIndex{slot.getFrame()},
                            .level = wire::read(slot.getLevel()),
                            .is_concealed = slot.getIsConcealed(),
                            .is_held = slot.getIsHeld()});
    }
    for (const auto slot : from.getReleased()) {
        to.released.push_back({.segment = SegmentId{slot.getSegment()},
                               .offset_bytes = slot.getOffsetBytes(),
                               .generation = Generation{slot.getGeneration()}});
    }
    to.steps_done = from.getStepsDone();
    to.counters = read(from.getCounters());
    return to;
}

void write(proto::Device::Builder to, const Device& from) {
    to.setName(from.name);
    to.setKind(from.kind);
    to.setDriver(from.driver);
    to.setStrategy(from.strategy);
    to.setRefusal(from.refusal);
}

Device read(proto::Device::Reader from) {
    return {.name = read_text(from.getName()),
            .kind = read_text(from.getKind()),
            .driver = read_text(from.getDriver()),
            .strategy = read_text(from.getStrategy()),
            .refusal = read_text(from.getRefusal())};
}

void write(proto::CompositorCounters::Builder to, const CompositorCounters& from) {
    to.setLayersImported(from.layers_imported);
    to.setLayersStaged(from.layers_staged);
    to.setFramesPassedThrough(from.frames_passed_through);
    to.setFramesRepeated(from.frames_repeated);
    to.setCompsRasterized(from.comps_rasterized);
    to.setCompositeUs(from.composite_us);
    to.setEncodeUs(from.encode_us);
    to.setCpuUs(from.cpu_us);
    to.setDrawUs(from.draw_us);
    to.setStartUs(from.start_us);
    to.setTransferUs(from.transfer_us);
    to.setBytesWritten(from.bytes_written);
}

CompositorCounters read(proto::CompositorCounters::Reader from) {
    return {.layers_imported = from.getLayersImported(),
            .layers_staged = from.getLayersStaged(),
            .frames_passed_through = from.getFramesPassedThrough(),
            .frames_repeated = from.getFramesRepeated(),
            .comps_rasterized = from.getCompsRasterized(),
            .composite_us = from.getCompositeUs(),
            .encode_us = from.getEncodeUs(),
            .cpu_us = from.getCpuUs(),
            .draw_us = from.getDrawUs(),
            .start_us = from.getStartUs(),
            .transfer_us = from.getTransferUs(),
            .bytes_written = from.getBytesWritten()};
}

}  // namespace

Bytes encode(const ToZygote& message) {
    capnp::MallocMessageBuilder builder;
    auto root = builder.initRoot<proto::ToZygote>();
    std::visit(Overloaded{
                   [&](const ForkWorker& m) { root.initForkWorker().setWorker(m.worker.value); },
                   [&](const ReapWorker& m) { root.initReapWorker().setReaped(m.worker.value); },
               },
               message);
    return to_bytes(builder);
}

Bytes encode(const FromZygote& message) {
    capnp::MallocMessageBuilder builder;
    auto root = builder.initRoot<proto::FromZygote>();
    std::visit(Overloaded{
                   [&](const WorkerForked& m) {
                       auto to = root.initWorkerForked();
                       to.setWorker(m.worker.value);
                       to.setPid(m.pid);
                   },
                   [&](const WorkerExited& m) {
                       auto to = root.initWorkerExited();
                       to.setExited(m.worker.value);
                       to.setWaitStatus(m.wait_status);
                   },
               },
               message);
    return to_bytes(builder);
}

Bytes encode(const ToWorker& message) {
    capnp::MallocMessageBuilder builder;
    auto root = builder.initRoot<proto::ToWorker>();
    std::visit(Overloaded{
                   [&](const OpenMedia& m) {
                       auto to = root.initOpenMedia();
                       to.setIsSequence(m.is_sequence);
                       to.setAlpha(static_cast<std::uint8_t>(m.alpha));
                       to.setMatrixOverride(static_cast<std::uint8_t>(m.matrix_override));
                       to.setRangeOverride(static_cast<std::uint8_t>(m.range_override));
                       to.setMaxSidePx(m.max_side_px);
                       to.setMaxFrames(m.max_frames);
                       to.setUnit(static_cast<std::uint8_t>(m.unit));
                       to.setTableEntry(static_cast<std::uint8_t>(m.table_entry));
                   },
                   [&](const AddSegment& m) {
                       auto to = root.initAddSegment();
                       to.setSegment(m.segment.value);
                       to.setBytes(m.bytes);
                   },
                   [&](const DropSegment& m) { root.setDropSegment(m.segment.value); },
                   [&](const OpenCursor& m) {
                       auto to = root.initOpenCursor();
                       to.setCursor(m.cursor.value);
                       to.setThreads(m.threads);
                   },
                   [&](const CloseCursor& m) { root.setCloseCursor(m.cursor.value); },
                   [&](const Decode& m) { write(root.initDecode(), m); },
                   [&](const AskProgress& m) { root.setAskProgress(m.known); },
                   [&](const OpenSound& m) { root.initOpenSound().setRateHz(m.rate_hz); },
                   [&](const CloseSound&) { root.setCloseSound(); },
                   [&](const DecodeSound& m) { write(root.initDecodeSound(), m); },
               },
               message);
    return to_bytes(builder);
}

Bytes encode(const FromWorker& message) {
    capnp::MallocMessageBuilder builder;
    auto root = builder.initRoot<proto::FromWorker>();
    std::visit(Overloaded{
                   [&](const MediaOpened& m) {
                       auto to = root.initMediaOpened();
                       write(to.initInfo(), m.info);
                       write(to.initTable(), m.table);
                       to.setTableSource(static_cast<std::uint8_t>(m.table_source));
                       to.setOpenUs(m.open_us);
                       to.setBytesRead(m.bytes_read);
                       write(to.initSandbox(), m.sandbox);
                       if (!m.entry.empty())
                           std::memcpy(to.initEntry(size_of(m.entry)).begin(), m.entry.data(),
                                       m.entry.size());
                   },
                   [&](const SlotsReady& m) { write(root.initSlotsReady(), m); },
                   [&](const WorkerFailed& m) {
                       auto to = root.initWorkerFailed();
                       write(to.initError(), m.error);
                       to.setFrame(m.frame);
                   },
                   [&](const Progress& m) { root.setProgress(m.count); },
                   [&](const SoundReady& m) { write(root.initSoundReady(), m); },
                   [&](const SoundFailed& m) {
                       auto to = root.initSoundFailed();
                       to.setBlock(m.block);
                       write(to.initError(), m.error);
                   },
               },
               message);
    return to_bytes(builder);
}

Bytes encode(const ToCompositor& message) {
    capnp::MallocMessageBuilder builder;
    auto root = builder.initRoot<proto::ToCompositor>();
    std::visit(Overloaded{
                   [&](const ListDevices&) { root.setListDevices(); },
                   [&](const Configure& m) {
                       auto to = root.initConfigure();
                       write(to.initOutput(), m.output);
                       to.setDevice(m.device);
                       to.setAccess(static_cast<std::uint8_t>(m.access));
                       to.setFramesInFlight(m.frames_in_flight);
                       to.setCanvasBytes(m.canvas_bytes.all);
                       to.setLargestCanvasBytes(m.canvas_bytes.largest);
                   },
                   [&](const MapSegment& m) {
                       auto to = root.initMapSegment();
                       to.setSegment(m.segment.value);
                       to.setBytes(m.bytes);
                       to.setOffsetBytes(m.offset_bytes);
                   },
                   [&](const UnmapSegment& m) { root.setUnmapSegment(m.segment.value); },
                   [&](const Draw& m) { write(root.initDraw(), m.list); },
                   [&](const FinishOutput&) { root.setFinishOutput(); },
                   [&](const MapSound& m) {
                       auto to = root.initMapSound();
                       to.setSegment(m.segment.value);
                       to.setBytes(m.bytes);
                   },
                   [&](const UnmapSound& m) { root.setUnmapSound(m.segment.value); },
                   [&](const MixSound& m) { write(root.initMixSound(), m.mix); },
                   [&](const LoadTables& m) { root.setLoadTables(m.bytes); },
               },
               message);
    return to_bytes(builder);
}

Bytes encode(const FromCompositor& message) {
    capnp::MallocMessageBuilder builder;
    auto root = builder.initRoot<proto::FromCompositor>();
    std::visit(Overloaded{
                   [&](const Devices& m) {
                       auto to = root.initDevices(size_of(m.devices));
                       for (unsigned i = 0; i < to.size(); ++i) write(to[i], m.devices[i]);
                   },
                   [&](const CompositorReady& m) {
                       auto to = root.initCompositorReady();
                       write(to.initDevice(), m.device);
                       to.setEncoder(m.encoder);
                       to.setViewBytes(m.view_bytes);
                       write(to.initSandbox(), m.sandbox);
                       to.setBuild(m.build);
                   },
                   [&](const FramesDone& m) {
                       auto to = root.initFramesDone();
                       auto frames = to.initFrames(size_of(m.frames));
                       for (unsigned i = 0; i < frames.size(); ++i)
                           frames.set(i, m.frames[i].value);
                       to.setFramesEncoded(m.frames_encoded);
                       write(to.initCounters(), m.counters);
                       to.setCompositeUs(m.composite_us);
                   },
                   [&](const OutputFinished& m) {
                       auto to = root.initOutputFinished();
                       to.setBytes(m.bytes);
                       to.setFrames(m.frames);
                       write(to.initCounters(), m.counters);
                       to.setHasSound(m.sound.has_value());
                       if (m.sound) write(to.initSound(), *m.sound);
                   },
                   [&](const SoundDone& m) { root.setSoundDone(m.chunk); },
                   [&](const CompositorFailed& m) { write(root.initCompositorFailed(), m.error); },
                   [&](const SegmentSealed& m) {
                       auto to = root.initSegmentSealed();
                       to.setSegment(m.segment);
                       to.setFrames(m.frames);
                       to.setBytes(m.bytes);
                       to.setDigestHigh(m.digest.high);
                       to.setDigestLow(m.digest.low);
                   },
               },
               message);
    return to_bytes(builder);
}

Result<ToZygote> decode_to_zygote(std::span<const std::byte> bytes) {
    return from_bytes<proto::ToZygote>(bytes, [](proto::ToZygote::Reader root) -> ToZygote {
        switch (root.which()) {
            case proto::ToZygote::FORK_WORKER:
                return ForkWorker{WorkerId{root.getForkWorker().getWorker()}};
            case proto::ToZygote::REAP_WORKER:
                return ReapWorker{WorkerId{root.getReapWorker().getReaped()}};
        }
        throw Malformed("an unknown kind of message");
    });
}

Result<FromZygote> decode_from_zygote(std::span<const std::byte> bytes) {
    return from_bytes<proto::FromZygote>(bytes, [](proto::FromZygote::Reader root) -> FromZygote {
        switch (root.which()) {
            case proto::FromZygote::WORKER_FORKED:
                return WorkerForked{WorkerId{root.getWorkerForked().getWorker()},
                                    root.getWorkerForked().getPid()};
            case proto::FromZygote::WORKER_EXITED:
                return WorkerExited{WorkerId{root.getWorkerExited().getExited()},
                                    root.getWorkerExited().getWaitStatus()};
        }
        throw Malformed("an unknown kind of message");
    });
}

Result<ToWorker> decode_to_worker(std::span<const std::byte> bytes) {
    return from_bytes<proto::ToWorker>(bytes, [](proto::ToWorker::Reader root) -> ToWorker {
        switch (root.which()) {
            case proto::ToWorker::OPEN_MEDIA: {
                const auto m = root.getOpenMedia();
                return OpenMedia{
                    .is_sequence = m.getIsSequence(),
                    .alpha = read_enum(m.getAlpha(), AlphaMode::premultiplied),
                    .matrix_override = static_cast<ColorMatrix>(m.getMatrixOverride()),
                    .range_override = read_enum(m.getRangeOverride(), ColorRange::full),
                    .max_side_px = m.getMaxSidePx(),
                    .max_frames = m.getMaxFrames(),
                    .unit = read_enum(m.getUnit(), FrameUnit::field),
                    .table_entry = read_enum(m.getTableEntry(), TableEntry::given)};
            }
            case proto::ToWorker::ADD_SEGMENT:
                return AddSegment{SegmentId{root.getAddSegment().getSegment()},
                                  root.getAddSegment().getBytes()};
            case proto::ToWorker::DROP_SEGMENT:
                return DropSegment{SegmentId{root.getDropSegment()}};
            case proto::ToWorker::OPEN_CURSOR:
                return OpenCursor{CursorId{root.getOpenCursor().getCursor()},
                                  root.getOpenCursor().getThreads()};
            case proto::ToWorker::CLOSE_CURSOR:
                return CloseCursor{CursorId{root.getCloseCursor()}};
            case proto::ToWorker::DECODE:
                return read(root.getDecode());
            case proto::ToWorker::ASK_PROGRESS:
                return AskProgress{root.getAskProgress()};
            case proto::ToWorker::OPEN_SOUND: {
                const OpenSound m{root.getOpenSound().getRateHz()};
                if (m.rate_hz < min_sound_rate_hz || m.rate_hz > max_sound_rate_hz)
                    throw Malformed("a sample rate is out of range");
                return m;
            }
            case proto::ToWorker::CLOSE_SOUND:
                return CloseSound{};
            case proto::ToWorker::DECODE_SOUND:
                return read(root.getDecodeSound());
        }
        throw Malformed("an unknown kind of message");
    });
}

Result<FromWorker> decode_from_worker(std::span<const std::byte> bytes) {
    return from_bytes<proto::FromWorker>(bytes, [](proto::FromWorker::Reader root) -> FromWorker {
        switch (root.which()) {
            case proto::FromWorker::MEDIA_OPENED:
                return read(root.getMediaOpened());
            case proto::FromWorker::SLOTS_READY:
                return read(root.getSlotsReady());
            case proto::FromWorker::WORKER_FAILED:
                return WorkerFailed{wire::read(root.getWorkerFailed().getError()),
                                    root.getWorkerFailed().getFrame()};
            case proto::FromWorker::PROGRESS:
                return Progress{root.getProgress()};
            case proto::FromWorker::SOUND_READY:
                return read(root.getSoundReady());
            case proto::FromWorker::SOUND_FAILED:
                return SoundFailed{root.getSoundFailed().getBlock(),
                                   wire::read(root.getSoundFailed().getError())};
        }
        throw Malformed("an unknown kind of message");
    });
}

Result<ToCompositor> decode_to_compositor(std::span<const std::byte> bytes) {
    return from_bytes<proto::ToCompositor>(
        bytes, [](proto::ToCompositor::Reader root) -> ToCompositor {
            switch (root.which()) {
                case proto::ToCompositor::LIST_DEVICES:
                    return ListDevices{};
                case proto::ToCompositor::CONFIGURE: {
                    const auto m = root.getConfigure();
                    return Configure{
                        .output = wire::read(m.getOutput()),
                        .device = m.getDevice(),
                        .access = read_enum(m.getAccess(), FrameAccess::staging),
                        .frames_in_flight = m.getFramesInFlight(),
                        .canvas_bytes = {m.getCanvasBytes(), m.getLargestCanvasBytes()}};
                }
                case proto::ToCompositor::MAP_SEGMENT: {
                    const auto m = root.getMapSegment();
                    return MapSegment{SegmentId{m.getSegment()}, m.getBytes(), m.getOffsetBytes()};
                }
                case proto::ToCompositor::UNMAP_SEGMENT:
                    return UnmapSegment{SegmentId{root.getUnmapSegment()}};
                case proto::ToCompositor::DRAW:
                    return Draw{wire::read(root.getDraw())};
                case proto::ToCompositor::FINISH_OUTPUT:
                    return FinishOutput{};
                case proto::ToCompositor::MAP_SOUND:
                    return MapSound{SegmentId{root.getMapSound().getSegment()},
                                    root.getMapSound().getBytes()};
                case proto::ToCompositor::UNMAP_SOUND:
                    return UnmapSound{SegmentId{root.getUnmapSound()}};
                case proto::ToCompositor::MIX_SOUND:
                    return MixSound{wire::read(root.getMixSound())};
                case proto::ToCompositor::LOAD_TABLES:
                    return LoadTables{root.getLoadTables()};
            }
            throw Malformed("an unknown kind of message");
        });
}

Result<FromCompositor> decode_from_compositor(std::span<const std::byte> bytes) {
    return from_bytes<proto::FromCompositor>(
        bytes, [](proto::FromCompositor::Reader root) -> FromCompositor {
            switch (root.which()) {
                case proto::FromCompositor::DEVICES: {
                    Devices to;
                    for (const auto device : root.getDevices()) to.devices.push_back(read(device));
                    return to;
                }
                case proto::FromCompositor::COMPOSITOR_READY:
                    return CompositorReady{read(root.getCompositorReady().getDevice()),
                                           read_text(root.getCompositorReady().getEncoder()),
                                           root.getCompositorReady().getViewBytes(),
                                           read(root.getCompositorReady().getSandbox()),
                                           read_text(root.getCompositorReady().getBuild())};
                case proto::FromCompositor::FRAMES_DONE: {
                    const auto m = root.getFramesDone();
                    FramesDone to;
                    for (const std::uint32_t frame : m.getFrames())
                        to.frames.push_back(OutputIndex{frame});
                    to.frames_encoded = m.getFramesEncoded();
                    to.counters = read(m.getCounters());
                    to.composite_us = m.getCompositeUs();
                    return to;
                }
                case proto::FromCompositor::OUTPUT_FINISHED: {
                    const auto m = root.getOutputFinished();
                    OutputFinished to{m.getBytes(), m.getFrames(), read(m.getCounters())};
                    if (m.getHasSound()) to.sound = wire::read(m.getSound());
                    return to;
                }
                case proto::FromCompositor::SOUND_DONE:
                    return SoundDone{root.getSoundDone()};
                case proto::FromCompositor::COMPOSITOR_FAILED:
                    return CompositorFailed{wire::read(root.getCompositorFailed())};
                case proto::FromCompositor::SEGMENT_SEALED: {
                    const auto m = root.getSegmentSealed();
                    return SegmentSealed{m.getSegment(),
                                         m.getFrames(),
                                         m.getBytes(),
                                         {m.getDigestHigh(), m.getDigestLow()}};
                }
            }
            throw Malformed("an unknown kind of message");
        });
}

}  // namespace reelpool::wire
