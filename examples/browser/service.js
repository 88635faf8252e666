// The service worker: sends each request below app/ to the page that runs Python. No server sees it.

oninstall = () => skipWaiting();
onactivate = (event) => event.waitUntil(clients.claim());

onfetch = (event) => {
  const url = new URL(event.request.url);
  const root = new URL("app/", registration.scope);
  if (url.href.startsWith(root.href)) event.respondWith(answer(event.request, url));
};

async function answer(request, url) {
  const windows = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = windows.find((each) => each.frameType === "top-level" && !each.url.includes("/app/"));
  if (!page) return new Response("the page that runs Python is closed", { status: 503 });
  const { port1, port2 } = new MessageChannel();
  const answered = new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
  const body = await request.arrayBuffer();
  const target = url.pathname + url.search;
  page.postMessage({ method: request.method, target, headers: [...request.headers], body }, [port2]);
  const { status, headers, body: content } = await answered;
  const isEmpty = [101, 204, 205, 304].includes(status);
  return new Response(isEmpty ? null : content, { status, headers });
}
