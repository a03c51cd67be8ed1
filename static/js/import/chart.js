/** The wizard's one map, for all its parts. */

import { takeImportMap } from "gridmap/map/import.js";
import { page, say } from "gridmap/import/page.js";

export const chart = takeImportMap(page, say);
