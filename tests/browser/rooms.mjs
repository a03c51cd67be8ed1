/** Lets Node find the browser's modules by the names that they have in the browser: "gridmap/plan/model.js". */

import { register } from "node:module";

const rooms = new URL("../../static/js/", import.meta.url).href;
const hooks = `export const resolve = (name, context, next) => name.startsWith("gridmap/")
  ? { url: ${JSON.stringify(rooms)} + name.slice("gridmap/".length), format: "module", shortCircuit: true }
  : next(name, context);`;

register(`data:text/javascript,${encodeURIComponent(hooks)}`);
