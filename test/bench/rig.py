"""What the measurements share: a server of their own, the load client, figures with targets."""
import base64
import http.client
import json
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PASSWORD = "correct horse battery"


class Rig:
    def __init__(self, binary, work, shared, runs, is_quick=False):
        self.binary, self.work, self.shared = os.path.abspath(binary), work, shared
        self.asked_runs, self.runs, self.is_quick = runs, runs or 3, is_quick
        self.figures = []
        self.load_client = compile_c(work, "load", "load.c")
        self._archive = None

    def path(self, name):
        return os.path.join(self.work, name)

    def fresh(self, name):
        p = self.path(name)
        shutil.rmtree(p, ignore_errors=True)
        return p

    def corpus(self):
        p = os.path.join(self.shared, "corpus", "newswire.jsonl.gz")
        if not os.path.exists(p):
            print(f"no archive to measure with: {p} is not there (TELLAL_SHARED says where to look)", file=sys.stderr)
            return None
        return p

    def archive(self):
        """A data folder with the archive in it, taken in by a running server; None when there is no archive."""
        if self._archive is None and self.corpus():
            self._archive = Archive(self)
        return self._archive

    def load(self, server, connections, seconds, requests, rate=0, streams=0, hello=None, cores=None):
        words = ["taskset", "-c", cores] if cores else []
        words += [self.load_client, str(server.port), str(connections), str(seconds), str(rate), requests]
        if streams:
            words += [str(streams), hello]
        out = subprocess.run(words, stdout=subprocess.PIPE, check=True, text=True).stdout
        result = json.loads(out)
        if result["bad"]:
            print(f"  {result['bad']} answers were refused, the last with {result['last_bad']}", file=sys.stderr)
        return result

    def figure(self, name, values, unit, target=None, way="most", note="", quartiles=False):
        """One row. `values`, one per run; the median counts. way: "most" = at most the target, "least" = at least.
        The spread shown is from lowest to highest, or the two quartiles between which half of the runs lie."""
        mid = statistics.median(values)
        met = None if target is None else (mid <= target if way == "most" else mid >= target)
        row = {"name": name, "median": mid, "lowest": min(values), "highest": max(values), "runs": len(values), "unit": unit,
               "target": target, "way": way, "met": met, "note": note}
        if quartiles and len(values) > 1:
            row["lower_quartile"], _, row["upper_quartile"] = statistics.quantiles(values, n=4, method="inclusive")
        self.figures.append(row)
        print_row(row)
        return mid


def compile_c(work, name, *sources):
    """One of the tools of this folder; the path of the program."""
    program = os.path.join(work, name)
    words = [os.environ.get("CC", "cc"), "-O2", "-std=gnu17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-o", program]
    subprocess.run(words + [os.path.join(HERE, s) for s in sources] + ["-pthread"], check=True)
    return program


def print_row(r):
    sign = {"most": "<=", "least": ">="}[r["way"]]
    target = "" if r["target"] is None else f"{sign} {r['target']:g}"
    verdict = {None: "", True: "met", False: "MISSED"}[r["met"]]
    low, high = r.get("lower_quartile", r["lowest"]), r.get("upper_quartile", r["highest"])
    spread = "" if r["runs"] == 1 else f"{short(low)}-{short(high)}"
    print(f"{r['name']:<58} {short(r['median']):>9} {r['unit']:<8} {spread:<16} {target:<9} {verdict:<7}{r['note']}", flush=True)


def short(x):
    return f"{x:.0f}" if abs(x) >= 100 else f"{x:.1f}" if abs(x) >= 10 else f"{x:.2f}"


class Server:
    def __init__(self, rig, data, settings=(), cores=None):
        self.rig, self.data, self.cores = rig, data, cores
        self.settings = ["connections_per_address=0", "streams_per_account=0", "has_interval_ms=0", *settings]
        self.log = open(data.rstrip("/") + ".log", "ab")
        self.process = None

    def start(self):
        """Seconds until the port answered."""
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        words = ["taskset", "-c", self.cores] if self.cores else []
        words += [self.rig.binary, "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}"]
        for s in self.settings:
            words += ["--set", s]
        began = time.monotonic()
        self.process = subprocess.Popen(words, stdout=self.log, stderr=self.log)
        while True:
            try:
                link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
                link.request("GET", "/readyz")
                if link.getresponse().status == 200:
                    return time.monotonic() - began
            except OSError:
                pass
            if self.process.poll() is not None or time.monotonic() - began > 60:
                raise RuntimeError(f"the server did not start: see {self.log.name}")
            time.sleep(0.005)

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)
            self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def cli(self, *words, stdin=None):
        return subprocess.run([self.rig.binary, *words, "--data", self.data], input=stdin, stdout=subprocess.PIPE, check=True,
                              text=True).stdout.strip()

    def token(self, name, role, org=None):
        words = ["user", "add", name, "--role", role, "--password-stdin"]
        self.cli(*words, *(["--org", org] if org else []), stdin=PASSWORD + "\n")
        return self.cli("token", "add", "--user", name)

    def get(self, path, headers=None):
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        link.request("GET", path, headers=headers or {})
        answer = link.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()

    def raw(self, asked):
        """The body of the answer to one request as write_requests takes them."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as link:
            link.sendall(asked)
            answer = http.client.HTTPResponse(link)
            answer.begin()
            return answer.read()

    def memory(self):
        """Kilobytes: proportional set, and what of it is no file."""
        rows = {}
        with open(f"/proc/{self.process.pid}/smaps_rollup") as f:
            for line in f.readlines()[1:]:
                rows[line.split(":")[0]] = int(line.split()[1])
        return rows["Pss"], rows["Pss_Anon"]

    def cpu_seconds(self):
        return cpu_seconds(self.process.pid)


class Archive:
    """The archive, and what its taking-in cost."""

    def __init__(self, rig):
        data = rig.fresh("archive")
        print("  taking the archive in …", file=sys.stderr, flush=True)
        self.data = data
        server = Server(rig, data)
        with server:
            org = server.cli("org", "add", "Bench paper")
            server.token("bench", "api", org)
            began = time.monotonic()
            told = json.loads(server.cli("import", "--json", rig.corpus()))
            self.seconds = time.monotonic() - began
            self.taken = told["taken"]
            time.sleep(5)
            self.pss, self.anon = server.memory()
        self.bytes = sum(os.path.getsize(os.path.join(data, n)) for n in os.listdir(data) if os.path.isfile(os.path.join(data, n)))


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def basic(name):
    return "Basic " + base64.b64encode(f"{name}:{PASSWORD}".encode()).decode()


def request(method, path, headers, body=b""):
    rows = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"] + [f"{k}: {v}" for k, v in headers.items()]
    if body:
        rows.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(rows) + "\r\n\r\n").encode() + body


def write_requests(path, requests):
    with open(path, "wb") as f:
        for r in requests:
            f.write(b"%010d" % len(r) + r)
    return path


# ---- stories of our own: invented words in the shape of two languages, frequent and rare ones as in real text ----

TR_STEMS = """liman köprü bakan toplantı açıklama ekonomi üretim belediye yatırım hastane öğrenci trafik deprem yağmur şirket ihracat müze
sergi takım maç seçim meclis yasa çiftçi buğday zeytin ihale kurul başkan yönetim proje enerji turizm okul üniversite sanayi ticaret
bölge kent ilçe köy yol hava deniz orman su iş gün yıl ay saat dünya ülke halk kadın çocuk aile sağlık eğitim kültür sanat spor
güvenlik adalet mahkeme karar rapor araştırma bilim teknoloji yazılım uzay otomobil tren uçak gemi banka faiz borsa piyasa fiyat
vergi bütçe gelir gider artış düşüş oran milyon bin yüzde anlaşma görüşme ziyaret tören ödül film kitap yazar şair oyun""".split()
TR_ENDS = ["", "ler", "lar", "de", "da", "den", "dan", "in", "ın", "e", "a", "i", "ı", "le", "leri", "larının", "lerde", "inde",
           "ından", "cı", "lik", "siz", "imiz", "ına"]
EN_STEMS = """harbour bridge minister meeting statement economy output council investment hospital student traffic earthquake rain company
export museum exhibition team match election parliament law farmer wheat olive tender board chair project energy tourism school
university industry trade region city district village road air sea forest water work day year month hour world country people woman
child family health education culture art sport security justice court decision report research science technology software space
car train aircraft ship bank rate market price tax budget income cost rise fall share million agreement talk visit ceremony award
film book author poet play""".split()
EN_ENDS = ["", "s", "ed", "ing", "er", "ly", "al", "ment", "ity", "ness"]
SYLLABLES = "ka ra men del sa ri to ve lu na bo shi gar mon te pi dor an ul es".split()


def vocabulary(dice, stems, ends):
    words = [s + e for s in stems for e in ends]
    dice.shuffle(words)
    names = ["".join(dice.choice(SYLLABLES) for _ in range(3)).capitalize() for _ in range(3000)]
    return words, [1 / (i + 3) for i in range(len(words))], names


def stories(count, seed=7):
    """Bodies of 2.5 KB in JSON, with a mark in the headline."""
    dice = random.Random(seed)
    books = {"tr": vocabulary(dice, TR_STEMS, TR_ENDS), "en": vocabulary(dice, EN_STEMS, EN_ENDS)}
    made = []
    for i in range(count):
        language = "tr" if i % 2 == 0 else "en"
        words, weights, names = books[language]
        body, size = [], 0
        while size < 2500:
            run = dice.choices(words, weights, k=dice.randint(8, 16))
            if dice.random() < 0.5:
                run.insert(dice.randrange(len(run)), dice.choice(names))
            if dice.random() < 0.3:
                run.insert(dice.randrange(len(run)), str(dice.randrange(100000)))
            sentence = " ".join(run).capitalize() + "."
            body.append(sentence if dice.random() < 0.7 else sentence + "</p><p>")
            size += len(body[-1].encode()) + 1
        head = " ".join(dice.choices(words, weights, k=7)).capitalize()
        story = {"language": language, "category": [dice.randint(1, 7)], "priority": dice.randint(2, 5), "headline": head + " zz" + "0" * 20,
                 "spot": " ".join(dice.choices(words, weights, k=20)), "dateline": {"city": "Ankara", "country": "TR"},
                 "keywords": dice.choices(words, weights, k=3), "body": "<p>" + " ".join(body) + "</p>"}
        made.append(json.dumps(story, ensure_ascii=False).encode())
    return made
