"""A file that was changed is never believed, and a failure while writing leaves the old one."""

import hashlib
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgradnn.errors import FileError
from microgradnn.io import files

PACKAGE = {"PYTHONPATH": str(Path(files.__file__).parents[2])}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


def test_a_file_cut_anywhere_is_refused(folder: Path) -> None:
    path = folder / "cut.json"
    files.write(path, {"w": [0.1, -2.5]})
    raw = path.read_bytes()
    for length in range(len(raw)):
        path.write_bytes(raw[:length])
        with pytest.raises(FileError):
            files.read(path)


def test_a_file_with_any_bit_flipped_is_refused(folder: Path) -> None:
    path = folder / "flipped.json"
    files.write(path, {"w": [0.1, -2.5], "name": "layer0"})
    raw = path.read_bytes()
    for i in range(8 * len(raw)):
        flipped = bytearray(raw)
        flipped[i // 8] ^= 1 << i % 8
        path.write_bytes(flipped)
        with pytest.raises(FileError):
            files.read(path)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused(folder: Path, raw: bytes) -> None:
    path = folder / "noise.json"
    path.write_bytes(raw)
    with pytest.raises(FileError):
        files.read(path)


def sealed(content: str, version: str = "1") -> bytes:
    """A file by someone who knows the format, and can make a checksum."""
    body = f'{{"format":"microgradnn","version":{version},"content":{content}}}'
    seal = hashlib.sha256(body.encode()).hexdigest()
    return f'{{"format":"microgradnn","version":{version},"sha256":"{seal}","content":{content}}}\n'.encode()


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (sealed("1", version="2"), "newer microgradnn.*upgrade"),
        (sealed("1", version="0"), "version is 0"),
        (sealed("1", version="true"), "version is True"),
        (sealed("1", version='"1"'), "version is '1'"),
        (sealed('{"a":1,"a":2}'), "a key occurs twice"),
        (sealed("NaN"), "NaN is no JSON number"),
        (sealed("-Infinity"), "-Infinity is no JSON number"),
        (sealed("1e999"), "impossible"),
        (sealed("9" * 5000), "damaged"),
        (sealed("1.0e0"), "checksum"),  # the same number written otherwise is not what was saved
        (sealed("[" * 100_000 + "]" * 100_000), "nested too deeply"),
        (sealed("[" * 100_000), "nested too deeply"),
        (sealed('"é"').decode().encode("latin-1"), "ascii"),
        (sealed("1").replace(b"{", b'{"more":1,', 1), "checksum"),
        (sealed("1").replace(b'"sha256"', b'"sha512"'), "missing"),
        (b"[]", "no file of microgradnn"),
        (b'{"format":"other"}', "no file of microgradnn"),
        (b"", "damaged or no file"),
        (b"\x80\x04\x95", "damaged or no file"),
        (b"import os", "damaged or no file"),
    ],
)
def test_hostile_files_are_refused(folder: Path, raw: bytes, words: str) -> None:
    path = folder / "hostile.json"
    path.write_bytes(raw)
    with pytest.raises(FileError, match=words):
        files.read(path)


def test_a_sealed_file_is_what_write_writes(folder: Path) -> None:
    path = folder / "sealed.json"
    files.write(path, [0.1])
    assert path.read_bytes() == sealed("[0.1]")


def test_files_beyond_the_limit_are_neither_written_nor_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large.json"
    files.write(path, [1] * 1000)
    monkeypatch.setattr(files, "LIMIT", 1000)
    with pytest.raises(FileError, match="larger than 1000 bytes"):
        files.read(path)
    with pytest.raises(FileError, match="1000 is the most"):
        files.write(tmp_path / "new.json", [1] * 1000)
    assert os.listdir(tmp_path) == ["large.json"]


def test_what_is_no_ordinary_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "absent", tmp_path, tmp_path / "pipe", "nul\0", "/dev/zero", 3):
        with pytest.raises(FileError, match=r"cannot be read|no ordinary file"):
            files.read(path)  # type: ignore[arg-type]


def test_what_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("mine")
    before = sorted(os.listdir(tmp_path))
    for path in (tmp_path / "absent" / "x", tmp_path / "folder", tmp_path / "file" / "x", "nul\0", 3):
        with pytest.raises(FileError, match=r"cannot be written: .*; nothing was changed"):
            files.write(path, 1)  # type: ignore[arg-type]
    assert sorted(os.listdir(tmp_path)) == before
    assert (tmp_path / "file").read_text() == "mine"


def fail(*_: Any, **__: Any) -> Any:
    raise OSError(28, "No space left on device")


def interrupt(*_: Any, **__: Any) -> Any:
    raise KeyboardInterrupt


@pytest.mark.parametrize("name", ["replace", "fsync", "chmod"])
@pytest.mark.parametrize(("how", "kind"), [(fail, FileError), (interrupt, KeyboardInterrupt)])
def test_a_failure_while_writing_leaves_the_old_file(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    how: Callable[..., Any],
    kind: type[BaseException],
) -> None:
    path = tmp_path / "model.json"
    files.write(path, "old")
    with monkeypatch.context() as patch:
        patch.setattr(os, name, how)
        with pytest.raises(kind):
            files.write(path, "new")
    assert os.listdir(tmp_path) == ["model.json"]
    assert files.read(path) == "old"


def test_writing_stopped_by_the_system_leaves_the_old_file(tmp_path: Path) -> None:
    # The kernel ends the process in the middle of writing, as at a power cut: no clean-up of ours can run.
    path = tmp_path / "model.json"
    files.write(path, "old")
    program = """if True:
        import os, sys
        from microgradnn.io import files
        os.fsync = lambda _: os._exit(9)
        files.write(sys.argv[1], "new")
    """
    ended = subprocess.run([sys.executable, "-c", program, str(path)], env=dict(os.environ) | PACKAGE)
    assert ended.returncode == 9
    assert len(os.listdir(tmp_path)) == 2  # what was begun has another name
    assert files.read(path) == "old"


def test_a_file_keeps_its_rights_and_a_link_stays_a_link(tmp_path: Path) -> None:
    path, link = tmp_path / "model.json", tmp_path / "link.json"
    files.write(path, 1)
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask
    path.chmod(0o640)
    link.symlink_to(path)
    files.write(link, 2)
    assert link.is_symlink()
    assert files.read(path) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_name_in_the_present_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files.write("model.json", {"a": 1.0})
    assert json.loads((tmp_path / "model.json").read_text())["content"] == {"a": 1.0}
