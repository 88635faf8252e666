"""Serve the shop behind the gateway, until Ctrl+C: `python -m examples.edge.serve`. `--measure` compares and ends."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, List

from examples.edge.measure import Gateway, measure
from examples.shop.served import served

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PACKAGE = ROOT / "wasm_core" / "js" / "pkg"


def main() -> None:
    with served() as shop, tempfile.TemporaryDirectory() as folder:
        plan = export_plan(Path(folder))
        with running(str(plan), shop.port) as gateway, running("-", shop.port) as forwarding:
            if "--measure" in sys.argv[1:]:
                measure(shop.process_id, gateway, forwarding)
                return
            print(f"the shop: http://127.0.0.1:{shop.port}; behind the gateway: http://127.0.0.1:{gateway.port}")
            try:
                threading.Event().wait()
            except KeyboardInterrupt:
                return


def export_plan(folder: Path) -> Path:
    """Write the plan of the shop into a folder, and return its path."""
    path = folder / "plan.json"
    with path.open("w") as output:
        run([sys.executable, "-m", "fastapi_rs", "export-plan", "examples.shop.app:app"], stdout=output)
    return path


@contextmanager
def running(plan: str, application_port: int) -> Iterator[Gateway]:
    """Run the gateway in front of an application until the block ends."""
    install()
    command = ["node", str(HERE / "gateway.mjs"), plan, str(application_port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Gateway(int(process.stdout.readline()), process.pid)
        finally:
            process.terminate()


def install() -> None:
    """Link the built package into this folder."""
    if not PACKAGE.exists():
        raise SystemExit("the package is not built; run: python3 scripts/edge --build")
    if not (HERE / "node_modules" / "fastapi-rs-edge").exists():
        run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--silent"], cwd=HERE)


def run(command: List[str], **options: object) -> None:
    subprocess.run(command, check=True, **{"cwd": ROOT, **options})  # type: ignore[call-overload]


if __name__ == "__main__":
    main()
