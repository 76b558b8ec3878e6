"""A cached story page against nginx serving the same bytes: one core each, the client on the other, turn by turn."""
import os
import re
import subprocess
import sys
import time

from rig import Server, basic, cpu_seconds

CONF = """worker_processes 1;
daemon off;
pid {work}/nginx.pid;
error_log {work}/nginx.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  types {{ text/html html; }}
  sendfile on; tcp_nopush on; tcp_nodelay on;
  keepalive_requests 1000;
  open_file_cache max=100 inactive=60s;
  client_body_temp_path {work}; proxy_temp_path {work}; fastcgi_temp_path {work}; uwsgi_temp_path {work}; scgi_temp_path {work};
  server {{ listen 127.0.0.1:{port}; root {work}/pages; }}
}}
"""


def middle_page(server):
    """The path of a story page of middling size."""
    status, _, body = server.get("/en/")
    paths = sorted(set(re.findall(rb'href="(/en/story/[^"#]+)"', body)))
    pages = []
    for p in paths[:40]:
        status, _, page = server.get(p.decode())
        if status == 200:
            pages.append((len(page), p.decode(), page))
    if not pages:
        raise RuntimeError(f"no story page found from /en/ ({status})")
    return sorted(pages)[len(pages) // 2]


def start_nginx(rig, port, page):
    os.makedirs(rig.path("pages"), exist_ok=True)
    with open(rig.path("pages/page.html"), "wb") as f:
        f.write(page)
    with open(rig.path("nginx.conf"), "w") as f:
        f.write(CONF.format(work=rig.work, port=port))
    words = ["taskset", "-c", "0", "nginx", "-c", rig.path("nginx.conf"), "-p", rig.work]
    process = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    with open(f"/proc/{process.pid}/task/{process.pid}/children") as f:
        return process, int(f.read().split()[0])


def wrk(url, seconds):
    out = subprocess.run(["taskset", "-c", "1", "wrk", "-t1", "-c32", f"-d{seconds}s", url], stdout=subprocess.PIPE, check=True,
                         text=True).stdout
    if "Non-2xx" in out:
        raise RuntimeError(out)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1)), int(re.search(r"(\d+) requests in", out).group(1))


def run(rig):
    archive = rig.archive()
    if not archive:
        return
    with Server(rig, archive.data, cores="0") as server:
        size, path, page = middle_page(server)
        port = server.port + 1 if server.port < 65000 else server.port - 1
        nginx, worker = start_nginx(rig, port, page)
        try:
            ours, theirs, ratio, cpu = [], [], [], []
            for i in range(max(rig.runs, 5) + 1):
                a, b = cpu_seconds(server.process.pid), cpu_seconds(worker)
                mine, n = wrk(f"http://127.0.0.1:{server.port}{path}", 3)
                a2 = cpu_seconds(server.process.pid)
                other, m = wrk(f"http://127.0.0.1:{port}/page.html", 3)
                b2 = cpu_seconds(worker)
                if i == 0:
                    continue
                ours.append(mine)
                theirs.append(other)
                ratio.append(100 * mine / other)
                cpu.append(((a2 - a) / n) / ((b2 - b) / m))
        finally:
            nginx.terminate()
            nginx.wait()
    print(f"  {path.split('/')[1]} story page of {size} bytes", file=sys.stderr)
    rig.figure("cached story page", ours, "/s")
    rig.figure("nginx, the same bytes", theirs, "/s")
    rig.figure("cached story page as a share of nginx", ratio, "%", 80, "least")
    rig.figure("  server CPU per page, nginx = 1", cpu, "", 1.25)
