#!/usr/bin/env python3
"""Detection against its peers on the same bytes, in one run.

The Microsoft 365 export of the corpus (DEMARCHE_CORPUS, else ../shared/corpus), repeated
REPEAT times with fresh ids, with mail beside it for the indicators. Tables for people go to
standard error; the last line of standard output is one JSON object with `rows`.

* ingest and detect with 40 rules, normalising and storing included, against the reference
  engine reading the raw file (`crates/detect/examples/rsigma_raw.rs`) and against Zircolite,
  where ZIRCOLITE names its zircolite.py;
* a hunt with 300 rules over the stored tables against the same engine over the raw file;
* a hunt with 10,000 typed indicators over all that is stored against `rg -F -f` over the
  raw evidence.
"""
import csv, datetime, json, lzma, os, pathlib, random, shutil, subprocess, sys, tarfile
import tempfile, time, uuid

BIN = pathlib.Path(os.environ.get("BIN", "target/ci")).resolve()
RUNS = int(os.environ.get("BENCH_RUNS", "3"))
REPEAT = 20
ROOT = pathlib.Path(__file__).resolve().parent.parent
CLOUD = ("mailbox", "applications", "identity", "audit-logs", "ediscovery", "files")


def say(text=""):
    print(text, file=sys.stderr, flush=True)


def seconds(command, prepare=None, good=(0,)):
    """Median wall time, and what the last run said on standard output."""
    times = []
    for _ in range(RUNS):
        if prepare:
            prepare()
        os.sync()
        start = time.perf_counter()
        done = subprocess.run([str(part) for part in command], capture_output=True)
        times.append(time.perf_counter() - start)
        if done.returncode not in good:
            say(done.stderr.decode(errors="replace")[-2000:])
            raise SystemExit(f"{command[0]} failed")
    return sorted(times)[len(times) // 2], done.stdout


def export(corpus, out):
    """The export's unique records, repeated with fresh ids: as the CSV it was, and one record a line."""
    csv.field_size_limit(1 << 30)
    with lzma.open(corpus / "cloud/m365-unified-audit-log.csv.xz", "rt", encoding="utf-8-sig",
                   newline="") as file:
        rows = list(csv.reader(file))
    head, unique = rows[0], {}
    column = head.index("AuditData")
    for row in rows[1:]:
        try:
            unique.setdefault(row[column], (row, json.loads(row[column])))
        except (ValueError, IndexError):
            pass
    made = random.Random(20240326)
    raw, table, events = out / "raw.jsonl", out / "m365.csv", 0
    with open(raw, "w") as lines, open(table, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        for _ in range(REPEAT):
            for row, record in unique.values():
                fresh = str(uuid.UUID(int=made.getrandbits(128), version=4))
                text = row[column].replace(record["Id"], fresh)
                lines.write(text + "\n")
                writer.writerow([text if at == column else cell for at, cell in enumerate(row)])
                events += 1
    return raw, table, events


def rules(corpus, out):
    """40 of our single rules for Microsoft 365; and 300, the public ones first."""
    own = sorted(path for topic in CLOUD for path in (ROOT / "rules" / topic).glob("*.yml"))
    single = [path for path in own if "correlation:" not in path.read_text()]
    few, many = out / "rules-40", out / "rules-300"
    few.mkdir()
    many.mkdir()
    for path in single[:40]:
        shutil.copy(path, few / f"{path.parent.name}-{path.name}")
    with tarfile.open(corpus / "rules/sigma.tar.xz") as archive:
        names = [m for m in archive.getmembers()
                 if m.name.endswith(".yml") and ("/cloud/" in m.name or "/identity/" in m.name)]
        for n, member in enumerate(sorted(names, key=lambda m: m.name)):
            (many / f"public-{n:03}.yml").write_bytes(archive.extractfile(member).read())
    others = single + sorted(path for path in (ROOT / "rules").glob("*/*.yml")
                             if path not in own and "correlation:" not in path.read_text())
    for path in others[:300 - len(list(many.iterdir()))]:
        shutil.copy(path, many / f"{path.parent.name}-{path.name}")
    return few, many


def mail(corpus, out):
    with lzma.open(corpus / "mail/list.mbox.xz") as packed, open(out / "list.mbox", "wb") as box:
        shutil.copyfileobj(packed, box)
    with tarfile.open(corpus / "mail/phish.tar.xz") as archive:
        archive.extractall(out, filter="data")


def indicators(out, case):
    """10,000 values: 200 that stand in the evidence, the rest made up."""
    made = random.Random(7)
    query = "select type, value from (select distinct type, value from observables) order by type, value"
    done = subprocess.run([BIN / "demarche", "sql", query, "--case", case, "--format", "jsonl"],
                          capture_output=True, text=True, check=True)
    known = [json.loads(line)["value"] for line in done.stdout.splitlines()]
    known = [value for value in known if value.isprintable()]
    values = set(made.sample(known, min(200, len(known))))
    while len(values) < 10_000:
        n, kind = made.getrandbits(64), made.randrange(5)
        values.add([f"host-{n:x}.example", f"198.18.{n % 256}.{n // 256 % 256}",
                    f"https://h{n:x}.example/p/{n % 999}", f"user{n:x}@mail-{n % 97}.example",
                    f"{n:064x}"][kind])
    path = out / "iocs.txt"
    path.write_text("\n".join(sorted(values)) + "\n")
    return path


def zircolite(raw, few):
    """Zircolite takes one JSON file of rules that its own tools make of Sigma's."""
    script = os.environ.get("ZIRCOLITE")
    if not script:
        say("left out: Zircolite (ZIRCOLITE names zircolite.py)")
        return None
    took, _ = seconds([sys.executable, script, "--events", raw, "--jsononly", "--ruleset", few,
                       "--nolog", "--outfile", raw.with_suffix(".zircolite.json")])
    return took


def main():
    corpus = pathlib.Path(os.environ.get("DEMARCHE_CORPUS", ROOT / "../shared/corpus"))
    if not (corpus / "cloud").exists():
        say("skipped: no corpus (DEMARCHE_CORPUS)")
        print(json.dumps({"rows": []}))
        return
    rows = []

    def row(work, ours, peer, theirs, size):
        say(f"{work}: ours {ours:.2f} s, {peer} {theirs:.2f} s, ratio {theirs / ours:.1f}")
        rows.append({"work": work, "ours_s": round(ours, 3), "peer": peer, "peer_s": round(theirs, 3),
                     "ratio": round(theirs / ours, 2), "bytes": size})

    with tempfile.TemporaryDirectory(prefix="demarche-detect.") as name:
        out = pathlib.Path(name)
        evidence, case = out / "evidence", out / "case"
        evidence.mkdir()
        raw, table, events = export(corpus, evidence)
        raw = raw.rename(out / "raw.jsonl")
        few, many = rules(corpus, out)
        size = table.stat().st_size
        engine = BIN / "examples/rsigma_raw"
        say(f"{events} events, {size / 1e6:.0f} MB as CSV, {raw.stat().st_size / 1e6:.0f} MB as JSON lines")

        ingest = [BIN / "demarche", "ingest", table, "--case", case]
        stored, _ = seconds(ingest, lambda: shutil.rmtree(case, ignore_errors=True))
        hunt = [BIN / "demarche", "hunt", "--case", case, "--format", "jsonl", "--rules"]
        asked, _ = seconds([*hunt, few])
        say(f"  ingest {stored:.2f} s, hunt with 40 rules {asked:.2f} s: {events / (stored + asked):,.0f} events/s")
        theirs, said = seconds([engine, raw, few])
        row("ingest and detect with 40 rules", stored + asked,
            "rsigma-eval over the raw JSON lines (stores nothing)", theirs, size)
        say(f"  the engine says: {said.decode().strip()}")
        python = zircolite(raw, few)
        if python:
            row("ingest and detect with 40 rules", stored + asked, "Zircolite", python, size)
        asked, _ = seconds([*hunt, many])
        theirs, said = seconds([engine, raw, many])
        row("hunt with 300 rules over stored tables", asked,
            "rsigma-eval over the raw JSON lines", theirs, size)
        say(f"  the engine says: {said.decode().strip()}")

        mail(corpus, evidence)
        shutil.rmtree(case)
        subprocess.run([BIN / "demarche", "ingest", evidence, "--case", case], check=True,
                       capture_output=True)
        iocs = indicators(out, case)
        total = sum(f.stat().st_size for f in evidence.rglob("*") if f.is_file())
        asked, found = seconds([BIN / "demarche", "hunt", "--case", case, "--format", "jsonl", "--iocs", iocs])
        say(f"  {len(found.splitlines())} findings")
        if shutil.which("rg"):
            theirs, _ = seconds(["rg", "-F", "-c", "-f", iocs, evidence], good=(0, 1))
            row("hunt with 10,000 indicators over all stored", asked, "rg -F -f over the raw evidence",
                theirs, total)
        else:
            say("left out: rg is not installed")
    print(json.dumps({"date": datetime.date.today().isoformat(), "rows": rows}))


if __name__ == "__main__":
    main()
