// Compiled by `scripts/edge` against the types of the package, and not run.

import { Gateway, type EdgeRequest, type Matched, type Refused } from "../../wasm_core/js/pkg/node/fastapi_rs_edge.js";
import init, { Gateway as WebGateway } from "../../wasm_core/js/pkg/web/fastapi_rs_edge.js";

const gateway = new Gateway("{}");
const request: EdgeRequest = { method: "GET", target: "/", headers: ["host", "a"] };
const answer: Matched | Refused | null = gateway.match(request);
if (answer?.status !== undefined) {
  const response = new Response(answer.body as BufferSource, { status: answer.status, headers: answer.headers });
  const status: 404 | 405 | 422 = answer.status;
  console.log(response, status);
} else if (answer !== null) {
  const route: string = answer.route;
  console.log(route, answer.params.path.item_id);
}
// @ts-expect-error: a request has headers
gateway.match({ method: "GET", target: "/" });
// @ts-expect-error: a plan is a text or an object
new Gateway(1);
await init();
new WebGateway({}).match({ method: "GET", target: "/", headers: new Headers() });
