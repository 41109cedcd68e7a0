#!/usr/bin/env python3
"""The shipped examples: valid, complete, and silent under `reelpool check`.

usage: examples_test.py SOURCE_ROOT [REELPOOL]
"""

import json
import pathlib
import subprocess
import sys
from fractions import Fraction

SOURCES = {"media", "comp", "solid"}
problems = []


def complain(where, what):
    problems.append(f"{where}: {what}")


def seconds(value, fps):
    """A time of the project file, exactly."""
    if isinstance(value, str):
        return Fraction(value[:-1]) / fps if value.endswith("f") else Fraction(value)
    return Fraction(str(value))


def refuse_duplicates(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError(f"duplicate keys among {keys}")
    return dict(pairs)


def check_media(file, project):
    for name, medium in project["media"].items():
        path = medium["path"] % medium.get("first", 1) if "%" in medium["path"] else medium["path"]
        if not (file.parent / path).is_file():
            complain(file.name, f"media.{name}: {path} does not exist")


def check_track(place, track, comp, project):
    fps = Fraction(str(comp["fps"]))
    end = Fraction(0)
    for clip in track["clips"]:
        where = f"{place} {clip['id']}"
        if len(SOURCES & clip.keys()) != 1:
            complain(where, "needs exactly one source")
        for kind, table in (("media", "media"), ("comp", "comps")):
            if kind in clip and clip[kind] not in project[table]:
                complain(where, f"there is no {kind} {clip[kind]}")
        start = seconds(clip.get("start", 0), fps)
        if start < end:
            complain(where, "overlaps the clip before it")
        if "duration" in clip:
            end = start + seconds(clip["duration"], fps)


def depth(project, name):
    clips = [clip for track in project["comps"][name]["tracks"] for clip in track["clips"]]
    return max((1 + depth(project, clip["comp"]) for clip in clips if "comp" in clip), default=0)


def check_showcase(project):
    """What the showcase is there to show."""
    uses = {}
    for name, comp in project["comps"].items():
        for track in comp["tracks"]:
            for clip in track["clips"]:
                if "media" in clip:
                    uses.setdefault(clip["media"], []).append(name)
    shared = uses["meadow"]
    if len(shared) < 5 or sum(name != "main" for name in shared) < 2:
        complain("showcase.json", "one file should be used by five layers, two of them nested")
    if depth(project, "main") < 3:
        complain("showcase.json", "should be nested three levels deep")


def main():
    root = pathlib.Path(sys.argv[1])
    reelpool = sys.argv[2] if len(sys.argv) > 2 else None
    files = sorted((root / "examples").glob("*.json"))
    if not files:
        complain("examples", "there is none")
    for file in files:
        project = json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=refuse_duplicates)
        check_media(file, project)
        for name, comp in project["comps"].items():
            for track in comp["tracks"]:
                check_track(f"{file.name} {name} {track['id']}", track, comp, project)
        if file.name == "showcase.json":
            check_showcase(project)
        if reelpool:
            check = subprocess.run([reelpool, "check", file], capture_output=True, text=True)
            if check.returncode != 0 or check.stdout or check.stderr:
                complain(file.name, f"`reelpool check` ends with {check.returncode} and says\n"
                         f"{check.stdout}{check.stderr}")
    if "Blender Foundation" not in (root / "examples/media/README.md").read_text(encoding="utf-8"):
        complain("examples/media", "the attribution is missing")
    print("\n".join(problems) or f"{len(files)} examples are fine")
    sys.exit(1 if problems else 0)


main()
