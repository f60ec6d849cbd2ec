"""Running commands: to set up, in this process's place, or as long as it lives."""

import shutil
import signal
import subprocess
import threading

from .locks import held
from .problem import Problem


def run(command, purpose, *, env=None, cwd=None, stdin=None, on_line=None):
    """Run a command to its end, with the locks that are held.

    :param command: list of arguments
    :param purpose: what it is for, as in "Could not {purpose}: …"
    :param stdin: a file for its standard input
    :param on_line: called with each line of output as it comes
    :return: what it said on standard output and error: a list of lines
    :raise Problem: when the command is missing or fails, with its last lines
    """
    try:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=stdin or subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            text=True,
            errors="replace",
            pass_fds=held(),
        )
    except FileNotFoundError as error:
        raise Problem(f"Could not {purpose}: {command[0]} is not there.") from error
    lines = []
    with process:
        try:
            for line in process.stdout:
                lines.append(line.rstrip("\n"))
                if on_line:
                    on_line(lines[-1])
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        said = [f"  {line.strip()}" for line in lines if line.strip()]
        how = f"{command[0]} ended with {process.returncode}."
        raise Problem("\n".join([f"Could not {purpose}: {how}", *said[-12:]]))
    return lines


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
