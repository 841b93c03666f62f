"""Times processes in turn with a reference; prints medians; exits 1 above a goal.

Peak memory is the kernel's own account (ru_maxrss of wait4)."""

import os
import statistics
import subprocess
import sys
import time

RUNS, SCF, CONFIG = int(sys.argv[1]), sys.argv[2], sys.argv[3]
LOCAL = ["--target", "local", "--config", CONFIG]

# name, command, reference, goal in ms, goal in MB
ROWS = [
    ("scf --help", [SCF, "--help"], ["/bin/true"], 20, None),
    ("scf deploy, nothing changed", [SCF, "deploy", *LOCAL], ["docker", "ps", "--all", "--quiet"], 1000, 60),
    ("scf plan, nothing changed", [SCF, "plan", *LOCAL], ["docker", "ps", "--all", "--quiet"], 1000, 60),
]


def run(command):
    """Wall milliseconds and peak megabytes of one process."""
    began = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{errors.decode()}")
    return (time.perf_counter() - began) * 1000, usage.ru_maxrss / 1024


def main():
    missed = False
    print(f"{'command':30} {'ms':>8} {'min':>8} {'max':>8} {'goal':>6} {'MB':>6} {'goal':>5}   reference, ms (ratio)")
    for name, command, reference, most_ms, most_mb in ROWS:
        run(command), run(reference)
        pairs = [(run(command), run(reference)) for _ in range(RUNS)]
        times = [own[0] for own, _ in pairs]
        median, peak = statistics.median(times), max(own[1] for own, _ in pairs)
        other = statistics.median(reference[0] for _, reference in pairs)
        ratio = statistics.median(own[0] / reference[0] for own, reference in pairs)
        late, large = median > most_ms, most_mb is not None and peak > most_mb
        missed = missed or late or large
        words = " ".join(os.path.basename(word) for word in reference)
        print(
            f"{name:30} {median:8.1f} {min(times):8.1f} {max(times):8.1f} {most_ms:6} {peak:6.1f} {most_mb or '-':>5}"
            f"   {words}: {other:.1f} ({ratio:.1f}){'  ABOVE ITS GOAL' if late or large else ''}"
        )
    sys.exit(1 if missed else 0)


main()
