"""A wire that says what a play tells it to, for clients that keep a folder: `from planted import Planted, said`.

    p = Planted([said(1, "story", "a"), …], [said(1, "story", "a"), said(1000001, "kill", "a", 2)])

Serves the first timeline by SSE and by long poll. Who has come to its end and asks again is told of a reset, and from then on
the second timeline is the one that counts, as after a restore. `p.port`, `p.acks`, `p.asked` (query of each request).
"""
import http.server
import json
import threading
import urllib.parse

EPOCHS = ("first", "second")


def said(seq, event, id, version=1, **more):
    story = {"uri": id, "headlines": [{"value": f"{id} {version} at {seq}"}]}
    if event in ("kill", "hold"):
        story.update(representationType="partial", pubStatus="canceled" if event == "kill" else "withheld")
    return {"seq": seq, "prev": None, "event": event, "id": "aa:text:" + id, "version": version, "at": "2026-03-14T09:21:05.123Z",
            "story": story, **more}


def chained(events):
    return [dict(e, prev=events[i - 1]["seq"] if i else None) for i, e in enumerate(events)]


class Planted:
    def __init__(self, first, second):
        self.timelines = [chained(first), chained(second)]
        self.turn, self.acks, self.asked = 0, [], []
        planted = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                planted.acks.append((urllib.parse.unquote(self.path), json.loads(body)))
                self.send_response(204)
                self.end_headers()

            def do_GET(self):
                query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
                planted.asked.append(query)
                is_stream = "event-stream" in self.headers["Accept"]
                status, body = planted.answer(int(query["after"]), is_stream)
                self.send_response(status)
                self.send_header("Content-Type", "text/event-stream" if is_stream else "application/json")
                if not is_stream:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, after, is_stream):
        if self.turn == 0 and after == self.timelines[0][-1]["seq"] and self.timelines[1]:
            self.turn = 1
        events, epoch = self.timelines[self.turn], EPOCHS[self.turn]
        head = events[-1]["seq"]
        if after and after not in [e["seq"] for e in events]:
            reset = {"why": "lost", "oldest": 1, "head": head, "epoch": epoch}
            if is_stream:
                return 200, b"retry: 60000\n\nevent: reset\ndata: " + json.dumps(reset).encode() + b"\n\n"
            return 410, json.dumps(dict(reset, type="about:blank", status=410)).encode()
        due = [e for e in events if e["seq"] > after]
        if not is_stream:
            page = due[:2]
            return 200, json.dumps({"events": page, "next": page[-1]["seq"] if page else after, "head": head, "epoch": epoch}).encode()
        lines = ["retry: 20\n\n"]
        for name, id, data in [("line", None, {"line": "hello", "epoch": epoch, "head": head, "oldest": 1, "now": ""})] + [
                (e["event"], e["seq"], e) for e in due]:
            lines.append((f"id: {id}\n" if id else "") + f"event: {name}\ndata: {json.dumps(data)}\n\n")
        return 200, "".join(lines).encode()
