#!/usr/bin/env python3
"""Correlation counts of `demarche hunt` against a sorted sliding window written apart.

    correlation_oracle.py DEMARCHE CASE

Reads the case's events with `show`, counts for each correlation below the events at which
the window before them, in whole seconds and both ends included, holds enough; then hunts with
the same correlations as Sigma rules. Exit status 1 when any count differs.
"""
import bisect, collections, datetime, json, pathlib, subprocess, sys, tempfile

# name, type, operations of the base rules, field that groups, seconds, threshold, counted field
CORRELATIONS = [
    ("sign-ins", "event_count", ["UserLoggedIn"], "actor", 3600, 5, None),
    ("failed", "event_count", ["UserLoginFailed"], "actor", 600, 3, None),
    ("addresses", "value_count", ["UserLoggedIn", "UserLoginFailed"], "actor", 86400, 4, "source_ip"),
    ("settings", "event_count", ["Set-Mailbox"], "actor", 60, 20, None),
    ("readers", "value_count", ["MailItemsAccessed"], "source_ip", 86400, 2, "account"),
    ("failed then in", "temporal_ordered", ["UserLoginFailed", "UserLoggedIn"], "actor", 900, 0, None),
    ("in and read", "temporal", ["UserLoggedIn", "MailItemsAccessed"], "actor", 3600, 0, None),
]


def seconds(text):
    time = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return int(time.timestamp() // 1)


def oracle(events, kind, operations, group, span, least, field):
    groups = collections.defaultdict(list)
    for event in events:  # sorted by time and uid
        if event["operation"] in operations and event["time"] and event[group]:
            groups[event[group]].append((seconds(event["time"]), event))
    fired = 0
    for rows in groups.values():
        times = [time for time, _ in rows]
        for at, (time, _) in enumerate(rows):
            window = rows[bisect.bisect_left(times, time - span):at + 1]
            if kind == "event_count":
                fired += len(window) >= least
            elif kind == "value_count":
                fired += len({event[field] for _, event in window if event[field]}) >= least
            else:
                of = [[t for t, event in window if event["operation"] == name] for name in operations]
                if kind == "temporal":
                    fired += all(of)
                else:
                    fired += bool(of[0] and of[1] and min(of[0]) <= max(of[1]))
    return fired


def rules(folder):
    for n, (name, kind, operations, group, span, least, field) in enumerate(CORRELATIONS):
        bases = []
        for m, operation in enumerate(operations):
            base = f"base_{n}_{m}"
            bases.append(base)
            (folder / f"{base}.yml").write_text(
                f"title: {base}\nid: {base}-id\nname: {base}\nlogsource: {{product: m365}}\n"
                f"detection:\n    s: {{operation: '{operation}'}}\n    condition: s\n"
                "custom_attributes: {demarche.silent: true}\n")
        if kind == "event_count":
            condition = f"    condition: {{gte: {least}}}\n"
        elif kind == "value_count":
            condition = f"    condition: {{field: {field}, gte: {least}}}\n"
        else:
            condition = ""
        (folder / f"c{n}.yml").write_text(
            f"title: {name}\nid: correlation-{n}\ncorrelation:\n    type: {kind}\n"
            f"    rules: [{', '.join(bases)}]\n    group-by: [{group}]\n    timespan: {span}s\n{condition}")


def main():
    demarche, case = sys.argv[1:]
    show = subprocess.run([demarche, "show", "events", "--case", case, "--format", "jsonl"],
                          capture_output=True, text=True, check=True)
    events = [json.loads(line) for line in show.stdout.splitlines()]
    with tempfile.TemporaryDirectory() as name:
        rules(pathlib.Path(name))
        hunt = subprocess.run([demarche, "hunt", "--case", case, "--format", "jsonl", "--rules", name],
                              capture_output=True, text=True, check=True)
    found = collections.Counter(json.loads(line)["rule"] for line in hunt.stdout.splitlines())
    differ = 0
    print(f"{len(events)} events", file=sys.stderr)
    for n, (name, kind, operations, group, span, least, field) in enumerate(CORRELATIONS):
        expected = oracle(events, kind, operations, group, span, least, field)
        ours = found[f"correlation-{n}"]
        differ += ours != expected
        print(f"{name:16} {kind:16} expected {expected:6} found {ours:6}"
              f"{'' if ours == expected else '  DIFFERS'}", file=sys.stderr)
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
