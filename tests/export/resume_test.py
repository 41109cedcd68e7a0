#!/usr/bin/env python3
"""Interrupts exports and resumes them: the same bytes as without, and nothing rendered again that
was on the disk.

usage: resume_test.py REELPOOL
"""
import os
import random
import shutil
import signal
import subprocess
import tempfile

import sys

from durable_export import (FRAMES, RATE, SEGMENT, SEGMENTS, Exports, content, expect, finish, make_media,
                            sealed, wait_for_segments, write_project)
from sanitized import is_sanitized

SEED = int(os.environ.get("REELPOOL_SEED", "1"))


def kill_at_random_times(exports, reference, whole_time):
    """SIGKILL to the orchestrator, and with it all: at random times, then once more while it
    resumes; then to the end."""
    dice = random.Random(SEED)
    out = exports.path("killed.mp4")
    for turn in range(2 if is_sanitized else 6):
        before = 0
        for more in ([], ["--resume"]):
            export = exports.start(out, *more)
            try:
                export.communicate(timeout=dice.uniform(0.1, 1.1) * whole_time)
            except subprocess.TimeoutExpired:
                export.kill()
                export.communicate()
            if export.returncode == 0:
                break
            now = len(sealed(out))
            expect(now >= before or not os.path.exists(out + ".part"),
                   f"turn {turn}: {before} segments became {now}")
            before = now
        if os.path.exists(out):
            expect(content(out) == reference, f"turn {turn}: other bytes")
            os.unlink(out)
            continue
        there = len(sealed(out))
        code, report, said = exports.run(out, "--resume")
        if not expect(code == 0, f"turn {turn}: exit {code}: {said}"):
            continue
        expect(content(out) == reference, f"turn {turn}: other bytes")
        counts = report["segments"]
        expect(counts == {"total": SEGMENTS, "reused": there, "rendered": SEGMENTS - there,
                          "kept": 0}, f"turn {turn}: {there} were there: {counts}")
        expect(report["frames"] == FRAMES, f"turn {turn}: {report['frames']} frames")
        expect(not os.path.exists(out + ".part"), f"turn {turn}: the part is left")
        os.unlink(out)


def interrupted(exports, out, segments):
    """An export that was killed when so many segments were on the disk."""
    export = exports.start(out)
    got_there = wait_for_segments(export, out, segments)
    export.kill()
    _, said = export.communicate()
    expect(got_there, f"the export ended before it had {segments} segments: {said}")
    there = len(sealed(out))
    expect(there >= segments, f"{there} segments are left of {segments}")
    return there


def overwrite(path, at, data):
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(data)


def damage(exports, reference):
    """Each kind of damage: what it does to the files, how many segments are then lost."""
    part = exports.path("damaged.mp4.part")
    segment = lambda n: f"{part}/segment-{n:06d}"
    size = lambda n: os.path.getsize(segment(n))
    manifest = part + "/manifest.json"
    kinds = {
        "a segment is cut": (lambda: os.truncate(segment(1), size(1) - 1), 1),
        "a segment is empty": (lambda: os.truncate(segment(0), 0), 1),
        "a bit has flipped": (lambda: overwrite(segment(1), size(1) // 2, b"\xa5\x5a"), 1),
        "a segment is gone": (lambda: os.unlink(segment(0)), 1),
        "two segments have changed places": (
            lambda: (os.rename(segment(0), part + "/x"), os.rename(segment(1), segment(0)),
                     os.rename(part + "/x", segment(1))), 2),
        "a segment is a directory": (lambda: (os.unlink(segment(0)), os.mkdir(segment(0)),
                                              os.rmdir(segment(0))), 1),
        "the manifest is torn": (lambda: os.truncate(manifest, os.path.getsize(manifest) // 2), 99),
        "the manifest is torn in its last segment": (
            lambda: os.truncate(manifest, os.path.getsize(manifest) - 60), 1),
        "the manifest is empty": (lambda: os.truncate(manifest, 0), 99),
        "the manifest is gone": (lambda: os.unlink(manifest), 99),
        "the manifest is garbage": (lambda: overwrite(manifest, 0, b"\xff" * 400), 99),
        "half a new manifest": (lambda: open(manifest + ".tmp", "w").close(), 0),
    }
    out = exports.path("damaged.mp4")
    there = interrupted(exports, out, 2)
    whole = exports.path("whole.part")
    shutil.copytree(part, whole)
    for what, (act, lost) in kinds.items():
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(whole, part)
        act()
        code, report, said = exports.run(out, "--resume")
        if not expect(code == 0, f"{what}: exit {code}: {said}"):
            continue
        expect(content(out) == reference, f"{what}: other bytes")
        reused = max(0, there - lost)
        expect(report["segments"]["reused"] == reused, f"{what}: {report['segments']}, not {reused}")
        expect("resum" in said, f"{what}: says {said!r}")
        os.unlink(out)


def nothing_to_resume(exports, reference):
    out = exports.path("fresh.mp4")
    code, report, said = exports.run(out, "--resume")
    expect(code == 0 and content(out) == reference, f"nothing to resume: exit {code}")
    expect("nothing to resume" in said, f"nothing to resume: says {said!r}")
    expect(report["segments"]["reused"] == 0, f"nothing to resume: {report['segments']}")


def not_asked_for(exports, reference):
    out = exports.path("again.mp4")
    interrupted(exports, out, 1)
    code, report, said = exports.run(out)
    expect(code == 0 and content(out) == reference, f"without --resume: exit {code}")
    expect(report["segments"]["reused"] == 0, f"without --resume: {report['segments']}")
    expect("--resume would have" in said, f"without --resume: says {said!r}")


def edited(exports, reference, directory):
    """An export is repeated after changes: only the segments that they touch are rendered."""
    out = exports.path("edited.mp4")
    keeping = ["--keep-segments", "--resume", "--overwrite"]
    code, report, said = exports.run(out, "--keep-segments")
    expect(code == 0 and content(out) == reference, f"kept: exit {code}: {said}")
    expect(report["segments"]["kept"] == SEGMENTS, f"kept: {report['segments']}")
    expect(sealed(out, ".segments") == list(range(SEGMENTS)), "kept: not all segments")

    def again(what, rendered, *more, project=None, frames=FRAMES):
        code, report, said = exports.run(out, *keeping, *more, project=project)
        if not expect(code == 0, f"{what}: exit {code}: {said}"):
            return
        expect(report["segments"]["rendered"] == rendered, f"{what}: {report['segments']}")
        expect(report["frames"] == frames, f"{what}: {report['frames']} frames")
        # What an export makes that has never heard of the others.
        straight = exports.path("straight.mp4")
        code, _, _ = exports.run(straight, "--overwrite", *more, project=project)
        expect(code == 0 and content(out) == content(straight), f"{what}: other bytes")

    again("nothing has changed", 0)
    first = write_project(directory, "first.json", opacity=0.4)
    again("the first clip has changed", 3, project=first)
    again("another tag", 0, "--metadata", "title=Other", project=first)
    both = write_project(directory, "both.json", opacity=0.4, opacity_last=0.3)
    again("the second clip has changed", 2, project=both)
    again("the range ends sooner", 0, "--range", f"0s..{3 * SEGMENT / RATE}s", project=both,
          frames=3 * SEGMENT)
    again("the range is whole again", 2, project=both)
    again("another quality", SEGMENTS, "--crf", "30", project=both)
    again("V1 renders the same", 0, "--crf", "30", "--engine", "v1", project=both)
    os.utime(os.path.join(directory, "b.mp4"))
    again("a medium was written", SEGMENTS, "--crf", "30", project=both)
    moved = os.path.join(directory, "moved")
    os.mkdir(moved)
    for name in ("a.mp4", "b.mp4"):
        shutil.copy2(os.path.join(directory, name), moved)
    again("project and media were copied", 0, "--crf", "30",
          project=write_project(moved, opacity=0.4, opacity_last=0.3))


def other_outputs(exports):
    """A sequence of pictures, and another codec and container."""
    for kind, name, more in (
            ("png", "p_%03d.png", ["--range", f"0s..{2 * SEGMENT / RATE}s"]),
            ("mkv", "o.mkv", ["--codec", "ffv1"]), ("webm", "o.webm", ["--codec", "vp9"])):
        plain = Exports(exports.reelpool, exports.project, exports.directory, *more)
        made = []
        for folder in ("straight-" + kind, "killed-" + kind):
            os.mkdir(plain.path(folder))
            out = os.path.join(plain.path(folder), name)
            if folder.startswith("killed"):
                export = plain.start(out)
                wait_for_segments(export, out, 1)
                export.kill()
                export.communicate()
            # It may have been faster than the blow.
            code, _, said = plain.run(out, "--resume", "--overwrite")
            expect(code == 0, f"{name}: exit {code}: {said}")
            made.append(content(plain.path(folder)))
        expect(made[0] == made[1] and made[0], f"{name}: other bytes")


def refusals(exports):
    out = exports.path("no.mp4")
    for more in (["--bitrate", "1M", "--resume"], ["--bitrate", "1M", "--keep-segments"],
                 ["--segment-frames", "0"]):
        code, _, said = exports.run(out, *more)
        expect(code == 2, f"{more}: exit {code}: {said}")
    code, _, said = exports.run(out, "--bitrate", "1M", "--preset", "ultrafast")
    expect(code == 0, f"--bitrate: exit {code}: {said}")


def two_at_once(exports):
    """While one writes, another is refused, with and without --resume, and disturbs nothing."""
    out = exports.path("both.mp4")
    export = exports.start(out)
    wait_for_segments(export, out, 1)
    for more in ([], ["--resume"]):
        code, _, said = exports.run(out, *more)
        expect(code == 7 and "another export" in said, f"two at once: exit {code}: {said}")
    _, said = export.communicate()
    expect(export.returncode == 0, f"two at once: the first one: {said}")


with tempfile.TemporaryDirectory(prefix="reelpool-resume-") as directory:
    make_media(directory)
    exports = Exports(sys.argv[1], write_project(directory), directory)
    code, report, said = exports.run(exports.path("reference.mp4"))
    expect(code == 0 and report["segments"] ==
           {"total": SEGMENTS, "reused": 0, "rendered": SEGMENTS, "kept": 0}, f"{code} {said}")
    reference = content(exports.path("reference.mp4"))
    kill_at_random_times(exports, reference, report["wallSeconds"])
    damage(exports, reference)
    nothing_to_resume(exports, reference)
    not_asked_for(exports, reference)
    edited(exports, reference, directory)
    other_outputs(exports)
    refusals(exports)
    two_at_once(exports)
finish()
