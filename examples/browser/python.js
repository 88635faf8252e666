// The worker with Python: compiling WebAssembly at once is allowed here, so no call of `fastapi_rs.prepare` is needed.

import { loadPyodide } from "./pyodide/pyodide.mjs";

const loaded = loadPyodide().then(async (pyodide) => {
  pyodide.unpackArchive(await (await fetch("packages.zip")).arrayBuffer(), "zip", { extractDir: "/packages" });
  return pyodide;
});
let call;

async function start(root) {
  const pyodide = await loaded;
  call = pyodide.runPython(`
import os, sys
os.environ["FASTAPI_RS_DOCS"] = "offline"
sys.path.insert(0, "/packages")
from pyodide.ffi import to_js
from fastapi import _rust
from examples.browser import asgi
asgi.go_without_threads()
from examples.browser.main import app

async def call(method, target, headers, body):
    status, answer, content = await asgi.call(app, method, target, headers.to_py(), body.to_bytes(), ${JSON.stringify(root)})
    return to_js([status, answer, content])
call`);
  return pyodide.runPython(`f"rung {_rust.mode()}: {_rust.why()}"`);
}

onmessage = async ({ data }) => {
  try {
    if (data.root) {
      postMessage({ ready: await start(data.root) });
      return;
    }
    const { method, target, headers, body } = data.request;
    const [status, answer, content] = await call(method, target, headers, new Uint8Array(body));
    postMessage({ number: data.number, response: { status, headers: answer, body: content } });
  } catch (error) {
    const failed = String(error.message);
    const body = new TextEncoder().encode(failed);
    postMessage(data.root ? { failed } : { number: data.number, response: { status: 500, headers: [], body } });
  }
};
