#!/usr/bin/env node
/* Reference client of the tellal wire: keeps a folder equal to what the wire says. Node 18+, no modules but its own.

       node tellal.mjs --url https://wire.example --token-file token --into news

   What stands in the folder, and what the exit codes mean, is told in clients/README.md; the wire in docs/protocol/wire.md.
   It does what tellal.py does, function for function; the head of that file tells what to copy from here, and why.
   Files are written synchronously: an event is taken whole, whatever the event loop does. */
import fs from "node:fs";
import http from "node:http";
import https from "node:https";
import path from "node:path";
import { parseArgs } from "node:util";

const SILENCE = 45; // seconds without a byte until the line counts as dead: three heartbeats
const FOLDERS = ["stories", "held", "killed", "notices"];

/* The line is gone or not to be had now: come back, after `wait` seconds when the server said so. */
class Cut extends Error {
    constructor(why, wait = null) {
        super(why);
        this.wait = wait;
    }
}

class Stop extends Error {
    constructor(code, why) {
        super(why);
        this.code = code;
    }
}

const say = (text) => fs.writeSync(2, `tellal: ${text}\n`);
const sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
const now = () => performance.now() / 1000;

// ---------------------------------------------------------------- the folder

/* Stories, log and cursor. Whatever moment the machine stops at, the next start goes on from a true state. */
class Folder {
    constructor(top, start) {
        this.top = top;
        this.state = { seq: start, prev: null, epoch: null, log: 0, acks: [], reset: null };
        for (const name of [...FOLDERS, "lost"]) fs.mkdirSync(this.path(name), { recursive: true });
        if (fs.existsSync(this.path(".cursor"))) this.state = JSON.parse(fs.readFileSync(this.path(".cursor"), "utf8"));
        this.log = fs.openSync(this.path("log.jsonl"), "a");
        if (fs.fstatSync(this.log).size < this.state.log)
            throw new Stop(1, "log.jsonl is shorter than .cursor says: the folder was changed by somebody else");
        fs.ftruncateSync(this.log, this.state.log); // lines whose cursor was not written: their events come again
        if (this.state.reset && this.state.reset.step !== "read") this.merge();
    }

    path(...parts) {
        return path.join(this.top, ...parts);
    }

    /* Makes a rename or removal in the folder of `file` last. */
    settle(file) {
        const fd = fs.openSync(path.dirname(file), "r");
        fs.fsyncSync(fd);
        fs.closeSync(fd);
    }

    put(file, text) {
        const fd = fs.openSync(this.path(".tmp"), "w");
        fs.writeFileSync(fd, text + "\n");
        fs.fsyncSync(fd);
        fs.closeSync(fd);
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.renameSync(this.path(".tmp"), file);
        this.settle(file);
    }

    move(file, to) {
        if (!fs.existsSync(file)) return;
        fs.mkdirSync(path.dirname(to), { recursive: true });
        fs.renameSync(file, to);
        this.settle(to);
        this.settle(file);
    }

    remove(file) {
        if (!fs.existsSync(file)) return;
        fs.unlinkSync(file);
        this.settle(file);
    }

    save(changes) {
        Object.assign(this.state, changes);
        this.put(this.path(".cursor"), JSON.stringify(this.state));
    }

    /* Its line in the log, then the cursor: after this the event is taken. */
    commit({ seq = null, prev = null, event, id = null, version = null }, changes) {
        const line = Buffer.from(JSON.stringify({ seq, prev, event, id, version }) + "\n");
        fs.writeFileSync(this.log, line);
        fs.fsyncSync(this.log);
        this.save({ log: this.state.log + line.length, ...changes });
    }

    /* What an event does to the stories under `root`. Twice does the same as once. */
    apply(event, text, root) {
        const name = event.id.replace(/[^A-Za-z0-9.-]/g, "_") + ".json";
        const [stories, held, killed, notices] = FOLDERS.map((folder) => path.join(root, folder, name));
        const kind = event.event;
        const { pubStatus, representationType } = Object(event.story); // other formats and format=head: known by the event alone
        const isNotice = representationType === "partial";
        if (kind === "kill" || pubStatus === "canceled") {
            for (const file of [stories, held, notices]) this.remove(file);
            this.put(killed, text);
        } else if (kind === "hold" || pubStatus === "withheld" || (kind === "correction" && isNotice)) {
            this.move(stories, held);
            this.put(notices, text);
        } else if (kind === "release" && isNotice) {
            this.move(held, stories);
            this.remove(notices);
        } else if (["story", "update", "correction", "release", "advisory"].includes(kind)) {
            this.put(stories, text);
            for (const file of [held, notices, killed]) this.remove(file);
        }
    }

    take(event, text) {
        const isKill = event.event === "kill";
        if (event.id) {
            if (isKill || !this.state.reset) this.apply(event, text, this.top);
            if (this.state.reset) this.apply(event, text, this.path(".again"));
        }
        let acks = this.state.acks;
        if (isKill && !acks.some(([id, version]) => id === event.id && version === event.version))
            acks = [...acks, [event.id, event.version]];
        this.commit(event, { seq: event.seq, prev: event.prev ?? null, acks });
    }

    // -- a reset

    beginAgain({ why = null, oldest = 0, epoch = null }) {
        for (const folder of FOLDERS)
            if (fs.existsSync(this.path(".again", folder)))
                for (const name of fs.readdirSync(this.path(".again", folder))) fs.unlinkSync(this.path(".again", folder, name));
        this.commit({ event: "reset" }, { seq: 0, prev: null, epoch, reset: { why, oldest, head: null, step: "read" } });
    }

    /* The events taken since the reset. */
    brought() {
        const events = new Set();
        for (const line of fs.readFileSync(this.path("log.jsonl"), "utf8").split("\n")) {
            if (!line) continue;
            const row = JSON.parse(line);
            if (row.event === "reset") events.clear();
            events.add(`${row.seq} ${row.id}`);
        }
        return events;
    }

    /* Two steps, each of which can be done again from its beginning. */
    merge() {
        const reset = this.state.reset;
        let lost = 0;
        if (reset.step !== "move") {
            this.save({ reset: { ...reset, step: "sort" } });
            const brought = this.brought();
            for (const folder of FOLDERS)
                for (const name of fs.readdirSync(this.path(folder))) {
                    const { seq, id } = JSON.parse(fs.readFileSync(this.path(folder, name), "utf8"));
                    if (reset.why === "too-old" && seq < reset.oldest) continue; // of this timeline, only no longer to be had
                    if (!brought.has(`${seq} ${id}`)) {
                        lost++;
                        this.move(this.path(folder, name), this.path("lost", `${name.slice(0, -5)}.${seq}.json`));
                    } else if (!fs.existsSync(this.path(".again", folder, name))) this.remove(this.path(folder, name));
                }
            this.save({ reset: { ...reset, step: "move" } });
        }
        for (const folder of FOLDERS)
            if (fs.existsSync(this.path(".again", folder)))
                for (const name of fs.readdirSync(this.path(".again", folder)))
                    this.move(this.path(".again", folder, name), this.path(folder, name));
        this.save({ seq: Math.max(this.state.seq, reset.head), reset: null });
        say(`read again to ${reset.head} after the reset; set aside in lost/: ${lost}`);
    }
}

// ---------------------------------------------------------------- the wire

/* A parser of event streams (WHATWG HTML 9.2.6): feed() bytes, get [name, id, data] and comments as [null, null, text]. */
class Events {
    decoder = new TextDecoder("utf-8"); // takes the byte order mark away
    rest = "";
    afterCr = false;
    name = "";
    id = null;
    data = [];
    retry = null;

    *feed(piece) {
        let text = this.decoder.decode(piece, { stream: true });
        if (!text) return;
        if (this.afterCr && text[0] === "\n") text = text.slice(1);
        const from = this.rest.length;
        this.rest += text;
        const ends = /\r\n|\r|\n/g;
        let begin = 0;
        ends.lastIndex = from;
        for (let end; (end = ends.exec(this.rest)); begin = ends.lastIndex) yield* this.line(this.rest.slice(begin, end.index));
        this.afterCr = begin > 0 && begin === this.rest.length && this.rest.endsWith("\r");
        this.rest = this.rest.slice(begin);
    }

    *line(line) {
        const colon = line.indexOf(":");
        const field = colon < 0 ? line : line.slice(0, colon);
        let value = colon < 0 ? "" : line.slice(colon + 1);
        if (value.startsWith(" ")) value = value.slice(1);
        if (!line) {
            if (this.data.length) yield [this.name || "message", this.id, this.data.join("\n")];
            this.name = "";
            this.data = [];
        } else if (!field) yield [null, null, value];
        else if (field === "event") this.name = value;
        else if (field === "data") this.data.push(value);
        else if (field === "id" && !value.includes("\0")) this.id = value;
        else if (field === "retry" && /^[0-9]+$/.test(value)) this.retry = value / 1000;
    }
}

/* The server. stream() and poll() give the same: ["hello", {...}], ["event", event, text], ["beat", seq]: all that is due up
   to seq has come, ["reset", {...}]. */
class Wire {
    constructor(options) {
        this.options = options;
        this.url = new URL(options.url);
        this.retry = 3; // seconds, until the server gives its own
        this.credential = options["token-file"]
            ? "Bearer " + readSecret(options["token-file"])
            : "Basic " + Buffer.from(options.user + ":" + readSecret(options["password-file"])).toString("base64");
    }

    /* The answer, its body unread. Rejects when the line is bad, or nothing comes for `patience` seconds. */
    call(method, target, { body, accept = "application/json", patience = SILENCE }) {
        const headers = { Authorization: this.credential, Accept: accept };
        if (body !== undefined) Object.assign(headers, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) });
        const go = this.url.protocol === "https:" ? https : http;
        return new Promise((done, fail) => {
            const request = go.request(this.url.origin + this.url.pathname.replace(/\/+$/, "") + target, { method, headers, agent: false });
            const timer = setTimeout(() => request.destroy(new Cut("nothing came for too long")), patience * 1000);
            request.on("response", (answer) => (clearTimeout(timer), done(answer)));
            request.on("error", (e) => (clearTimeout(timer), fail(e)));
            request.end(body);
        });
    }

    /* The wire from `after` on: the answer when that is 200 or 410. */
    async ask(after, accept, patience, more = {}) {
        this.given = after ?? 0; // a poll's cursor runs ahead of what was due: the next `prev` may name it
        const query = new URLSearchParams(this.options.filter);
        for (const [k, v] of Object.entries({ format: this.options.format, ...(after === null ? {} : { after }), ...more })) query.append(k, v);
        const answer = await this.call("GET", "/v1/wire?" + query, { accept, patience });
        const status = answer.statusCode;
        if (status === 200 || status === 410) return answer;
        const why = `${status} ${await problem(answer)}`;
        const wait = answer.headers["retry-after"] ?? "";
        if ([408, 425, 429].includes(status) || status >= 500) throw new Cut(why, /^[0-9]+$/.test(wait) ? Number(wait) : null);
        throw new Stop(2, "the server refuses: " + why);
    }

    async *stream(after, patience) {
        try {
            const answer = await this.ask(after, "text/event-stream", SILENCE);
            if (answer.statusCode === 410) {
                yield ["reset", JSON.parse(await whole(answer))];
                return;
            }
            const events = new Events();
            for await (const piece of pieces(answer, patience))
                for (const [name, id, data] of events.feed(piece)) {
                    if (name === null) {
                        const beat = /^head=([0-9]+) /.exec(data);
                        if (beat) yield ["beat", Number(beat[1])];
                        continue;
                    }
                    const value = JSON.parse(data);
                    if (name === "reset") {
                        yield ["reset", value]; // its retry is for clients that would come with the same cursor
                        return;
                    }
                    this.retry = events.retry || this.retry;
                    if (name === "line") yield [value.line, value];
                    else if ("seq" in value || /^[0-9]+$/.test(id ?? "")) yield ["event", { seq: Number(id), event: name, ...value }, data];
                }
            throw new Cut("the line has ended");
        } catch (e) {
            throw e instanceof Cut || e instanceof Stop ? e : new Cut(`${e.code ?? e.name}: ${e.message}`);
        }
    }

    async *poll(after, patience) {
        try {
            for (let isFirst = true; ; isFirst = false) {
                const began = now();
                const wait = isFirst ? 0 : Math.max(1, Math.min(30, Math.floor(patience())));
                const answer = await this.ask(after, "application/json", wait + 15, { wait });
                const page = JSON.parse(await whole(answer));
                if (answer.statusCode === 410) {
                    yield ["reset", page];
                    return;
                }
                const events = page.events;
                if (isFirst && after === null) // from now on: what came with the first answer is new as well
                    page.head = events.length ? events[0].seq - 1 : page.next;
                if (isFirst) yield ["hello", page];
                for (const event of events) yield ["event", event, JSON.stringify(event)];
                if (!isFirst && !events.length && after === page.next && now() - began < 0.5)
                    throw new Cut("the server hangs up"); // it may be stopping: no reason to ask without pause
                after = page.next;
                yield ["beat", after];
            }
        } catch (e) {
            throw e instanceof Cut || e instanceof Stop ? e : new Cut(`${e.code ?? e.name}: ${e.message}`);
        }
    }

    /* True when there is nothing more to do about it. */
    async acknowledge(id, version) {
        try {
            const target = `/v1/stories/${encodeURIComponent(id)}/ack`;
            const answer = await this.call("POST", target, { body: JSON.stringify({ version }), patience: 10 });
            const status = answer.statusCode;
            const why = await problem(answer);
            if (status === 204) return true;
            say(`ack of ${id} version ${version}: ${status} ${why}`);
            return status >= 400 && status < 500 && ![401, 408, 429].includes(status);
        } catch (e) {
            say(`ack of ${id} version ${version}: ${e.message}, later again`);
            return false;
        }
    }
}

async function* pieces(answer, patience) {
    const reader = answer[Symbol.asyncIterator]();
    try {
        for (;;) {
            const timer = setTimeout(() => answer.destroy(new Cut("nothing came for too long")), patience() * 1000);
            const { value, done } = await reader.next().finally(() => clearTimeout(timer));
            if (done) return;
            yield value;
        }
    } finally {
        answer.destroy();
    }
}

async function whole(answer) {
    const got = [];
    for await (const piece of pieces(answer, () => SILENCE)) got.push(piece);
    return Buffer.concat(got).toString("utf8");
}

/* The sentence of an error answer (RFC 9457). */
async function problem(answer) {
    const text = await whole(answer);
    try {
        const value = JSON.parse(text);
        return [value.detail || value.title || "", ...(value.errors ?? []).filter((e) => e.message !== value.detail).map((e) => `${e.pointer}: ${e.message}`)].join(" ");
    } catch {
        return text.slice(0, 200);
    }
}

function readSecret(file) {
    try {
        return fs.readFileSync(file, "utf8").trim();
    } catch (e) {
        throw new Stop(2, `${file}: ${e.message}`);
    }
}

// ---------------------------------------------------------------- the client

class Client {
    constructor(options) {
        this.options = options;
        this.wire = new Wire(options);
        this.folder = new Folder(options.into, options.from === "start" ? 0 : null);
        this.idleSince = null; // while connected: when the last event came
        this.head = null; // of hello: what was there when we came
        this.holes = 0;
    }

    idleLeft() {
        const limit = this.options["until-idle"];
        return limit === undefined || this.idleSince === null ? Infinity : this.idleSince + Number(limit) - now();
    }

    async acknowledge() {
        for (const ack of [...this.folder.state.acks]) {
            if (!(await this.wire.acknowledge(...ack))) return;
            this.folder.save({ acks: this.folder.state.acks.filter((a) => a !== ack) });
        }
    }

    async onHello(hello) {
        const state = this.folder.state;
        say(`connected: head=${hello.head} held=${state.seq ?? "nothing"}`);
        this.head = hello.head;
        this.idleSince = now();
        if (state.seq === null) this.folder.save({ seq: hello.head });
        if (state.epoch !== hello.epoch) this.folder.save({ epoch: hello.epoch });
        if (state.reset && state.reset.head === null) this.folder.save({ reset: { ...state.reset, head: hello.head } });
        await this.acknowledge();
        this.reached(state.seq);
    }

    async onEvent(event, text) {
        if (event.seq <= this.folder.state.seq) return; // at least once: this is the second time
        this.mustHold(event.prev);
        this.folder.take(event, text);
        this.holes = 0;
        this.idleSince = now();
        if (event.event === "kill") await this.acknowledge();
        this.reached(event.seq);
    }

    mustHold(prev) {
        const held = this.folder.state.seq;
        if ((prev ?? 0) <= Math.max(held, this.wire.given)) return;
        const why = `something is missing: ${prev} was sent, ${held} is held`;
        if (++this.holes === 3) throw new Stop(3, why + "; three times the same. Keep this folder and ask the agency");
        throw new Cut(why);
    }

    /* All that is due up to `seq` is in the folder. */
    reached(seq) {
        const reset = this.folder.state.reset;
        if (reset && reset.head !== null && seq >= reset.head) this.folder.merge();
        if (this.options.once && seq >= this.head) throw new Stop(0, `all up to ${this.head} is here`);
    }

    async session() {
        const patience = () => Math.max(0.01, Math.min(SILENCE, this.idleLeft()));
        const after = this.folder.state.seq;
        const items = this.options.transport === "poll" ? this.wire.poll(after, patience) : this.wire.stream(after, patience);
        for await (const [kind, value, text] of items) {
            if (kind === "event") await this.onEvent(value, text);
            else if (kind === "hello") await this.onHello(value);
            else if (kind === "beat") {
                await this.acknowledge();
                this.reached(value);
            } else if (kind === "reset") {
                say("reset: " + JSON.stringify(value));
                this.folder.beginAgain(value);
            } else {
                say(`${kind}: ${JSON.stringify(value)}`);
                this.mustHold(value.prev); // of the daily line check
            }
            if (this.idleLeft() <= 0) throw new Stop(0, "nothing new");
        }
    }

    async run() {
        for (let fails = 0; ; ) {
            let wait = null;
            try {
                await this.session();
            } catch (e) {
                if (!(e instanceof Cut)) throw e;
                if (this.idleLeft() <= 0) throw new Stop(0, "nothing new");
                say(e.message);
                wait = e.wait;
            }
            fails = this.idleSince === null ? Math.min(fails + 1, 5) : 0; // nobody there: wait longer each time
            this.idleSince = null;
            wait ??= this.wire.retry * 2 ** Math.max(0, fails - 1);
            await sleep(wait * (1 + Math.random() / 4));
        }
    }
}

function readOptions() {
    const text = { type: "string" };
    const known = { url: text, "token-file": text, user: text, "password-file": text, into: text, "until-idle": text,
        filter: { ...text, default: "" }, format: { ...text, default: "ninjs" }, from: { ...text, default: "start" },
        once: { type: "boolean" }, help: { type: "boolean" }, transport: { ...text, default: "sse" } };
    try {
        const o = parseArgs({ options: known }).values;
        if (o.help) throw new Stop(0, `--${Object.keys(known).join(" --")}: told in clients/README.md`);
        if (!o.url || !o.into) throw new Error("--url and --into are needed");
        if (!o["token-file"] && !(o.user && o["password-file"])) throw new Error("--token-file, or --user and --password-file");
        if (!["start", "now"].includes(o.from)) throw new Error("--from start or now");
        if (!["sse", "poll"].includes(o.transport)) throw new Error("--transport sse or poll");
        return o;
    } catch (e) {
        if (e instanceof Stop) throw e;
        throw new Stop(2, e.code?.startsWith("ERR_PARSE_ARGS") ? `${e.message}; there are --${Object.keys(known).join(" --")}` : e.message);
    }
}

for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0)); // between two events: see Folder
try {
    await new Client(readOptions()).run();
} catch (e) {
    say(e instanceof Stop ? e.message : `the folder cannot be kept: ${e.message}`);
    process.exit(e instanceof Stop ? e.code : 1);
}
