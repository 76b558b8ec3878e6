#!/usr/bin/env php
<?php
/* Reference client of the tellal wire: keeps a folder equal to what the wire says. PHP 8.1+ (php-cli), no extension beyond
   those it is built with: sockets are PHP's own streams.

       php tellal.php --url https://wire.example --token-file token --into news

   What stands in the folder, and what the exit codes mean, is told in clients/README.md; the wire in docs/protocol/wire.md.
   It does what tellal.py does, function for function; the head of that file tells what to copy from here, and why. */
declare(strict_types=1);

const SILENCE = 45; // seconds without a byte until the line counts as dead: three heartbeats
const FOLDERS = ['stories', 'held', 'killed', 'notices'];

/** The line is gone or not to be had now: come back, after `wait` seconds when the server said so. */
class Cut extends Exception
{
    public function __construct(string $why, public ?float $wait = null)
    {
        parent::__construct($why);
    }
}

class Stop extends Exception
{
    public function __construct(int $code, string $why)
    {
        parent::__construct($why, $code);
    }
}

function say(string $text): void
{
    fwrite(STDERR, "tellal: $text\n");
}

function to_json(mixed $value): string
{
    return json_encode($value, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_PRESERVE_ZERO_FRACTION | JSON_THROW_ON_ERROR);
}

function from_json(string $text, bool $is_array = false): mixed
{
    return json_decode($text, $is_array, 512, JSON_THROW_ON_ERROR);
}

function is_number(string $text): bool
{
    return preg_match('/^[0-9]+\z/', $text) === 1;
}

function now(): float
{
    return hrtime(true) / 1e9;
}

// ---------------------------------------------------------------- the folder

/** Stories, log and cursor. Whatever moment the machine stops at, the next start goes on from a true state. */
class Folder
{
    public array $state;
    private $log;

    public function __construct(private string $top, ?int $start)
    {
        $this->state = ['seq' => $start, 'prev' => null, 'epoch' => null, 'log' => 0, 'acks' => [], 'reset' => null];
        foreach ([...FOLDERS, 'lost'] as $name) {
            $this->make($this->path($name));
        }
        if (file_exists($this->path('.cursor'))) {
            $this->state = from_json(file_get_contents($this->path('.cursor')), true);
        }
        $this->log = fopen($this->path('log.jsonl'), 'ab');
        if (fstat($this->log)['size'] < $this->state['log']) {
            throw new Stop(1, 'log.jsonl is shorter than .cursor says: the folder was changed by somebody else');
        }
        ftruncate($this->log, $this->state['log']); // lines whose cursor was not written: their events come again
        if ($this->state['reset'] && $this->state['reset']['step'] !== 'read') {
            $this->merge();
        }
    }

    private function path(string ...$parts): string
    {
        return implode('/', [$this->top, ...$parts]);
    }

    private function make(string $folder): void
    {
        if (!is_dir($folder)) {
            mkdir($folder, 0777, true);
        }
    }

    private function names(string $folder): array
    {
        return is_dir($folder) ? array_diff(scandir($folder), ['.', '..']) : [];
    }

    /** Makes a rename or removal in the folder of `file` last. */
    private function settle(string $file): void
    {
        $folder = fopen(dirname($file), 'r');
        fsync($folder);
        fclose($folder);
    }

    private function write($file, string $text): void
    {
        if (fwrite($file, $text) !== strlen($text) || !fflush($file) || !fsync($file)) {
            throw new ErrorException('not all could be written');
        }
    }

    private function put(string $file, string $text): void
    {
        $new = fopen($this->path('.tmp'), 'wb');
        $this->write($new, $text . "\n");
        fclose($new);
        $this->make(dirname($file));
        rename($this->path('.tmp'), $file);
        $this->settle($file);
    }

    private function move(string $file, string $to): void
    {
        if (file_exists($file)) {
            $this->make(dirname($to));
            rename($file, $to);
            $this->settle($to);
            $this->settle($file);
        }
    }

    private function remove(string $file): void
    {
        if (file_exists($file)) {
            unlink($file);
            $this->settle($file);
        }
    }

    public function save(array $changes): void
    {
        $this->state = array_merge($this->state, $changes);
        $this->put($this->path('.cursor'), to_json($this->state));
    }

    /** Its line in the log, then the cursor: after this the event is taken. */
    private function commit(object $event, array $changes): void
    {
        $row = [];
        foreach (['seq', 'prev', 'event', 'id', 'version'] as $member) {
            $row[$member] = $event->$member ?? null;
        }
        $line = to_json($row) . "\n";
        $this->write($this->log, $line);
        $this->save(['log' => $this->state['log'] + strlen($line)] + $changes);
    }

    /** What an event does to the stories under `root`. Twice does the same as once. */
    private function apply(object $event, string $text, string $root): void
    {
        $name = preg_replace('/[^A-Za-z0-9.-]/', '_', $event->id) . '.json';
        [$stories, $held, $killed, $notices] = array_map(fn ($folder) => "$root/$folder/$name", FOLDERS);
        $kind = $event->event;
        $story = is_object($event->story ?? null) ? $event->story : null; // other formats and format=head: known by the event alone
        $status = $story->pubStatus ?? null;
        $is_notice = ($story->representationType ?? null) === 'partial';
        if ($kind === 'kill' || $status === 'canceled') {
            foreach ([$stories, $held, $notices] as $file) {
                $this->remove($file);
            }
            $this->put($killed, $text);
        } elseif ($kind === 'hold' || $status === 'withheld' || $kind === 'correction' && $is_notice) {
            $this->move($stories, $held);
            $this->put($notices, $text);
        } elseif ($kind === 'release' && $is_notice) {
            $this->move($held, $stories);
            $this->remove($notices);
        } elseif (in_array($kind, ['story', 'update', 'correction', 'release', 'advisory'], true)) {
            $this->put($stories, $text);
            foreach ([$held, $notices, $killed] as $file) {
                $this->remove($file);
            }
        }
    }

    public function take(object $event, string $text): void
    {
        $is_kill = $event->event === 'kill';
        if (isset($event->id)) {
            if ($is_kill || !$this->state['reset']) {
                $this->apply($event, $text, $this->top);
            }
            if ($this->state['reset']) {
                $this->apply($event, $text, $this->path('.again'));
            }
        }
        $acks = $this->state['acks'];
        if ($is_kill && !in_array([$event->id, $event->version], $acks, true)) {
            $acks[] = [$event->id, $event->version];
        }
        $this->commit($event, ['seq' => $event->seq, 'prev' => $event->prev ?? null, 'acks' => $acks]);
    }

    // -- a reset

    public function begin_again(object $reset): void
    {
        foreach (FOLDERS as $folder) {
            foreach ($this->names($this->path('.again', $folder)) as $name) {
                unlink($this->path('.again', $folder, $name));
            }
        }
        $this->commit((object) ['event' => 'reset'], ['seq' => 0, 'prev' => null, 'epoch' => $reset->epoch ?? null,
            'reset' => ['why' => $reset->why ?? null, 'oldest' => $reset->oldest ?? 0, 'head' => null, 'step' => 'read']]);
    }

    /** The events taken since the reset. */
    private function brought(): array
    {
        $events = [];
        foreach (new SplFileObject($this->path('log.jsonl')) as $line) {
            if ($line !== '') {
                $row = from_json($line);
                $events = $row->event === 'reset' ? [] : $events;
                $events["$row->seq $row->id"] = true;
            }
        }
        return $events;
    }

    /** Two steps, each of which can be done again from its beginning. */
    public function merge(): void
    {
        $reset = $this->state['reset'];
        $lost = 0;
        if ($reset['step'] !== 'move') {
            $this->save(['reset' => ['step' => 'sort'] + $reset]);
            $brought = $this->brought();
            foreach (FOLDERS as $folder) {
                foreach ($this->names($this->path($folder)) as $name) {
                    $file = $this->path($folder, $name);
                    $event = from_json(file_get_contents($file));
                    if ($reset['why'] === 'too-old' && $event->seq < $reset['oldest']) {
                        continue; // of this timeline, only no longer to be had
                    }
                    if (!isset($brought["$event->seq $event->id"])) {
                        $lost++;
                        $this->move($file, $this->path('lost', substr($name, 0, -5) . ".$event->seq.json"));
                    } elseif (!file_exists($this->path('.again', $folder, $name))) {
                        $this->remove($file);
                    }
                }
            }
            $this->save(['reset' => ['step' => 'move'] + $reset]);
        }
        foreach (FOLDERS as $folder) {
            foreach ($this->names($this->path('.again', $folder)) as $name) {
                $this->move($this->path('.again', $folder, $name), $this->path($folder, $name));
            }
        }
        $this->save(['seq' => max($this->state['seq'], $reset['head']), 'reset' => null]);
        say("read again to {$reset['head']} after the reset; set aside in lost/: $lost");
    }
}

// ---------------------------------------------------------------- the wire

/** A parser of event streams (WHATWG HTML 9.2.6): feed() bytes, get [name, id, data] and comments as [null, null, text]. */
class Events
{
    public ?float $retry = null;
    private string $rest = '', $name = '';
    private bool $is_first = true, $after_cr = false;
    private ?string $id = null;
    private array $data = [];

    public function feed(string $piece): Generator
    {
        if ($this->after_cr && $piece[0] === "\n") {
            $piece = substr($piece, 1);
        }
        $at = strlen($this->rest);
        $this->rest .= $piece;
        if ($this->is_first) {
            if (strlen($this->rest) < 3 && str_starts_with("\u{FEFF}", $this->rest)) {
                return;
            }
            $this->is_first = false;
            $at = 0;
            if (str_starts_with($this->rest, "\u{FEFF}")) {
                $this->rest = substr($this->rest, 3);
            }
        }
        $begin = 0;
        $all = strlen($this->rest);
        while (($end = $at + strcspn($this->rest, "\r\n", $at)) < $all) {
            $line = substr($this->rest, $begin, $end - $begin);
            $begin = $at = $end + (substr($this->rest, $end, 2) === "\r\n" ? 2 : 1);
            yield from $this->line($line);
        }
        $this->after_cr = $begin > 0 && $begin === $all && $this->rest[$all - 1] === "\r";
        $this->rest = substr($this->rest, $begin);
    }

    private function line(string $line): Generator
    {
        [$field, $value] = explode(':', $line, 2) + [1 => ''];
        $value = str_starts_with($value, ' ') ? substr($value, 1) : $value;
        if ($line === '') {
            if ($this->data) {
                yield [$this->name ?: 'message', $this->id, implode("\n", $this->data)];
            }
            $this->name = '';
            $this->data = [];
        } elseif ($field === '') {
            yield [null, null, $value];
        } elseif ($field === 'event') {
            $this->name = $value;
        } elseif ($field === 'data') {
            $this->data[] = $value;
        } elseif ($field === 'id' && !str_contains($value, "\0")) {
            $this->id = $value;
        } elseif ($field === 'retry' && is_number($value)) {
            $this->retry = $value / 1000;
        }
    }
}

/** One request and its answer, over a socket of its own. */
class Answer
{
    public int $status;
    public array $headers = [];
    private string $rest = '';
    private $sock;

    public function __construct(string $address, string $request, float $patience)
    {
        $this->sock = @stream_socket_client($address, $code, $why, 10);
        if (!$this->sock) {
            throw new Cut('no connection: ' . ($why ?: error_get_last()['message'] ?? ''));
        }
        if (@fwrite($this->sock, $request) !== strlen($request)) {
            throw new Cut('the line has ended');
        }
        stream_set_blocking($this->sock, false);
        while (!str_contains($this->rest, "\r\n\r\n")) {
            $this->rest .= $this->more($patience);
        }
        [$head, $this->rest] = explode("\r\n\r\n", $this->rest, 2);
        $rows = explode("\r\n", $head);
        $this->status = (int) (explode(' ', array_shift($rows))[1] ?? 0);
        foreach ($rows as $row) {
            [$name, $value] = explode(':', $row, 2) + [1 => ''];
            $this->headers[strtolower($name)] = trim($value);
        }
    }

    /** The next bytes; null at the end. Looks up once a second, so that signals are heard. */
    private function read(float $patience): ?string
    {
        for ($until = now() + $patience; now() < $until;) {
            $read = [$this->sock];
            $write = $except = null;
            @stream_select($read, $write, $except, 0, (int) (1e6 * max(0.001, min(1, $until - now()))));
            $piece = @fread($this->sock, 65536);
            if (is_string($piece) && $piece !== '') {
                return $piece;
            }
            if (feof($this->sock)) {
                return null;
            }
        }
        throw new Cut('nothing came for too long');
    }

    private function more(float $patience): string
    {
        return $this->read($patience) ?? throw new Cut('the line has ended');
    }

    /** The body, piece by piece as it comes. */
    public function pieces(callable $patience): Generator
    {
        if (strtolower($this->headers['transfer-encoding'] ?? '') === 'chunked') {
            for (;;) {
                while (!str_contains($this->rest, "\r\n")) {
                    $this->rest .= $this->more($patience());
                }
                [$size, $this->rest] = explode("\r\n", $this->rest, 2);
                $n = hexdec(explode(';', $size)[0]);
                while (strlen($this->rest) < $n + 2) {
                    $this->rest .= $this->more($patience());
                }
                if (!$n) {
                    return;
                }
                yield substr($this->rest, 0, $n);
                $this->rest = substr($this->rest, $n + 2);
            }
        }
        $left = $this->status === 204 ? 0 : ($this->headers['content-length'] ?? INF);
        for ($piece = $this->rest; ; $piece = $left === INF ? $this->read($patience()) : $this->more($patience())) {
            if ($piece === null) {
                return;
            }
            $left -= strlen($piece);
            if ($piece !== '') {
                yield $piece;
            }
            if ($left <= 0) {
                return;
            }
        }
    }

    public function whole(): string
    {
        return implode('', iterator_to_array($this->pieces(fn () => SILENCE), false));
    }

    /** The sentence of an error answer (RFC 9457). */
    public function problem(): string
    {
        $text = $this->whole();
        $value = json_decode($text);
        if (!is_object($value)) {
            return substr($text, 0, 200);
        }
        $more = array_filter($value->errors ?? [], fn ($e) => $e->message !== ($value->detail ?? null));
        $faults = array_map(fn ($e) => "$e->pointer: $e->message", $more);
        return implode(' ', [$value->detail ?? $value->title ?? '', ...$faults]);
    }
}

/** The server. stream() and poll() give the same: ['hello', {...}], ['event', event, text], ['beat', seq]: all that is due up
    to seq has come, ['reset', {...}]. */
class Wire
{
    public float $retry = 3; // seconds, until the server gives its own
    public int $given = 0;
    private string $credential;

    public function __construct(private array $options)
    {
        $this->credential = isset($options['token-file'])
            ? 'Bearer ' . read_secret($options['token-file'])
            : 'Basic ' . base64_encode($options['user'] . ':' . read_secret($options['password-file']));
    }

    private function call(string $method, string $target, ?string $body = null, string $accept = 'application/json', float $patience = SILENCE): Answer
    {
        $url = parse_url($this->options['url']) + ['path' => '', 'host' => '', 'scheme' => ''];
        $is_tls = $url['scheme'] === 'https';
        $port = $url['port'] ?? ($is_tls ? 443 : 80);
        $head = ["$method " . rtrim($url['path'], '/') . "$target HTTP/1.1", "Host: {$url['host']}:$port", 'Connection: close',
            "Authorization: $this->credential", "Accept: $accept"];
        if ($body !== null) {
            array_push($head, 'Content-Type: application/json', 'Content-Length: ' . strlen($body));
        }
        return new Answer(($is_tls ? 'tls' : 'tcp') . "://{$url['host']}:$port", implode("\r\n", $head) . "\r\n\r\n$body", $patience);
    }

    /** The wire from `after` on: the answer when that is 200 or 410. */
    private function ask(?int $after, string $accept, float $patience, array $more = []): Answer
    {
        $this->given = $after ?? 0; // a poll's cursor runs ahead of what was due: the next `prev` may name it
        $query = ['format=' . urlencode($this->options['format'])];
        foreach (array_filter(explode('&', $this->options['filter'])) as $pair) {
            $query[] = implode('=', array_map(fn ($x) => urlencode(urldecode($x)), explode('=', $pair, 2)));
        }
        foreach (($after === null ? [] : ['after' => $after]) + $more as $name => $value) {
            $query[] = "$name=$value";
        }
        $answer = $this->call('GET', '/v1/wire?' . implode('&', $query), null, $accept, $patience);
        $status = $answer->status;
        if ($status === 200 || $status === 410) {
            return $answer;
        }
        $why = "$status " . $answer->problem();
        $wait = $answer->headers['retry-after'] ?? '';
        if (in_array($status, [408, 425, 429], true) || $status >= 500) {
            throw new Cut($why, is_number($wait) ? (float) $wait : null);
        }
        throw new Stop(2, "the server refuses: $why");
    }

    public function stream(?int $after, callable $patience): Generator
    {
        try {
            $answer = $this->ask($after, 'text/event-stream', SILENCE);
            if ($answer->status === 410) {
                yield ['reset', from_json($answer->whole())];
                return;
            }
            $events = new Events();
            foreach ($answer->pieces($patience) as $piece) {
                foreach ($events->feed($piece) as [$name, $id, $data]) {
                    if ($name === null) {
                        if (preg_match('/^head=([0-9]+) /', $data, $beat)) {
                            yield ['beat', (int) $beat[1]];
                        }
                        continue;
                    }
                    $value = from_json($data);
                    if ($name === 'reset') {
                        yield ['reset', $value]; // its retry is for clients that would come with the same cursor
                        return;
                    }
                    $this->retry = $events->retry ?: $this->retry;
                    if ($name === 'line') {
                        yield [$value->line, $value];
                    } elseif (isset($value->seq) || is_number($id ?? '')) {
                        yield ['event', (object) ((array) $value + ['seq' => (int) $id, 'event' => $name]), $data];
                    }
                }
            }
            throw new Cut('the line has ended');
        } catch (JsonException | ErrorException | TypeError $e) {
            throw new Cut(get_class($e) . ': ' . $e->getMessage());
        }
    }

    public function poll(?int $after, callable $patience): Generator
    {
        try {
            for ($is_first = true; ; $is_first = false) {
                $began = now();
                $wait = $is_first ? 0 : max(1, (int) min(30, $patience()));
                $answer = $this->ask($after, 'application/json', $wait + 15, ['wait' => $wait]);
                $page = from_json($answer->whole());
                if ($answer->status === 410) {
                    yield ['reset', $page];
                    return;
                }
                if ($is_first && $after === null) { // from now on: what came with the first answer is new as well
                    $page->head = $page->events ? $page->events[0]->seq - 1 : $page->next;
                }
                if ($is_first) {
                    yield ['hello', $page];
                }
                foreach ($page->events as $event) {
                    yield ['event', $event, to_json($event)];
                }
                if (!$is_first && !$page->events && $after === $page->next && now() - $began < 0.5) {
                    throw new Cut('the server hangs up'); // it may be stopping: no reason to ask without pause
                }
                $after = $page->next;
                yield ['beat', $after];
            }
        } catch (JsonException | ErrorException | TypeError $e) {
            throw new Cut(get_class($e) . ': ' . $e->getMessage());
        }
    }

    /** True when there is nothing more to do about it. */
    public function acknowledge(string $id, int $version): bool
    {
        try {
            $answer = $this->call('POST', '/v1/stories/' . rawurlencode($id) . '/ack', to_json(['version' => $version]), patience: 10);
            if ($answer->status === 204) {
                return true;
            }
            say("ack of $id version $version: $answer->status " . $answer->problem());
            return $answer->status >= 400 && $answer->status < 500 && !in_array($answer->status, [401, 408, 429], true);
        } catch (Cut $e) {
            say("ack of $id version $version: " . $e->getMessage() . ', later again');
            return false;
        }
    }
}

function read_secret(string $path): string
{
    return trim(@file_get_contents($path) ?: throw new Stop(2, "$path: cannot be read, or is empty"));
}

// ---------------------------------------------------------------- the client

class Client
{
    private Wire $wire;
    private Folder $folder;
    private ?float $idle_since = null; // while connected: when the last event came
    private ?int $head = null; // of hello: what was there when we came
    private int $holes = 0;

    public function __construct(private array $options)
    {
        $this->wire = new Wire($options);
        $this->folder = new Folder($options['into'], $options['from'] === 'start' ? 0 : null);
    }

    private function idle_left(): float
    {
        $limit = $this->options['until-idle'] ?? null;
        return $limit === null || $this->idle_since === null ? INF : $this->idle_since + (float) $limit - now();
    }

    private function acknowledge(): void
    {
        foreach ($this->folder->state['acks'] as $ack) {
            if (!$this->wire->acknowledge(...$ack)) {
                return;
            }
            $this->folder->save(['acks' => array_values(array_filter($this->folder->state['acks'], fn ($a) => $a !== $ack))]);
        }
    }

    private function on_hello(object $hello): void
    {
        $state = &$this->folder->state;
        say("connected: head=$hello->head held=" . ($state['seq'] ?? 'nothing'));
        $this->head = $hello->head;
        $this->idle_since = now();
        if ($state['seq'] === null) {
            $this->folder->save(['seq' => $hello->head]);
        }
        if ($state['epoch'] !== $hello->epoch) {
            $this->folder->save(['epoch' => $hello->epoch]);
        }
        if ($state['reset'] && $state['reset']['head'] === null) {
            $this->folder->save(['reset' => ['head' => $hello->head] + $state['reset']]);
        }
        $this->acknowledge();
        $this->reached($state['seq']);
    }

    private function on_event(object $event, string $text): void
    {
        if ($event->seq <= $this->folder->state['seq']) {
            return; // at least once: this is the second time
        }
        $this->must_hold($event->prev ?? 0);
        $this->folder->take($event, $text);
        $this->holes = 0;
        $this->idle_since = now();
        if ($event->event === 'kill') {
            $this->acknowledge();
        }
        $this->reached($event->seq);
    }

    private function must_hold(int $prev): void
    {
        $held = $this->folder->state['seq'];
        if ($prev > max($held, $this->wire->given)) {
            $why = "something is missing: $prev was sent, $held is held";
            throw ++$this->holes === 3 ? new Stop(3, "$why; three times the same. Keep this folder and ask the agency") : new Cut($why);
        }
    }

    /** All that is due up to `seq` is in the folder. */
    private function reached(int $seq): void
    {
        $reset = $this->folder->state['reset'];
        if ($reset && $reset['head'] !== null && $seq >= $reset['head']) {
            $this->folder->merge();
        }
        if (isset($this->options['once']) && $seq >= $this->head) {
            throw new Stop(0, "all up to $this->head is here");
        }
    }

    private function session(): void
    {
        $patience = fn () => max(0.01, min(SILENCE, $this->idle_left()));
        $after = $this->folder->state['seq'];
        $items = $this->options['transport'] === 'poll' ? $this->wire->poll($after, $patience) : $this->wire->stream($after, $patience);
        foreach ($items as $item) {
            [$kind, $value] = $item;
            if ($kind === 'event') {
                $this->on_event($value, $item[2]);
            } elseif ($kind === 'hello') {
                $this->on_hello($value);
            } elseif ($kind === 'beat') {
                $this->acknowledge();
                $this->reached($value);
            } elseif ($kind === 'reset') {
                say('reset: ' . to_json($value));
                $this->folder->begin_again($value);
            } else {
                say("$kind: " . to_json($value));
                $this->must_hold($value->prev ?? 0); // of the daily line check
            }
            if ($this->idle_left() <= 0) {
                throw new Stop(0, 'nothing new');
            }
        }
    }

    public function run(): never
    {
        for ($fails = 0; ;) {
            $wait = null;
            try {
                $this->session();
            } catch (Cut $cut) {
                if ($this->idle_left() <= 0) {
                    throw new Stop(0, 'nothing new');
                }
                say($cut->getMessage());
                $wait = $cut->wait;
            }
            $fails = $this->idle_since === null ? min($fails + 1, 5) : 0; // nobody there: wait longer each time
            $this->idle_since = null;
            $wait ??= $this->wire->retry * 2 ** max(0, $fails - 1);
            usleep((int) (1e6 * $wait * (1 + mt_rand() / mt_getrandmax() / 4)));
        }
    }
}

function read_options(array $words): array
{
    $known = ['url', 'token-file', 'user', 'password-file', 'into', 'filter', 'format', 'from', 'until-idle', 'once', 'transport'];
    $o = ['filter' => '', 'format' => 'ninjs', 'from' => 'start', 'transport' => 'sse'];
    while ($words) {
        [$name, $value] = explode('=', array_shift($words), 2) + [1 => null];
        $key = substr($name, 2);
        if ($name === '--help') {
            throw new Stop(0, '--' . implode(' --', $known) . ': told in clients/README.md');
        }
        if (!str_starts_with($name, '--') || !in_array($key, $known, true)) {
            throw new Stop(2, "$name: not an option; there are --" . implode(' --', $known));
        }
        $o[$key] = $key === 'once' ? '1' : $value ?? array_shift($words) ?? throw new Stop(2, "$name needs a value");
    }
    if (!isset($o['url'], $o['into'])) {
        throw new Stop(2, '--url and --into are needed');
    }
    if (!isset($o['token-file']) && !isset($o['user'], $o['password-file'])) {
        throw new Stop(2, '--token-file, or --user and --password-file');
    }
    if (!in_array($o['from'], ['start', 'now'], true) || !in_array($o['transport'], ['sse', 'poll'], true)) {
        throw new Stop(2, '--from start or now, --transport sse or poll');
    }
    return $o;
}

set_error_handler(function (int $kind, string $why): bool {
    return error_reporting() & $kind ? throw new ErrorException($why) : false;
});
if (function_exists('pcntl_async_signals')) {
    pcntl_async_signals(true);
    foreach ([SIGTERM, SIGINT] as $signal) {
        pcntl_signal($signal, fn () => exit(0)); // at any moment: see Folder
    }
}
try {
    (new Client(read_options(array_slice($argv, 1))))->run();
} catch (Stop $stop) {
    say($stop->getMessage());
    exit($stop->getCode());
} catch (ErrorException | JsonException $e) {
    say('the folder cannot be kept: ' . $e->getMessage());
    exit(1);
}
