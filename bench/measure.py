"""Seconds and peak memory of processes."""
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time


class Failed(Exception):
    pass


class Seconds(float):
    """From start to end; `processor` is what of it the process itself worked, which a busy machine changes little."""
    processor = 0.0


def measured(words, stdin=None, limit=600, environment=None):
    """Seconds of one process from its start to its end. Raises Failed where it fails or takes longer than `limit` seconds."""
    with open(stdin or os.devnull, "rb") as given:
        begun = time.perf_counter()
        process = subprocess.Popen(words, stdin=given, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
    guard = threading.Timer(limit, process.send_signal, [signal.SIGKILL])
    guard.start()
    heard = []
    reader = threading.Thread(target=lambda: heard.append(process.stderr.read()))
    reader.start()
    try:
        _, status, usage = os.wait4(process.pid, 0)
        took = Seconds(time.perf_counter() - begun)
        took.processor = usage.ru_utime + usage.ru_stime
        process.returncode = os.waitstatus_to_exitcode(status)
    finally:
        guard.cancel()
    reader.join()
    process.stderr.close()
    if process.returncode:
        text = heard[0].decode(errors="replace")[-600:] if heard else ""
        raise Failed(f"{words[0]} ended with {process.returncode} after {took:.1f} s: {text}")
    return took


def peak(words):
    """Peak memory in kilobytes. Started by a small process: what a child of Python's is told to have used at most counts
    Python's own memory, from before the program took its place."""
    with tempfile.NamedTemporaryFile("r") as told:
        done = subprocess.run([shutil.which("time") or "/usr/bin/time", "-f", "%M", "-o", told.name, *words],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return int(told.read().split()[-1]) if done.returncode == 0 else None


def together(commands, limit=600):
    """All at once, to the end of the last: seconds."""
    begun = time.perf_counter()
    processes = [subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                 for words in commands]
    codes = [process.wait(limit) for process in processes]
    took = time.perf_counter() - begun
    if any(codes):
        raise Failed(f"{commands[0][0]}: exit codes {codes}")
    return took
