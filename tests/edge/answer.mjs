// Print the answers of the package: `node answer.mjs PACKAGE < {"plan": ..., "requests": [...]}`.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { answersOf } from "./answering.mjs";

const { Gateway } = createRequire(import.meta.url)(`${process.argv[2]}/node/fastapi_rs_edge.js`);
const { plan, requests } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(answersOf(Gateway, plan, requests)));
