"""Try `service.py` on this package, move its environment over, and go back: `python3 examples/migrate/move.py`.

The script makes two environments in a temporary folder, one with the real package and one to try from, and runs the
commands of docs/installing.md in them. It needs Python 3.11 or newer, pip and a package index, and takes a minute.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import List, Optional

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheels", type=Path, default=ROOT / "dist", help="the folder that scripts/dist fills")
    wheels: Path = parser.parse_args().wheels
    if sys.version_info < (3, 11):
        raise SystemExit("the real package needs Python 3.11 or newer; run this with one of those")
    if not list(wheels.glob("fastapi_rs-*.whl")):
        run([sys.executable, str(ROOT / "scripts" / "dist"), "--quick"])
    with tempfile.TemporaryDirectory() as folder:
        move(Path(folder), str(next(wheels.glob("fastapi_rs-*.whl"))))


def move(folder: Path, wheel: str) -> None:
    shutil.copy(str(HERE / "service.py"), str(folder))
    title("A service on the real package")
    service, trial = environment(folder, "service"), environment(folder, "try")
    run([*pip(service), "fastapi==0.165.0"], folder)

    title("Does anything change, and how much faster is it?")
    run([*pip(trial), wheel], folder)
    run([command(trial), "trial", "service:app", "--python", str(service)], folder)

    title("Moving over")
    run([*pip(service), wheel], folder)
    run([command(service), "adopt", "--yes"], folder)
    run([command(service), "doctor"], folder)
    run([str(service), "-m", "pip", "check"], folder)

    title("Going back")
    run([command(service), "leave", "--yes"], folder)
    run([str(service), "-m", "pip", "check"], folder)


def environment(folder: Path, name: str) -> Path:
    """Make an environment and return its interpreter."""
    run([sys.executable, "-m", "venv", name], folder)
    return folder / name / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def pip(python: Path) -> List[str]:
    return [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]


def command(python: Path) -> str:
    return str(python.with_name("fastapi-rs"))


def title(text: str) -> None:
    print(f"\n== {text}", flush=True)


def run(arguments: List[str], folder: Optional[Path] = None) -> None:
    """Print a command as a shell has it, and run it; end this script if it fails."""
    shown = [argument.replace(f"{folder}/", "") if folder else argument for argument in arguments]
    print(f"$ {' '.join(shown)}", flush=True)
    done = subprocess.run(arguments, cwd=str(folder) if folder else None)
    if done.returncode:
        raise SystemExit(done.returncode)


if __name__ == "__main__":
    main()
