#!/usr/bin/env python3
"""Lets the Nth call fail that changes a file, or that asks the system for shared memory, a socket or a
process, for N = 1 until none fails, in the orchestrator and in the compositor: an old output stays
until the new one is complete, the error says what happened, and --resume then gives the right bytes.

usage: failing_disk_test.py REELPOOL FAILING_CALLS_SO
"""
import errno
import os
import sys
import tempfile

from durable_export import (Exports, content, expect, finish, make_media, sealed, write_project)
from sanitized import is_sanitized

library = os.path.abspath(sys.argv[2])


class FailingCalls:
    def __init__(self, program, under, directory):
        self.log = os.path.join(directory, "failed-calls")
        self.program, self.under = program, under

    def environment(self, at, number, stays=False):
        open(self.log, "w", encoding="utf-8").close()
        options = os.environ.get("ASAN_OPTIONS", "")
        added = {"LD_PRELOAD": library, "REELPOOL_FAIL_PROGRAM": self.program,
                 "REELPOOL_FAIL_UNDER": self.under, "REELPOOL_FAIL_AT": str(at),
                 "REELPOOL_FAIL_ERRNO": str(number), "REELPOOL_FAIL_LOG": self.log,
                 # A sanitizer wants to be the first library; it can do without.
                 "ASAN_OPTIONS": (options + ":" if options else "") + "verify_asan_link_order=0"}
        if stays:
            added["REELPOOL_FAIL_STAYS"] = "1"
        return {**os.environ, **added}

    def failed(self):
        with open(self.log, encoding="utf-8") as file:
            return file.read().splitlines()


def fail_each(exports, reference, program, number, stays=False, step=1):
    folder = exports.path("out")
    os.makedirs(folder, exist_ok=True)
    out = os.path.join(folder, "out.mp4")
    calls = FailingCalls(program, folder, exports.directory)
    none = calls.environment(0, number)
    name = errno.errorcode[number]
    at, seen = 1, set()
    while True:
        with open(out, "w", encoding="utf-8") as file:
            file.write("old")
        code, report, said = exports.run(out, "--overwrite", env=calls.environment(at, number, stays))
        failed = calls.failed()
        if not failed:
            expect(code == 0 and content(out) == reference, f"{program} {at}: exit {code}: {said}")
            break
        call = failed[0].split()[1]
        seen.add(call)
        what = f"{program} {name} at {failed[0]}"
        now = content(out)
        if code == 0:
            expect(now == reference, f"{what}: done, with other bytes")
        else:
            expect(code == 7, f"{what}: exit {code}: {said}")
            expect(now in (b"old", reference), f"{what}: the old output is gone")
            expect(os.strerror(number) in said and "component:  Output" in said,
                   f"{what}: says {said!r}")
            there = len(sealed(out))
            code, report, said = exports.run(out, "--overwrite", "--resume", env=none)
            expect(code == 0 and content(out) == reference, f"{what}: resumed: exit {code}: {said}")
            expect(report["segments"]["reused"] == there,
                   f"{what}: resumed: {report['segments']}, {there} were there")
        expect(os.listdir(folder) == ["out.mp4"], f"{what}: left: {os.listdir(folder)}")
        at += step
    print(f"{program} {name}{' for good' if stays else ''}: {at - 1} calls, among them "
          f"{', '.join(sorted(seen))}", flush=True)
    return seen


def refuse_each(exports, reference, program, number, step=1):
    """The same of what is asked of the system: done, or an error that says so, and nothing is left."""
    folder = exports.path("asked")
    os.makedirs(folder, exist_ok=True)
    out = os.path.join(folder, "out.mp4")
    calls = FailingCalls(program, "/memfd:", exports.directory)
    at, seen = 1, set()
    while True:
        code, _, said = exports.run(out, env=calls.environment(at, number))
        failed = calls.failed()
        what = f"{program} at {failed[0] if failed else at}"
        if code == 0:
            expect(content(out) == reference, f"{what}: other bytes")
            os.unlink(out)
        else:
            expect(code in (6, 7, 8, 75) and os.strerror(number) in said, f"{what}: exit {code}: {said}")
        expect(not os.listdir(folder), f"{what}: left: {os.listdir(folder)}")
        if not failed:
            expect(code == 0, f"{what}: exit {code}: {said}")
            break
        seen.add(failed[0].split()[1])
        at += step
    print(f"{program}: {at - 1} calls, among them {', '.join(sorted(seen))}", flush=True)
    return seen


with tempfile.TemporaryDirectory(prefix="reelpool-disk-") as directory:
    make_media(directory)
    exports = Exports(sys.argv[1], write_project(directory), directory)
    # What fails is written down outside the output's directory, which the compositor may not do.
    exports.options = ["--segment-frames", "6", "--range", "0s..0.48s", "--preset", "ultrafast",
                       "--sandbox", "off"]
    code, report, said = exports.run(exports.path("reference.mp4"))
    expect(code == 0 and report["segments"]["total"] == 2, said)
    reference = content(exports.path("reference.mp4"))
    step = 5 if is_sanitized else 1
    seen = fail_each(exports, reference, "reelpool", errno.EIO, step=step)
    expect(is_sanitized or {"mkdir", "open", "write", "fsync", "rename", "renameat2"} <= seen,
           f"reelpool: {seen}")
    seen = fail_each(exports, reference, "reelpool-compositor", errno.EIO, step=step)
    expect(is_sanitized or {"open", "write", "pwrite", "fsync", "rename"} <= seen,
           f"compositor: {seen}")
    fail_each(exports, reference, "reelpool-compositor", errno.ENOSPC, stays=True, step=2 + step)
    fail_each(exports, reference, "reelpool", errno.EDQUOT, stays=True, step=2 + step)
    seen = refuse_each(exports, reference, "reelpool", errno.ENOMEM, step=step)
    expect(is_sanitized or {"memfd_create", "mmap", "posix_spawn", "socketpair"} <= seen, f"reelpool: {seen}")
    seen = refuse_each(exports, reference, "reelpool-compositor", errno.ENOMEM, step=step)
    expect(is_sanitized or "mmap" in seen, f"compositor: {seen}")
finish()
