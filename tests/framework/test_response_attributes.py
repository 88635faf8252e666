"""A response has the attributes that the installed Starlette gives it, also those that no release has had so far."""

import os
import subprocess
import sys
import textwrap

import pytest

PROGRAM = r"""
import inspect, json, logging, textwrap
from starlette import responses
from starlette.responses import Response

records = []
logging.getLogger("fastapi").addHandler(type("Kept", (logging.Handler,), {"emit": lambda self, r: records.append(r)})())

def change(function, old, new):
    source = textwrap.dedent(inspect.getsource(function))
    assert old in source
    names = {}
    source = "from __future__ import annotations\n" + source.replace(old, new)
    exec(compile(source, responses.__file__, "exec"), vars(responses), names)
    setattr(Response, function.__name__, names[function.__name__])

change(Response.__init__, "self.background = background", "self.background = background; self.trailers = %s")
# A release that counts in the method itself: the module of the class defines it.
WATCH = '''
async def __call__(self, *arguments):
    seen.append(self.trailers)
    await call(self, *arguments)
'''
seen, names = [], {}
vars(responses).update(seen=seen, call=Response.__call__)
exec(WATCH, vars(responses), names)
Response.__call__ = names["__call__"]

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

# The routes of a class of its own make response objects.
app = FastAPI()
app.router.route_class = type("Own", (APIRoute,), {})

@app.get("/plain")
async def plain(request: Request):
    return {"a": 1}

@app.get("/declared")
async def declared(request: Request, response: Response) -> int:
    response.headers["x-trailers"] = str(response.trailers)
    return 1

client = TestClient(app)
answers = [client.get(path) for path in ("/plain", "/declared", "/plain")]
print(json.dumps([[answer.json() for answer in answers], answers[1].headers["x-trailers"], seen]))
print(len([record for record in records if "attributes" in record.getMessage()]))
"""


@pytest.mark.parametrize("value, shown, warnings", [("5", 5, 0), ("[]", [], 1)])
def test_a_new_attribute_is_there(value, shown, warnings):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PROGRAM % value)],
        capture_output=True,
        env=environment,
    )
    seen = [shown] * 3
    expected = f'[[{{"a": 1}}, 1, {{"a": 1}}], "{shown}", {seen}]\n{warnings}\n'
    assert done.stdout.decode() == expected, done.stderr.decode()


REPLACED_BEFORE = r"""
from starlette.responses import Response

seen = []
call = Response.__call__

async def counted(self, scope, receive, send):
    seen.append(scope["path"])
    await call(self, scope, receive, send)

Response.__call__ = counted

from fastapi import FastAPI
from fastapi.testclient import TestClient

app = FastAPI()

@app.get("/plain")
async def plain(n: int = 1):
    return {"n": n}

client = TestClient(app)
print(client.get("/plain").json(), client.get("/plain?n=2").json(), client.get("/plain?n=x").status_code, seen)
"""


def test_a_method_that_was_replaced_before_the_import_is_called_for_each_response():
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", REPLACED_BEFORE], capture_output=True, env=environment)
    assert done.stdout.decode() == "{'n': 1} {'n': 2} 422 ['/plain', '/plain', '/plain']\n", done.stderr.decode()
