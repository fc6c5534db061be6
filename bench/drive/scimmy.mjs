// The open peer scimmy behind Express, with people in memory: PORT. Run where `scimmy`, `scimmy-routers` and `express` are installed.
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(process.cwd(), "package.json"));
const express = require("express");
const SCIMMY = require("scimmy").default ?? require("scimmy");
const SCIMMYRouters = require("scimmy-routers").default ?? require("scimmy-routers");

const people = new Map();
let last = 0;
SCIMMY.Resources.declare(SCIMMY.Resources.User)
  .ingress(async ({ id = `${++last}` }, data) => {
    const kept = { ...data, id };
    people.set(id, kept);
    return kept;
  })
  .egress(async ({ id, filter }) => {
    if (id) return people.get(id) ?? Promise.reject(new SCIMMY.Types.Error(404, null, "Nobody has that id."));
    const all = [...people.values()];
    return filter ? filter.match(all) : all;
  })
  .degress(async ({ id }) => void people.delete(id));

const app = express();
app.use("/v2", new SCIMMYRouters({ type: "bearer", baseUri: () => "", handler: () => "bench" }));
app.listen(Number(process.argv[2]), "127.0.0.1");
