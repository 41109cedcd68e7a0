#pragma once

#include "ipc/wire/messages.hpp"
#include "orchestrator/run/message_log.hpp"

namespace reelpool::run {

/// Writes a message down: its name, what it is about and how much it brings.
void note(MessageLog& log, const wire::ToWorker& message);
void note(MessageLog& log, const wire::FromWorker& message);
void note(MessageLog& log, const wire::ToCompositor& message);
void note(MessageLog& log, const wire::FromCompositor& message);

}  // namespace reelpool::run
