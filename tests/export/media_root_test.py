#!/usr/bin/env python3
"""--media-root: what lies beneath is opened, and nothing else, whatever leads there.

usage: media_root_test.py REELPOOL MEDIUM
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

reelpool, medium = (os.path.abspath(word) for word in sys.argv[1:3])
problems = []


def expect(truth, what):
    if not truth:
        problems.append(what)
        print("FAILED:", what)


def project(path, media, **more):
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"reelpool": 1, "main": "main", "media": {"m": {"path": media, **more}},
                   "comps": {"main": {"width": 64, "height": 64, "fps": 25, "duration": 1, "tracks": [
                       {"clips": [{"media": "m", "start": 0, "duration": 1}]}]}}}, file)
    return path


def run(words, folder):
    return subprocess.run([reelpool, *words], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=100, cwd=folder)


def lay_out(folder):
    """allowed/ with a medium and ways out of it, outside/ with another medium."""
    for name in ["allowed/deep", "outside", "projects"]:
        os.makedirs(f"{folder}/{name}")
    shutil.copy(medium, f"{folder}/allowed/in.mp4")
    shutil.copy(medium, f"{folder}/outside/out.mp4")
    shutil.copy(medium, f"{folder}/allowed/deep/in.mp4")
    os.symlink("deep/in.mp4", f"{folder}/allowed/inner.mp4")
    os.symlink("../outside/out.mp4", f"{folder}/allowed/leak.mp4")
    os.symlink(f"{folder}/outside/out.mp4", f"{folder}/allowed/absolute-leak.mp4")
    os.symlink("../outside", f"{folder}/allowed/way-out")
    os.symlink(f"{folder}/allowed", f"{folder}/way-in")
    os.symlink(f"/proc/{os.getpid()}/root{folder}/outside/out.mp4", f"{folder}/allowed/magic.mp4")
    os.mkfifo(f"{folder}/allowed/fifo.mp4")
    for number in range(1, 4):
        subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v",
                        "1", f"{folder}/allowed/p{number}.png"], check=True)
    os.symlink(f"{folder}/allowed/p1.png", f"{folder}/outside/q1.png")
    os.symlink("../allowed/p2.png", f"{folder}/outside/q2.png")
    # A sequence whose second picture leads out.
    shutil.copy(f"{folder}/allowed/p1.png", f"{folder}/allowed/r1.png")
    os.symlink("../outside/q2.png", f"{folder}/allowed/r2.png")


def paths(folder):
    """path: whether it may be opened; beside a project in projects/ and for the command line."""
    return {
        "../allowed/in.mp4": True,
        "../allowed/inner.mp4": True,
        "../allowed/deep/../in.mp4": True,
        f"{folder}/allowed/in.mp4": True,
        f"{folder}/way-in/in.mp4": True,
        f"{folder}/projects/../allowed/deep/in.mp4": True,
        "../outside/out.mp4": False,
        f"{folder}/outside/out.mp4": False,
        "../allowed/../outside/out.mp4": False,
        "../allowed/leak.mp4": False,
        "../allowed/absolute-leak.mp4": False,
        "../allowed/way-out/out.mp4": False,
        "../allowed/way-out/../outside/out.mp4": False,
        "../allowed/magic.mp4": False,
        f"{folder}/allowed-beside/in.mp4": False,
        "/proc/self/environ": False,
        "/dev/zero": False,
    }


def keeps_to_the_root(folder):
    os.makedirs(f"{folder}/allowed-beside")
    shutil.copy(medium, f"{folder}/allowed-beside/in.mp4")
    for path, is_allowed in paths(folder).items():
        for root in [f"{folder}/allowed", "../allowed", f"{folder}/way-in", f"{folder}/allowed/"]:
            words = ["probe", path, "--media-root", root]
            done = run(words, f"{folder}/projects")
            expect(done.returncode == (0 if is_allowed else 4), f"{words}: {done.returncode} {done.stderr}")
            if not is_allowed:
                expect("outside of --media-root" in done.stderr, f"{words}: {done.stderr}")
        described = project(f"{folder}/projects/p.json", path)
        for command in [["check"], ["plan"], ["frame", "--time", "0.5", "-o", f"{folder}/x.png", "--overwrite"],
                        ["export", "-o", f"{folder}/x.mp4", "--overwrite", "--progress", "none"]]:
            words = [command[0], described, *command[1:], "--media-root", f"{folder}/allowed"]
            done = run(words, folder)
            expect(done.returncode == (0 if is_allowed else 4), f"{path}: {words}: {done.returncode} {done.stderr}")
        without = run(["check", described], folder)
        expect(without.returncode == (0 if path not in ["/proc/self/environ", "/dev/zero"] else 4),
               f"{path} without a root: {without.stderr}")


def sequences_keep_to_it_too(folder):
    described = project(f"{folder}/projects/s.json", "../allowed/p%d.png", fps=25)
    done = run(["export", described, "-o", f"{folder}/s.mp4", "--progress", "none", "--media-root",
                f"{folder}/allowed"], folder)
    expect(done.returncode == 0, f"a sequence beneath: {done.stderr}")
    described = project(f"{folder}/projects/s.json", "../outside/q%d.png", fps=25)
    done = run(["check", described, "--media-root", f"{folder}/allowed"], folder)
    expect(done.returncode == 4, f"a sequence outside: {done.returncode} {done.stderr}")
    # It does not end where it leads out: that would be a film with a silent gap.
    described = project(f"{folder}/projects/s.json", "../allowed/r%d.png", fps=25)
    done = run(["check", described, "--media-root", f"{folder}/allowed"], folder)
    expect(done.returncode == 4 and "outside of --media-root" in done.stderr,
           f"a sequence that leads out: {done.returncode} {done.stderr}")


def is_refused_by_name(folder):
    done = run(["probe", "allowed/fifo.mp4", "--media-root", "allowed"], folder)
    expect(done.returncode == 4 and "not a regular file" in done.stderr, f"a FIFO: {done.stderr}")
    done = run(["probe", "allowed/missing.mp4", "--media-root", "allowed"], folder)
    expect(done.returncode == 4 and "does not exist" in done.stderr, f"missing: {done.stderr}")
    done = run(["probe", "allowed/in.mp4", "--media-root", "nowhere"], folder)
    expect(done.returncode == 2 and "--media-root nowhere" in done.stderr, f"no root: {done.stderr}")
    done = run(["probe", "allowed/in.mp4", "--media-root", "allowed/in.mp4"], folder)
    expect(done.returncode == 2, f"a file as the root: {done.returncode}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = os.path.realpath(folder)
        lay_out(folder)
        keeps_to_the_root(folder)
        sequences_keep_to_it_too(folder)
        is_refused_by_name(folder)
    print(f"{len(problems)} problems")
    return 1 if problems else 0


sys.exit(main())
