#!/usr/bin/python3
"""Fails each allocation and each system call of the program once, and judges what happened.

Every disturbed command runs against the practice service with mutual TLS, with a ledger and devices of its own. Then an
undisturbed "resume" (or the same command again) has to reach the end state of an undisturbed run. The service's log says
which device was asked, how often, and what it answered.
"""
import argparse
import collections
import concurrent.futures
import contextlib
import difflib
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time

TIMEOUT = 120
# unpilot(1). 71: out of memory; 127: the dynamic loader could not load a library.
CODES = {0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 71}
LOADER = 127

# A device of every outcome that a run may end with; the letter of its customer.
DEVICES = [("registered", "a"), ("registered", "b"), ("registered", "a"), ("not-registered", "b"), ("registered", "b"),
           ("theirs", "a"), ("missing", "b"), ("registered", "a")]
# After a lost answer, the second answer says that the device is not registered.
WORDS_AFTER_LOSS = ("deregistered", "not-registered")

# What a call says when it fails. The call itself does not happen.
CALLS = {
    "access": "EACCES", "close": "EIO", "connect": "ENETUNREACH", "fchmod": "EPERM", "fchown": "EPERM",
    "fcntl": "ENOLCK", "fdatasync": "EIO", "flock": "EIO", "fsync": "EIO", "ftruncate": "EIO", "getcwd": "EACCES",
    "getdents64": "EIO", "getpeername": "ENOBUFS", "getrandom": "ENOSYS", "getsockname": "ENOBUFS", "getsockopt": "ENOBUFS",
    "lseek": "EIO", "mkdir": "ENOSPC", "mmap": "ENOMEM", "mprotect": "ENOMEM", "munmap": "ENOMEM", "newfstatat": "EIO",
    "openat": "EMFILE", "poll": "ENOMEM", "pread64": "EIO", "pwrite64": "ENOSPC", "read": "EIO", "recvfrom": "ECONNRESET",
    "rename": "EIO", "rmdir": "EIO", "sendto": "EPIPE", "setsockopt": "ENOBUFS", "socket": "EMFILE", "socketpair": "EMFILE",
    "statfs": "EIO", "unlink": "EACCES", "write": "ENOSPC", "fstatfs": "EIO", "syncfs": "EIO", "linkat": "EIO", "link": "EIO",
}
INTERRUPTED = {"poll": "EINTR"}


class Failure(Exception):
    """The program broke a promise."""


def device(point, i):
    """Serial number and Product Key ID. Constant length, so that every point has the same lists."""
    return f"T{point:06}-{i}", f"33{point:06}1{i}917"


class Service:
    """The practice service of one worker, and what it was asked."""

    def __init__(self, folder, points):
        self.folder = folder
        self.log = folder / "service.log"
        registry = folder / "registry.csv"
        with open(registry, "w", encoding="ascii") as f:
            f.write("Serial Number,Manufacturer,Model,Product Key ID,Party,State,Error\n")
            for point in points:
                for i, (kind, _) in enumerate(DEVICES):
                    serial, pkid = device(point, i)
                    if kind != "missing":
                        party = "another partner" if kind == "theirs" else "us"
                        state = "not-registered" if kind == "not-registered" else "registered"
                        f.write(f"{serial},Fabrikam,Book,{pkid},{party},{state},\n")
        self.log.touch()
        self.read = self.log.open(encoding="ascii")
        self.process = subprocess.Popen([OPTIONS.sandbox, "--quiet", "--dir", folder / "sb", "--port", "0", "--registry", registry,
                                         "--log", self.log])
        while not (folder / "sb/port").exists():
            time.sleep(0.02)

    def asked(self):
        """Requests since the last call: [(batch, {PKID: result})]."""
        batches = collections.OrderedDict()
        for line in self.read.read().splitlines():
            word = line.split(" ")
            if word[0] == "submit":
                batches[word[1]] = {}
            elif word[0] == "device":
                batches[word[1]][word[2].removeprefix("pkid=")] = line.rsplit("result=", 1)[1]
        return list(batches.values())

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.read.close()


class Result:
    """A command that has ended."""

    def __init__(self, code, out, err):
        self.code, self.err = code, err
        self.lines = []
        for line in out.splitlines():
            try:
                self.lines.append(json.loads(line))
            except ValueError:
                self.lines.append({"type": "cut", "text": line})

    def outcomes(self):
        """{line: (outcome, reason)}"""
        return {l["line"]: (l["outcome"], l["reason"]) for l in self.lines if l.get("type") == "device"}


class Worker:
    """A folder, a service in it, and the points that one thread works through."""

    def __init__(self, scenario, number, points):
        folder = OPTIONS.folder / f"{scenario.name.replace(' ', '-')}/w{number}"
        folder.mkdir(parents=True)
        self.folder = folder
        self.sb = folder / "sb"
        self.service = Service(folder, points)
        conf = self.sb / "unpilot.conf"
        text = conf.read_text().replace("poll-interval = 1s", f"poll-interval = 20ms\nbatch-size = 3\nparallel = 2\nwire = {scenario.wire}")
        text = text.replace("[handoff]", f"[handoff]\nsign-certificate = {folder}/sign.pem\nsign-key = {folder}/sign.key")
        text += f"[limits]\ncanary = 2\nmax-fail-percent = 100\n[metrics]\nmetrics-file = {folder}/state/metrics.prom\n"
        text += f"status-file = {folder}/state/status.json\n[log]\nfile = {folder}/state/log\n"
        conf.write_text(text.replace(f"{self.sb}/ledger.db", f"{folder}/state/ledger.db").replace(f"{self.sb}/handoff", f"{folder}/state/handoff"))
        self.conf = conf
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=Contoso", "-days", "400",
                        "-addext", "keyUsage=digitalSignature", "-keyout", folder / "sign.key", "-out", folder / "sign.pem"], check=True, capture_output=True)
        self.clean()

    def clean(self):
        shutil.rmtree(self.folder / "state", ignore_errors=True)
        (self.folder / "state").mkdir()

    def write_list(self, point):
        path = self.folder / "list.csv"
        rows = ["Serial Number,Product Key ID,Manufacturer,Model,Customer"]
        for i, (_, customer) in enumerate(DEVICES):
            rows.append(",".join([*device(point, i), "Fabrikam", "Book", customer]))
        rows.append("Default string,,Fabrikam,Book,a")
        path.write_text("\n".join(rows) + "\n")
        return path

    def call(self, args, wrap=(), env=None, timeout=TIMEOUT):
        args = [str(a).replace("@list", str(self.folder / "list.csv")).replace("@receipt", str(self.folder / "receipt.json")) for a in args]
        command = [*wrap, OPTIONS.program, "-c", self.conf, *args]
        try:
            p = subprocess.run(command, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False)
        except subprocess.TimeoutExpired as e:
            raise Failure(f"did not end within {timeout} s") from e
        return Result(p.returncode, p.stdout.decode(errors="replace"), p.stderr.decode(errors="replace"))

    def packs(self, point):
        """{file: text without what differs between two runs}"""
        handoff = self.folder / "state/handoff"
        return {anonymous(str(p.relative_to(handoff)), point): anonymous(p.read_bytes().decode(errors="replace"), point)
                for p in sorted(handoff.rglob("*")) if p.is_file() and p.suffix not in (".p7s", ".sha256")}

    def state(self):
        """The bytes of ledger and packs."""
        files = [p for p in (self.folder / "state").rglob("*") if p.is_file() and p.name not in ("log", "ledger.db-shm", "ledger.db.lock")]
        return {p: p.read_bytes() for p in files if p.stat().st_size > 0}


def anonymous(text, point):
    """Without run ids, times, and the point's own numbers."""
    text = re.sub(rf"T{point:06}-|33{point:06}1", "POINT", text)
    text = re.sub(r"\b[0-9a-f]{64}\b", "DIGEST", text)
    text = re.sub(r"(letter-)?\d{8}T\d{6}Z-[0-9a-f]{4}", "RUN", text)
    text = re.sub(r"\b\d+ (s|min)\b", "AGE", text)  # a request that only its time limit ends takes a minute
    text = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?( ?(Z|UTC))?", "TIME", text)
    return re.sub(r"/[^ \"]*/w\d+/", "/W/", text)


class Scenario:
    """A command, what comes before it, and how an operator goes on after it failed."""

    def __init__(self, name, command, before=(), recover=None, sends=False, killed=False, wire="json"):
        self.name, self.command, self.before = name, command, before
        self.recover = recover or command
        self.wire = wire
        self.sends = sends    # the command asks the service
        self.lists = "@list" in command or sends  # a point has devices of its own
        self.killed = killed  # the last command of before is killed while it sends


RUN = ["run", "--json", "@list"]
SCENARIOS = [
    Scenario("run", RUN, recover=["resume", "--json"], sends=True),
    Scenario("resume", ["resume", "--json"], before=[RUN], sends=True, killed=True),
    Scenario("apply", ["apply", "--json", "latest"], before=[["plan", "-q", "@list"]], recover=["resume", "--json"], sends=True),
    Scenario("run over XML", RUN, recover=["resume", "--json"], sends=True, wire="xml"),
    Scenario("plan", ["plan", "--json", "@list"]),
    Scenario("report", ["report"], before=[RUN]),
    Scenario("close", ["close", "--json", "@receipt"], before=[RUN]),
    Scenario("forget", ["forget", "--json", "--yes", "--customer", "a"], before=[RUN]),
    Scenario("letter", ["letter", "@list"]),
    Scenario("status", ["status", "--json"], before=[RUN]),
]


def write_receipt(worker, point):
    run = next(p.name for p in (worker.folder / "state/handoff").iterdir())
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    row = ledger(worker, "SELECT MIN(id) FROM row WHERE outcome = 0")[0][0]
    (worker.folder / "receipt.json").write_text(json.dumps({
        "schema": "unpilot-receipt/2", "run": run, "customer": "a", "by": "Contoso", "source": "page", "generated": now,
        "done": [{"device": str(row), "step": "B1", "at": now, "state": "done"}]}))


def prepare(worker, scenario, point):
    """The state before the command."""
    worker.write_list(point)
    kept = worker.folder / "template"
    if kept.exists():
        shutil.rmtree(worker.folder / "state")
        shutil.copytree(kept, worker.folder / "state")
    else:
        worker.clean()
        worker.call(["init", "-q"])
        if not scenario.sends:
            prepare_once(worker, scenario, point)
        shutil.copytree(worker.folder / "state", kept)
    if scenario.sends:
        prepare_once(worker, scenario, point)


def prepare_once(worker, scenario, point):
    for command in scenario.before:
        wrap = ["strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", "trace=sendto", "-e", "inject=sendto:signal=KILL:when=8"] if scenario.killed else []
        worker.call(command, wrap)
    if scenario.name == "close":
        write_receipt(worker, point)
    if scenario.name == "report":
        for run in (worker.folder / "state/handoff").iterdir():
            shutil.rmtree(run)


def ledger(worker, sql):
    path = worker.folder / "state/ledger.db"
    if not path.exists():
        return []
    with contextlib.closing(sqlite3.connect(path)) as db:
        return db.execute(sql).fetchall()


class Reference:
    """The end state of an undisturbed command."""

    def __init__(self, worker, scenario):
        self.scenario = scenario
        # A run that was killed and resumed has to end like an undisturbed run.
        prepare(worker, SCENARIOS[0] if scenario.killed else scenario, 0)
        worker.service.asked()
        self.result = worker.call(RUN if scenario.killed else scenario.command)
        expect(self.result.code == (0 if scenario.name in ("report", "close", "status", "forget") else 1), f"the undisturbed {scenario.name} ends with {self.result.code}: {self.result.err}")
        self.packs = worker.packs(0)
        self.lines = [anonymous(json.dumps(l), 0) for l in self.result.lines]
        self.done = ledger(worker, "SELECT * FROM done")


def expect(ok, text):
    if not ok:
        raise Failure(text)


def check_answers(result, asked):
    """No outcome that the service did not give."""
    said = collections.defaultdict(set)
    for batch in asked:
        for pkid, answer in batch.items():
            said[pkid].add(answer)
    for line in result.lines:
        if line.get("type") != "device" or line["outcome"] not in ("deregistered", "not-registered", "not-ours", "not-found"):
            continue
        word = {"deregistered": "Complete"}.get(line["outcome"])
        given = said[line["product_key_id"]]
        expect(given and (word is None or word in given) and (word or given != {"Complete"}),
               f"says {line['outcome']} of {line['product_key_id']}, the service said {sorted(given)}")


def check_asked(worker, asked):
    """No device twice, except in a batch whose answer was lost, and then once more."""
    times = collections.Counter(pkid for batch in asked for pkid in batch)
    expect(all(n <= 2 for n in times.values()), f"asked more than twice: {times}")
    doubled = {p for p, n in times.items() if n > 1}
    lost = {r[0] for r in ledger(worker, "SELECT pkid FROM row JOIN batch ON batch.id = row.batch WHERE lost > 0")}
    expect(doubled <= lost, f"asked twice although no answer was lost: {sorted(doubled - lost)}")
    again = ledger(worker, "SELECT a.batch FROM attempt a JOIN attempt b ON b.batch = a.batch AND b.id > a.id WHERE a.what = 'accepted' AND b.what = 'sent'")
    expect(not again, "a batch was sent again after the service accepted it")
    return lost


def check_files(worker):
    """No temporary files, and each manifest agrees with its pack."""
    handoff = worker.folder / "state/handoff"
    left = [p.name for p in handoff.rglob(".*") if p.is_file()]
    expect(not left, f"temporary files are left: {left}")
    for manifest in handoff.rglob("manifest.sha256"):
        for line in manifest.read_text().splitlines():
            digest, name = line.split("  ")
            expect(hashlib.sha256((manifest.parent / name).read_bytes()).hexdigest() == digest, f"{manifest}: {name} differs")
        expect((manifest.parent / "manifest.p7s").exists(), f"{manifest}: no signature")


def changes(before, after):
    """The first different lines or elements."""
    parts = [re.split(r"\n|(?=<)", t) for t in (before, after)]
    return "".join("\n    " + l[:200] for l in list(difflib.unified_diff(*parts, n=0, lineterm=""))[2:10])


def check_end(worker, reference, result, lost, point, recovered=False):
    """The state after the command succeeded or was recovered."""
    scenario = reference.scenario
    expect(result.code == reference.result.code, f"recovery ends with {result.code} instead of {reference.result.code}: {result.err[-600:]}")
    if scenario.sends:
        got = result.outcomes()
        for line, (outcome, reason) in reference.result.outcomes().items():
            _, pkid = device(point, line - 2)
            if pkid in lost and outcome in WORDS_AFTER_LOSS and got[line][0] == "not-registered":
                expect("may have deregistered" in got[line][1], f"line {line}: {got[line]}")
            elif pkid not in lost or got[line] != (outcome, f"{reason}; an earlier answer was lost"):
                expect(got.get(line) == (outcome, reason), f"line {line}: {got.get(line)} instead of {outcome} ({reason})")
        expect(len(got) == len(DEVICES) + 1, f"{len(got)} outcomes")
    if scenario.name == "letter":
        return  # a second letter is another one, and the first one's folder stays as it is
    if scenario.name != "plan":  # likewise
        check_files(worker)
    packs = worker.packs(point)
    if scenario.name == "plan":  # as with a letter, a second plan leaves the half-written page of the first one where it is
        packs = {n: text for n, text in packs.items() if "/.index.html.new-" not in n}
    if "the page of the plan is not written" in result.err:
        packs["RUN/index.html"] = reference.packs["RUN/index.html"]
    if scenario.name == "forget":
        packs.pop("RUN/index.html", None)  # only "report" writes it again
    expect(packs.keys() == reference.packs.keys(), f"files: {sorted(set(packs) ^ set(reference.packs))}")
    if not lost:
        differ = [n for n in packs if packs[n] != reference.packs[n]]
        expect(not differ, f"packs differ from an undisturbed run: {differ}" + "".join(changes(reference.packs[n], packs[n]) for n in differ))
    if scenario.name == "forget":
        rows = ledger(worker, "SELECT COUNT(*) FROM customer WHERE key = 'a'")
        expect(rows == [(0,)], f"the ledger still has the customer: {rows}")
    if scenario.name == "close":
        expect([r[:2] for r in ledger(worker, "SELECT * FROM done")] == [r[:2] for r in reference.done], "the receipt is not recorded")
    if not scenario.sends and not (recovered and scenario.name in ("close", "forget")):  # there is nothing left to do
        expect([anonymous(json.dumps(l), point) for l in result.lines] == reference.lines, f"prints {result.lines}")


class Point:
    """One thing that fails."""

    def __init__(self, number, kind, nth, error=None):
        self.number, self.kind, self.nth, self.error = number, kind, nth, error

    def __str__(self):
        return f"{self.kind} {self.nth}" + (f" {self.error}" if self.error else "")

    def run(self, worker, command):
        """Runs the command; returns its result and where the failure happened (empty: it did not)."""
        where = worker.folder / "where"
        where.unlink(missing_ok=True)
        if self.kind == "allocation":
            r = worker.call(command, env={"LD_PRELOAD": OPTIONS.preload, "TORTURE_FAIL": str(self.nth), "TORTURE_LOG": str(where)})
        else:
            r = worker.call(command, ["strace", "-f", "--seccomp-bpf", "-qq", "-y", "-o", where, "-e", f"trace={self.kind}",
                                      "-e", f"inject={self.kind}:error={self.error}:when={self.nth}"])
        text = where.read_text(errors="replace") if where.exists() else ""
        if self.kind != "allocation":
            text = "".join(l for l in text.splitlines(True) if "INJECTED" in l)
        return r, text


def recover(worker, scenario):
    """What an operator does next. A run of which the ledger knows nothing is started again."""
    result = worker.call(scenario.recover)
    if scenario.sends and result.code in (0, 2) and not result.outcomes():
        begun = ledger(worker, "SELECT name FROM run WHERE state IN (1, 2)")
        result = worker.call(["resume", "--json", begun[0][0]] if begun else scenario.command)
    return result


def torture(worker, reference, point):
    """True if the failure happened. Raises Failure."""
    scenario = reference.scenario
    prepare(worker, scenario, point.number)
    before, asked = worker.state(), worker.service.asked()
    result, where = point.run(worker, scenario.command)
    try:
        asked += worker.service.asked()
        judge(worker, reference, point, result, before, asked)
    except Failure as e:
        raise Failure(f"{scenario.name}, {point}: {e}\nexit code {result.code}\n{result.err}{symbols(where)}") from e
    except (OSError, KeyError, ValueError, sqlite3.Error) as e:
        raise Failure(f"{scenario.name}, {point}: {e}\nexit code {result.code}\n{result.err}{symbols(where)}") from e
    return where != ""


def judge(worker, reference, point, result, before, asked):
    scenario = reference.scenario
    number = point.number if scenario.lists else 0
    if result.code == LOADER and any(t in result.err for t in ("error while loading shared libraries", "Fatal glibc error: cannot allocate memory")):
        result.code = 71
    if result.code == 128 + signal.SIGKILL or result.code not in CODES:
        raise Failure("crashed, leaked or ended with a code that has no meaning")
    expect(result.code in (0, 1) or result.err != "", "says nothing about its failure")
    if result.code == 71:
        expect(result.err != "", "says nothing")
    if scenario.sends:
        check_answers(result, asked)
    lost = check_asked(worker, asked)
    if result.code == reference.result.code:
        check_end(worker, reference, result, lost, number)
        if scenario.recover is scenario.command:
            return
    elif worker.state() == before and not asked:
        return  # nothing happened
    end = recover(worker, scenario)
    asked += worker.service.asked()
    lost = check_asked(worker, asked)
    if scenario.sends:
        check_answers(end, asked)
    check_end(worker, reference, end, lost, number, recovered=True)


def symbols(where):
    """Frames as functions and lines."""
    out = []
    for line in where.splitlines():
        name, plus, offset = line.rpartition("+0x")
        if plus and os.path.exists(name):
            r = subprocess.run(["addr2line", "-fse", name, hex(int(offset, 16) - 1)], capture_output=True, text=True, check=False)
            out.append("  " + os.path.basename(name) + " " + " ".join(r.stdout.split()))
        else:
            out.append("  " + line)
    return "\n".join(out)


def allocations(worker, scenario):
    """The numbers of the allocations to fail."""
    prepare(worker, scenario, 0)
    log = worker.folder / "where"
    log.unlink(missing_ok=True)
    worker.call(scenario.command, env={"LD_PRELOAD": OPTIONS.preload, "TORTURE_LOG": str(log)}, timeout=None)  # it looks at every call stack
    numbers = [int(n) for n in log.read_text().split()]
    return list(range(1, numbers[-1] + 1)) if OPTIONS.all else numbers


def calls(worker, scenario):
    """The system calls to fail: (name, number, error)."""
    prepare(worker, scenario, 0)
    log = worker.folder / "where"
    names = ",".join(CALLS)
    worker.call(scenario.command, ["strace", "-f", "--seccomp-bpf", "-qq", "-o", log, "-e", f"trace={names}"])
    text = log.read_text(errors="replace")
    # main() begins with this call; the loader's calls before it are not the program's.
    begin = text.index("fcntl(0, F_GETFD)")
    loader, seen = (collections.Counter(m[1] for m in re.finditer(r"^\d+ +(\w+)\(", t, re.M)) for t in (text[:begin], text))
    return [(name, n, error) for table in (CALLS, INTERRUPTED) for name, error in table.items() for n in range(loader[name] + 1, seen[name] + 1)]


def work(number, scenario, points, tally):
    worker = Worker(scenario, number, [0, *(p.number for p in points)])
    try:
        reference = Reference(worker, scenario)
        for point in points:
            if tally.late():
                return
            try:
                tally.add(point, torture(worker, reference, point))
            except Failure as e:
                tally.add(point, True, str(e))
    finally:
        worker.service.stop()
        shutil.rmtree(worker.folder)


class Tally:
    """Figures of all workers."""

    def __init__(self):
        self.lock = threading.Lock()
        self.count = collections.Counter()
        self.begin = time.monotonic()

    def late(self):
        return OPTIONS.seconds and time.monotonic() - self.begin > OPTIONS.seconds

    def add(self, point, happened, failure=None):
        with self.lock:
            self.count["allocations" if point.kind == "allocation" else "calls"] += happened
            self.count["not reached"] += not happened
            if failure:
                self.count["failures"] += 1
                print(f"FAILURE {self.count['failures']}: {failure}\n", flush=True)


def points_of(scenario):
    worker = Worker(scenario, 9, [0])
    try:
        chosen = []
        if "allocations" in OPTIONS.what:
            chosen += [("allocation", n, None) for n in allocations(worker, scenario)]
        if "calls" in OPTIONS.what:
            chosen += calls(worker, scenario)
    finally:
        worker.service.stop()
        shutil.rmtree(worker.folder)
    chosen = chosen[OPTIONS.seed % OPTIONS.every::OPTIONS.every]
    if OPTIONS.only:
        kind, nth = OPTIONS.only.split(" ")[:2]
        chosen = [(kind, int(nth), {**CALLS, "allocation": None}[kind])]
    return [Point(i, *c) for i, c in enumerate(chosen, 1)]


def main():
    tally = Tally()
    if subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode != 0:
        print("SKIPPED: system calls cannot fail here, because ptrace is not allowed")
        OPTIONS.what = "allocations"
        SCENARIOS[:] = [s for s in SCENARIOS if not s.killed]
    for scenario in SCENARIOS:
        if OPTIONS.scenarios and scenario.name not in OPTIONS.scenarios.split(","):
            continue
        begin = time.monotonic()
        points = points_of(scenario)
        with concurrent.futures.ThreadPoolExecutor(OPTIONS.jobs) as pool:
            for f in [pool.submit(work, i, scenario, points[i::OPTIONS.jobs], tally) for i in range(OPTIONS.jobs)]:
                f.result()
        print(f"{scenario.name}: {len(points)} points in {time.monotonic() - begin:.0f} s", flush=True)
    c = tally.count
    print(f"{c['allocations']} allocations and {c['calls']} system calls failed, {c['failures']} failures ({c['not reached']} were not reached)")
    return 1 if c["failures"] else 0


def options():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--program", required=True)
    p.add_argument("--sandbox", required=True)
    p.add_argument("--preload", required=True, help="the object that fails allocations")
    p.add_argument("--folder", required=True, type=pathlib.Path)
    p.add_argument("--jobs", type=int, default=2)
    p.add_argument("--every", type=int, default=1, help="only every Nth point")
    p.add_argument("--seed", type=int, default=0, help="with which point to begin")
    p.add_argument("--seconds", type=int, default=0, help="stop after so long")
    p.add_argument("--all", action="store_true", help="every allocation, not only the first of each call stack")
    p.add_argument("--what", default="allocations,calls")
    p.add_argument("--scenarios", default="")
    p.add_argument("--only", default="", help='one point, such as "allocation 1234"')
    return p.parse_args()


if __name__ == "__main__":
    OPTIONS = options()
    shutil.rmtree(OPTIONS.folder, ignore_errors=True)
    sys.exit(main())
