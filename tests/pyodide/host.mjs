// Runs a Python file in Pyodide on Node.js:
//   node tests/pyodide/host.mjs PACKAGES FILE [ARGUMENT...]
//   node tests/pyodide/host.mjs PACKAGES --await FILE
// PACKAGES is the folder with the unpacked wheels. The repository is /project, and the exit status is that of the file.
// With --await the function `main` of the file runs on Pyodide's own event loop.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [packages, file, ...rest] = process.argv.slice(2);
const project = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const { loadPyodide } = createRequire(resolve(project, ".cache/pyodide/host.js"))("pyodide");

const pyodide = await loadPyodide({ env: { ...process.env, HOME: "/home" } });
for (const [place, folder] of [["/project", project], ["/packages", packages]]) {
  pyodide.FS.mkdir(place);
  pyodide.mountNodeFS(place, folder);
}
pyodide.FS.chdir("/project");
if (file === "--await") {
  pyodide.runPython("import sys; sys.path[:0] = ['/project', '/packages']");
  await pyodide.runPythonAsync(readFileSync(rest[0], "utf8") + "\nawait main()");
  process.exit(0);
}
pyodide.globals.set("ARGUMENTS", pyodide.toPy([file, ...rest]));
// A call that is not awaited: no event loop runs around the file.
process.exit(pyodide.runPython(`
import runpy, sys
sys.argv = list(ARGUMENTS)
sys.dont_write_bytecode = True
sys.path[:0] = ["/packages"]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
    status = 0
except SystemExit as error:
    if isinstance(error.code, str):
        print(error.code, file=sys.stderr)
    status = error.code if isinstance(error.code, int) else int(error.code is not None)
except BaseException:
    import traceback
    traceback.print_exc()
    status = 1
status
`));
