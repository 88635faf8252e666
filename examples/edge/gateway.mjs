// A gateway in front of an application: `node gateway.mjs PLAN APPLICATION_PORT`. It refuses what the application
// certainly refuses, and forwards everything else. With `-` in place of the plan it forwards everything.

import { readFileSync } from "node:fs";
import http from "node:http";

import { Gateway } from "fastapi-rs-edge";

const [plan, port] = process.argv.slice(2);
const gateway = plan === "-" ? null : new Gateway(readFileSync(plan, "utf8"));
const agent = new http.Agent({ keepAlive: true });
// RFC 9110 section 7.6.1: these headers are about one connection.
const hopByHop = new Set(["connection", "keep-alive", "proxy-connection", "te", "upgrade"]);

const server = http.createServer((request, response) => {
  const headers = endToEnd(request.rawHeaders);
  const answer = gateway?.match({ method: request.method, target: request.url, headers });
  if (answer?.status !== undefined) {
    request.resume();
    response.writeHead(answer.status, answer.headers.flat()).end(answer.body);
  } else {
    forward(request, headers, response);
  }
});

function forward(request, headers, response) {
  const options = { agent, host: "127.0.0.1", port, method: request.method, path: request.url, headers };
  const forwarded = http.request(options, (incoming) => {
    response.writeHead(incoming.statusCode, endToEnd(incoming.rawHeaders));
    incoming.pipe(response);
  });
  forwarded.on("error", () => response.headersSent ? response.destroy() : response.writeHead(502).end());
  response.on("close", () => forwarded.destroy());
  request.pipe(forwarded);
}

function endToEnd(raw) {
  return raw.filter((_, i) => !hopByHop.has(raw[i - (i % 2)].toLowerCase()));
}

server.listen(0, "127.0.0.1", () => console.log(server.address().port));
