"""The peak memory of a program, without that of who starts it."""
import subprocess
import sys

# The peak that a child is charged with begins at its parent's size: this one is small.
MEASURE = """
import os, sys
child = os.fork()
if child == 0:
    os.dup2(2, 1)
    os.execv(sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(child, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024)
"""


def run(program, *words):
    """(exit code, what it said on both streams, peak in bytes)."""
    command = [sys.executable, "-I", "-S", "-c", MEASURE, str(program), *words]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    code, peak = done.stdout.split()
    return int(code), done.stderr, int(peak)
