// esbuild bundles the style sheets; to the type checker they are modules without exports.
declare module '*.css'
