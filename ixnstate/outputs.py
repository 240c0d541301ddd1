"""Files that the command line writes: whole or not at all, and never over what it reads."""

import errno
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


def overwritten(output: Path, inputs: Iterable[str | Path | None]) -> str | None:
    """The input that writing to ``output`` would destroy; None if there is none. "-" is standard input."""
    for file in inputs:
        if file is not None and _is_same(output, file):
            return "standard input" if str(file) == "-" else str(file)
    return None


def _is_same(output: Path, file: str | Path) -> bool:
    try:
        is_stdin = str(file) == "-"
        if not stat.S_ISREG((there := output.stat()).st_mode):
            return False  # a device or a pipe is not overwritten
        return os.path.samestat(there, os.fstat(sys.stdin.fileno()) if is_stdin else Path(file).stat())
    except (AttributeError, OSError, ValueError):  # one of them is not there
        return str(file) != "-" and os.path.realpath(output) == os.path.realpath(file)


@contextmanager
def written(output: Path, *, errors: str = "strict") -> Iterator[TextIO]:
    """A text file that is put in its place when all of it is written; if that fails, what was there stays.

    A symbolic link is followed within its folder. Raises PermissionError for one that leads into another folder, and
    OSError for what cannot be written.
    """
    if not _is_whole(output):
        with output.open("w", encoding="utf-8", errors=errors) as file:
            yield file
        return
    whole = itself(output)
    part = whole.with_name(f".{whole.name[:200]}.{os.getpid()}")
    try:
        with part.open("x", encoding="utf-8", errors=errors) as file:
            yield file
        if whole.exists():
            part.chmod(stat.S_IMODE(whole.stat().st_mode))
        part.replace(whole)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def itself(output: Path) -> Path:
    """The file that a symbolic link means, or the file. Raises PermissionError for a link into another folder.

    Raises OSError for a link that leads to itself.
    """
    whole = Path(os.path.realpath(output))  # `Path.resolve` raises RuntimeError for a link to itself
    if whole.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(output))
    if output.is_symlink() and whole.parent != Path(os.path.realpath(output.parent)):
        raise PermissionError(errno.EPERM, f"it is a symbolic link into another folder: name {whole} itself")
    return whole


def expect_writable(output: Path) -> None:
    """Raises OSError that says why, if it can be seen already that `written` could not write the file."""
    if output.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(output))
    if not _is_whole(output):
        return
    folder = itself(output).parent
    if not folder.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder))
    if not os.access(folder, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))


def _is_whole(output: Path) -> bool:
    """Whether it is, or will be, a file that can be replaced: not a device, a pipe, or standard output by its name."""
    if output.is_relative_to("/dev") or output.is_relative_to("/proc"):
        return False
    return not output.exists() or output.is_file()
