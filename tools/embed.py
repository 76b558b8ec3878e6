#!/usr/bin/env python3
"""Turns the files of web/ into one C table (http/asset.h), text types gzipped beside.

usage: embed.py DIR OUT.c OUT.d [TABLE]

TABLE names the C table (asset_table, as asset.h declares it); its count is TABLE_count. Text is gzipped only for the
first: other tables are read by ourselves.

Same files, same bytes out: sorted by path, gzip without a time stamp. OUT.d names every file and folder, so that an
added or removed file builds anew.
"""
import gzip
import hashlib
import os
import sys

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".msg": "text/plain; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".xml": "application/xml",
    ".xsl": "text/xsl; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".woff": "font/woff",
    ".ttf": "font/ttf",
}
PACKED = {".png", ".jpg", ".webp", ".woff2", ".woff"}  # compressed in themselves


def walk(root):
    files, folders = [], []
    for folder, names, found in os.walk(root):
        names[:] = sorted(n for n in names if not n.startswith("."))
        folders.append(folder)
        for name in found:
            if not name.startswith(".") and not name.endswith("~"):
                files.append(os.path.join(folder, name))
    # The table is searched by halves: order by bytes of the path.
    return sorted(files, key=lambda f: os.path.relpath(f, root).encode()), sorted(folders)


def array(name, data):
    lines = [",".join(str(b) for b in data[i:i + 32]) for i in range(0, len(data), 32)]
    return "static const unsigned char %s[] = {%s};\n" % (name, ",\n".join(lines) or "0")


def quote(text):
    if not text.isascii() or '"' in text or "\\" in text or any(ord(c) < 32 for c in text):
        sys.exit("embed.py: unfit name: %r" % text)
    return '"%s"' % text


def main():
    root, out, deps = sys.argv[1:4]
    table = sys.argv[4] if len(sys.argv) > 4 else "asset_table"
    files, folders = walk(root)
    arrays, rows = [], []
    for i, path in enumerate(files):
        with open(path, "rb") as f:
            data = f.read()
        ending = os.path.splitext(path)[1].lower()
        packed = b"" if ending in PACKED or table != "asset_table" else gzip.compress(data, 9, mtime=0)
        if len(packed) >= len(data):
            packed = b""
        arrays.append(array("bytes_%d" % i, data))
        if packed:
            arrays.append(array("gzip_%d" % i, packed))
        rows.append("    {%s, %s, bytes_%d, %s, %d, %d, \"\\\"%s\\\"\"},\n" % (
            quote(os.path.relpath(path, root)), quote(TYPES.get(ending, "application/octet-stream")), i,
            "gzip_%d" % i if packed else "NULL", len(data), len(packed), hashlib.sha256(data).hexdigest()[:24]))
    with open(out, "w") as f:
        f.write('#include "http/asset.h"\n\nextern const struct asset %s[];\nextern const size_t %s_count;\n' % (table, table))
        f.writelines(arrays)
        f.write("\nconst struct asset %s[] = {\n" % table)
        f.writelines(rows or ["    {0},\n"])
        f.write("};\nconst size_t %s_count = %d;\n" % (table, len(rows)))
    with open(deps, "w") as f:
        f.write("%s: %s\n" % (out, " ".join(p.replace(" ", "\\ ") for p in files + folders)))


main()
