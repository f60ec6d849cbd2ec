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
_URI_LINE = re.compile(
    r"^'(?P<uri>[^']+)' (?P<name>\S+) (?P<size>\d+) SHA256:(?P<sha>\w+)"
)


class Package:
    """A package file as apt's signed lists describe it."""

    def __init__(self, name, size, sha256):
        self.name, self.size, self.sha256 = name, int(size), sha256

    def is_whole(self, folder):
        """Whether its file is in `folder` with the size and sum of the lists."""
        path = folder / self.name
        if not path.is_file() or path.stat().st_size != self.size:
            return False
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
        return digest.hexdigest() == self.sha256


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
        for line in listed.splitlines():
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

    def describe(self, names):
        """The packages' files as the lists have them.

        :param names: e.g. ["odoo-19/sid"]
        :return: list of `Package`
        """
        command = ["apt-get", *self._options(), "download", "--print-uris", *names]
        lines = run(command, "find the packages in Debian's lists").splitlines()
        found = [match for match in map(_URI_LINE.match, lines) if match]
        if len(found) != len(names):
            raise Problem(
                "Debian's lists name no SHA256 sum for some of: " + ", ".join(names)
            )
        return [Package(m["name"], m["size"], m["sha"]) for m in found]

    def download(self, names, folder, tick=None):
        """Download the packages into `folder` and check their sums.

        Files that are there and whole are not downloaded again; others go first.

        :param tick: called while it downloads
        :return: list of paths
        :raise Problem: when a file is not what the lists say
        """
        folder.mkdir(parents=True, exist_ok=True)
        packages = self.describe(names)
        missing = []
        for name, package in zip(names, packages, strict=True):
            if not package.is_whole(folder):
                (folder / package.name).unlink(missing_ok=True)
                missing.append(name)
        if missing:
            command = ["apt-get", *self._options(), "download", *missing]
            run(command, "download Odoo 19 from Debian", cwd=folder, tick=tick)
        for package in packages:
            if not package.is_whole(folder):
                (folder / package.name).unlink(missing_ok=True)
                raise Problem(
                    f"The downloaded {package.name} is not the file that Debian's "
                    "signed lists describe; it was removed. Try again."
                )
        return [folder / package.name for package in packages]
