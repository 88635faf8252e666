"""One side of the machine: read programs as JSON lines, run them, and write their transcripts, until the input ends.

The driver starts it as `python -s -P worker.py EXPECTED-DISTRIBUTION FOLDER-OF-FASTAPI`.
"""

import faulthandler
import gc
import importlib.metadata
import importlib.util
import json
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main():
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # the output of a program must not mix with the transcripts
    faulthandler.enable()
    warm_up()
    tell(answers, {"ready": identity(*sys.argv[1:3])})
    runner = load_runner()
    runner.give_up = lambda transcript: (tell(answers, transcript), os._exit(0))
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        job = json.loads(line)
        faulthandler.dump_traceback_later(job["hard_limit"], exit=True)
        sys.setswitchinterval(job["switch_interval"])
        answer = runner.run_source(job["source"], job["requests"], job["backend"], job["limit"])
        faulthandler.cancel_dump_traceback_later()
        tell(answers, answer)


def warm_up():
    """Import the modules that programs use, so that the first program is not slower than the others."""
    import anyio
    import httpx
    import trio

    import fastapi.middleware.cors
    import fastapi.responses
    import fastapi.security
    import fastapi.testclient

    return anyio, fastapi, httpx, trio


def identity(distribution, folder):
    """Return the package that is imported here, and exit if it is not the one of this side."""
    import fastapi

    names = {each.metadata["Name"] for each in importlib.metadata.distributions()} & {"fastapi", "fastapi-rs"}
    place = str(Path(fastapi.__file__).resolve().parent)
    if names != {distribution} or not place.startswith(folder):
        raise SystemExit(f"wrong package: {place} of {sorted(names)}, expected {distribution} in {folder}")
    return {"file": place, "distribution": distribution}


def load_runner():
    spec = importlib.util.spec_from_file_location("differential_runner", HERE / "runner.py")
    runner = importlib.util.module_from_spec(spec)
    sys.modules["differential_runner"] = runner
    spec.loader.exec_module(runner)
    return runner


def tell(answers, answer):
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
