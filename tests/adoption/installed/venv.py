"""A virtual environment, and the wheels that are installed into it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List

ROOT = Path(__file__).resolve().parents[3]
REAL = "fastapi==0.165.0"
# Requirements of both distributions. A `.pth` file shows them to each environment, which is made in half a second then.
SHARED = [REAL, "wasmtime>=45", "pyyaml", "hatchling", "editables", "uvicorn"]

WHAT_RUNS = """
import fastapi
print("ours" if hasattr(fastapi, "__rs_version__") else "real" if hasattr(fastapi, "FastAPI") else "namespace")
"""


class Wheels:
    """A folder with the wheel of this project, built now, and those of the index, kept from earlier runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Another list of requirements has folders of its own.
        key = hashlib.sha256(" ".join(SHARED).encode()).hexdigest()[:8]
        self.shared = folder / f"shared-{key}"
        self.index = folder / f"index-{key}"
        if not self.index.exists():
            self._download()
        self.ours = self._build()
        self.real = next(self.index.glob("fastapi-0.165.0-*.whl"))
        self.dependent = next(self.index.glob("fastapi_pagination-*.whl"))

    def _download(self) -> None:
        new = self.folder / f"{self.index.name}.new"
        _pip("download", "--quiet", "--dest", str(new), *SHARED, "fastapi-pagination")
        new.rename(self.index)
        _pip("install", "--quiet", "--no-deps", "--target", str(self.shared), *map(str, self.shared_wheels))

    @property
    def shared_wheels(self) -> List[Path]:
        return [path for path in sorted(self.index.iterdir()) if not path.name.startswith("fastapi")]

    def _build(self) -> Path:
        # Of this run: another one may build another state of the sources.
        target = self.folder / f"built-{os.getpid()}"
        command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(target)]
        subprocess.run(command, cwd=str(ROOT), check=True, capture_output=True)
        return next(target.glob("fastapi_rs-*.whl"))

    @property
    def bridge(self) -> Path:
        import zipfile

        with zipfile.ZipFile(str(self.ours)) as wheel:
            name = next(name for name in wheel.namelist() if name.endswith(".whl"))
            path = self.ours.parent / Path(name).name
            path.write_bytes(wheel.read(name))
        return path


def _pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments], check=True)


class Venv:
    def __init__(self, wheels: Wheels, folder: Path, installer: str = "pip") -> None:
        self.wheels, self.folder, self.installer = wheels, folder, installer
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
        self.python = folder / "bin" / "python"
        self.site = Path(
            self.call(str(self.python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
        )
        if installer == "uv":
            # `uv pip check` reads no `.pth` file; uv installs this in no time.
            self.install("--no-deps", *map(str, wheels.shared_wheels))
        else:
            (self.site / "shared.pth").write_text(f"{wheels.shared}\n", encoding="utf-8")

    def do(self, step: str) -> None:
        """Do one step of an order, for example `ours`, `real`, `-fastapi`."""
        if step.startswith("-"):
            self.uninstall(step[1:])
        else:
            again = ["--force-reinstall"] if step.endswith("!") else []
            self.install(str(getattr(self.wheels, step.rstrip("!"))), "--no-deps", *again)

    def install(self, *arguments: str) -> None:
        # Neither installer asks the index: the folder of wheels has every package.
        offline = ["--no-index", "--find-links", str(self.wheels.index)]
        self._manage("install", "-q", *offline, *arguments)

    def uninstall(self, name: str) -> None:
        self._manage("uninstall", *([] if self.installer == "uv" else ["-y", "-q"]), name)

    def check(self) -> str:
        """Return the complaints of `pip check`; an empty text if there are none."""
        done = subprocess.run([*self._manager(), "check", *self._target()], capture_output=True, text=True)
        return "" if done.returncode == 0 else done.stdout + done.stderr

    def _manager(self) -> List[str]:
        if self.installer == "uv":
            return [sys.executable, "-m", "uv", "pip"]
        return [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(self.python)]

    def _target(self) -> List[str]:
        return ["--python", str(self.python)] if self.installer == "uv" else []

    def _manage(self, command: str, *arguments: str) -> None:
        self.call(*self._manager(), command, *self._target(), *arguments)

    def call(self, *command: str, status: int = 0, **variables: str) -> str:
        """Run a command; return its output."""
        done = subprocess.run(
            list(command),
            cwd=str(self.folder.parent),
            env={**clean_variables(), **variables},
            capture_output=True,
            text=True,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + (done.stderr if status else "")

    def fastapi_rs(self, *arguments: str, status: int = 0, **variables: str) -> str:
        return self.call(str(self.folder / "bin" / "fastapi-rs"), *arguments, status=status, **variables)

    def doctor(self) -> Report:
        """Examine the environment with its own doctor, or with the doctor of the source tree."""
        own = self.folder / "bin" / "fastapi-rs"
        if own.exists() and (self.site / "fastapi_rs").exists():
            command = [str(own), "doctor", "--json"]
        else:
            command = [sys.executable, "-m", "fastapi_rs", "doctor", "--json", "--python", str(self.python)]
        variables = clean_variables()
        if command[0] == sys.executable:
            variables["PYTHONPATH"] = str(ROOT)
        done = subprocess.run(command, cwd=str(self.folder.parent), env=variables, capture_output=True, text=True)
        assert done.returncode in (0, 1), done.stderr
        assert not done.stderr
        return Report(json.loads(done.stdout), done.returncode)

    def what_runs(self) -> str:
        done = subprocess.run(
            [str(self.python), "-c", WHAT_RUNS],
            cwd=str(self.folder.parent),
            env=clean_variables(),
            capture_output=True,
            text=True,
        )
        return done.stdout.strip() or done.stderr.strip().splitlines()[-1].split(":")[0]

    def ask(self, expression: str) -> Any:
        """Return the value of an expression about `importlib.metadata`, asked before anything is imported."""
        code = f"import json; from importlib import metadata; print(json.dumps({expression}))"
        return json.loads(self.call(str(self.python), "-c", code))


def clean_variables() -> Dict[str, str]:
    """Return the environment variables without those that change Python or this project."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("FASTAPI_RS", "PYTHON"))}


class Report:
    def __init__(self, report: Dict[str, Any], status: int) -> None:
        self.findings, self.status = report["findings"], status
        assert report["status"] == status

    @property
    def wrong(self) -> List[str]:
        return [found["title"] for found in self.findings if found["level"] == "wrong"]

    def of(self, title: str) -> Dict[str, Any]:
        return next(found for found in self.findings if found["title"] == title)

    def remedies(self) -> List[str]:
        return [found["remedy"] for found in self.findings if found["level"] == "wrong"]


if __name__ == "__main__":
    # Several processes of pytest use the folder afterwards.
    Wheels(Path(sys.argv[1]).resolve())
