"""Start, memory, size of the program."""
import http.client
import os
import subprocess
import sys
import time

from rig import Server, basic


def forget(folder):
    """Takes the folder's files out of the page cache, as far as the kernel lets us."""
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            with open(path, "rb") as f:
                os.fsync(f.fileno())
                os.posix_fadvise(f.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def first_answer(rig, data, is_cold):
    """Seconds from the start of the process to a front page with stories on it."""
    if is_cold:
        forget(data)
    server = Server(rig, data)
    began = time.monotonic()
    server.start()
    status, _, body = server.get("/en/")
    took = time.monotonic() - began
    assert status == 200 and b"/en/story/" in body
    server.stop()
    return took


def run(rig):
    stripped = rig.path("stripped")
    subprocess.run(["strip", "-o", stripped, rig.binary], check=True)
    rig.figure("program, stripped", [os.path.getsize(stripped) / 2**20], "MiB", 5)
    archive = rig.archive()
    if not archive:
        return
    rig.figure("import", [archive.taken / archive.seconds], "/s", note=f"{archive.taken} stories")
    rig.figure("  data folder", [archive.bytes / 2**20], "MiB")
    rig.figure("start to the first page, files in memory", [1000 * first_answer(rig, archive.data, False) for _ in range(5)], "ms", 1000)
    rig.figure("start to the first page, files not in memory", [1000 * first_answer(rig, archive.data, True) for _ in range(5)], "ms", 1000)
    rig.figure("memory (PSS) after the import, idle 5 s", [archive.pss / 1024], "MiB", 64)
    rig.figure("  of it no file", [archive.anon / 1024], "MiB")
    head = {"Authorization": basic("bench"), "Content-Type": "application/x-www-form-urlencoded"}
    with Server(rig, archive.data) as server:
        rig.figure("memory (PSS) after a start", [server.memory()[0] / 1024], "MiB", 64)
        link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        for offset in range(0, 10000, 100):
            for words in ("", "&search_string=bank", "&search_string=oil+price"):
                link.request("POST", "/abone/search", f"limit=100&offset={offset}{words}", head)
                link.getresponse().read()
        time.sleep(5)
        pss, anon = server.memory()
        rig.figure("memory (PSS) after 300 searches over all of it", [pss / 1024], "MiB", 64)
        rig.figure("  of it no file", [anon / 1024], "MiB")
