#!/usr/bin/env python3
"""Write the built page as one C file, which the console's program is made of (../asset.h).

    embed.py OUT.c DEPFILE --dist FOLDER                 a page that was built already: a release tarball carries it
    embed.py OUT.c DEPFILE --node NODE BUILD.mjs FOLDER  build it first, into FOLDER

DEPFILE gets what the page was built from, for ninja.
"""
import os
import json
import pathlib
import subprocess
import sys

HEAD = "/* Written by page/embed.py from the built page: change page/. */\n#include \"asset.h\"\n\n"
BYTES_A_LINE = 32


def array(name, data):
    lines = (",".join(map(str, data[i:i + BYTES_A_LINE])) for i in range(0, len(data), BYTES_A_LINE))
    return f"static const unsigned char {name}[{len(data)}] = {{\n" + ",\n".join(lines) + "\n};\n"


def quoted(text):
    assert '"' not in text and "\\" not in text, text
    return f'"{text}"'


def source(dist):
    """The C file's text. A gzip that would not be smaller is left out."""
    files = json.loads((dist / "manifest.json").read_text(encoding="utf-8"))["files"]
    arrays, rows = [], []
    for i, f in enumerate(files):
        plain, gz = (dist / f["file"]).read_bytes(), (dist / f["gz"]).read_bytes()
        arrays.append(array(f"plain_{i}", plain))
        small = len(gz) < len(plain)
        if small:
            arrays.append(array(f"gz_{i}", gz))
        rows.append(f'    {{ {quoted(f["path"])}, {quoted(f["type"])}, plain_{i}, sizeof plain_{i}, '
                    + (f"gz_{i}, sizeof gz_{i}" if small else "NULL, 0") + f', {int(f["immutable"])} }},\n')
    return (HEAD + "".join(arrays) + "\nconst struct asset assets[] = {\n" + "".join(rows) + "};\n"
            + "const size_t asset_count = sizeof assets / sizeof *assets;\n")


def inputs(build):
    """Everything that the page is built from."""
    page = pathlib.Path(build).parent
    patterns = ("*.js", "*.mjs", "*.html", "*.svg", "*.json", "css/*.css", "pages/*.js", "words/*.js", "words/*.json")
    return sorted(str(p) for pattern in patterns for p in page.glob(pattern))


def main(out, depfile, how, *more):
    if how == "--node":
        node, build, folder = more
        subprocess.run([node, os.path.abspath(build), os.path.abspath(folder)], check=True)
        needs = inputs(build)
    else:
        folder = more[0]
        needs = [folder + "/manifest.json"]
    pathlib.Path(out).write_text(source(pathlib.Path(folder)), encoding="utf-8")
    pathlib.Path(depfile).write_text(f"{out}: " + " ".join(n.replace(" ", "\\ ") for n in needs) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
