#!/usr/bin/env python3
"""Writes to a medium while it is exported, and looks at what the export says.

usage: changing_media_test.py REELPOOL MEDIUM
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

reelpool, original = sys.argv[1:3]
problems = []


def expect(truth, what):
    if not truth:
        problems.append(what)
        print("FAILED:", what)


def export(directory, change, *more):
    """Exports a copy of the medium; `change` is done to it as soon as the first progress shows."""
    medium = os.path.join(directory, "medium.mp4")
    shutil.copyfile(original, medium)
    project = os.path.join(directory, "project.json")
    with open(project, "w") as file:
        json.dump({"reelpool": 1, "media": {"m": {"path": "medium.mp4"}}, "main": "c",
                   "comps": {"c": {"width": 640, "height": 360, "fps": 24, "duration": 2,
                                   "tracks": [{"id": "t", "clips": [
                                       {"id": "k", "media": "m", "start": 0, "duration": 2,
                                        "in": 0}]}]}}}, file)
    out = os.path.join(directory, "out.mp4")
    run = subprocess.Popen(
        [reelpool, "export", project, "-o", out, "--overwrite", "--progress", "json", "--report",
         os.path.join(directory, "report.json"), "--preset", "veryslow", *more],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    run.stdout.readline()
    change(medium)
    _, errors = run.communicate()
    with open(os.path.join(directory, "report.json")) as file:
        report = json.load(file)
    return run.returncode, errors, report, os.path.exists(out)


def append(path):
    with open(path, "ab") as file:
        file.write(b"\0")


def touch(path):
    os.utime(path)


def leave(path):
    pass


with tempfile.TemporaryDirectory() as directory:
    code, errors, report, there = export(directory, leave)
    expect(code == 0 and there, f"an export that nobody disturbs works: {errors}")
    os.unlink(os.path.join(directory, "out.mp4"))
    for change in (append, touch):
        code, errors, report, there = export(directory, change)
        expect(code == 4, f"{change.__name__}: exit code {code}: {errors}")
        expect("medium.mp4" in errors and "changed while it was exported" in errors, errors)
        expect("--allow-changing" in errors, errors)
        expect(not there, "nothing under the final name")
    code, errors, report, there = export(directory, append, "--allow-changing")
    expect(code == 0 and there, f"allowed: exit code {code}: {errors}")
    expect([w["code"] for w in report["warnings"]].count("media-changed") == 1, report["warnings"])

sys.exit(1 if problems else 0)
