"""Running commands: to set up, in this process's place, or as long as it lives."""

import shutil
import signal
import subprocess
import threading

from .locks import held
from .problem import Problem


def run(command, purpose, *, env=None, cwd=None, on_line=None, tick=None):
    """Run a command to its end and return its standard output.

    :param command: list of arguments
    :param purpose: what it is for, as in "Could not {purpose}: …"
    :param on_line: called with each line of output (standard output and error
        are then one stream)
    :param tick: called about four times a second while the command runs
    :raise Problem: when the command is missing or fails, with its last lines
    """
    try:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if on_line else subprocess.PIPE,
            env=env,
            cwd=cwd,
            text=True,
            errors="replace",
            pass_fds=held(),
        )
    except FileNotFoundError as error:
        raise Problem(f"Could not {purpose}: {command[0]} is not there.") from error
    lines, errors = [], []

    def read(stream, into, callback=None):
        for line in stream:
            into.append(line)
            if callback:
                callback(line.rstrip("\n"))

    readers = [threading.Thread(target=read, args=(process.stdout, lines, on_line))]
    if process.stderr:
        readers.append(threading.Thread(target=read, args=(process.stderr, errors)))
    try:
        for reader in readers:
            reader.start()
        for reader in readers:
            while reader.is_alive():
                reader.join(0.25)
                if tick:
                    tick()
        code = process.wait()
    except BaseException:
        process.kill()
        process.wait()
        raise
    if code:
        said = [line.strip() for line in errors or lines if line.strip()]
        raise Problem(
            f"Could not {purpose}: {command[0]} ended with {code}.\n"
            + "\n".join(f"  {line}" for line in said[-12:])
        )
    return "".join(lines)


def tied(command_line):
    """The command, made to end (SIGTERM) when its parent dies, however it dies.

    Not in a thread, whose end would count as the parent's, and not where the system
    has no setpriv (util-linux).

    :param command_line: list of arguments
    :return: list of strings
    """
    words = [str(part) for part in command_line]
    in_thread = threading.current_thread() is not threading.main_thread()
    if in_thread or not shutil.which("setpriv"):
        return words
    return ["setpriv", "--pdeathsig", "TERM", *words]


def run_in_foreground(command_line, env=None, pass_fds=(), cwd=None):
    """Run a command as if it were this process: its input, output and signals.

    :return: its exit status, 128 + N after signal N
    """
    process = subprocess.Popen(tied(command_line), env=env, pass_fds=pass_fds, cwd=cwd)
    # Ctrl-C reaches the child from the terminal; a `kill` of ./dev must be passed on.
    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN),
        signal.SIGTERM: signal.signal(
            signal.SIGTERM, lambda *_: process.send_signal(signal.SIGTERM)
        ),
    }
    try:
        code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code
