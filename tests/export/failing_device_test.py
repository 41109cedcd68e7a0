#!/usr/bin/env python3
"""Exports with a Vulkan driver that loses its device, or cannot take decoded frames in place.

usage: failing_device_test.py REELPOOL FAILING_DEVICE_SO
"""
import os
import sys
import tempfile

from durable_export import (FRAMES, SEGMENT, SEGMENTS, Exports, content, expect, finish, make_media,
                            sealed, write_project)


def environment(**driver):
    options = os.environ.get("ASAN_OPTIONS", "")
    return {**os.environ, **driver, "LD_PRELOAD": os.path.abspath(sys.argv[2]),
            # A sanitizer wants to be the first library; it can do without.
            "ASAN_OPTIONS": (options + ":" if options else "") + "verify_asan_link_order=0"}


def lost_again_and_again(exports, reference):
    """Each compositor loses the device in its third segment: the first one is there by then, as a rule,
    and what comes goes on from it, by itself or with --resume."""
    out = exports.path("lost.mp4")
    for turn in range(SEGMENTS):
        code, report, said = exports.run(
            out, "--resume", env=environment(REELPOOL_DEVICE_LOST_AT=str(2 * SEGMENT + 15)))
        expect(turn > 0 or "the device was lost" in said, f"lost: says {said!r}")
        if code != 75:
            break
        expect(report["compositorRestarts"] >= 1, f"lost: {report['compositorRestarts']} restarts")
    expect(code == 0 and content(out) == reference, f"lost: exit {code}: {said}")
    expect(not os.path.exists(out + ".part"), "lost: the part is left")


def lost_for_good(exports, reference):
    out = exports.path("gone.mp4")
    code, report, said = exports.run(out, env=environment(REELPOOL_DEVICE_LOST_AT="5"))
    expect(code == 75 and "the device was lost" in said, f"gone: exit {code}: {said}")
    expect(report["compositorRestarts"] == 1, f"gone: {report['compositorRestarts']} restarts")
    expect(not os.path.exists(out) and not sealed(out), "gone: something is there")
    code, _, said = exports.run(out, "--resume")
    expect(code == 0 and content(out) == reference, f"gone: resumed: exit {code}: {said}")


def without_host_import(exports, reference):
    """A driver that has it not, and one that has it and refuses: frames are copied, and look so."""
    for how in ("missing", "fails"):
        out = exports.path(how + ".mp4")
        code, report, said = exports.run(out, env=environment(REELPOOL_HOST_IMPORT=how))
        expect(code == 0 and content(out) == reference, f"import {how}: exit {code}: {said}")
        expect(report["gpu"]["strategy"] == "staging" and report["gpu"]["framesImported"] == 0 and
               report["gpu"]["framesStaged"] == 2 * FRAMES, f"import {how}: {report['gpu']}")
        code, _, said = exports.run(out, "--overwrite", "--require-zero-copy",
                                    env=environment(REELPOOL_HOST_IMPORT=how))
        expect(code != 0 and content(out) == reference, f"import {how}: required: exit {code}")


with tempfile.TemporaryDirectory(prefix="reelpool-device-") as directory:
    make_media(directory)
    exports = Exports(sys.argv[1], write_project(directory), directory, "--preset", "ultrafast",
                      "--crash-dir", "off")
    code, report, said = exports.run(exports.path("reference.mp4"))
    expect(code == 0, said)
    reference = content(exports.path("reference.mp4"))
    lost_again_and_again(exports, reference)
    lost_for_good(exports, reference)
    if report["gpu"]["strategy"] == "staging":
        print("skipped: host import (this device has none)")
    else:
        without_host_import(exports, reference)
finish()
