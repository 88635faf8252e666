"""scripts/demo and scripts/_environment.py: a failure names its cause."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Dict, List, Sequence, Tuple

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Outputs of pip and venv, shortened, and words of the cause.
OUTPUTS = [
    (
        "WARNING: Retrying after connection broken by 'NewConnectionError(...)'\n"
        "ERROR: No matching distribution found for wasmtime>=45",
        "no package index is in reach",
    ),
    ("Error: [Errno 30] Read-only file system: '/srv/.venv'", "the folder cannot be written"),
    ("ERROR: Could not install packages: [Errno 28] No space left on device", "the disk is full"),
    ("The virtual environment was not created successfully because ensurepip is not available.", "python3-venv"),
    ("/usr/bin/python3: No module named venv", "python3-venv"),
    ("Error: Command '['bin/python3', '-m', 'ensurepip']' returned non-zero exit status 1.", "python3-venv"),
    ("ERROR: Could not find a version that satisfies the requirement pyyaml (from versions: none)", "no package index"),
    ("ERROR: No matching distribution found for fastapi==0.165.0", "no release of a requirement for this Python"),
    (
        "ERROR: Ignored the following versions that require a different python version: 1.0 Requires-Python >=3.11\n"
        "ERROR: Could not find a version that satisfies the requirement example (from versions: none)",
        "no release of a requirement for this Python",
    ),
    ("SSLError(SSLCertVerificationError(1, 'CERTIFICATE_VERIFY_FAILED'))", "set PIP_CERT"),
]


@pytest.mark.parametrize("output, words", OUTPUTS, ids=range(len(OUTPUTS)))
def test_a_cause_is_found(output: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import _environment

    assert words in (_environment.cause(output) or "")
    assert _environment.cause("error: subprocess-exited-with-error") is None


def run_on(version: Tuple[int, ...], script: str) -> subprocess.CompletedProcess[str]:
    """Run a script while `sys.version_info` is that of another Python."""
    code = (
        f"import runpy, sys; sys.version_info = {version!r}; sys.path.insert(0, {str(ROOT / 'scripts')!r})\n"
        f"sys.argv = ['demo']; runpy.run_path({str(ROOT / 'scripts' / script)!r}, run_name='__main__')"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ))


def test_the_demonstration_names_a_python_that_is_too_old() -> None:
    done = run_on((3, 7, 16), "demo")
    assert (done.returncode, done.stderr) == (1, "scripts/demo needs Python 3.8 or newer; this is 3.7\n")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The files that the demonstration reads before it starts a server, without an environment."""
    for name in ("scripts/demo", "scripts/_environment.py", "pyproject.toml", "examples/shop/requirements.txt"):
        (tmp_path / "copy" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(str(ROOT / name), str(tmp_path / "copy" / name))
    return tmp_path / "copy"


def demonstrate(copy: Path, *prefix: str, **variables: str) -> str:
    """Return the last line of the demonstration, which fails."""
    inherited: Dict[str, str] = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    done = subprocess.run(
        [*prefix, sys.executable, str(copy / "scripts" / "demo")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**inherited, **variables},
    )
    assert done.returncode == 1, done.stdout
    return done.stdout.splitlines()[-1]


def test_the_demonstration_without_an_index(copy: Path) -> None:
    """Nothing listens on the port 9 of this machine."""
    options = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_NO_CACHE_DIR": "1"}
    assert demonstrate(copy, **options).startswith("== no package index is in reach. Connect to a network")


def test_the_demonstration_without_the_module_venv(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "path" / "venv").mkdir(parents=True)
    (tmp_path / "path" / "venv" / "__init__.py").write_text("")
    assert demonstrate(copy, PYTHONPATH=str(tmp_path / "path")) == (
        "== this Python has no venv module. On Debian and Ubuntu: apt-get install python3-venv"
    )


def test_no_half_of_an_environment_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the next run finds a Python without pip, and names no cause."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import _environment

    def fail(command: Sequence[str]) -> None:
        (tmp_path / "made" / "bin").mkdir(parents=True)
        raise SystemExit("a failure")

    monkeypatch.setattr(_environment, "_explained", fail)
    with pytest.raises(SystemExit, match="a failure"):
        _environment._make(tmp_path / "made")
    assert not (tmp_path / "made").exists()


def read_only(folder: Path) -> List[str]:
    """Return the start of a command that sees the folder without write permission."""
    if os.geteuid():
        folder.chmod(0o555)
        return []
    mounted = f'mount --bind "{folder}" "{folder}" && mount -o remount,ro,bind "{folder}"'
    prefix = ["unshare", "-m", "sh", "-c", f'{mounted} && exec "$@"', "sh"]
    if not shutil.which("unshare") or subprocess.run([*prefix, "true"], capture_output=True).returncode:
        pytest.skip("root writes everywhere, and cannot mount here")
    return prefix


@pytest.mark.skipif(sys.platform == "win32", reason="folders have other permissions")
def test_the_demonstration_in_a_folder_without_write_permission(copy: Path) -> None:
    assert demonstrate(copy, *read_only(copy)) == (
        "== the folder cannot be written: copy the repository to another one"
    )
