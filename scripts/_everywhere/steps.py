"""The steps of scripts/everywhere. Each returns its results: row of the table -> a sentence."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Callable, Dict, Optional

from _environment import ROOT, environment, python_of, run

from _everywhere.probes import last_line, probe, version_of
from _everywhere.roots import CACHE, VARIABLES, Foreign, mounted, python_in, run_in

Seen = Dict[str, str]

SID = Foreign("sid", "amd64", "x86_64", "3.14", True)
AARCH64 = Foreign("bookworm", "arm64", "aarch64", "3.11", True)
S390X = Foreign("bookworm", "s390x", "s390x", "3.11", False)
FREE_THREADED = "3.13.15"
RAY = "ray[serve]>=2.40"


def cpython(minor: int) -> Callable[[], Seen]:
    """Return the step that probes CPython 3.MINOR, in an environment with the newest dependencies for it."""

    def probe_it() -> Seen:
        python = find_python(minor)
        if python is None:
            raise SystemExit(f"CPython 3.{minor} is not installed")
        run([python, "scripts/test", "--version"], stdout=subprocess.DEVNULL)
        made = str(python_of(ROOT / ".venv" / f"test-3.{minor}"))
        return {f"CPython 3.{minor}": f"{version_of([made])[1]}: {probe([made])}"}

    return probe_it


def find_python(minor: int) -> Optional[str]:
    """Return an interpreter on the path or of pyenv."""
    installed = sorted(Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python"))
    return shutil.which(f"python3.{minor}") if not installed else str(installed[-1])


def debian() -> Seen:
    """Probe CPython 3.14 in a root of Debian sid."""
    return {"CPython 3.14": foreign_probe(SID, "sid", 40)}


def aarch64() -> Seen:
    return {"Linux aarch64, glibc (qemu-user)": foreign_probe(AARCH64, "arm64", 8)}


def s390x() -> Seen:
    return {"Linux s390x, glibc (qemu-user), big-endian": foreign_probe(S390X, "s390x", 8)}


def foreign_probe(foreign: Foreign, name: str, threads: int) -> str:
    python = python_in(foreign, name)
    return f"CPython {version_of(python)[1]}: {probe(python, threads, variables=VARIABLES)}"


def threaded() -> Seen:
    """Build a free-threaded CPython from Debian's source in the root of sid, and probe it."""
    python_in(SID, "sid")
    root, python = CACHE / "sid", f"/opt/{FREE_THREADED}t/bin/python3.13t"
    if not (root / python[1:]).exists():
        build_free_threaded(root)
    packages = f"/opt/{FREE_THREADED}t/packages"
    if not (root / packages[1:] / "pydantic").exists():
        run(
            [
                sys.executable,
                "-m",
                "pip",
                "install",
                "--quiet",
                *FREE_THREADED_WHEELS,
                "--target",
                str(root / packages[1:]),
            ]
        )
    command = ["chroot", str(root), "sh", "-c", f'cd /work && exec {python} "$@"', "python3"]
    variables = {**VARIABLES, "PYTHONPATH": f"/work:{packages}"}
    lock = last_line(subprocess.check_output([*command, "-c", LOCK], env={**os.environ, **variables}, text=True))
    return {"CPython 3.13t, free-threaded": f"{FREE_THREADED}: {probe(command, variables=variables)}; {lock}"}


# Says whether an extension module has turned the lock on.
LOCK = "import fastapi, sys; print('with the lock' if sys._is_gil_enabled() else 'without the lock')"
FREE_THREADED_WHEELS = [
    *("--only-binary=:all:", "--implementation", "cp", "--python-version", "3.13", "--abi", "cp313t", "--abi", "none"),
    *("--platform", "manylinux_2_17_x86_64", "--platform", "manylinux2014_x86_64", "--platform", "any"),
    *("starlette", "anyio", "pydantic", "typing-extensions", "annotated-doc", "opentelemetry-api", "pytest"),
    *("wasmtime", "python-multipart", "email-validator", "httpx"),
]


def build_free_threaded(root: Path) -> None:
    name = f"python3.13_{FREE_THREADED}.orig.tar.xz"
    (root / "src").mkdir(exist_ok=True)
    run(["curl", "-sfo", str(root / "src" / name), f"http://deb.debian.org/debian/pool/main/p/python3.13/{name}"])
    run_in(
        root,
        f"""
        apt-get install -y -qq --no-install-recommends gcc make libc6-dev libssl-dev libffi-dev zlib1g-dev xz-utils
        rm -rf /src/python && mkdir /src/python && tar -xf /src/{name} -C /src/python --strip-components=1
        cd /src/python
        ./configure -q --disable-gil --prefix=/opt/{FREE_THREADED}t --without-ensurepip --disable-test-modules
        make -s -j2 && make -s install
        """,
    )


def pypy() -> Seen:
    """Probe PyPy with the newest dependencies that have a wheel for it."""
    if shutil.which("pypy3") is None:
        run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "pypy3"])
    python = python_of(ROOT / ".venv" / "pypy")
    if not python.exists():
        run(["pypy3", "-m", "venv", str(python.parent.parent)])
        pip = [str(python), "-m", "pip", "install", "--quiet"]
        run(
            [
                *pip,
                "--only-binary=:all:",
                "starlette",
                "anyio",
                "pydantic",
                "opentelemetry-api",
                "pytest",
                "annotated-doc",
            ]
        )
        run([*pip, "pyyaml", "httpx", "python-multipart", "email-validator", "tomli", "typing-extensions"])
    words = version_of([str(python)])
    return {"PyPy": f"{words[words.index('[PyPy') + 1]} (Python {words[1]}): {probe([str(python)])}"}


def oldest() -> Seen:
    """Probe the lower bounds of pyproject.toml."""
    python = python_of(ROOT / ".venv" / "oldest")
    if not python.exists():
        uv = [str(environment("uv", ["uv>=0.5"], editable=False)), "-m", "uv"]
        run([*uv, "venv", "--quiet", "--python", sys.executable, str(python.parent.parent)])
        install = ["pip", "install", "--quiet", "--python", str(python), "--resolution", "lowest-direct"]
        run([*uv, *install, "--editable", ".", "pytest==8.0.0", "httpx==0.27.0", "python-multipart==0.0.18"])
    releases = subprocess.check_output([str(python), "-c", RELEASES], text=True).strip()
    return {"the oldest dependencies": f"Python {version_of([str(python)])[1]}, {releases}: {probe([str(python)])}"}


RELEASES = (
    "from importlib.metadata import version\n"
    "print(*(f'{name} {version(name)}' for name in ('starlette', 'pydantic', 'anyio', 'wasmtime')), sep=', ')"
)


def space() -> Seen:
    """Call the application in threads with little address space: each answer is right, on any rung."""
    python = str(environment("test", [], "[test]"))
    code = (
        "from tests.hosts.process import run_in_little_space\n"
        "rungs = []\n"
        "for limit in (200, 250, 300, 350, 400, 500, 600, 800, 1000, 2000):\n"
        "    for threads in (1, 12, 40):\n"
        "        ended = run_in_little_space(limit * 1000 * 1000, threads)\n"
        "        assert ended.status == 0, (limit, threads, ended.output)\n"
        "        rungs.append((ended.last.split()[0], limit))\n"
        "least = min(limit for rung, limit in rungs if rung == 'fast')\n"
        "print(f'{len(rungs)} processes without a wrong answer or an exception; rung `fast` from {least}000 on')"
    )
    return {rows_space(): last_line(subprocess.check_output([python, "-c", code], cwd=str(ROOT), text=True))}


def rows_space() -> str:
    return "`ulimit -v` 200000 to 2000000 with 1, 12 and 40 threads"


def readonly() -> Seen:
    """Call the application on a read-only file system, without a home directory and without a compiled core."""
    python = str(environment("test", [], "[test]"))
    for compiled in (ROOT / "fastapi" / "_wasm" / "__pycache__").glob("*.cwasm"):
        compiled.unlink()
    variables = {**os.environ, "HOME": str(ROOT / "no-home"), "XDG_CACHE_HOME": "", "PYTHONPATH": str(ROOT)}
    command = mounted([python, "-m", "tests.hosts.calls", "4", "2"], ROOT)
    output = subprocess.check_output(command, cwd=str(ROOT), env=variables, stderr=subprocess.STDOUT, text=True)
    rung, answers, threads = last_line(output).split()
    warnings = output.count("the compiled core cannot be kept")
    sentence = f"rung `{rung}`, {answers} right answers in {threads} threads, {warnings} warning"
    return {"read-only file system, no home directory": sentence}


def ray() -> Seen:
    """Run examples/scale-out/ray_serve.py on this package and on the real one."""
    python = environment("ray", [RAY, "pytest", "pytest-timeout"], editable=False)
    tests = ["-m", "pytest", "-q", "tests/integration/servers/test_ray_serve.py"]
    real = subprocess.check_output(
        [str(python), "-c", "import fastapi; print(fastapi.__path__[0])"], cwd="/", text=True
    )
    run([str(python), *tests], env={**os.environ, "FASTAPI_RS_REAL": str(Path(real.strip()).parent)})
    version = subprocess.check_output([str(python), "-c", "import ray; print(ray.__version__)"], text=True).strip()
    sentence = f"Ray {version}: both replicas answer, the answers are equal"
    return {"Ray Serve with two replicas, beside the real package": sentence}


STEPS: Dict[str, Callable[[], Seen]] = {f"3.{minor}": cpython(minor) for minor in range(8, 14)}
STEPS.update((step.__name__, step) for step in (debian, threaded, pypy, oldest, space, readonly, aarch64, s390x, ray))
