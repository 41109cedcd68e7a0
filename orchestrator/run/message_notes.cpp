#include "orchestrator/run/message_notes.hpp"

#include <variant>

namespace reelpool::run {
namespace {

using Direction = MessageLog::Direction;

}  // namespace

void note(MessageLog& log, const wire::ToWorker& message) {
    struct Noting {
        MessageLog& log;
        void operator()(const wire::OpenMedia&) const { log.note(Direction::sent, "OpenMedia"); }
        void operator()(const wire::AddSegment& m) const {
            log.note(Direction::sent, "AddSegment", m.segment.value, m.bytes);
        }
        void operator()(const wire::DropSegment& m) const {
            log.note(Direction::sent, "DropSegment", m.segment.value);
        }
        void operator()(const wire::OpenCursor& m) const {
            log.note(Direction::sent, "OpenCursor", m.cursor.value, m.threads);
        }
        void operator()(const wire::CloseCursor& m) const {
            log.note(Direction::sent, "CloseCursor", m.cursor.value);
        }
        void operator()(const wire::Decode& m) const {
            log.note(Direction::sent, "Decode", m.cursor.value, m.steps.size());
        }
        void operator()(const wire::AskProgress& m) const {
            log.note(Direction::sent, "AskProgress", m.known);
        }
        void operator()(const wire::OpenSound& m) const {
            log.note(Direction::sent, "OpenSound", 0, m.rate_hz);
        }
        void operator()(const wire::CloseSound&) const { log.note(Direction::sent, "CloseSound"); }
        void operator()(const wire::DecodeSound& m) const {
            log.note(Direction::sent, "DecodeSound", m.block, m.start_block);
        }
    };
    std::visit(Noting{log}, message);
}

void note(MessageLog& log, const wire::FromWorker& message) {
    struct Noting {
        MessageLog& log;
        void operator()(const wire::MediaOpened& m) const {
            log.note(Direction::received, "MediaOpened", 0, m.table.frame_count());
        }
        void operator()(const wire::SlotsReady& m) const {
            log.note(Direction::received, "SlotsReady", m.cursor.value, m.slots.size());
        }
        void operator()(const wire::WorkerFailed& m) const {
            log.note(Direction::received, "WorkerFailed", m.frame);
        }
        void operator()(const wire::Progress& m) const {
            log.note(Direction::received, "Progress", m.count);
        }
        void operator()(const wire::SoundReady& m) const {
            log.note(Direction::received, "SoundReady", m.block, m.missing_samples);
        }
        void operator()(const wire::SoundFailed& m) const {
            log.note(Direction::received, "SoundFailed", m.block);
        }
    };
    std::visit(Noting{log}, message);
}

void note(MessageLog& log, const wire::ToCompositor& message) {
    struct Noting {
        MessageLog& log;
        void operator()(const wire::ListDevices&) const {
            log.note(Direction::sent, "ListDevices");
        }
        void operator()(const wire::Configure&) const { log.note(Direction::sent, "Configure"); }
        void operator()(const wire::LoadTables& m) const {
            log.note(Direction::sent, "LoadTables", m.bytes);
        }
        void operator()(const wire::MapSegment& m) const {
            log.note(Direction::sent, "MapSegment", m.segment.value, m.bytes);
        }
        void operator()(const wire::UnmapSegment& m) const {
            log.note(Direction::sent, "UnmapSegment", m.segment.value);
        }
        void operator()(const wire::Draw& m) const {
            log.note(Direction::sent, "Draw", m.list.output.value, m.list.groups.size());
        }
        void operator()(const wire::FinishOutput&) const {
            log.note(Direction::sent, "FinishOutput");
        }
        void operator()(const wire::MapSound& m) const {
            log.note(Direction::sent, "MapSound", m.segment.value, m.bytes);
        }
        void operator()(const wire::UnmapSound& m) const {
            log.note(Direction::sent, "UnmapSound", m.segment.value);
        }
        void operator()(const wire::MixSound& m) const {
            log.note(Direction::sent, "MixSound", m.mix.chunk, m.mix.voices.size());
        }
    };
    std::visit(Noting{log}, message);
}

void note(MessageLog& log, const wire::FromCompositor& message) {
    struct Noting {
        MessageLog& log;
        void operator()(const wire::Devices&) const { log.note(Direction::received, "Devices"); }
        void operator()(const wire::CompositorReady&) const {
            log.note(Direction::received, "CompositorReady");
        }
        void operator()(const wire::FramesDone& m) const {
            log.note(Direction::received, "FramesDone",
                     m.frames.empty() ? 0 : m.frames.front().value, m.frames.size());
        }
        void operator()(const wire::SegmentSealed& m) const {
            log.note(Direction::received, "SegmentSealed", m.segment, m.frames);
        }
        void operator()(const wire::OutputFinished& m) const {
            log.note(Direction::received, "OutputFinished", 0, m.frames);
        }
        void operator()(const wire::SoundDone& m) const {
            log.note(Direction::received, "SoundDone", m.chunk);
        }
        void operator()(const wire::CompositorFailed&) const {
            log.note(Direction::received, "CompositorFailed");
        }
    };
    std::visit(Noting{log}, message);
}

}  // namespace reelpool::run
