#!/usr/bin/env python3
"""Every header compiles alone: what it needs, it includes itself.

The build has shown it for each header that its own source file includes first; the rest are
compiled here.

usage: headers_test.py SOURCE_ROOT BUILD_ROOT COMPILER...
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys


def flags():
    """Include paths of the libraries, as the build finds them."""
    packages = "capnp vulkan libavformat libavcodec libavutil libswscale".split()
    return subprocess.check_output(["pkg-config", "--cflags", *packages], text=True).split()


def includes_first(source, header):
    """Whether the source file exists and its first include is the header."""
    if not source.exists():
        return False
    first = re.search(r'^#include\s+["<](.*)[">]', source.read_text(), re.MULTILINE)
    return first is not None and header.as_posix().endswith("/" + first.group(1))


def main():
    root, build = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    # Without optimisation, warnings of libraries or debug information: only the grammar matters.
    command = [*sys.argv[3:], "-std=c++20", "-fsyntax-only", "-x", "c++", "-w",
               f"-I{root}", f"-I{build}", f"-I{build}/ipc", *flags(), "-"]
    headers = [file for folder in ("ipc", "orchestrator", "decoder_worker", "compositor", "tools")
               for file in sorted((root / folder).rglob("*.hpp"))]
    unproven = [file for file in headers if not includes_first(file.with_suffix(".cpp"), file)]

    def compile_alone(header):
        name = header.relative_to(root).as_posix()
        done = subprocess.run(command, input=f'#include "{name}"\n', capture_output=True, text=True)
        return None if done.returncode == 0 else f"{name} does not compile alone:\n{done.stderr}"

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        problems = [problem for problem in pool.map(compile_alone, unproven) if problem]
    problems += [f"{file.relative_to(root)} has no #pragma once" for file in headers
                 if "#pragma once" not in file.read_text()]
    if not headers:
        problems.append("no headers were found")
    print("\n".join(problems) or f"{len(headers)} headers compile alone ({len(unproven)} of them here)")
    sys.exit(1 if problems else 0)


main()
