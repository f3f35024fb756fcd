"""Rows of `make bench` on dossiers: `verify` against `b3sum` over the same bytes.

A dossier of a million records is made by the example `large`; the peer is `b3sum` where it
is installed, else BLAKE3's own Python module with all cores over mapped files.
"""
import mmap, os, shutil, subprocess, time

RECORDS = int(os.environ.get("BENCH_RECORDS", "1000000"))


def blake3_module(files):
    """Seconds for hashing the files with the module `blake3`; None where there is none."""
    try:
        import blake3
    except ImportError:
        return None
    start = time.perf_counter()
    for path in files:
        hasher = blake3.blake3(max_threads=blake3.blake3.AUTO)
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            hasher.update(data)
        hasher.digest()
    return time.perf_counter() - start


def verify_rows(work, bin_folder, median, say, rows):
    """`median` as in bench.py: wall and CPU seconds of a command, and how many runs."""
    maker = bin_folder / "examples/large"
    if not maker.exists():
        say(f"left out: {maker} is not built")
        return
    place = work / "large"
    place.mkdir()
    subprocess.run([maker, place, str(RECORDS)], check=True, stderr=subprocess.DEVNULL)
    dossier = place / "dossier"
    files = sorted(f for f in dossier.rglob("*") if f.is_file() and f.stat().st_size)
    size = sum(f.stat().st_size for f in files)
    ours, cpu, _ = median([bin_folder / "demarche", "verify", dossier, "--key", place / "signer.pub"])
    if shutil.which("b3sum"):
        name = "b3sum"
        theirs, peer_cpu, runs = median(["b3sum", *files])
    else:
        name, peer_cpu, runs = "BLAKE3's Python module, all cores", 0.0, 3
        times = [blake3_module(files) for _ in range(runs)]
        if None in times:
            say("left out: neither b3sum nor Python's blake3 is installed")
            return
        theirs = sorted(times)[1]
    say(f"\nverify of a dossier of {RECORDS:,} records, {size / 1e6:.0f} MB: {ours:.2f} s, "
        f"{cpu:.2f} CPU s; {name} {theirs:.2f} s: {ours / theirs:.2f} times as long")
    rows.append({"work": f"verify of a dossier of {RECORDS} records", "ours_s": round(ours, 3),
                 "peer": f"{name} over the same bytes", "peer_s": round(theirs, 3),
                 "ratio": round(theirs / ours, 3), "bytes": size, "ours_cpu_s": round(cpu, 3),
                 "peer_cpu_s": round(peer_cpu, 3), "peer_runs": runs})
    shutil.rmtree(place)
