"""A subscriber of the older kind: posts a form to the HAS search, pages, sleeps, fetches what it does not have as NewsML."""
import base64
import json
import os
import threading
import time
import urllib.parse
import urllib.request


class Poller:
    def __init__(self, port, user, password, org, folder):
        self.port, self.org, self.folder, self.have = port, "org:" + org, folder, {}
        self.credential = "Basic " + base64.b64encode((user + ":" + password).encode()).decode()
        self.is_ended = False
        os.makedirs(os.path.join(folder, "lost"))
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def ask(self, path, form=None):
        data = urllib.parse.urlencode(form).encode() if form else None
        request = urllib.request.Request("http://127.0.0.1:%d/abone%s" % (self.port, path), data, {"Authorization": self.credential})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def fetch(self, row):
        document = self.ask("/document/%s/newsml29" % urllib.parse.quote(row["id"], safe=""))
        with open(os.path.join(self.folder, row["id"].replace(":", "_") + ".xml"), "wb") as f:
            f.write(document)
        self.have[row["id"]] = row["date"]

    def look(self):
        """True when there was nothing new: a round over all pages."""
        offset, total, is_quiet = 0, 1, True
        while offset < total:
            data = json.loads(self.ask("/search", {"start_date": "*", "end_date": "NOW", "offset": offset, "limit": 100}))["data"]
            for row in data["result"]:
                if self.have.get(row["id"]) != row["date"]:
                    self.fetch(row)
                    is_quiet = False
            total, offset = int(data["total"]), offset + 100
        return is_quiet

    def run(self):
        while not self.is_ended:
            try:
                self.look()
            except (OSError, ValueError, KeyError):
                pass  # the server is away, or a page moved under us: next time
            time.sleep(0.5)

    def finish(self):
        """All that is there now: dates have seconds, so what changed within one is asked for again."""
        self.is_ended = True
        self.thread.join()
        self.have.clear()
        while not self.look():
            pass
        for name in os.listdir(self.folder):  # killed, held, or of a timeline that a restore has ended
            if name != "lost" and name[:-4].replace("_", ":") not in self.have:
                os.rename(os.path.join(self.folder, name), os.path.join(self.folder, "lost", name))
