// The ESP's pages, in the order in which they are needed first.

export type PageName = 'provider' | 'services' | 'keys' | 'delivery' | 'counts'
export const PAGES: readonly PageName[] = ['provider', 'services', 'keys', 'delivery', 'counts']
