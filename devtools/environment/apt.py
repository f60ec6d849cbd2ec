"""Debian packages fetched with an apt state of our own, never the system's."""

import hashlib
import os
import re
import shutil

from .problem import Problem
from .processes import run

USE_ODOO_HOME = "set ODOO_HOME to an Odoo 19 that is already there"
_KEYRINGS = (
    "/usr/share/keyrings/debian-archive-keyring.pgp",
    "/usr/share/keyrings/debian-archive-keyring.gpg",
)
_TARGET_FORMAT = "$(REPO_URI)|$(COMPONENT)|$(ORIGIN)|$(LABEL)|$(CREATED_BY)"
# `'address' file size SHA256:hex`
_URI_LINE = re.compile(r"^'[^']+' (?P<name>\S+) \d+ SHA256:(?P<sum>\w+)")
_PERCENT = re.compile(r"^dlstatus:\d+:(\d+)")


class PrivateApt:
    """apt-get with its lists, cache and sources in a folder of ours.

    :param folder: where its state lives
    :param suites: suites to read, e.g. ["sid", "bookworm"]
    :raise Problem: where this system has no Debian packages
    """

    def __init__(self, folder, suites):
        for tool in ("apt-get", "dpkg-deb"):
            if not shutil.which(tool):
                raise Problem(
                    f"Odoo 19 comes from Debian's packages, and this system has no "
                    f"{tool}: {USE_ODOO_HOME}."
                )
        self.folder = folder
        self.suites = suites

    def _mirror(self):
        """The address of the machine's own Debian mirror."""
        purpose = "ask apt for this machine's mirror"
        listed = run(["apt-get", "indextargets", "--format", _TARGET_FORMAT], purpose)
        for line in listed:
            uri, component, origin, label, created_by = line.split("|")
            # Before the first `apt-get update` origin and label are not known yet.
            known = not label.startswith("$(")
            debian = (
                label == "Debian" and origin == "Debian"
                if known
                else "debian" in uri and "security" not in uri
            )
            if created_by == "Packages" and component == "main" and debian:
                return uri
        raise Problem(
            "Odoo 19 comes from Debian's packages, and apt on this machine knows no "
            f"Debian mirror: {USE_ODOO_HOME}."
        )

    def _options(self):
        folder = self.folder
        settings = {
            "Dir::Etc::sourcelist": folder / "debian.sources",
            "Dir::Etc::sourceparts": "-",
            "Dir::Etc::preferences": "-",
            "Dir::Etc::preferencesparts": "-",
            "Dir::State": folder / "state",
            "Dir::State::lists": folder / "state/lists",
            "Dir::State::status": folder / "state/status",
            "Dir::Cache": folder / "cache",
            "APT::Sandbox::User": "",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
        }
        return [part for k, v in settings.items() for part in ("-o", f"{k}={v}")]

    def update(self):
        """Read the lists; apt checks their signatures.

        :raise Problem: without a network, a mirror or Debian's keyring
        """
        keyring = next((path for path in _KEYRINGS if os.path.exists(path)), None)
        if not keyring:
            raise Problem(
                "Debian's signing keys are missing (package debian-archive-keyring): "
                f"install them, or {USE_ODOO_HOME}."
            )
        for name in ("state/lists/partial", "cache/archives/partial"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "state/status").touch()
        (self.folder / "debian.sources").write_text(
            f"Types: deb\nURIs: {self._mirror()}\nSuites: {' '.join(self.suites)}\n"
            f"Components: main\nSigned-By: {keyring}\n"
        )
        purpose = f"read Debian's package lists (no network? then {USE_ODOO_HOME})"
        # Without --error-on=any apt takes an unreachable mirror for a warning.
        run(["apt-get", *self._options(), "update", "--error-on=any"], purpose)

    def download(self, names, folder, on_percent):
        """Download the packages into `folder` and check their sums.

        Files that are there and whole are not downloaded again; others go first.

        :param names: e.g. ["odoo-19/sid"]
        :param on_percent: called while it downloads, with how far it is ("42")
        :return: list of paths
        :raise Problem: when a file is not what the lists say
        """
        folder.mkdir(parents=True, exist_ok=True)
        sums = self._sums(names)
        missing = []
        for name, (file, whole) in zip(names, sums.items(), strict=True):
            if not has_sum(folder / file, whole):
                (folder / file).unlink(missing_ok=True)
                missing.append(name)

        def on_line(line):
            if match := _PERCENT.match(line):
                on_percent(match[1])

        if missing:
            command = ["apt-get", *self._options(), "download", *missing]
            command += ["-o", "APT::Status-Fd=1"]
            run(command, "download Odoo 19 from Debian", cwd=folder, on_line=on_line)
        for file, whole in sums.items():
            if not has_sum(folder / file, whole):
                (folder / file).unlink(missing_ok=True)
                raise Problem(
                    f"The downloaded {file} is not the file that Debian's "
                    "signed lists describe; it was removed. Try again."
                )
        return [folder / file for file in sums]

    def _sums(self, names):
        """The packages' files as the lists have them: a dict to their SHA256 sums."""
        command = ["apt-get", *self._options(), "download", "--print-uris", *names]
        lines = run(command, "find the packages in Debian's lists")
        sums = {m["name"]: m["sum"] for m in map(_URI_LINE.match, lines) if m}
        if len(sums) != len(names):
            raise Problem(
                "Debian's lists name no SHA256 sum for some of: " + ", ".join(names)
            )
        return sums


def has_sum(path, sha256):
    """Whether a file is there and has this sum."""
    return path.is_file() and (hashlib.sha256(path.read_bytes()).hexdigest() == sha256)
