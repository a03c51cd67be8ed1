/** Where the service begins: nothing, or the folder that a proxy gives to it. Modules know it from their own address. */

const own = import.meta.url;

/** Goes before every path, as in `${root}/api/`; a downloaded map has no service, and asks for nothing. */
export const root = /^https?:/.test(own) ? new URL("../../..", own).pathname.slice(0, -1) : "";
