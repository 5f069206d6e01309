// What node has as a global, for the browser build (esbuild's `inject`).

export { Buffer } from 'buffer/'
