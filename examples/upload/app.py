"""Files of any size: stored in pieces, with their digest, below a limit: `uvicorn examples.upload.app:app`."""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any, Dict, List

from typing_extensions import Annotated

from fastapi import FastAPI, File, Form, HTTPException, UploadFile
from fastapi.responses import FileResponse

LARGEST = 20 * 2**20
PIECE = 2**16
FOLDER = Path(os.environ.get("UPLOADS") or tempfile.mkdtemp(prefix="uploads-"))

app = FastAPI(title="Files")


async def store(upload: UploadFile) -> Dict[str, Any]:
    """Write an upload to a file that is named after its digest, a piece at a time."""
    digest, size = hashlib.sha256(), 0
    temporary = tempfile.NamedTemporaryFile(dir=str(FOLDER), delete=False)
    with temporary:
        while True:
            piece = await upload.read(PIECE)
            if not piece:
                break
            digest.update(piece)
            size += len(piece)
            temporary.write(piece)
    os.replace(temporary.name, str(FOLDER / digest.hexdigest()))
    return {"name": upload.filename, "size": size, "sha256": digest.hexdigest()}


# The server refuses a larger body with 413, before it is read whole.
@app.post("/files", status_code=201, max_body_size=LARGEST)
async def upload_files(
    files: Annotated[List[UploadFile], File(description="One file or several")],
    album: Annotated[str, Form(min_length=1, max_length=80)] = "unsorted",
) -> Dict[str, Any]:
    return {"album": album, "files": [await store(each) for each in files]}


@app.get("/files/{sha256}")
async def download(sha256: str) -> FileResponse:
    path = FOLDER / sha256
    if len(sha256) != 64 or not sha256.isalnum() or not path.is_file():
        raise HTTPException(404, "There is no such file")
    # Starlette answers `Range` requests, so a download can be continued.
    return FileResponse(path, media_type="application/octet-stream")
