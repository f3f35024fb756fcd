#!/usr/bin/env python3
"""`make bench`: full ingest against its peers on the same bytes, in one run.

Tables for people go to standard error; the last line of standard output is one JSON
object, which is also appended to bench.json. Seconds are of this machine; ratios count.

The bytes: phish.tar.xz, list.mbox.xz and m365-unified-audit-log.csv.xz of the corpus
(DEMARCHE_CORPUS, else ../shared/corpus); where they are absent this says so and makes
mail with demarche-scenario. Peers that are not installed are named and left out.
"""
import csv, datetime, json, lzma, mailbox, os, pathlib, re, resource, shutil, statistics
import subprocess, sys, tarfile, tempfile, time, venv

import dossier

RUNS = int(os.environ.get("BENCH_RUNS", "5"))
SLOW = 60  # seconds: a peer that takes longer is run once, and the table says so
BIN = pathlib.Path(os.environ.get("BIN", "target/ci")).resolve()
EVENTS_PER_SECOND = 150_000  # asked for


def say(text=""):
    print(text, file=sys.stderr, flush=True)


def run(command, fresh=(), env=None):
    """Wall and CPU seconds of one run; `fresh` are folders that are removed before."""
    for folder in fresh:
        shutil.rmtree(folder, ignore_errors=True)
    os.sync()  # what an earlier run left to write is not this one's
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([str(part) for part in command], env=env, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        say(done.stderr.decode(errors="replace"))
        raise SystemExit(f"{command[0]} failed")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu


def median(command, fresh=(), prepare=None, env=None):
    """Medians of wall and CPU seconds over RUNS runs, and how many runs that were."""
    runs = []
    while len(runs) < RUNS:
        if prepare:
            prepare()
        runs.append(run(command, fresh, env))
        if runs[-1][0] > SLOW:
            break
    return statistics.median(r[0] for r in runs), statistics.median(r[1] for r in runs), len(runs)


def corpus():
    folder = pathlib.Path(os.environ.get("DEMARCHE_CORPUS", "../shared/corpus"))
    return folder if (folder / "mail/phish.tar.xz").exists() else None


class Mail:
    """Mail in the form it came in, and as the Maildir that mu and notmuch need."""

    def __init__(self, name, path, work):
        self.name, self.path = name, path
        self.bytes = path.stat().st_size if path.is_file() else sum(
            f.stat().st_size for f in path.iterdir())
        self.maildir = work / f"maildir-{path.name}" / "mail"
        for folder in ("cur", "new", "tmp"):
            (self.maildir / folder).mkdir(parents=True)
        for n, raw in enumerate(self.messages()):
            (self.maildir / "cur" / f"{n:08}.bench:2,S").write_bytes(raw)

    def messages(self):
        if self.path.is_dir():
            yield from (f.read_bytes() for f in sorted(self.path.iterdir()))
            return
        box = mailbox.mbox(self.path, factory=None, create=False)
        yield from (box.get_bytes(key) for key in box.keys())


def mails(work):
    found = corpus()
    if found:
        with tarfile.open(found / "mail/phish.tar.xz") as archive:
            archive.extractall(work, filter="data")
        folder = work / "phish"
        for other in [f for f in folder.iterdir() if f.suffix != ".eml"]:
            other.unlink()
        with lzma.open(found / "mail/list.mbox.xz") as packed, open(work / "list.mbox", "wb") as out:
            shutil.copyfileobj(packed, out)
        return [Mail("phish (eml)", folder, work), Mail("mailing list (mbox)", work / "list.mbox", work)]
    say("no corpus (DEMARCHE_CORPUS, ../shared/corpus): mail made by demarche-scenario")
    run([BIN / "demarche-scenario", "--seed", 7, "--size", "XS", "--out", work / "world"])
    one = b"".join(f.read_bytes() for f in sorted((work / "world/evidence/mail").rglob("*.mbox")))
    with open(work / "made.mbox", "wb") as out:
        for n in range(10):
            out.write(re.sub(rb"(?im)^Message-ID: <", b"Message-ID: <%d." % n, one))
    return [Mail("made (mbox)", work / "made.mbox", work)]


EML_PARSER = """
import pathlib, sys, eml_parser
parser = eml_parser.EmlParser(include_raw_body=True, include_attachment_data=False)
failed = 0
for path in pathlib.Path(sys.argv[1]).iterdir():
    try:
        parser.decode_email_bytes(path.read_bytes())
    except Exception:
        failed += 1
print(failed, file=sys.stderr)
"""


def peers(mail, work, python):
    """(name, medians) of each peer that is installed."""
    loop = BIN / "examples/peer_mail"
    if loop.exists():
        yield "mail-parser 0.11.9 + linkify + SHA-256, one thread", median([loop, mail.path])
    else:
        say(f"left out: {loop} is not built")
    if shutil.which("mu"):
        home = work / "mu"

        def prepare():
            shutil.rmtree(home, ignore_errors=True)
            run(["mu", "init", "--quiet", f"--muhome={home}", f"--maildir={mail.maildir.parent}"])

        yield "mu index", median(["mu", "index", "--quiet", f"--muhome={home}"], prepare=prepare)
    else:
        say("left out: mu is not installed")
    if shutil.which("notmuch"):
        config = work / "notmuch-config"
        config.write_text(f"[database]\npath={mail.maildir.parent}\n[new]\ntags=\n[user]\n")
        yield "notmuch new", median(["notmuch", "new", "--quiet"], [mail.maildir.parent / ".notmuch"],
                                    env={**os.environ, "NOTMUCH_CONFIG": str(config)})
    else:
        say("left out: notmuch is not installed")
    if python:
        script = work / "eml_parser_loop.py"
        script.write_text(EML_PARSER)
        yield "Python eml-parser", median([python, script, mail.maildir / "cur"])


def eml_parser_python(work):
    if os.environ.get("EML_PARSER_PYTHON"):
        return os.environ["EML_PARSER_PYTHON"]
    try:
        venv.create(work / "venv", with_pip=True)
        python = work / "venv/bin/python"
        subprocess.run([python, "-m", "pip", "install", "-q", "eml-parser"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return python
    except (OSError, subprocess.CalledProcessError):
        say("left out: Python eml-parser cannot be installed")
        return None


def ingest(evidence, case, *more):
    return [BIN / "demarche", "ingest", evidence, "--case", case, *more]


def mail_rows(mail, work, python, rows):
    case = work / "case"
    wall, cpu, _ = median(ingest(mail.path, case), [case])
    work_name = f"full ingest of {mail.name}: parse, hash, features, observables, Parquet, text index"
    megabytes = mail.bytes / 1e6
    say(f"\n{mail.name}: {megabytes:.0f} MB; ours {wall:.2f} s, {cpu:.2f} CPU s: "
        f"{megabytes / wall:.0f} MB/s, {megabytes / cpu:.0f} MB/s a core")
    say(f"  {'peer':52} {'s':>8} {'CPU s':>8} {'ratio':>7} {'a core':>7}")
    for name, (peer_wall, peer_cpu, runs) in peers(mail, work, python):
        note = "" if runs == RUNS else f"  ({runs} run)"
        say(f"  {name:52} {peer_wall:8.2f} {peer_cpu:8.2f} {peer_wall / wall:7.2f} {peer_cpu / cpu:7.2f}{note}")
        rows.append({"work": work_name, "ours_s": round(wall, 3), "peer": name,
                     "peer_s": round(peer_wall, 3), "ratio": round(peer_wall / wall, 3),
                     "bytes": mail.bytes, "ours_cpu_s": round(cpu, 3), "peer_cpu_s": round(peer_cpu, 3),
                     "ratio_per_core": round(peer_cpu / cpu, 3), "peer_runs": runs})


def audit_rows(work, rows):
    found = corpus()
    packed = found / "cloud/m365-unified-audit-log.csv.xz" if found else None
    if not packed or not packed.exists():
        say("left out: no Microsoft 365 export in the corpus")
        return
    csv.field_size_limit(1 << 30)
    with lzma.open(packed, "rt", encoding="utf-8-sig", newline="") as file:
        records = []
        for row in csv.DictReader(file):
            try:
                records.append((row["AuditData"].strip(), json.loads(row["AuditData"])["Id"]))
            except (ValueError, KeyError, TypeError):
                pass
    lines, table, events = work / "m365.jsonl", work / "m365.csv", 0
    with open(lines, "w") as as_lines, open(table, "w", newline="") as as_table:
        writer = csv.writer(as_table)
        writer.writerow(["CreationDate", "UserIds", "Operations", "AuditData"])
        for n in range(20):
            for text, uid in records:
                fresh = f"{uid[:-4]}{(int(uid[-4:], 16) + n * 7919) % 65536:04x}"
                text_n = text.replace(uid, fresh)
                as_lines.write(text_n + "\n")
                writer.writerow(["", "", "", text_n])
                events += 1
    case = work / "case"
    for name, path in (("JSON lines", lines), ("CSV", table)):
        wall, cpu, _ = median(ingest(path, case), [case])
        say(f"\nMicrosoft 365 {name}: {events} events, {path.stat().st_size / 1e6:.0f} MB: {wall:.2f} s, "
            f"{cpu:.2f} CPU s: {events / wall:,.0f} events/s, {events / cpu:,.0f} a CPU second")
        asked = events / EVENTS_PER_SECOND
        rows.append({"work": f"ingest of Microsoft 365 {name}", "ours_s": round(wall, 3),
                     "peer": f"no peer: {EVENTS_PER_SECOND} events a second are asked for",
                     "peer_s": round(asked, 3), "ratio": round(asked / wall, 3),
                     "bytes": path.stat().st_size, "events": events,
                     "events_per_s": round(events / wall), "ours_cpu_s": round(cpu, 3)})


def increment_rows(boxes, work, rows):
    """All the mail as single files, and one in a hundred of it later."""
    evidence, later, case = work / "grown", work / "later", work / "case"
    evidence.mkdir()
    later.mkdir()
    files = [f for mail in boxes for f in sorted((mail.maildir / "cur").iterdir())]
    for n, file in enumerate(files):
        shutil.copy(file, (later if n % 100 == 50 else evidence) / f"{n:06}.eml")
    added = sum(f.stat().st_size for f in later.iterdir())
    size = added + sum(f.stat().st_size for f in evidence.iterdir())
    time.sleep(3)  # a file that was written just now is hashed again, whatever its times say
    kept = work / "kept"
    run(ingest(evidence, kept), [kept])
    for file in later.iterdir():
        shutil.copy(file, evidence)
    time.sleep(3)
    whole, _, _ = median(ingest(evidence, case), [case])

    def prepare():
        shutil.rmtree(case, ignore_errors=True)
        shutil.copytree(kept, case)

    part, _, _ = median(ingest(evidence, case), prepare=prepare)
    say(f"\n1/100 more mail ({len(files)} files, {size / 1e6:.0f} MB, {added / 1e6:.1f} MB of it new): "
        f"{part:.3f} s, the whole {whole:.2f} s: 1/{whole / part:.0f}")
    rows.append({"work": "ingest of a folder grown by 1/100", "ours_s": round(part, 3),
                 "peer": "ingest of the whole folder", "peer_s": round(whole, 3),
                 "ratio": round(whole / part, 1), "bytes": added})


def main():
    rows = []
    with tempfile.TemporaryDirectory(prefix="demarche-bench.") as folder:
        work = pathlib.Path(folder)
        boxes = mails(work)
        python = eml_parser_python(work)
        say(f"medians of {RUNS}, {os.cpu_count()} cores")
        for mail in boxes:
            mail_rows(mail, work, python, rows)
        audit_rows(work, rows)
        increment_rows(boxes, work, rows)
        dossier.verify_rows(work, BIN, median, say, rows)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    line = json.dumps({"date": datetime.date.today().isoformat(), "commit": commit.stdout.strip(),
                       "cores": os.cpu_count(), "rows": rows})
    with open("bench.json", "a") as out:
        out.write(line + "\n")
    print(line)


if __name__ == "__main__":
    main()
