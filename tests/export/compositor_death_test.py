#!/usr/bin/env python3
"""Kills and stops the compositor of running exports: they go on by themselves, with the same bytes.

usage: compositor_death_test.py REELPOOL
"""
import os
import random
import signal
import subprocess
import sys
import tempfile

from durable_export import (SEGMENTS, Exports, Watch, children_of, content, expect, finish,
                            make_media, sealed, wait_for_child, wait_for_segments, write_project)
from sanitized import is_sanitized

COMPOSITOR = "reelpool-comp"
SEED = int(os.environ.get("REELPOOL_SEED", "1"))


def end(exports, export, what):
    """Waits for it; gives the report."""
    import json
    _, said = export.communicate()
    with open(exports.path("report.json"), encoding="utf-8") as file:
        return json.load(file), said


def start(exports, out, *more):
    return exports.start(out, "--overwrite", "--report", exports.path("report.json"), *more)


def after_segments(exports, reference, *more):
    """One death after each number of finished segments."""
    out = exports.path("out.mp4")
    for there in range(SEGMENTS):
        what = f"{more}, {there} segments there"
        export = start(exports, out, *more)
        if there > 0 and not expect(wait_for_segments(export, out, there), f"{what}: it ended"):
            export.communicate()
            continue
        compositor = wait_for_child(export, COMPOSITOR)
        if not expect(compositor is not None, f"{what}: it ended"):
            continue
        os.kill(compositor, signal.SIGKILL)
        report, said = end(exports, export, what)
        expect(export.returncode == 0, f"{what}: exit {export.returncode}: {said}")
        expect(content(out) == reference, f"{what}: other bytes")
        expect(report["compositorRestarts"] == 1, f"{what}: {report['compositorRestarts']} restarts")
        counts = report["segments"]
        expect(counts == {"total": SEGMENTS, "reused": 0, "rendered": SEGMENTS, "kept": 0},
               f"{what}: {counts}")
        expect("is restarted" in said, f"{what}: says {said!r}")
        expect(not os.path.exists(out + ".part"), f"{what}: the part is left")


def at_every_segment(exports, reference):
    """Many deaths, and progress between them."""
    out = exports.path("out.mp4")
    export = start(exports, out)
    killed = set()
    for there in range(SEGMENTS - 1):
        if not wait_for_segments(export, out, there + 1):
            break
        compositor = wait_for_child(export, COMPOSITOR)
        if compositor is None or compositor in killed:
            break
        killed.add(compositor)
        os.kill(compositor, signal.SIGKILL)
    report, said = end(exports, export, "often")
    expect(export.returncode == 0, f"often: exit {export.returncode}: {said}")
    expect(content(out) == reference, "often: other bytes")
    expect(report["compositorRestarts"] == len(killed), f"often: {report['compositorRestarts']}")
    expect(len(killed) >= 2, f"often: killed {len(killed)} only")


def twice_at_one_place(exports, reference):
    """The second death without a segment in between is an error; what is there stays."""
    out = exports.path("twice.mp4")
    export = start(exports, out)
    expect(wait_for_segments(export, out, 1), "twice: it ended")
    first = wait_for_child(export, COMPOSITOR)
    os.kill(first, signal.SIGSTOP)  # no segment more
    there = sealed(out)
    os.kill(first, signal.SIGKILL)
    second = first
    while second in (first, None) and export.poll() is None:
        second = wait_for_child(export, COMPOSITOR)
    os.kill(second, signal.SIGKILL)
    report, said = end(exports, export, "twice")
    expect(export.returncode == 6, f"twice: exit {export.returncode}: {said}")
    expect("SIGKILL" in said or "Killed" in said or "signal 9" in said, f"twice: says {said!r}")
    expect("--resume" in said, f"twice: says {said!r}")
    expect(report["compositorRestarts"] == 1, f"twice: {report['compositorRestarts']} restarts")
    expect(len(sealed(out)) >= len(there), "twice: segments are gone")
    expect(not os.path.exists(out), "twice: there is an output")
    code, report, said = exports.run(out, "--resume")
    expect(code == 0 and content(out) == reference, f"twice: resumed: exit {code}: {said}")
    expect(report["segments"]["reused"] >= len(there), f"twice: resumed: {report['segments']}")


def while_it_is_put_together(exports, reference):
    """A death after the last segment: nothing is rendered again."""
    out = exports.path("end.mp4")
    export = start(exports, out)
    wait_for_segments(export, out, SEGMENTS - 1)
    with Watch(out + ".part") as watch:
        got_there = watch.wait_for(lambda: os.path.exists(out + ".part/output"), export)
        compositor = children_of(export.pid).get(COMPOSITOR)
        if got_there and compositor:
            os.kill(compositor, signal.SIGKILL)
    report, said = end(exports, export, "end")
    expect(export.returncode == 0 and content(out) == reference, f"end: {said}")
    expect(report["segments"]["rendered"] == SEGMENTS, f"end: {report['segments']}")


def without_a_journal(exports):
    """With --bitrate there is nothing to go on from: it begins again."""
    out = exports.path("rate.mp4")
    plain = exports.run(out, "--bitrate", "1M", "--overwrite")
    expect(plain[0] == 0, f"bitrate: {plain[2]}")
    reference = content(out)
    export = start(exports, out, "--bitrate", "1M")
    compositor = wait_for_child(export, COMPOSITOR)
    os.kill(compositor, signal.SIGKILL)
    report, said = end(exports, export, "bitrate")
    expect(export.returncode == 0 and content(out) == reference, f"bitrate: {said}")
    expect(report["compositorRestarts"] == 1, f"bitrate: {report['compositorRestarts']} restarts")


def when_it_hangs(exports, reference):
    """One that was stopped is killed and replaced; one that has nothing to do is left alone."""
    out = exports.path("hang.mp4")
    export = start(exports, out, "--compositor-timeout", "1")
    expect(wait_for_segments(export, out, 1), "hang: it ended")
    os.kill(wait_for_child(export, COMPOSITOR), signal.SIGSTOP)
    report, said = end(exports, export, "hang")
    expect(export.returncode == 0, f"hang: exit {export.returncode}: {said}")
    expect(content(out) == reference, "hang: other bytes")
    expect(report["compositorRestarts"] == 1, f"hang: {report['compositorRestarts']} restarts")
    expect("the compositor hangs" in said, f"hang: says {said!r}")


def at_random_times(exports, reference, whole_time):
    dice = random.Random(SEED)
    out = exports.path("out.mp4")
    for turn in range(1 if is_sanitized else 4):
        export = start(exports, out)
        try:
            export.wait(timeout=dice.uniform(0.1, 0.9) * whole_time)
        except subprocess.TimeoutExpired:
            compositor = children_of(export.pid).get(COMPOSITOR)
            if compositor:
                os.kill(compositor, signal.SIGKILL)
        report, said = end(exports, export, "random")
        expect(export.returncode == 0, f"random {turn}: exit {export.returncode}: {said}")
        expect(content(out) == reference, f"random {turn}: other bytes")


with tempfile.TemporaryDirectory(prefix="reelpool-death-") as directory:
    make_media(directory)
    exports = Exports(sys.argv[1], write_project(directory), directory)
    code, report, said = exports.run(exports.path("reference.mp4"))
    expect(code == 0, said)
    reference = content(exports.path("reference.mp4"))
    after_segments(exports, reference)
    if not is_sanitized:
        after_segments(exports, reference, "--engine", "v1")
    at_every_segment(exports, reference)
    twice_at_one_place(exports, reference)
    while_it_is_put_together(exports, reference)
    when_it_hangs(exports, reference)
    without_a_journal(exports)
    at_random_times(exports, reference, report["wallSeconds"])
finish()
