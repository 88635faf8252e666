// The answers of the package to requests, as values of JSON: for Node.js and for the page in Chromium.

export function answersOf(Gateway, plan, requests) {
  const gateway = new Gateway(plan);
  try {
    return requests.map((request) => plain(gateway.match(request)));
  } finally {
    gateway.free();
  }
}

function plain(answer) {
  if (answer === null || answer.status === undefined) {
    return answer && { route: answer.route, params: writable(answer.params) };
  }
  const body = Array.from(answer.body, (byte) => String.fromCharCode(byte)).join("");
  return { status: answer.status, headers: answer.headers, body };
}

// Large integers become texts; infinities become null, as in the answers of the application.
function writable(value) {
  if (typeof value === "bigint") return `number ${value}`;
  if (Array.isArray(value)) return value.map(writable);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, writable(each)]));
}
