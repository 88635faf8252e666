"""Parameter functions stand as the default of anything, and know their keywords; the classes are types of their own."""

from typing import List, Optional

from typing_extensions import Annotated, reveal_type

from fastapi import Body, Cookie, File, Form, Header, Path, Query, UploadFile, params

Query(gte=3)  # E: call-arg
Path(minlength=3)  # E: call-arg
Header(convert_underscore=False)  # E: call-arg
Cookie(gee=1)  # E: call-arg
Body(embeded=True)  # E: call-arg
Form(mediatype="x")  # E: call-arg
File(descripton="x")  # E: call-arg
Query(max_length="x")  # E: arg-type
Header(convert_underscores="no")  # E: arg-type
params.Query(gte=3)  # E: call-arg
params.Body(embeded=True)  # E: call-arg

reveal_type(Query())  # T: Any
reveal_type(params.Query())  # T: fastapi.params.Query
reveal_type(params.Path())  # T: fastapi.params.Path
reveal_type(params.File())  # T: fastapi.params.File

in_body: params.Body = params.Form()
in_parameters: params.Param = params.Header(convert_underscores=False)
not_in_body: params.Body = params.Query()  # E: assignment


def endpoint(
    item_id: Annotated[int, Path(ge=1, le=1000, title="The item")],
    size: int = Query(10, ge=1, alias="page-size"),
    names: Optional[List[str]] = Query(default=None, max_length=3),
    agent: str = Header("", convert_underscores=True),
    session: Optional[str] = Cookie(None),
    price: float = Body(gt=0, embed=True),
    upload: UploadFile = File(description="A file"),
    note: str = Form(default="", min_length=1),
) -> None:
    reveal_type(item_id)  # T: int
    reveal_type(names)  # T: list[str] | None
    reveal_type(upload)  # T: fastapi.datastructures.UploadFile
