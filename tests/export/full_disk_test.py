#!/usr/bin/env python3
"""Exports to small file systems: a full one, a read-only one. Skipped where mounting is not allowed.

usage: full_disk_test.py REELPOOL
"""
import os
import subprocess
import sys
import tempfile

from durable_export import (SEGMENTS, Exports, content, expect, finish, make_media, sealed,
                            write_project)


class SmallDisk:
    def __init__(self, path):
        self.path = path
        os.mkdir(path)

    def mount(self, *options):
        return subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", self.path],
                              capture_output=True, check=False).returncode == 0

    def change(self, options):
        subprocess.run(["mount", "-o", "remount," + options, self.path], check=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.path], check=False, capture_output=True)


with tempfile.TemporaryDirectory(prefix="reelpool-full-") as directory:
    make_media(directory)
    exports = Exports(sys.argv[1], write_project(directory), directory)
    kept = exports.path("reference.mp4")
    code, _, said = exports.run(kept, "--keep-segments")
    expect(code == 0, said)
    reference = content(kept)
    sizes = [os.path.getsize(os.path.join(kept + ".segments", name))
             for name in sorted(os.listdir(kept + ".segments"))]
    with SmallDisk(os.path.join(directory, "disk")) as disk:
        if not disk.mount("size=1m"):
            print("skipped: this user may not mount a file system")
            sys.exit(77)
        out = os.path.join(disk.path, "out.mp4")
        # Full among the segments, and full when the output is put together.
        for share, least, most in ((0.55, 1, SEGMENTS - 1), (1.5, SEGMENTS, SEGMENTS)):
            what = f"{share} of the room"
            disk.change(f"size={int(sum(sizes) * share) // 4096 * 4}k")
            with open(out, "w", encoding="utf-8") as file:
                file.write("old")
            code, _, said = exports.run(out, "--overwrite")
            expect(code == 7 and "No space left on device" in said and "free space" in said,
                   f"{what}: exit {code}: {said}")
            expect("--resume" in said, f"{what}: says {said!r}")
            expect(content(out) == b"old", f"{what}: the old output is gone")
            there = len(sealed(out))
            expect(least <= there <= most, f"{what}: {there} segments")
            disk.change("size=64m")
            code, report, said = exports.run(out, "--overwrite", "--resume")
            expect(code == 0 and content(out) == reference, f"{what}: resumed: {said}")
            expect(report["segments"]["reused"] == there, f"{what}: resumed: {report['segments']}")
            expect(os.listdir(disk.path) == ["out.mp4"], f"{what}: left: {os.listdir(disk.path)}")
    # One on which no export has been yet, so that nobody has a file open there.
    with SmallDisk(os.path.join(directory, "read-only")) as disk:
        expect(disk.mount("size=1m"), "the second disk cannot be mounted")
        out = os.path.join(disk.path, "out.mp4")
        with open(out, "w", encoding="utf-8") as file:
            file.write("old")
        disk.change("ro")
        code, _, said = exports.run(out, "--overwrite")
        expect(code == 7 and "Read-only file system" in said, f"read-only: exit {code}: {said}")
        expect(content(out) == b"old", "read-only: the output has changed")
finish()
