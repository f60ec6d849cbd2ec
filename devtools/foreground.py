"""Running a command in this process's place, and commands that end with theirs."""

import shutil
import signal
import subprocess
import threading


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
