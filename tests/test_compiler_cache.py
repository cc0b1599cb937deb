"""Machine code on disk: kept privately, whole or not at all, and never taken for other code."""

import errno
import os
import random
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from microgradnn import compile, sin
from microgradnn.compiler.native import cache, host, machine
from microgradnn.errors import Slower

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="owners and permissions are those of POSIX")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "kept"))
    cache.folder.cache_clear()
    cache._say.cache_clear()
    yield tmp_path / "kept"
    cache.folder.cache_clear()
    cache._say.cache_clear()


def said(work: Any) -> list[str]:
    """What is said while some work is done, twice."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        work()
        work()
    assert all(warning.category is Slower for warning in caught)
    return [str(warning.message) for warning in caught]


@POSIX
def test_code_is_kept_for_this_user_alone(place: Path) -> None:
    before = os.umask(0)
    try:
        cache.write("a", b"code")
    finally:
        os.umask(before)
    assert cache.read("a") == b"code"
    assert (place.stat().st_mode & 0o777, (place / "a.o").stat().st_mode & 0o777) == (0o700, 0o600)
    assert [file.name for file in place.iterdir()] == ["a.o"]


@pytest.mark.parametrize("damage", [
    lambda raw: b"", lambda raw: raw[:20], lambda raw: raw[:-1], lambda raw: raw + b"\0", lambda raw: b"\x7fELF" + raw,
    lambda raw: bytes([*raw[:40], raw[40] ^ 1, *raw[41:]]), lambda raw: bytes(len(raw)),
])  # fmt: skip
def test_what_is_damaged_is_made_again(damage: Any, place: Path) -> None:
    cache.write("a", b"code" * 20)
    file = place / "a.o"
    file.write_bytes(damage(file.read_bytes()))
    assert cache.read("a") is None
    cache.write("a", b"code" * 20)
    assert cache.read("a") == b"code" * 20


def test_the_code_of_another_key_is_not_taken(place: Path) -> None:
    cache.write("a", b"code")
    (place / "a.o").rename(place / "b.o")
    assert cache.read("b") is None


FRAMES: list[Any] = []  # code that is still called stays


def anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has no code yet."""
    FRAMES.append(machine.frame())
    machine.frame.cache_clear()
    monkeypatch.setattr(machine, "_codes", {})


def test_a_damaged_kernel_is_compiled_again(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    anew(monkeypatch)
    f = compile(lambda x: sin(x) * x, backend="native")
    expected = f(0.5)
    kept = sorted(place.glob("*.o"))
    assert kept
    for file in kept:
        file.write_bytes(file.read_bytes()[:-7])
    anew(monkeypatch)
    assert compile(lambda x: sin(x) * x, backend="native")(0.5) == expected
    assert sorted(place.glob("*.o")) == kept
    assert all(cache.read(file.stem) for file in kept)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_disk_that_takes_nothing(number: int, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> int:
        raise OSError(number, os.strerror(number))

    cache.folder()
    monkeypatch.setattr(os, "open", refused)
    messages = said(lambda: cache.write("a", b"code"))
    assert len(messages) == 1
    assert os.strerror(number) in messages[0]
    monkeypatch.undo()
    assert list(place.iterdir()) == []


def test_a_disk_that_fills_up_while_it_is_written(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def __enter__(self) -> "Full":
            return self

        def __exit__(self, *_: Any) -> None:
            pass

        def write(self, raw: bytes) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    def opened(descriptor: int, mode: str) -> Full:
        os.write(descriptor, b"half")
        os.close(descriptor)
        return Full()

    monkeypatch.setattr(cache, "open", opened, raising=False)
    assert len(said(lambda: cache.write("a", b"code"))) == 1
    assert list(place.iterdir()) == []


def test_a_folder_in_the_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.setenv(cache.VARIABLE, str(Path("~", "kept")))
    assert cache.folder() == tmp_path / "home" / "kept"
    assert not (tmp_path / "~").exists()


@POSIX
@pytest.mark.parametrize("how", ["others", "group", "owner", "file", "nowhere"])
def test_a_folder_that_will_not_do(how: str, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if how == "file":
        place.write_text("a file")
    elif how == "nowhere":
        (tmp_path / "link").symlink_to(tmp_path / "link")
        monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "link" / "kept"))
    else:
        place.mkdir()
        place.chmod({"others": 0o777, "group": 0o770, "owner": 0o700}[how])
    if how == "owner":
        monkeypatch.setattr(os, "getuid", lambda: 12345)
    messages = said(lambda: [cache.write("a", b"code"), cache.read("a")])
    assert len(messages) == 1
    assert cache.VARIABLE in messages[0]
    assert cache.read("a") is None


def test_a_link_to_a_folder_of_ones_own_serves(place: Path, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir(mode=0o700)
    try:
        place.symlink_to(tmp_path / "own")
    except OSError:
        pytest.skip("links need a permission here")
    cache.write("a", b"code")
    assert (tmp_path / "own" / "a.o").exists()
    assert cache.read("a") == b"code"


def test_no_folder_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.VARIABLE, "")
    assert said(lambda: cache.write("a", b"code")) == []
    assert cache.read("a") is None


def test_no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in (cache.VARIABLE, "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert len(said(lambda: cache.write("a", b"code"))) == 1


@pytest.mark.parametrize(("platform", "ends"), [
    ("linux", ".cache/microgradnn"), ("darwin", "Library/Caches/microgradnn"), ("win32", "microgradnn"),
])  # fmt: skip
def test_the_usual_folder(platform: str, ends: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr(sys, "platform", platform)
    assert cache._usual() == tmp_path / ends


def test_old_code_goes_where_there_is_too_much(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST", 10_000)
    monkeypatch.setattr(cache, "OFTEN", 1)
    for k in range(20):
        cache.write(f"k{k}", bytes(1000))
        os.utime(place / f"k{k}.o", (0, 86_400.0 * k))
        if k == 7:
            assert cache.read("k0") is not None  # and so it is not the oldest any more
    left = {file.stem for file in place.iterdir()}
    assert {"k0", "k19"} <= left
    assert "k1" not in left
    assert sum(file.stat().st_size for file in place.iterdir()) <= 10_000


WRITING = """
import os, sys
from microgradnn.compiler.native import cache
print("ready", flush=True)
k = 0
while True:
    for name in "abc":
        cache.write(name, (name * 20_000 + str(k)).encode())
    k += 1
"""


def test_processes_that_are_killed_while_they_write(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seed = random.randrange(10**6)
    draw = random.Random(seed)
    for _ in range(12):
        both = [
            subprocess.Popen([sys.executable, "-c", WRITING], stdout=subprocess.PIPE, env={**os.environ}) for _ in "ab"
        ]
        for child in both:
            assert child.stdout is not None
            child.stdout.readline()
        time.sleep(draw.uniform(0.0, 0.02))
        for child in both:
            child.kill()
            child.communicate()
        for name in "abc":
            code = cache.read(name)
            assert code is None or code.startswith((name * 20_000).encode()), f"seed {seed}"
    assert cache.read("a") is not None
    monkeypatch.setattr(cache, "DAY", -1.0)
    cache._tidy(place)
    assert all(file.suffix == ".o" for file in place.iterdir())


def test_code_is_known_by_all_that_it_follows_from(monkeypatch: pytest.MonkeyPatch) -> None:
    known = machine._known.__wrapped__
    keys = {known()}
    for change in (
        lambda: monkeypatch.setattr(machine.llvmlite, "__version__", "99.0"),
        lambda: monkeypatch.setattr(machine, "processor", lambda: ("another", "+avx")),
        lambda: monkeypatch.setattr(machine, "processor", lambda: ("another", "-avx")),
        lambda: monkeypatch.setattr(machine.binding, "llvm_version_info", (99, 0, 0)),
        lambda: monkeypatch.setattr(machine, "target", lambda: type("Target", (), {"triple": "another"})),
        lambda: monkeypatch.setattr(machine, "__file__", os.path.join(os.path.dirname(host.__file__), "..", "x.py")),
    ):
        change()
        keys.add(known())
    assert len(keys) == 7
