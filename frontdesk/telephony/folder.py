"""Where Asterisk is: a folder fetched from Debian, or the system's own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER_VARIABLE = "FRONTDESK_ASTERISK"


class NoAsterisk(LookupError):
    """There is no Asterisk on this machine."""


@dataclass(frozen=True)
class Asterisk:
    """An Asterisk that can be started."""

    program: tuple[str, ...]
    """The command without arguments; for a fetched folder through that folder's own loader, so without chroot."""
    modules: Path
    data: Path

    def command(self, configuration: Path, *arguments: str) -> Sequence[str]:
        """A command line with this asterisk.conf."""
        return (*self.program, "-C", str(configuration), *arguments)


def cached_folder(home: Path) -> Path:
    """Where `frontdesk asterisk fetch` puts Asterisk: FRONTDESK_ASTERISK, or var/asterisk/debian."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else home / "var" / "asterisk" / "debian"


def find_asterisk(home: Path) -> Asterisk:
    """The fetched folder first, then the system's. Raises NoAsterisk saying how to get one."""
    folder = cached_folder(home)
    found = in_folder(folder) or in_system(os.environ)
    if found is None:
        raise NoAsterisk(
            f"这台机器上没有 Asterisk（找过 {folder} 和系统目录）。"
            f"运行 frontdesk asterisk fetch 取一份，或用 {FOLDER_VARIABLE} 指定已有的目录"
        )
    return found


def in_folder(folder: Path) -> Asterisk | None:
    """A debootstrapped folder, run with its own loader and libraries."""
    program = folder / "usr" / "sbin" / "asterisk"
    modules = next(iter(sorted(folder.glob("usr/lib/*/asterisk/modules"))), None)
    loader = next(iter(sorted((*folder.glob("lib64/ld-linux-*.so.*"), *folder.glob("lib/ld-linux-*.so.*")))), None)
    if not program.is_file() or modules is None or loader is None:
        return None
    libraries = modules.parent.parent
    return Asterisk(
        program=(str(loader), "--library-path", str(libraries), str(program)),
        modules=modules,
        data=folder / "usr" / "share" / "asterisk",
    )


def in_system(environment: Mapping[str, str]) -> Asterisk | None:
    """Asterisk from the system's packages or from source."""
    path = environment.get("PATH", os.defpath) + os.pathsep + "/usr/local/sbin" + os.pathsep + "/usr/sbin"
    program = shutil.which("asterisk", path=path)
    candidates = (*Path("/usr/lib").glob("*/asterisk/modules"), Path("/usr/lib/asterisk/modules"))
    modules = next((folder for folder in candidates if folder.is_dir()), None)
    data = next(
        (folder for folder in (Path("/usr/share/asterisk"), Path("/var/lib/asterisk")) if folder.is_dir()), None
    )
    if program is None or modules is None or data is None or not list(modules.glob("chan_websocket.so")):
        return None
    return Asterisk(program=(program,), modules=modules, data=data)
