"""Root file systems of Debian for other releases and processors. Needs root and apt-get."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Dict, List, NamedTuple, Sequence

from _environment import ROOT, run, say

# Outside of the repository: a build of the sdist would walk through the mounted /proc.
CACHE = Path.home() / ".cache" / "fastapi-rs-everywhere"
INCLUDED = "python3,python3-venv,ca-certificates"
# The packages that the probes need. A wheel of wasmtime is added where there is one.
PACKAGES = [
    *("starlette", "anyio", "pydantic", "typing-extensions", "annotated-doc", "opentelemetry-api", "pyyaml"),
    *("pytest", "python-multipart", "email-validator", "httpx", "tomli"),
]
# The parts of the repository that the probes read.
PARTS = ["fastapi", "fastapi_rs", "tests", "examples", "params_schema.yaml", "pyproject.toml", "wasm_core"]


class Foreign(NamedTuple):
    """A release of Debian for one processor."""

    suite: str
    debian: str
    processor: str
    python: str
    has_wasmtime: bool


def python_in(foreign: Foreign, name: str) -> List[str]:
    """Return the start of a command that runs Python in this root; make the root if it is not there."""
    if sys.platform != "linux" or os.geteuid() != 0:
        raise SystemExit("this step needs Linux and root: it makes a root file system with debootstrap")
    folder = CACHE / name
    if not (folder / "usr" / "bin" / "python3").exists():
        make(foreign, folder)
    install(foreign, folder / "opt" / "packages")
    copy(folder / "work")
    for mount in (["-t", "proc", "proc", str(folder / "proc")], ["--bind", "/dev", str(folder / "dev")]):
        if not os.path.ismount(mount[-1]):
            run(["mount", *mount])
    return ["chroot", str(folder), "sh", "-c", 'cd /work && exec python3 "$@"', "python3"]


def make(foreign: Foreign, folder: Path) -> None:
    is_native = foreign.processor == platform.machine()
    packages = ["debootstrap", *([] if is_native else ["qemu-user-static", "binfmt-support"])]
    run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], stdout=subprocess.DEVNULL)
    if not is_native:
        emulate(foreign.processor)
    say(f"debootstrap: {foreign.suite} for {foreign.debian}")
    shutil.rmtree(str(folder), ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    command = ["debootstrap", "--variant=minbase", f"--arch={foreign.debian}", f"--include={INCLUDED}"]
    run([*command, foreign.suite, str(folder)], stdout=subprocess.DEVNULL)


def emulate(processor: str) -> None:
    """Let the kernel run programs of another processor with qemu."""
    registered = Path("/proc/sys/fs/binfmt_misc")
    if not (registered / "register").exists():
        run(["mount", "-t", "binfmt_misc", "none", str(registered)])
    run(["update-binfmts", "--enable", f"qemu-{processor}"])


def install(foreign: Foreign, folder: Path) -> None:
    """Unpack wheels for that processor and Python with the pip of this one."""
    if (folder / "pydantic").exists():
        return
    tags = [
        f"manylinux_2_28_{foreign.processor}",
        f"manylinux2014_{foreign.processor}",
        f"manylinux_2_17_{foreign.processor}",
    ]
    options = [part for tag in tags for part in ("--platform", tag)]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--only-binary=:all:"]
    packages = [*PACKAGES, *(["wasmtime"] if foreign.has_wasmtime else [])]
    python = ["--implementation", "cp", "--python-version", foreign.python]
    run([*pip, *python, *options, "--target", str(folder), *packages], stderr=subprocess.DEVNULL)


def copy(folder: Path) -> None:
    shutil.rmtree(str(folder), ignore_errors=True)
    folder.mkdir(parents=True)
    ignored = shutil.ignore_patterns("__pycache__", "target", "node_modules")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(str(ROOT / part), str(folder / part), ignore=ignored)
        else:
            shutil.copy(str(ROOT / part), str(folder / part))


VARIABLES: Dict[str, str] = {
    "PYTHONPATH": "/work:/opt/packages",
    "HOME": "/root",
    "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
}


def run_in(folder: Path, script: str) -> None:
    """Run a shell script in a root."""
    run(["chroot", str(folder), "sh", "-ec", script], env={**os.environ, **VARIABLES})


def mounted(command: Sequence[str], read_only: Path) -> List[str]:
    """Return a command that sees one folder, and the place for temporary files, as read-only."""
    quoted = f"mount --bind '{read_only}' '{read_only}' && mount -o remount,ro,bind '{read_only}' && exec \"$@\""
    return ["unshare", "-m", "sh", "-c", quoted, "sh", *command]
