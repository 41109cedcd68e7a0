#!/usr/bin/env python3
"""Signals and closed terminals: the first SIGINT or SIGTERM finishes the segment, the second one
stops at once, a closed terminal or pipe ends nothing.

usage: stop_test.py REELPOOL
"""
import json
import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import time

from durable_export import (SEGMENT, SEGMENTS, Exports, children_of, content, ends_within, expect,
                            finish, make_media, sealed, wait_for_segments, write_project)


def report_of(exports):
    with open(exports.path("report.json"), encoding="utf-8") as file:
        return json.load(file)


def started(exports, out, segments=1, **popen):
    export = exports.start(out, "--overwrite", "--report", exports.path("report.json"), **popen)
    expect(wait_for_segments(export, out, segments), "it ended before it could be stopped")
    return export


def resumed(exports, out, reference, there, what):
    code, report, said = exports.run(out, "--resume")
    expect(code == 0 and content(out) == reference, f"{what}: resumed: exit {code}: {said}")
    expect(report["segments"]["reused"] == there, f"{what}: resumed: {report['segments']}")
    os.unlink(out)


def once(exports, reference, number):
    """It stops after the segment: nothing that was begun is lost."""
    out = exports.path("once.mp4")
    export = started(exports, out)
    before = len(sealed(out))
    export.send_signal(number)
    _, said = export.communicate()
    what = f"{signal.Signals(number).name} once"
    expect(export.returncode == 130, f"{what}: exit {export.returncode}: {said}")
    there = len(sealed(out))
    expect(there >= before and not os.path.exists(out), f"{what}: {there} of {before} segments")
    report = report_of(exports)
    expect(report["segments"]["rendered"] == there, f"{what}: {report['segments']}, {there} there")
    # Every frame that was encoded is in a segment that is on the disk.
    expect(report["frames"] <= there * SEGMENT, f"{what}: {report['frames']} frames, {there} there")
    expect(report["error"]["code"] == 130, f"{what}: {report['error']}")
    expect("--resume" in said and "stop" in said, f"{what}: says {said!r}")
    expect(sorted(os.listdir(out + ".part")) ==
           ["manifest.json"] + [f"segment-{n:06d}" for n in range(there)],
           f"{what}: {os.listdir(out + '.part')}")
    resumed(exports, out, reference, there, what)


def twice(exports, reference):
    """The second one does not wait: with its encoder stopped the segment would never be done."""
    out = exports.path("twice.mp4")
    export = started(exports, out)
    os.kill(children_of(export.pid)["reelpool-comp"], signal.SIGSTOP)
    there = len(sealed(out))
    family = [os.pidfd_open(pid) for pid in children_of(export.pid).values()]
    export.send_signal(signal.SIGINT)
    said = export.stderr.readline()
    while said and "stopping" not in said:
        said = export.stderr.readline()
    expect("again" in said, f"twice: says {said!r}")
    begun = time.monotonic()
    export.send_signal(signal.SIGINT)
    export.communicate()
    print(f"twice: it took {time.monotonic() - begun:.2f} s")
    expect(export.returncode == 130, f"twice: exit {export.returncode}")
    expect(ends_within(family, 10), "twice: processes are left")
    for fd in family:
        os.close(fd)
    expect(len(sealed(out)) == there, f"twice: {sealed(out)}, {there} were there")
    resumed(exports, out, reference, there, "twice")


def before_the_first_segment_is_done(exports, reference):
    """Also the first segment is finished."""
    out = exports.path("early.mp4")
    export = exports.start(out, "--report", exports.path("report.json"), progress="json",
                           stdout=subprocess.PIPE)
    while export.poll() is None:
        line = export.stdout.readline()
        if '"progress"' in line and json.loads(line)["frame"] > 0:
            break
        if os.path.exists(out):
            break
    there = len(sealed(out))
    export.send_signal(signal.SIGTERM)
    _, said = export.communicate()
    if export.returncode == 0:
        print("early: skipped: it was done before its first line")
        return
    expect(export.returncode == 130 and len(sealed(out)) >= max(1, there), f"early: {said}")
    resumed(exports, out, reference, len(sealed(out)), "early")


def closed_pipes(exports, reference):
    out = exports.path("pipes.mp4")
    export = exports.start(out, progress="json", stdout=subprocess.PIPE)
    export.stdout.readline()
    export.stdout.close()
    export.stderr.close()
    code = export.wait()
    expect(code == 0 and content(out) == reference, f"closed pipes: exit {code}")
    os.unlink(out)


def closed_terminal(exports, reference):
    """The export is the foreground of a terminal that is closed: SIGHUP, then errors on writing."""
    out = exports.path("terminal.mp4")
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(exports.reelpool, exports.command(out, "--progress", "bar"))
    end = os.pidfd_open(pid)
    # Something is shown, and there are children that a signal could end.
    while "reelpool-comp" not in children_of(pid):
        if select.select([terminal, end], [], [], 0.01)[0]:
            try:
                os.read(terminal, 65536)
            except OSError:
                break
    os.close(terminal)
    select.select([end], [], [])
    _, status = os.waitpid(pid, 0)
    expect(os.waitstatus_to_exitcode(status) == 0 and content(out) == reference,
           f"closed terminal: {status}")
    os.unlink(out)


def hang_up(exports, reference):
    out = exports.path("hup.mp4")
    export = started(exports, out)
    for pid in [export.pid, *children_of(export.pid).values()]:
        os.kill(pid, signal.SIGHUP)
        os.kill(pid, signal.SIGPIPE)
    _, said = export.communicate()
    expect(export.returncode == 0 and content(out) == reference, f"SIGHUP: {said}")
    os.unlink(out)


with tempfile.TemporaryDirectory(prefix="reelpool-stop-") as directory:
    make_media(directory)
    # Slow enough to be hit in the middle.
    exports = Exports(sys.argv[1], write_project(directory), directory, "--preset", "slower")
    code, report, said = exports.run(exports.path("reference.mp4"))
    expect(code == 0, said)
    reference = content(exports.path("reference.mp4"))
    once(exports, reference, signal.SIGINT)
    once(exports, reference, signal.SIGTERM)
    twice(exports, reference)
    before_the_first_segment_is_done(exports, reference)
    closed_pipes(exports, reference)
    closed_terminal(exports, reference)
    hang_up(exports, reference)
finish()
