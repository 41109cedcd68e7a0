#!/usr/bin/env python3
"""The arrows between the folders: what may include and link what.

usage: arrows_test.py SOURCE_ROOT reelpool=PATH worker=PATH compositor=PATH ipc-dump=PATH
                      seek-stress=PATH
Includes are read from the sources; what a program loads is asked from the dynamic linker (ldd),
the libraries of its libraries included.
"""

import pathlib
import re
import subprocess
import sys

# A folder may include itself and these. ipc/av is a target of its own, apart from ipc.
MAY_INCLUDE = {
    "ipc": {"ipc"},
    "ipc/av": {"ipc", "ipc/av"},
    "orchestrator": {"ipc", "orchestrator"},
    "decoder_worker": {"ipc", "ipc/av", "decoder_worker"},
    "compositor": {"ipc", "ipc/av", "compositor", "shaders"},
    "shaders": {"shaders"},
    "tools": {"ipc", "tools"},
}
# Headers of libraries that a folder must not know.
FOREIGN = {
    "libav": re.compile(r"lib(av|sw)\w+/"),
    "vulkan": re.compile(r"vulkan/|vk_"),
    "json": re.compile(r"nlohmann/"),
}
MUST_NOT_KNOW = {
    "ipc": {"libav", "vulkan", "json"},
    "ipc/av": {"vulkan", "json"},
    "orchestrator": {"libav", "vulkan"},
    "decoder_worker": {"vulkan", "json"},
    "compositor": {"json"},
    "shaders": {"libav", "json"},
    "tools": {"libav"},
}
# Libraries that a program must not load, not even through another library.
MUST_NOT_LOAD = {
    "reelpool": r"lib(av\w+|sw\w+|vulkan\w*|x264|x265|LLVM\S*)\.so",
    "ipc-dump": r"lib(av\w+|sw\w+|vulkan\w*|x264|x265|LLVM\S*)\.so",
    "seek-stress": r"lib(av\w+|sw\w+|vulkan\w*|x264|x265|LLVM\S*)\.so",
    "worker": r"libvulkan\w*\.so",
    "compositor": r"$^",
}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^">]+)[">]', re.MULTILINE)
problems = []


def folder_of(path):
    """"ipc/av/x.hpp" belongs to ipc/av, "ipc/frame/x.hpp" to ipc; "vector" to none."""
    if path.startswith("ipc/av/"):
        return "ipc/av"
    head = path.split("/", 1)[0]
    return head if "/" in path and head in MAY_INCLUDE else None


def check_includes(root):
    number = 0
    for folder in ("ipc", "orchestrator", "decoder_worker", "compositor", "shaders", "tools"):
        for file in sorted((root / folder).rglob("*")):
            if file.suffix not in (".hpp", ".cpp"):
                continue
            number += 1
            name = file.relative_to(root).as_posix()
            own = folder_of(name)
            # A program made only to measure the compositor is built from it, and says so.
            if name.startswith("tools/") and "_bench" in name:
                continue
            for target in INCLUDE.findall(file.read_text(encoding="utf-8")):
                other = folder_of(target)
                if other and other not in MAY_INCLUDE[own]:
                    problems.append(f"{name} includes {target}: no arrow from {own} to {other}")
                for library in MUST_NOT_KNOW[own]:
                    if FOREIGN[library].match(target):
                        problems.append(f"{name} includes {target}: {own} does not know {library}")
    return number


def check_closure(kind, program):
    listing = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    if "linux-vdso" not in listing and "libc.so" not in listing:
        problems.append(f"ldd says nothing about {program}")
    for line in listing.splitlines():
        if re.search(MUST_NOT_LOAD[kind], line):
            problems.append(f"{kind} loads {line.strip()}")


def main():
    number = check_includes(pathlib.Path(sys.argv[1]))
    if number == 0:
        problems.append("no sources were found")
    for argument in sys.argv[2:]:
        kind, program = argument.split("=", 1)
        check_closure(kind, program)
    print("\n".join(problems) or f"{number} files and {len(sys.argv) - 2} programs keep the arrows")
    sys.exit(1 if problems else 0)


main()
