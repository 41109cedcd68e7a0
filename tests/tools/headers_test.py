#!/usr/bin/env python3
"""Every header compiles alone: what it needs, it includes itself. (Those of ipc: tests/ipc.)

usage: headers_test.py SOURCE_ROOT BUILD_ROOT COMPILER...
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys


def flags():
    """Include paths of the libraries, as the build finds them."""
    packages = "capnp vulkan libavformat libavcodec libavutil libswscale".split()
    return subprocess.check_output(["pkg-config", "--cflags", *packages], text=True).split()


def main():
    root, build = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    # Without optimisation, warnings of libraries or debug information: only the grammar matters.
    command = [*sys.argv[3:], "-std=c++20", "-fsyntax-only", "-x", "c++", "-w",
               f"-I{root}", f"-I{build}", f"-I{build}/ipc", *flags(), "-"]
    headers = [file for folder in ("orchestrator", "decoder_worker", "compositor", "tools")
               for file in sorted((root / folder).rglob("*.hpp"))]

    def compile_alone(header):
        name = header.relative_to(root).as_posix()
        # Twice: a header without a guard fails the second time.
        text = f'#include "{name}"\n#include "{name}"\n'
        done = subprocess.run(command, input=text, capture_output=True, text=True)
        return None if done.returncode == 0 else f"{name} does not compile alone:\n{done.stderr}"

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        problems = [problem for problem in pool.map(compile_alone, headers) if problem]
    if not headers:
        problems.append("no headers were found")
    print("\n".join(problems) or f"{len(headers)} headers compile alone")
    sys.exit(1 if problems else 0)


main()
