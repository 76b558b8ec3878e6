"""An editor's day in two minutes: stories, flashes, updates, corrections, holds and kills, against a server that dies now and
then. What the server has acknowledged is kept here; a request that died is sent again under its own key."""
import json
import random
import threading
import time
import urllib.error
import urllib.request
import uuid

WORDS = ("the harbour council met again on Tuesday to weigh a plan for the old quay where ferries still call twice a day "
         "engineers said the stones had moved by some nine centimetres since spring and asked for a closer look before winter "
         "shopkeepers fear for their trade while residents want the square back for the market that once stood there").split()


def sentence(rng):
    words = rng.choices(WORDS, k=rng.randint(9, 22))
    return (" ".join(words)).capitalize() + "."


def text(rng, mark):
    body = "".join("<p>%s</p>" % " ".join(sentence(rng) for _ in range(rng.randint(2, 4))) for _ in range(rng.randint(3, 7)))
    return {"headline": "%s, number %d" % (sentence(rng)[:-1], mark), "spot": sentence(rng), "body": body}


class Desk:
    def __init__(self, port, token, seed, pace):
        self.port, self.token, self.rng, self.pace = port, token, random.Random(seed), pace
        self.live, self.held, self.published, self.acts, self.count = [], [], 0, {}, 0
        self.is_ended = False
        self.may_go = threading.Event()
        self.may_go.set()
        self.turn = threading.Lock()
        self.thread = threading.Thread(target=self.run, daemon=True)

    # ---- one request, answered for certain

    def ask(self, method, path, body=None, **headers):
        """(status, answer). Sent until it is answered; the key makes twice the same as once."""
        headers.update({"Authorization": "Bearer " + self.token, "Content-Type": "application/json",
                        "Idempotency-Key": str(uuid.UUID(int=self.rng.getrandbits(128)))})
        while True:
            try:
                r = urllib.request.Request("http://127.0.0.1:%d/v1/stories%s" % (self.port, path),
                                           json.dumps(body or {}).encode() if method != "GET" else None, headers, method=method)
                with urllib.request.urlopen(r, timeout=10) as answer:
                    return answer.status, json.load(answer)
            except urllib.error.HTTPError as e:
                if e.code not in (503, 429):
                    return e.code, None
            except (OSError, ValueError):
                pass  # it died; whether the story was stored nobody can know, so the same again
            time.sleep(0.1)

    def publish(self, **members):
        self.count += 1
        rng = self.rng
        story = {"language": rng.choice(("tr", "en", "ar")), "category": sorted(rng.sample(range(1, 8), rng.randint(1, 2))),
                 "package": [rng.choice((1, 1, 2, 3))], "priority": rng.choices((1, 2, 3, 4, 5), (1, 2, 3, 8, 4))[0],
                 **text(rng, self.count), **members}
        status, answer = self.ask("POST", "", story)
        if status != 201:
            raise RuntimeError("a story was refused: %d" % status)
        self.published += 1
        return answer

    # ---- what an editor does

    def run(self):
        while not self.is_ended:
            self.may_go.wait()
            with self.turn:
                self.act()
            time.sleep(self.pace)

    def act(self):
        what = self.rng.choices(("story", "update", "correct", "hold", "release", "kill"), (70, 10, 8, 4, 4, 3))[0]
        if what == "story" or len(self.live) < 10 or what == "release" and not self.held:
            self.live.append(self.publish()["id"])
        elif what == "release":
            self.live.append(self.verb(self.held.pop(), "release", {}))
        else:
            self.change(what, self.live.pop(self.rng.randrange(len(self.live))))

    def change(self, what, id):
        if what == "kill":
            self.verb(id, "kill", {"reason": "A court has ordered it."})
        elif what == "hold":
            self.held.append(self.verb(id, "hold", {"reason": "A fact is in doubt."}))
        elif what == "correct":
            self.live.append(self.verb(id, "correct", {"note": "Corrects a figure.", **text(self.rng, self.count)}))
        else:
            status, old = self.ask("GET", "/" + id)
            if status == 200:
                kept = {k: old[k] for k in ("language", "category", "package", "priority") if k in old}
                self.ask("PUT", "/" + id, {**kept, **text(self.rng, self.count)}, **{"If-Match": '"%d"' % old["version"]})
                self.count_act("update")
                self.live.append(id)

    def verb(self, id, verb, body):
        self.ask("POST", "/%s/%s" % (id, verb), body)
        self.count_act(verb)
        return id

    def count_act(self, what):
        self.acts[what] = self.acts.get(what, 0) + 1

    # ---- told from outside

    def start(self):
        self.thread.start()

    def pause(self):
        self.may_go.clear()
        self.turn.acquire()

    def go_on(self):
        self.turn.release()
        self.may_go.set()

    def forget_what_is_gone(self):
        """After a restore: what came after the backup is nobody's any more."""
        for name in ("live", "held"):
            setattr(self, name, [id for id in getattr(self, name) if self.ask("GET", "/" + id)[0] == 200])

    def end(self):
        """A story that all have is killed, and one that all get closes the day: its number."""
        self.is_ended = True
        self.thread.join()
        everybodys = {"language": "tr", "category": [1], "package": [1], "priority": 4}
        killed = self.publish(**everybodys)
        self.verb(killed["id"], "kill", {"reason": "The name in the second paragraph is that of somebody else."})
        return killed["id"], self.publish(**everybodys)["seq"]
