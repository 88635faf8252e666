// Joins the service worker, which catches requests below app/, and the worker with Python, which answers them.

const state = document.getElementById("state");
const python = new Worker("python.js", { type: "module" });
const waiting = new Map();
let count = 0;

const ready = new Promise((resolve, reject) => {
  python.onerror = (event) => reject(new Error(event.message));
  python.onmessage = ({ data }) => {
    if (data.ready) resolve(data.ready);
    else if (data.failed) reject(new Error(data.failed));
    else {
      waiting.get(data.number)(data.response);
      waiting.delete(data.number);
    }
  };
});

/** Returns {status, headers, body} for {method, target, headers, body}. */
async function ask(request) {
  await ready;
  return new Promise((resolve) => {
    waiting.set((count += 1), resolve);
    python.postMessage({ number: count, request });
  });
}

navigator.serviceWorker.onmessage = async ({ data, ports }) => ports[0].postMessage(await ask(data));

try {
  python.postMessage({ root: new URL("app", location).pathname });
  await navigator.serviceWorker.register("service.js");
  await navigator.serviceWorker.ready;
  state.textContent = await ready;
  document.getElementById("docs").src = "app/docs";
} catch (error) {
  state.textContent = `failed: ${error.message}`;
}
